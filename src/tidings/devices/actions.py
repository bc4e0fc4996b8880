"""What is done with devices: registered, found, taken back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from tidings.base import clock, limits
from tidings.base.ids import BrandId
from tidings.devices import store
from tidings.devices.model import DEVICES, Browser, Device, DeviceId, Platform, Token
from tidings.events import happening
from tidings.events.happening import Happened, OneHappened
from tidings.identity.heirs import heirs_of, hold_or_heir
from tidings.profiles import actions as profiles
from tidings.profiles.model import ProfileRef
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx

# NotifyVisitors documentation, "System events", spelled exactly so.
REGISTERED = "Push Registered"
UNREGISTERED = "Push Unregistered"

_NO_ID = DeviceId(0)


async def register(
    tx: Tx, brand_id: BrandId, person: ProfileRef, platform: Platform, *, where: Browser | Token
) -> DeviceId:
    """Give a person a device, whosever it was; if it is theirs already, it is seen once more.

    Of somebody who has too many, the one seen longest ago gives way.

    Shape:  person - or somebody who went into them; where - a `Browser` on the web, else a `Token`.
    Errors: `not_found` for an unknown person.
    """
    # Whoever merges or forgets them holds them, too.
    held = await hold_or_heir(tx, brand_id, person)
    now = clock.now()
    wanted = Device(_NO_ID, held, platform, where, added_at=now, seen_at=now)
    device, before = await _put(tx, brand_id, wanted)
    if before != held:
        lost = [] if before is None else [(UNREGISTERED, replace(device, person=before))]
        await _tell(tx, brand_id, [*lost, (REGISTERED, device)])
    others = limits.MAX_DEVICES_PER_PERSON - 1
    surplus = await store.select_surplus(
        tx, brand_id, held, beside=device.device_id, at_most=others
    )
    await drop(tx, brand_id, surplus)
    return device.device_id


async def unregister(tx: Tx, brand_id: BrandId, device_id: DeviceId) -> Device | None:
    """Take a device back; return what it was, None when it is not there."""
    gone = await drop(tx, brand_id, [device_id])
    return gone[0] if gone else None


async def unregister_place(tx: Tx, brand_id: BrandId, where: Browser | Token) -> Device | None:
    """Take back the device at a place: its endpoint or its token alone says which."""
    device_id = await store.select_id_of_place(tx, brand_id, where)
    return None if device_id is None else await unregister(tx, brand_id, device_id)


async def find_many(
    tx: Tx, brand_id: BrandId, device_ids: Collection[DeviceId]
) -> Mapping[DeviceId, Device]:
    """Return those of these devices that are there."""
    return await store.select_devices(tx, brand_id, device_ids) if device_ids else {}


async def of_people(
    tx: Tx, brand_id: BrandId, people: Sequence[ProfileRef], *, platforms: Collection[Platform]
) -> Mapping[ProfileRef, Sequence[Device]]:
    """Return the devices of each of these people and of who went into them, the last seen first.

    Shape:  people without any are left out.
    """
    if not people:
        return {}
    return await store.select_of_people(tx, brand_id, people, platforms=platforms)


async def drop(tx: Tx, brand_id: BrandId, device_ids: Collection[DeviceId]) -> list[Device]:
    """Delete devices that are gone; return those that were there, by id."""
    if not device_ids:
        return []
    gone = await store.delete_devices(tx, brand_id, device_ids)
    await _tell(tx, brand_id, [(UNREGISTERED, device) for device in gone])
    return gone


async def forget(tx: Tx, brand_id: BrandId, people: Sequence[ProfileRef]) -> None:
    """Delete the devices of people who are forgotten; nobody is told."""
    # Whoever registers one for them holds them, too.
    await profiles.hold(tx, [(brand_id, person) for person in people])
    await store.delete_of_people(tx, brand_id, people)


async def _put(tx: Tx, brand_id: BrandId, wanted: Device) -> tuple[Device, ProfileRef | None]:
    """Write a device; return it with its id, and who had it before, None for nobody."""
    while True:
        held = await store.hold_place(tx, brand_id, wanted.where)
        if held is not None:
            before = (await heirs_of(tx, brand_id, [held.person])).get(held.person, held.person)
            device = replace(wanted, device_id=held.device_id)
            is_same = before == wanted.person
            await store.update_device(tx, brand_id, device, has_it_already=is_same)
            return device, before
        device_id = await store.insert_device(tx, brand_id, wanted)
        if device_id is not None:
            return replace(wanted, device_id=device_id), None
        # Somebody registered the same place at this moment, and it may be gone already.


async def _tell(tx: Tx, brand_id: BrandId, happened: Iterable[tuple[str, Device]]) -> None:
    now = clock.now()
    told: dict[Slot, Happened] = {}
    for name, device in happened:
        attributes = {"platform": device.platform.value, "device_id": str(device.device_id)}
        one = OneHappened(device.person.profile_id, name, now, attributes, [DEVICES])
        told.setdefault(device.person.slot, []).append(one)
    await happening.tell(tx, brand_id, told)
