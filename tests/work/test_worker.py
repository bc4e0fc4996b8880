"""What one worker does with tasks: in order, once, and no longer than there is work."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import cast

import pytest

from tests.support import wait_until
from tests.work.conftest import OwnClock
from tests.work.doing import (
    done,
    enqueue,
    label_of,
    noting,
    task,
    waiting,
    work_off,
)
from tidings.base import limits
from tidings.storage.pool import Database
from tidings.storage.tx import Connection, Tx
from tidings.work import queue
from tidings.work.model import Task
from tidings.work.worker import Worker

pytestmark = pytest.mark.usefixtures("done_table")


async def test_a_persons_tasks_are_done_in_order(database: Database, own_clock: OwnClock) -> None:
    """By when they were due, then by when they were put in, whatever their names."""
    earlier = own_clock.instant - timedelta(seconds=1)
    await enqueue(
        database,
        task("2", 7),
        task("3", 7, name="other"),
        task("4", 7),
        task("1", 7, run_at=earlier, name="other"),
    )

    await work_off(database, {"note": noting(), "other": noting()})

    assert await done(database) == ["1", "2", "3", "4"]


async def test_a_handler_is_given_many_peoples_tasks_at_once(database: Database) -> None:
    """One statement for all of them is what makes segments fast."""
    given: list[list[str]] = []

    async def remember(_tx: Tx, tasks: Sequence[Task]) -> None:
        given.append([label_of(one) for one in tasks])

    await enqueue(database, *(task(str(person), person) for person in range(20)))
    await work_off(database, {"note": remember})

    assert given == [[str(person) for person in range(20)]]


async def test_a_claim_is_bounded_and_the_rest_follows(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction over a whole backlog would hold its slots for minutes."""
    monkeypatch.setattr(limits, "MAX_TASKS_PER_CLAIM", 4)
    calls: list[int] = []
    note = noting()

    async def count(tx: Tx, tasks: Sequence[Task]) -> None:
        calls.append(len(tasks))
        await note(tx, tasks)

    labels = [f"{number}" for number in range(10)]
    await enqueue(database, *(task(label, 7) for label in labels))
    await work_off(database, {"note": count})

    assert calls == [4, 4, 2]
    assert await done(database) == labels


async def test_a_task_waits_for_its_time(database: Database, own_clock: OwnClock) -> None:
    """A timer is a task with a `run_at` ahead."""
    await enqueue(database, task("timer", 7, run_at=own_clock.instant + timedelta(hours=1)))

    await work_off(database, {"note": noting()})
    before = await done(database)
    own_clock.advance(3600)
    await work_off(database, {"note": noting()})

    assert (before, await done(database)) == ([], ["timer"])


async def test_a_worker_rests_until_the_next_task_is_due(
    database: Database, own_clock: OwnClock
) -> None:
    """A timer need not wait for the poll."""
    await enqueue(database, task("timer", 7, run_at=own_clock.instant + timedelta(seconds=0.25)))

    assert await work_off(database, {"note": noting()}) == 0.25


async def test_an_idle_worker_asks_once_a_poll_and_the_queue_is_empty(database: Database) -> None:
    """Known bug 27: work that puts itself back keeps an idle system busy."""

    class Counting(Database):
        lent = 0

        @asynccontextmanager
        async def connection(self) -> AsyncGenerator[Connection]:
            async with super().connection() as connection:
                self.lent += 1
                yield connection

    async def follow(tx: Tx, tasks: Sequence[Task]) -> None:
        await queue.enqueue(tx, [task(label_of(one), one.profile_id) for one in tasks])

    await enqueue(database, *(task(str(person), person, name="first") for person in range(300)))
    await work_off(database, {"first": follow, "note": noting()})

    async with Counting(database.url) as counting:
        worker = Worker(counting, {})
        rests = [await worker.turn() for _ in range(3)]

    assert (rests, counting.lent) == ([limits.TASK_POLL_SECONDS] * 3, 3)
    assert await waiting(database) == []


async def test_stopping_finishes_the_claim_in_hand_and_begins_no_other(database: Database) -> None:
    """A deployment must not undo and repeat what is nearly done."""
    begun, go_on, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()
    note = noting()

    async def slowly(tx: Tx, tasks: Sequence[Task]) -> None:
        begun.set()
        await go_on.wait()
        await note(tx, tasks)
        await queue.enqueue(tx, [task("next", 7)])

    await enqueue(database, task("a", 7))
    running = asyncio.create_task(Worker(database, {"note": slowly}).run(stop))
    await begun.wait()
    stop.set()
    go_on.set()
    await asyncio.wait_for(running, 5)

    assert await done(database) == ["a"]
    assert await waiting(database) == ["next"]


async def test_a_lost_database_is_no_attempt_and_the_worker_goes_on(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """A restart of PostgreSQL must not bring tasks nearer to their death."""
    caplog.set_level("INFO", logger="tidings")
    calls = 0
    note = noting()

    async def lose_it(tx: Tx, tasks: Sequence[Task]) -> None:
        nonlocal calls
        calls += 1
        await note(tx, tasks)
        if calls == 1:
            async with database.connection() as other:
                await other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE pid <> pg_backend_pid() AND datname = current_database()"
                )
            await wait_until(cast("Connection", tx).is_closed)

    stop = asyncio.Event()
    await enqueue(database, task("a", 7), task("b", 8))
    async with Database(database.url, size=2) as pool:
        running = asyncio.create_task(Worker(pool, {"note": lose_it}).run(stop))

        async def both_are_done() -> bool:
            return await done(database) == ["a", "b"]

        await wait_until(both_are_done)
        stop.set()
        await asyncio.wait_for(running, 5)

    assert calls == 2
    assert [record.message for record in caplog.records] == [
        "worker.started",
        "database.lost",
        "database.found",
        "worker.stopped",
    ]
