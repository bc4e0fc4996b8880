"""The table of devices: rows in, models out."""

from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import NamedTuple, cast

import msgspec

from tidings.base.ids import BrandId, ProfileId
from tidings.devices.model import Browser, Device, DeviceId, Platform, Token
from tidings.profiles.model import ProfileRef
from tidings.storage.slots import Slot
from tidings.storage.sql import Queries
from tidings.storage.tx import Row, Tx

SQL = Queries(__file__)

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, str]).decode


class Held(NamedTuple):
    """A device that the transaction holds, and for whom it was registered last."""

    device_id: DeviceId
    person: ProfileRef


async def hold_place(tx: Tx, brand_id: BrandId, where: Browser | Token) -> Held | None:
    """Return the device at a place, and hold it."""
    row = await tx.fetchrow(SQL["hold_place"], brand_id, _key(where))
    return None if row is None else Held(DeviceId(row["device_id"]), _person(row))


async def insert_device(tx: Tx, brand_id: BrandId, device: Device) -> DeviceId | None:
    """Insert a device, whose id is drawn now; None when the brand has its place already."""
    inserted = await tx.fetchval(
        SQL["insert_device"],
        brand_id,
        *device.person,
        device.platform.value,
        _encode(device.where._asdict()),
        _key(device.where),
        device.seen_at,
    )
    return cast("DeviceId | None", inserted)


async def update_device(tx: Tx, brand_id: BrandId, device: Device, *, has_it_already: bool) -> None:
    """Write a device anew that the transaction holds.

    Shape:  has_it_already - whether it stays with its person, who then has it since it was theirs.
    """
    await tx.execute(
        SQL["update_device"],
        brand_id,
        device.device_id,
        *device.person,
        device.platform.value,
        _encode(device.where._asdict()),
        device.seen_at,
        has_it_already,
    )


async def select_devices(
    tx: Tx, brand_id: BrandId, device_ids: Collection[DeviceId]
) -> dict[DeviceId, Device]:
    """Return those of these devices that are there."""
    rows = await tx.fetch(SQL["select_devices"], brand_id, list(device_ids))
    return {DeviceId(row["device_id"]): _device(row, _person(row)) for row in rows}


async def select_id_of_place(tx: Tx, brand_id: BrandId, where: Browser | Token) -> DeviceId | None:
    """Return which device is at a place."""
    found = await tx.fetchval(SQL["select_id_of_place"], brand_id, _key(where))
    return cast("DeviceId | None", found)


async def select_of_people(
    tx: Tx, brand_id: BrandId, people: Sequence[ProfileRef], *, platforms: Collection[Platform]
) -> dict[ProfileRef, list[Device]]:
    """Return the devices of each of these people who has any."""
    found: dict[ProfileRef, list[Device]] = {}
    wanted = [one.value for one in platforms]
    for row in await tx.fetch(SQL["select_of_people"], brand_id, *_columns_of(people), wanted):
        position: int = row["position"]
        person = people[position - 1]
        found.setdefault(person, []).append(_device(row, person))
    return found


async def delete_devices(
    tx: Tx, brand_id: BrandId, device_ids: Collection[DeviceId]
) -> list[Device]:
    """Delete devices; return those that were there, by id."""
    rows = await tx.fetch(SQL["delete_devices"], brand_id, list(device_ids))
    return [_device(row, _person(row)) for row in rows]


async def select_surplus(
    tx: Tx, brand_id: BrandId, person: ProfileRef, *, beside: DeviceId, at_most: int
) -> list[DeviceId]:
    """Return and hold what a person has beside one device and so many others seen last."""
    rows = await tx.fetch(SQL["select_surplus"], brand_id, *person, beside, at_most)
    return [DeviceId(row["device_id"]) for row in rows]


async def delete_of_people(tx: Tx, brand_id: BrandId, people: Sequence[ProfileRef]) -> None:
    """Delete the devices of these people and of who went into them."""
    await tx.execute(SQL["delete_of_people"], brand_id, *_columns_of(people))


def _columns_of(people: Sequence[ProfileRef]) -> tuple[list[Slot], list[ProfileId]]:
    return [person.slot for person in people], [person.profile_id for person in people]


def _key(where: Browser | Token) -> bytes:
    # The endpoint, or the token; a browser may change its keys and is the same.
    return sha256(where[0].encode()).digest()


def _person(row: Row) -> ProfileRef:
    return ProfileRef(Slot(row["slot"]), ProfileId(row["profile_id"]))


def _device(row: Row, person: ProfileRef) -> Device:
    place, platform = _decode(row["place"]), Platform(row["platform"])
    return Device(
        device_id=DeviceId(row["device_id"]),
        person=person,
        platform=platform,
        where=Browser(**place) if platform is Platform.WEB else Token(**place),
        added_at=row["added_at"],
        seen_at=row["seen_at"],
    )
