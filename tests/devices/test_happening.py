"""Who registers a device is recorded once, whoever dies when."""

from contextlib import suppress
from datetime import UTC, datetime

from tests.devices.registering import PHONE, devices_of, person, register, told_of, work
from tests.shop import KeptEvent, Shop
from tidings.base import clock
from tidings.devices import actions
from tidings.devices.model import Platform
from tidings.events.jobs import Jobs
from tidings.events.recording import Recorder
from tidings.schema.catalog import Catalog
from tidings.work import queue
from tidings.work.model import NewTask, Task
from tidings.work.worker import Worker


async def waiting(shop: Shop) -> list[Task]:
    """Return what is on the queue."""
    async with shop.database.transaction() as tx:
        return await queue.list_waiting(tx)


class Killed(Exception):
    """The process ends here."""


async def test_a_registration_that_is_not_committed_was_never_told_of(shop: Shop) -> None:
    """The device and what is told of it are one transaction."""
    ada = await person(shop, "ada")
    with suppress(Killed):
        async with shop.database.transaction() as tx:
            await actions.register(tx, shop.brand_id, ada, Platform.IOS, where=PHONE)
            assert len(await queue.list_waiting(tx)) == 1
            raise Killed
    assert await waiting(shop) == []
    assert await devices_of(shop, ada) == {}


async def test_a_worker_that_dies_over_it_records_it_the_next_time_and_once(shop: Shop) -> None:
    """The event goes in with the task that goes out."""
    ada = await person(shop, "ada")
    device_id = await register(shop, ada)
    jobs = Jobs(Recorder(Catalog(), shop.database.transaction))

    async with shop.database.transaction() as tx:
        [task] = await queue.list_waiting(tx)
    with suppress(Killed):
        async with shop.database.transaction() as tx:
            await jobs.record(tx, [task])
            raise Killed
    assert await shop.events() == []

    told = [("Push Registered", ada, str(device_id))]
    assert await told_of(shop) == told
    assert await told_of(shop) == told
    assert await waiting(shop) == []


async def test_the_event_has_the_platform_the_device_and_the_time(shop: Shop) -> None:
    """Segments and journeys ask for them."""
    ada = await person(shop, "ada")
    before = clock.now()
    device_id = await register(shop, ada, platform=Platform.IOS)
    await work(shop)

    [kept] = await shop.events()

    assert before <= kept.occurred_at <= clock.now()
    assert kept == KeptEvent(
        ref=ada,
        name="Push Registered",
        occurred_at=kept.occurred_at,
        received_at=kept.received_at,
        ltv=0.0,
        event_id=None,
        attributes={"platform": "ios", "device_id": str(device_id)},
        context=None,
        mismatched=None,
    )


async def test_what_an_older_release_left_on_the_queue_is_recorded(shop: Shop) -> None:
    """The name and the payload of these tasks are promises: an installation is upgraded with
    messages on their way."""
    ada = await person(shop, "ada")
    at = datetime(2026, 3, 30, 9, tzinfo=UTC)
    payload = (
        f'[{{"person":{ada.profile_id},"name":"Email Sent","at":"2026-03-30T09:00:00Z",'
        f'"attributes":{{"channel":"mail"}}}},'
        f'{{"person":{ada.profile_id},"name":"","at":"2026-03-30T09:00:00Z","attributes":{{}},'
        f'"changed":["email_opt_in"]}}]'
    )

    left = NewTask(
        slot=ada.slot,
        name="messages.happened",
        brand_id=shop.brand_id,
        run_at=clock.now(),
        payload=payload.encode(),
    )
    async with shop.database.transaction() as tx:
        await queue.enqueue(tx, [left])
    handlers = Jobs(Recorder(Catalog(), shop.database.transaction)).handlers()
    await Worker(shop.database, handlers).turn()

    [kept] = await shop.events()
    assert (kept.ref, kept.name, kept.occurred_at, kept.attributes) == (
        ada,
        "Email Sent",
        at,
        {"channel": "mail"},
    )
