"""Every process says that it lives, until it stops; one that was killed falls silent."""

import asyncio
from datetime import datetime, timedelta

from tests.support import wait_until
from tests.work.conftest import NOON, OwnClock
from tidings.base import limits
from tidings.storage.pool import Database
from tidings.work import heartbeat
from tidings.work.heartbeat import Heartbeat
from tidings.work.model import ProcessKind


async def newest(database: Database, kind: ProcessKind) -> datetime | None:
    """Ask when a process of a kind was last alive."""
    async with database.transaction() as tx:
        return await heartbeat.newest(tx, kind)


async def test_the_newest_sign_of_life_of_each_kind_is_known(
    database: Database, own_clock: OwnClock
) -> None:
    """`ready` says whether any worker lives, not whether a certain one does."""
    first = Heartbeat(database, "worker")
    own_clock.advance(1)
    second = Heartbeat(database, "worker")

    await first.turn()
    own_clock.advance(1)
    rest_seconds = await second.turn()
    own_clock.advance(1)

    assert rest_seconds == limits.HEARTBEAT_SECONDS
    assert await newest(database, "worker") == NOON + timedelta(seconds=2)
    assert await newest(database, "web") is None


async def test_a_process_that_stops_takes_its_sign_away(database: Database) -> None:
    """Nobody should look for a process that was meant to end."""
    stop = asyncio.Event()
    running = asyncio.create_task(Heartbeat(database, "web").run(stop))

    async def is_seen() -> bool:
        return await newest(database, "web") is not None

    await wait_until(is_seen)
    stop.set()
    await asyncio.wait_for(running, 5)

    assert not await is_seen()


async def test_a_killed_process_is_forgotten_after_an_hour(
    database: Database, own_clock: OwnClock
) -> None:
    """Till then its last sign tells when it died."""
    await Heartbeat(database, "worker").turn()
    own_clock.advance(limits.HEARTBEAT_KEPT_SECONDS)
    await Heartbeat(database, "web").turn()
    after_an_hour = await newest(database, "worker")
    own_clock.advance(1)
    await Heartbeat(database, "web").turn()

    assert (after_an_hour, await newest(database, "worker")) == (NOON, None)
