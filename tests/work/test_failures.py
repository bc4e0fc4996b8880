"""What becomes of tasks that fail: tried again alone, later and later, and kept when dead."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.work.conftest import OwnClock
from tests.work.doing import done, enqueue, failing_for, label_of, noting, task, waiting, work_off
from tidings.base import limits
from tidings.base.errors import unavailable
from tidings.storage.pool import Database
from tidings.storage.tx import Tx
from tidings.work import queue
from tidings.work.model import Task

pytestmark = pytest.mark.usefixtures("done_table")


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
                assert one.attempts == len(tried_after)
                assert (one.last_error or "").startswith("ValueError at work/worker.py:")
                own_clock.instant = one.run_at

    assert tried_after == [0, 5, 15, 35, 75, 155, 315, 635, 1275, 2555, 5115, 8715]
    async with database.transaction() as tx:
        (dead,) = await queue.list_dead(tx)
    assert (dead.attempts, dead.died_at, dead.payload) == (12, own_clock.instant, b'"bad"')
    assert dead.last_error.startswith("ValueError at work/worker.py:")


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
@pytest.mark.usefixtures("own_clock")
async def test_a_handlers_own_outage_counts_as_an_attempt(
    database: Database, error: Exception
) -> None:
    """It looks like a lost database, and would be tried for ever without a word."""
    await enqueue(database, task("bad", 7))

    await work_off(database, {"note": failing_for("bad", error=error)})

    async with database.transaction() as tx:
        assert [one.attempts for one in await queue.list_waiting(tx)] == [1]


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
        (left,) = await queue.list_waiting(tx)
    assert left.attempts == 1
    assert (left.last_error or "").startswith("UniqueViolationError (SQLSTATE 23505)")
