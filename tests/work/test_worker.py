"""What one worker does with tasks: in order, once, again after a failure, and never for ever."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from tests.support import wait_until
from tests.work.conftest import OwnClock
from tests.work.doing import (
    done,
    enqueue,
    failing_for,
    label_of,
    noting,
    task,
    waiting,
    work_off,
)
from tidings.base import limits
from tidings.base.errors import unavailable
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


async def test_one_failing_task_does_not_fail_its_neighbours(
    database: Database, own_clock: OwnClock
) -> None:
    """Known bug 2: one bad recipient made a whole batch go out again and again."""
    labels = [str(person) for person in range(100)]
    await enqueue(database, *(task(label, int(label)) for label in labels))

    for _ in range(limits.MAX_TASK_ATTEMPTS):
        await work_off(database, {"note": failing_for("41")})
        own_clock.advance(limits.LONGEST_RETRY_SECONDS)

    assert sorted(await done(database)) == sorted(set(labels) - {"41"})
    assert await waiting(database) == []
    async with database.transaction() as tx:
        assert [label_of(one) for one in await queue.list_dead(tx)] == ["41"]


async def test_what_failed_is_tried_apart_from_the_others(
    database: Database, own_clock: OwnClock
) -> None:
    """Else every try of it would fail the claims that it is part of."""
    given: list[list[str]] = []
    fail = failing_for("bad")

    async def remember(tx: Tx, tasks: Sequence[Task]) -> None:
        given.append([label_of(one) for one in tasks])
        await fail(tx, tasks)

    await enqueue(database, task("bad", 1), task("a", 2))
    await work_off(database, {"note": remember})
    own_clock.advance(limits.FIRST_RETRY_SECONDS)
    await enqueue(database, task("b", 3), task("c", 4))
    await work_off(database, {"note": remember})

    assert given == [["bad", "a"], ["bad"], ["a"], ["b", "c"], ["bad"]]


async def test_a_failed_task_is_tried_later_and_later_and_then_kept_as_dead(
    database: Database, own_clock: OwnClock
) -> None:
    """What is not mended within hours needs a person, not more tries."""
    await enqueue(database, task("bad", 7))
    tried_after: list[float] = []
    start = own_clock.instant

    while await waiting(database):
        await work_off(database, {"note": failing_for("bad")})
        tried_after.append((own_clock.instant - start).total_seconds())
        async with database.transaction() as tx:
            for one in await queue.list_waiting(tx):
                assert (one.attempts, one.last_error) == (
                    len(tried_after),
                    f"ValueError at work/worker.py:{HANDLER_LINE}",
                )
                own_clock.instant = one.run_at

    assert tried_after == [0, 5, 15, 35, 75, 155, 315, 635, 1275, 2555, 5115, 8715]
    async with database.transaction() as tx:
        (dead,) = await queue.list_dead(tx)
    assert (dead.attempts, dead.last_error, dead.died_at, dead.payload) == (
        12,
        f"ValueError at work/worker.py:{HANDLER_LINE}",
        own_clock.instant,
        b'"bad"',
    )


async def test_a_persons_later_tasks_wait_behind_one_that_is_tried_again(
    database: Database, own_clock: OwnClock
) -> None:
    """A journey's second step must not happen before its first; other people go on."""
    await enqueue(
        database, task("bad", 7), task("then", 7, name="other"), task("same slot", 7 + 256)
    )
    handlers = {"note": failing_for("bad"), "other": noting()}

    await work_off(database, handlers)
    await enqueue(database, task("newer", 7, name="other"))
    await work_off(database, handlers)
    while_waiting = await done(database)
    own_clock.advance(limits.FIRST_RETRY_SECONDS)
    await work_off(database, {"note": noting(), "other": noting()})

    assert while_waiting == ["same slot"]
    assert await done(database) == ["same slot", "bad", "then", "newer"]


async def test_a_worker_that_can_do_nothing_but_wait_for_a_retry_rests(
    database: Database, own_clock: OwnClock
) -> None:
    """The tasks behind it are due, and looking for them again and again would burn a core."""
    await enqueue(database, task("bad", 7), *(task(f"{number}", 7) for number in range(5)))

    rest_seconds = await work_off(database, {"note": failing_for("bad")})
    own_clock.advance(limits.FIRST_RETRY_SECONDS - 0.5)

    assert rest_seconds == limits.TASK_POLL_SECONDS
    assert await work_off(database, {"note": failing_for("bad")}) == 0.5


async def test_the_dead_do_not_hold_up_the_living(database: Database, own_clock: OwnClock) -> None:
    """Known bug 10: a failed send stalled the whole journey."""
    await enqueue(database, task("bad", 7), task("then", 7))

    for _ in range(limits.MAX_TASK_ATTEMPTS):
        await work_off(database, {"note": failing_for("bad")})
        own_clock.advance(limits.LONGEST_RETRY_SECONDS)

    assert await done(database) == ["then"]


async def test_a_name_that_nobody_does_fails_the_task_and_not_the_worker(
    database: Database, own_clock: OwnClock
) -> None:
    """During an upgrade an older worker meets the tasks of a newer release."""
    await enqueue(database, task("new", 7, name="from_the_future"), task("a", 8))

    await work_off(database, {"note": noting()})

    assert await done(database) == ["a"]
    async with database.transaction() as tx:
        (left,) = await queue.list_waiting(tx)
    assert (left.attempts, left.last_error) == (
        1,
        "internal: No handler for tasks named from_the_future: another release of Tidings put "
        "it into the queue.",
    )
    assert left.run_at == own_clock.instant + timedelta(seconds=limits.FIRST_RETRY_SECONDS)


@pytest.mark.parametrize(
    "error", [OSError("no such file"), TimeoutError(), unavailable("somebody else is away")]
)
async def test_a_handlers_own_outage_counts_as_an_attempt(
    database: Database, own_clock: OwnClock, error: Exception
) -> None:
    """It looks like a lost database, and would be tried for ever without a word."""
    await enqueue(database, task("bad", 7))

    await work_off(database, {"note": failing_for("bad", error=error)})

    async with database.transaction() as tx:
        assert [one.attempts for one in await queue.list_waiting(tx)] == [1]
    assert own_clock.instant is not None


async def test_an_error_that_shows_at_the_commit_counts_as_an_attempt(database: Database) -> None:
    """A deferred constraint is checked when the handler has long returned."""
    async with database.connection() as connection:
        await connection.execute(
            "ALTER TABLE done ADD CONSTRAINT one_label UNIQUE (label) DEFERRABLE INITIALLY DEFERRED"
        )
    await enqueue(database, task("twice", 7), task("twice", 8), task("a", 9))

    await work_off(database, {"note": noting()})

    assert sorted(await done(database)) == ["a", "twice"]
    async with database.transaction() as tx:
        assert [(one.attempts, one.last_error) for one in await queue.list_waiting(tx)] == [
            (1, "UniqueViolationError (SQLSTATE 23505)")
        ]


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
