"""People of a shop, and their devices."""

from collections.abc import Sequence

from tests.shop import Shop
from tidings.devices import actions
from tidings.devices.model import Browser, Device, DeviceId, Platform, Token
from tidings.events.jobs import Jobs
from tidings.events.recording import Recorder
from tidings.identity.model import Identifier
from tidings.profiles.model import ProfileRef
from tidings.schema.catalog import Catalog
from tidings.segments.jobs import Jobs as SegmentJobs
from tidings.work.worker import Worker

PHONE = Token("phone-1")


def browser(name: str = "one", *, p256dh: str = "p", auth: str = "a") -> Browser:
    """Make a browser; nothing is sent here, so that its keys may be any."""
    return Browser(f"https://push.test/{name}", p256dh, auth)


async def person(shop: Shop, whom: str | Identifier) -> ProfileRef:
    """Return where a person is, who is made if nobody is there."""
    if await shop.profile(whom) is None:
        await shop.send(shop.change(whom, {"first_name": "A"}))
    found = await shop.profile(whom)
    assert found is not None
    return found.ref


async def register(
    shop: Shop,
    whom: ProfileRef,
    where: Browser | Token = PHONE,
    *,
    platform: Platform = Platform.ANDROID,
) -> DeviceId:
    """Register a device in a transaction of its own."""
    of = Platform.WEB if isinstance(where, Browser) else platform
    async with shop.database.transaction() as tx:
        return await actions.register(tx, shop.brand_id, whom, of, where=where)


async def unregister(shop: Shop, device_id: DeviceId) -> Device | None:
    """Take a device back in a transaction of its own."""
    async with shop.database.transaction() as tx:
        return await actions.unregister(tx, shop.brand_id, device_id)


async def devices_of(
    shop: Shop, *people: ProfileRef, platforms: Sequence[Platform] = tuple(Platform)
) -> dict[ProfileRef, list[tuple[DeviceId, Browser | Token]]]:
    """Return which devices people have, and where."""
    async with shop.database.transaction() as tx:
        found = await actions.of_people(tx, shop.brand_id, people, platforms=platforms)
    for ref, devices in found.items():
        assert {device.person for device in devices} == {ref}
    return {
        ref: [(device.device_id, device.where) for device in devices]
        for ref, devices in found.items()
    }


async def work(shop: Shop) -> None:
    """Do everything that is due on the queue."""
    recorder = Recorder(Catalog(), shop.database.transaction)
    worker = Worker(shop.database, {**Jobs(recorder).handlers(), **SegmentJobs().handlers()})
    while await worker.turn() == 0.0:
        pass


async def told_of(shop: Shop) -> list[tuple[str, ProfileRef, str]]:
    """Do what is queued; return every event of a device: its name, whose, and which device."""
    await work(shop)
    return [
        (kept.name, kept.ref, kept.attributes["device_id"])
        for kept in await shop.events()
        if kept.name.startswith("Push ")
    ]
