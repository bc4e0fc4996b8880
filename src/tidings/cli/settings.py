"""`tidings config`: what is set, and where it was set."""

import click

from tidings.cli.options import SERVER_SETTINGS, with_config
from tidings.config import Config


@click.command("config")
@with_config(*SERVER_SETTINGS)
def show_settings(config: Config) -> None:
    """Print every setting, its value and where it came from; secrets are masked."""
    rows = config.explain()
    name_width = max(len(name) for name, _, _ in rows)
    value_width = max(len(value) for _, value, _ in rows)
    for name, value, source in rows:
        click.echo(f"{name:<{name_width}}  {value:<{value_width}}  {source}")
