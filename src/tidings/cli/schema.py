"""`tidings schema`: the types that attributes are locked to."""

import sys

import click

from tidings.base.ids import BrandId
from tidings.cli import table
from tidings.cli.options import with_config
from tidings.cli.session import in_database
from tidings.config import Config
from tidings.events import actions as events
from tidings.schema import actions
from tidings.schema.model import AttributeRow, AttributeType, Status, TypeChange
from tidings.storage.pool import Database
from tidings.storage.slots import SLOT_COUNT

_SLOTS_AT_A_TIME = 8
_EVENT = click.option("--event", help="The event that has the attribute; left out: profiles.")


@click.group()
def schema() -> None:
    """Show and change the types of attributes."""


@schema.command("list")
@click.argument("brand_id", type=int)
@with_config()
def list_attributes(config: Config, brand_id: int) -> None:
    """List every attribute of BRAND_ID with its type and how many values contradicted it."""

    async def read(database: Database) -> list[AttributeRow]:
        async with database.transaction() as tx:
            return await actions.list_attributes(tx, BrandId(brand_id))

    table.show(
        ("EVENT", "ATTRIBUTE", "TYPE", "STATUS", "SINCE", "MISMATCHES"),
        [
            (
                "(profile)" if row.event is None else row.event,
                row.attribute,
                row.type.value,
                row.status.value,
                f"{row.locked_at:%Y-%m-%d}",
                row.mismatches,
            )
            for row in in_database(config, read)
        ],
    )


@schema.command("change-type")
@click.argument("brand_id", type=int)
@click.argument("attribute")
@click.argument("new_type", type=click.Choice([kind.value for kind in AttributeType]))
@_EVENT
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_config()
def change_type(
    config: Config,
    brand_id: int,
    attribute: str,
    new_type: str,
    *,
    event: str | None,
    yes: bool,
) -> None:
    """Change the type of ATTRIBUTE of BRAND_ID, after showing what becomes of its values.

    Values are never converted: those that do not fit the new type are put aside, and those that
    were put aside and fit now come back. If it is broken off, give the same command again.
    """
    to = AttributeType(new_type)

    async def preview(database: Database) -> TypeChange:
        async with database.transaction() as tx:
            return await events.preview_type_change(tx, BrandId(brand_id), event, attribute, to=to)

    async def change(database: Database) -> None:
        async with database.transaction() as tx:
            await events.change_type(tx, BrandId(brand_id), event, attribute, to=to)
        starts = range(0, SLOT_COUNT, _SLOTS_AT_A_TIME)
        with click.progressbar(starts, label="Moving values", file=sys.stderr) as shown:
            for start in shown:
                async with database.transaction() as tx:
                    slots = range(start, start + _SLOTS_AT_A_TIME)
                    await events.move_values(tx, BrandId(brand_id), event, attribute, slots=slots)

    found = in_database(config, preview)
    click.echo(f"{found.stored} values are stored.")
    click.echo(f"{found.becoming_mismatches} of them would become mismatches.")
    click.echo(f"{found.becoming_valid} mismatches would become valid.")
    if not yes:
        click.confirm(f"Change {attribute!r} to {to.value}?", abort=True)
    in_database(config, change)
    click.echo(f"{attribute!r} is of type {to.value} now.")


@schema.command("set-status")
@click.argument("brand_id", type=int)
@click.argument("attribute")
@click.argument("status", type=click.Choice([status.value for status in Status]))
@_EVENT
@with_config()
def set_status(
    config: Config, brand_id: int, attribute: str, status: str, *, event: str | None
) -> None:
    """Set ATTRIBUTE of BRAND_ID to active, inactive (kept, not offered) or discarded (not kept)."""

    async def change(database: Database) -> None:
        async with database.transaction() as tx:
            await actions.change_status(tx, BrandId(brand_id), event, attribute, to=Status(status))

    in_database(config, change)
    click.echo(f"{attribute!r} is {status} now.")
