"""`tidings migrate`: bring the database up to this release."""

import asyncio

import click

from tidings.cli.options import with_config
from tidings.cli.session import joined_database
from tidings.config import Config
from tidings.storage import migrate as migrations
from tidings.storage.migrate import Migration
from tidings.storage.pool import Database


@click.command()
@with_config()
def migrate(config: Config) -> None:
    """Apply the migrations that the database lacks, and print each."""
    with joined_database(config) as url:
        applied = asyncio.run(_apply(url))
    for migration in applied:
        click.echo(f"applied {migration.number:04d}_{migration.name}")
    if not applied:
        click.echo("nothing to apply: the database is up to date")


async def _apply(url: str) -> list[Migration]:
    async with Database(url) as database:
        return await migrations.migrate(database)
