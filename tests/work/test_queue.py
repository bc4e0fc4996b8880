"""What others do with the queue: put work in, count it, and decide about what failed for good."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from tests.support import wait_until
from tests.work.conftest import NOON, OwnClock
from tests.work.doing import BRAND, done, enqueue, failing_for, noting, task, waiting, work_off
from tidings.base import limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import ProfileId, TaskId
from tidings.storage.pool import Database, connect
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx
from tidings.work import queue
from tidings.work.model import DeadTask, Depth, Task
from tidings.work.store import CHANNEL

pytestmark = pytest.mark.usefixtures("done_table")


async def make_dead(database: Database, own_clock: OwnClock, label: str, person: int) -> DeadTask:
    """Let a task fail until it is dead."""
    await enqueue(database, task(label, person))
    for _ in range(limits.MAX_TASK_ATTEMPTS):
        await work_off(database, {"note": failing_for(label)})
        own_clock.advance(limits.LONGEST_RETRY_SECONDS)
    async with database.transaction() as tx:
        return (await queue.list_dead(tx))[0]


async def test_a_task_is_listed_as_it_was_put_in(database: Database, own_clock: OwnClock) -> None:
    """Nothing of it may change on the way through the table."""
    await enqueue(database, task("a", 7), task("b", run_at=own_clock.instant - timedelta(days=1)))

    async with database.transaction() as tx:
        listed = await queue.list_waiting(tx)

    assert listed == [
        Task(
            slot=Slot(0),
            task_id=TaskId(2),
            name="note",
            brand_id=BRAND,
            run_at=NOON - timedelta(days=1),
            payload=b'"b"',
            attempts=0,
        ),
        Task(
            slot=Slot(7),
            task_id=TaskId(1),
            name="note",
            brand_id=BRAND,
            run_at=NOON,
            profile_id=ProfileId(7),
            payload=b'"a"',
            attempts=0,
        ),
    ]


async def test_a_task_is_there_only_if_its_transaction_commits(database: Database) -> None:
    """The state change that it follows from may be undone."""

    async def enqueue_and_fail() -> None:
        async with database.transaction() as tx:
            await queue.enqueue(tx, [task("a")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await enqueue_and_fail()

    assert await waiting(database) == []


async def test_no_tasks_are_no_statement(database: Database) -> None:
    """Most commits of ingest follow from nothing that anybody listens to."""
    async with database.transaction() as tx:
        await queue.enqueue(tx, [])

    assert await waiting(database) == []


async def test_depth_counts_what_waits_what_is_due_and_what_is_dead(
    database: Database, own_clock: OwnClock
) -> None:
    """The age of the oldest due task is what an operator sets an alarm on."""
    await make_dead(database, own_clock, "dead", 1)
    now = own_clock.instant
    await enqueue(
        database,
        task("old", 2, run_at=now - timedelta(seconds=90)),
        task("due", 3),
        task("later", 4, run_at=now + timedelta(seconds=1)),
    )

    async with database.transaction() as tx:
        depth = await queue.depth(tx, now)

    assert depth == Depth(tasks=3, due=2, oldest_due_seconds=90.0, dead=1)


async def test_an_empty_queue_has_no_oldest_task(database: Database) -> None:
    """Zero, not null: a gauge must have a value."""
    async with database.transaction() as tx:
        depth = await queue.depth(tx, NOON)

    assert depth == Depth(tasks=0, due=0, oldest_due_seconds=0.0, dead=0)


async def test_workers_are_rung_once_a_call_and_only_for_what_is_due_soon(
    database: Database, own_clock: OwnClock
) -> None:
    """A ring for a timer of next week would wake every worker for nothing."""
    heard: list[str] = []
    connection = await connect(database.url)
    await connection.add_listener(CHANNEL, lambda *_: heard.append("work"))
    await connection.add_listener("end", lambda *_: heard.append("end"))

    next_week = own_clock.instant + timedelta(days=7)
    await enqueue(database, task("later", run_at=next_week))
    await enqueue(database, task("now"), task("also now"), task("later", run_at=next_week))
    await enqueue(database, task("soon", run_at=own_clock.instant + timedelta(seconds=0.5)))
    async with database.connection() as other:
        await other.execute('NOTIFY "end"')
    await wait_until(lambda: "end" in heard)
    await connection.close()

    assert heard == ["work", "work", "end"]


async def test_a_revived_task_is_done_with_all_its_attempts(
    database: Database, own_clock: OwnClock
) -> None:
    """The operator has mended what it failed for."""
    dead = await make_dead(database, own_clock, "a", 7)

    async with database.transaction() as tx:
        await queue.revive(tx, dead.slot, dead.task_id)
        revived = await queue.list_waiting(tx)
    await work_off(database, {"note": noting()})

    assert [(one.task_id, one.attempts, one.run_at) for one in revived] == [
        (dead.task_id, 0, own_clock.instant)
    ]
    assert await done(database) == ["a"]
    async with database.transaction() as tx:
        assert await queue.list_dead(tx) == []


async def test_reviving_rings_for_the_workers(database: Database, own_clock: OwnClock) -> None:
    """The operator is watching."""
    dead = await make_dead(database, own_clock, "a", 7)
    heard = asyncio.Event()
    connection = await connect(database.url)
    await connection.add_listener(CHANNEL, lambda *_: heard.set())

    async with database.transaction() as tx:
        await queue.revive(tx, dead.slot, dead.task_id)

    await asyncio.wait_for(heard.wait(), 5)
    await connection.close()


async def test_a_dropped_task_is_gone(database: Database, own_clock: OwnClock) -> None:
    """Some work is not worth doing any more."""
    dead = await make_dead(database, own_clock, "a", 7)

    async with database.transaction() as tx:
        await queue.drop(tx, dead.slot, dead.task_id)

    async with database.transaction() as tx:
        assert await queue.list_dead(tx) == []
    assert await waiting(database) == []


@pytest.mark.parametrize("verb", [queue.revive, queue.drop])
async def test_a_task_that_is_not_dead_cannot_be_decided_about(
    database: Database, verb: Callable[[Tx, Slot, TaskId], Awaitable[None]]
) -> None:
    """Two operators may decide at once; the second is told."""
    await enqueue(database, task("a", 7))

    async with database.transaction() as tx:
        with pytest.raises(Refused) as caught:
            await verb(tx, Slot(7), TaskId(1))

    assert caught.value.code is Code.NOT_FOUND
    assert caught.value.message == (
        "There is no dead task 1 in slot 7: it may have been retried or dropped already. "
        "`tidings task dead` lists those there are."
    )
    assert await waiting(database) == ["a"]


async def test_forgetting_a_person_takes_their_tasks_away(
    database: Database, own_clock: OwnClock
) -> None:
    """Payloads may speak of the person, and dead ones would be kept for years."""
    dead = await make_dead(database, own_clock, "dead", 7)
    await enqueue(database, task("a", 7), task("b", 8), task("c", slot=7))

    async with database.transaction() as tx:
        await queue.forget(tx, dead.slot, ProfileId(7))

    assert sorted(await waiting(database)) == ["b", "c"]
    async with database.transaction() as tx:
        assert await queue.list_dead(tx) == []
