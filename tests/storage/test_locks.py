"""Ingest goes on beside itself; who changes what it builds on meets nobody."""

import asyncio

from tests.storage.waiting import count_waiting
from tests.support import wait_until
from tidings.storage.locks import Lock, LockKind, hold_alone, hold_shared
from tidings.storage.pool import Database

PEOPLE = [Lock(LockKind.PEOPLE, slot) for slot in range(256)]
TYPES = Lock(LockKind.TYPES, 1001)

LIST_HELD = """
SELECT classid, objid, mode
FROM pg_locks
WHERE locktype = 'advisory' AND database = (
    SELECT oid FROM pg_database WHERE datname = current_database()
)
ORDER BY classid, objid
"""


def test_the_numbers_of_the_kinds_never_change() -> None:
    """During an update two releases run at once; each must see the other's locks."""
    assert {kind.name: kind.value for kind in LockKind} == {
        "CALLS": 7420000,
        "TYPES": 7420002,
        "PEOPLE": 7420003,
        "MONTHS": 7420004,
        "SEGMENTS": 7420005,
    }


async def test_what_is_held_shared_many_may_hold(database: Database) -> None:
    """Two commits for people of one slot must not wait for each other."""
    async with database.transaction() as one, database.transaction() as two:
        await hold_shared(one, [TYPES, *PEOPLE])
        await asyncio.wait_for(hold_shared(two, [TYPES, *PEOPLE]), timeout=10)


async def test_who_wants_it_alone_waits_for_all_who_share(database: Database) -> None:
    """A change of types begins when the last ingest that knew the old ones is durable."""
    alone: asyncio.Task[None]
    steps: list[str] = []

    async def change() -> None:
        async with database.transaction() as tx:
            await hold_alone(tx, [TYPES])
            steps.append("changed")

    async with database.transaction() as tx:
        await hold_shared(tx, [TYPES])
        alone = asyncio.create_task(change())
        await wait_until(lambda: count_waiting(database))
        steps.append("stored")
    await alone

    assert steps == ["stored", "changed"]


async def test_who_shares_waits_for_the_one_who_is_alone(database: Database) -> None:
    """Otherwise ingest would store by types that are being changed."""
    steps: list[str] = []

    async def store() -> None:
        async with database.transaction() as tx:
            await hold_shared(tx, [TYPES])
            steps.append("stored")

    async with database.transaction() as tx:
        await hold_alone(tx, [TYPES])
        sharing = asyncio.create_task(store())
        await wait_until(lambda: count_waiting(database))
        steps.append("changed")
    await sharing

    assert steps == ["changed", "stored"]


async def test_another_brand_or_slot_waits_for_nobody(database: Database) -> None:
    """A change in one house is not felt in the next."""
    async with database.transaction() as one, database.transaction() as two:
        await hold_alone(one, [TYPES, Lock(LockKind.PEOPLE, 7)])
        await asyncio.wait_for(
            hold_shared(two, [Lock(LockKind.TYPES, 1002), Lock(LockKind.PEOPLE, 8)]), timeout=10
        )


async def test_a_lock_ends_with_its_transaction(database: Database) -> None:
    """Connections are used again; a lock left on one would never end."""
    async with database.transaction() as tx:
        await hold_shared(tx, [TYPES])
        await hold_alone(tx, [Lock(LockKind.PEOPLE, 255)])
        held = [tuple(row.values()) for row in await tx.fetch(LIST_HELD)]
    async with database.transaction() as tx:
        held_afterwards = await tx.fetch(LIST_HELD)

    assert held == [(7420002, 1001, "ShareLock"), (7420003, 255, "ExclusiveLock")]
    assert held_afterwards == []


async def test_holding_nothing_is_nothing(database: Database) -> None:
    """A batch of repeated calls has no people to hold."""
    async with database.transaction() as tx:
        await hold_shared(tx, [])
        await hold_alone(tx, [])

        assert await tx.fetch(LIST_HELD) == []


async def test_whatever_the_order_asked_nobody_waits_in_a_circle(database_url: str) -> None:
    """Each asks in another order; all take them in one."""
    async with Database(database_url, size=8) as database:

        async def take_all(number: int) -> None:
            turned = [*PEOPLE[number * 40 :], *PEOPLE[: number * 40]]
            for _ in range(10):
                async with database.transaction() as tx:
                    hold = hold_alone if number % 2 else hold_shared
                    await hold(tx, reversed(turned) if number % 3 else turned)

        await asyncio.wait_for(
            asyncio.gather(*(take_all(number) for number in range(6))), timeout=60
        )
