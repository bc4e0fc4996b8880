"""`tidings brand` and `tidings key`: the houses, and who may come in."""

import click

from tidings.base.ids import BrandId, KeyId
from tidings.brands import actions
from tidings.brands.model import Api, ApiKey, Brand, NewKey
from tidings.cli import table
from tidings.cli.merging import change_merging
from tidings.cli.options import with_config
from tidings.cli.session import in_database
from tidings.config import Config
from tidings.storage.pool import Database

_BRAND_HEAD = (
    "BRAND",
    "NAME",
    "TIME ZONE",
    "MERGING",
    "USER/MIN",
    "EVENT/MIN",
    "CAMPAIGN/MIN",
    "REPORTING/MIN",
)


@click.group(commands=[change_merging])
def brand() -> None:
    """Create, list and limit brands, and say whether their people merge."""


@brand.command("create")
@click.argument("name")
@click.option("--time-zone", default="UTC", show_default=True, help="Such as Asia/Kolkata.")
@with_config()
def create_brand(config: Config, name: str, time_zone: str) -> None:
    """Create a brand called NAME, with a first key, and print both."""

    async def create(database: Database) -> tuple[Brand, NewKey]:
        async with database.transaction() as tx:
            made = await actions.create_brand(tx, name=name, time_zone=time_zone)
            return made, await actions.create_key(tx, made.brand_id)

    made, key = in_database(config, create)
    click.echo(f"Brand id  {made.brand_id}")
    _show_secret(key)


@brand.command("list")
@with_config()
def list_brands(config: Config) -> None:
    """List every brand with its limits."""

    async def read(database: Database) -> list[Brand]:
        async with database.transaction() as tx:
            return await actions.list_brands(tx)

    _show_brands(in_database(config, read))


@brand.command("limits")
@click.argument("brand_id", type=int)
@click.option("--user", type=int, help="Calls of the User API a minute.")
@click.option("--event", type=int, help="Calls of the Event API a minute.")
@click.option("--campaign", type=int, help="Calls of the Campaign API a minute.")
@click.option("--reporting", type=int, help="Calls of the Reporting API a minute.")
@with_config()
def change_limits(config: Config, brand_id: int, **calls: int | None) -> None:
    """Change how often BRAND_ID may call; what is not given stays as it is."""

    async def change(database: Database) -> Brand:
        async with database.transaction() as tx:
            given = {Api(name): limit for name, limit in calls.items()}
            return await actions.change_limits(tx, BrandId(brand_id), given)

    _show_brands([in_database(config, change)])


@brand.command("keep-content")
@click.argument("brand_id", type=int)
@click.argument("days", type=int)
@with_config()
def keep_content(config: Config, brand_id: int, days: int) -> None:
    """Keep what BRAND_ID sends for DAYS, so that it can be looked at; 0 is not at all."""

    async def change(database: Database) -> None:
        async with database.transaction() as tx:
            await actions.keep_content(tx, BrandId(brand_id), days)

    in_database(config, change)
    click.echo(f"What brand {brand_id} sends is kept for {days} days.")


@click.group()
def key() -> None:
    """Create, list and revoke API keys."""


@key.command("create")
@click.argument("brand_id", type=int)
@click.option("--name", default="default", show_default=True, help="What the key is for.")
@with_config()
def create_key(config: Config, brand_id: int, name: str) -> None:
    """Create a key for BRAND_ID and print it; it is shown only now."""

    async def create(database: Database) -> NewKey:
        async with database.transaction() as tx:
            return await actions.create_key(tx, BrandId(brand_id), name=name)

    _show_secret(in_database(config, create))


@key.command("list")
@click.argument("brand_id", type=int)
@with_config()
def list_keys(config: Config, brand_id: int) -> None:
    """List the keys of BRAND_ID by their first characters."""

    async def read(database: Database) -> list[ApiKey]:
        async with database.transaction() as tx:
            return await actions.list_keys(tx, BrandId(brand_id))

    table.show(
        ("KEY", "NAME", "STARTS WITH", "CREATED", "REVOKED"),
        [
            (
                found.key_id,
                found.name,
                f"{found.prefix}…",
                f"{found.created_at:%Y-%m-%d %H:%M}",
                "" if found.revoked_at is None else f"{found.revoked_at:%Y-%m-%d %H:%M}",
            )
            for found in in_database(config, read)
        ],
    )


@key.command("revoke")
@click.argument("brand_id", type=int)
@click.argument("key_id", type=int)
@with_config()
def revoke_key(config: Config, brand_id: int, key_id: int) -> None:
    """Deactivate KEY_ID of BRAND_ID, in every process within 5 seconds."""

    async def revoke(database: Database) -> None:
        async with database.transaction() as tx:
            await actions.revoke_key(tx, BrandId(brand_id), KeyId(key_id))

    in_database(config, revoke)
    click.echo(f"Key {key_id} is revoked.")


def _show_secret(made: NewKey) -> None:
    click.echo(f"Key id    {made.key_id}")
    click.echo(f"API key   {made.secret}")
    click.echo("The key is shown only now: it is stored as a hash.")


def _show_brands(brands: list[Brand]) -> None:
    table.show(
        _BRAND_HEAD,
        [
            (
                found.brand_id,
                found.name,
                found.time_zone.key,
                "on" if found.merging else "off",
                *(found.calls_per_minute[api] for api in Api),
            )
            for found in brands
        ],
    )
