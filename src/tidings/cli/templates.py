"""`tidings template`: what messages say, and how it looks for somebody."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from tidings.base.errors import Refused
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.campaigns import actions as campaigns
from tidings.cli.channels import find_channel
from tidings.cli.options import with_config
from tidings.cli.outcomes import message_saying, send_and_tell
from tidings.cli.previews import Asked, rendered, show_rendered
from tidings.cli.session import in_database
from tidings.cli.table import show, shown
from tidings.cli.template_files import read_source
from tidings.config import Config
from tidings.storage.pool import Database
from tidings.templates import actions
from tidings.templates.compile import Compiled
from tidings.templates.model import (
    Template,
    TemplateVersion,
)

T = TypeVar("T")

_brand = click.argument("brand_id", type=int)
_key = click.argument("key")
_source = click.argument("source", type=click.Path(exists=True, path_type=Path))
_name = click.option("--name", help="What people call it.  [default: KEY]")
_user = click.option("--user", help="The user id of the person to whom it speaks.")
_variables = click.option(
    "--variables",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON file with `profile`, `event` and `data`.",
)
_version = click.option("--version", type=int, help="Another than the last version.")


@click.group()
def template() -> None:
    """Make templates, and look at what they say to somebody."""


@template.command("create")
@_brand
@_key
@_source
@click.option(
    "--medium",
    type=click.Choice([medium.value for medium in Medium]),
    default=Medium.EMAIL.value,
    show_default=True,
)
@_name
@with_config()
def create(
    config: Config, brand_id: int, key: str, source: Path, *, medium: str, name: str | None
) -> None:
    """Save what SOURCE has as template KEY of BRAND_ID.

    SOURCE is a JSON file, or a folder with body.mjml, body.html or body.json, subject.txt and so
    on.
    """
    content = read_source(source)

    async def save(database: Database) -> Compiled:
        async with database.transaction() as tx:
            return await actions.create(
                tx, BrandId(brand_id), key, name=name or key, medium=Medium(medium), content=content
            )

    compiled = _told(lambda: in_database(config, save))
    click.echo(f"Template {key} is saved as version 1.")
    _warn(compiled)


@template.command("update")
@_brand
@_key
@_source
@click.option("--name", help="Another name.")
@with_config()
def update(config: Config, brand_id: int, key: str, source: Path, *, name: str | None) -> None:
    """Save what SOURCE has as another version of KEY; versions before stay as they are."""
    content = read_source(source)

    async def save(database: Database) -> tuple[TemplateVersion, Compiled]:
        async with database.transaction() as tx:
            return await actions.update(tx, BrandId(brand_id), key, content=content, name=name)

    version, compiled = _told(lambda: in_database(config, save))
    click.echo(f"Template {key} is saved as version {version}.")
    _warn(compiled)


@template.command("list")
@_brand
@with_config()
def list_templates(config: Config, brand_id: int) -> None:
    """List the templates of BRAND_ID."""

    async def look(database: Database) -> list[Template]:
        async with database.transaction() as tx:
            return await actions.list_all(tx, BrandId(brand_id))

    rows = [
        (one.key, one.name, one.medium, one.last_version, f"{one.updated_at:%Y-%m-%d %H:%M:%S}Z")
        for one in in_database(config, look)
    ]
    show(("key", "name", "medium", "version", "saved at"), rows)


@template.command("show")
@_brand
@_key
@_version
@with_config()
def show_template(config: Config, brand_id: int, key: str, *, version: int | None) -> None:
    """Print the content of KEY as JSON, as `update` reads it."""
    brand = BrandId(brand_id)

    async def look(database: Database) -> bytes:
        async with database.transaction() as tx:
            found = await actions.find(tx, brand, key)
            return await actions.content_of(tx, brand, found, _chosen(version))

    click.echo(msgspec.json.format(in_database(config, look), indent=2).decode())


@template.command("delete")
@_brand
@_key
@with_config()
def delete(config: Config, brand_id: int, key: str) -> None:
    """Delete template KEY with all its versions, unless a campaign still needs it."""

    async def forget(database: Database) -> None:
        async with database.transaction() as tx:
            await campaigns.delete_template(tx, BrandId(brand_id), key)

    in_database(config, forget)
    click.echo(f"Template {key} is deleted.")


@template.command("preview")
@_brand
@_key
@_user
@_variables
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write HTML there.")
@_version
@with_config()
def preview(
    config: Config,
    brand_id: int,
    key: str,
    *,
    user: str | None,
    variables: Path | None,
    html: Path | None,
    version: int | None,
) -> None:
    """Show what KEY says to somebody; what they lack stands there as [name]. Nothing is sent."""
    asked = Asked(BrandId(brand_id), key, _chosen(version), user, variables)
    made = _told(lambda: in_database(config, partial(rendered, asked)))
    show_rendered(made)
    if html is not None:
        html.write_text(made.html, encoding="utf-8")


@template.command("test")
@_brand
@_key
@click.argument("channel")
@click.argument("recipient", default="")
@_user
@_variables
@_version
@with_config()
def try_template(
    config: Config,
    brand_id: int,
    key: str,
    channel: str,
    *,
    recipient: str,
    user: str | None,
    variables: Path | None,
    version: int | None,
) -> None:
    """Send what KEY says to somebody to RECIPIENT instead, through CHANNEL.

    What the person lacks stands there as [name], and links are not counted. RECIPIENT is as for
    `channel test`. Consent is not asked: it is you who sends.
    """
    brand = BrandId(brand_id)
    found = find_channel(config, brand, channel)
    asked = Asked(brand, key, _chosen(version), user, variables, found.medium)
    made = _told(lambda: in_database(config, partial(rendered, asked)))
    send_and_tell(found, message_saying(made, found, recipient))


def _chosen(version: int | None) -> TemplateVersion | None:
    return None if version is None else TemplateVersion(version)


def _warn(compiled: Compiled) -> None:
    for warning in compiled.warnings():
        click.echo(f"Warning: {warning}", err=True)


def _told(ask: Callable[[], T]) -> T:
    """Do something with a content, and print every mistake in it."""
    try:
        return ask()
    except Refused as refusal:
        if not refusal.mistakes:
            raise
        for mistake in refusal.mistakes:
            click.echo(shown(f"{mistake.field or 'The content'}: {mistake.message}"), err=True)
        raise click.ClickException("The content was not understood.") from refusal
