"""`tidings device`: where a user gets pushes."""

from collections.abc import Sequence
from datetime import datetime

import click

from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.brands import actions as brands
from tidings.cli.naming import find_user
from tidings.cli.options import with_config
from tidings.cli.session import in_database
from tidings.cli.table import show
from tidings.config import Config
from tidings.devices import actions
from tidings.devices.model import Device, DeviceId, Platform
from tidings.storage.pool import Database

_SHOWN_CHARACTERS = 60

_brand = click.argument("brand_id", type=int)


@click.group()
def device() -> None:
    """Show where somebody gets pushes, and take that back."""


@device.command("list")
@_brand
@click.argument("user_id")
@with_config()
def list_devices(config: Config, brand_id: int, user_id: str) -> None:
    """List the devices of USER_ID in BRAND_ID, the one seen last first."""
    brand = BrandId(brand_id)

    async def look(database: Database) -> Sequence[Device]:
        async with database.transaction() as tx:
            person = await find_user(tx, brand, user_id)
            found = await actions.of_people(tx, brand, [person], platforms=tuple(Platform))
        return found.get(person, ())

    show(
        ("DEVICE", "PLATFORM", "SINCE", "SEEN", "WHERE"),
        [
            (one.device_id, one.platform, _time(one.added_at), _time(one.seen_at), _where(one))
            for one in in_database(config, look)
        ],
    )


@device.command("remove")
@_brand
@click.argument("device_id", type=click.IntRange(min=1, max=2**63 - 1))
@with_config()
def remove(config: Config, brand_id: int, device_id: int) -> None:
    """Take DEVICE_ID of BRAND_ID back: no push goes there any more, until it registers again."""
    brand = BrandId(brand_id)

    async def take_back(database: Database) -> None:
        async with database.transaction() as tx:
            await brands.find_brand(tx, brand)
            if await actions.unregister(tx, brand, DeviceId(device_id)) is None:
                raise Refused(Code.NOT_FOUND, f"Brand {brand_id} has no device {device_id}.")

    in_database(config, take_back)
    click.echo(f"Device {device_id} is removed.")


def _where(one: Device) -> str:
    place = one.where[0]
    return place if len(place) <= _SHOWN_CHARACTERS else f"{place[:_SHOWN_CHARACTERS]}…"


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z"
