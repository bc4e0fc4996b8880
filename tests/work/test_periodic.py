"""Jobs come round by the clock: each round once, whoever is there to run it."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.work.conftest import NOON, OwnClock
from tests.work.doing import done
from tidings.base import clock, limits
from tidings.storage.pool import Database
from tidings.storage.tx import Tx
from tidings.work.periodic import PeriodicJob, PeriodicJobs, next_round

pytestmark = pytest.mark.usefixtures("done_table")

HOUR = timedelta(hours=1)


async def note_time(tx: Tx) -> None:
    """Note when the job ran."""
    at = clock.now().isoformat()
    await tx.execute("INSERT INTO done (label, worker) VALUES ($1, '')", at)


async def fail(tx: Tx) -> None:
    """Note when the job ran, and fail."""
    await note_time(tx)
    raise ValueError("no such luck")


async def run_due(database: Database, *jobs: PeriodicJob) -> float:
    """Run what is due as a process would that starts now; return how long there is nothing to."""
    periodic = PeriodicJobs(database, jobs)
    while (rest_seconds := await periodic.turn()) == 0.0:
        pass
    return rest_seconds


async def times(database: Database) -> list[float]:
    """Return when the job ran, in hours after noon."""
    return [(datetime.fromisoformat(label) - NOON) / HOUR for label in await done(database)]


async def state(database: Database) -> tuple[datetime, datetime | None, str | None]:
    """Return what is kept of the only job: when it runs next and ran last, and its last error."""
    async with database.connection() as connection:
        row = await connection.fetchrow(
            "SELECT next_run_at, last_run_at, last_error FROM periodic_jobs"
        )
    assert row is not None
    return row["next_run_at"], row["last_run_at"], row["last_error"]


@pytest.mark.parametrize(
    ("hours_late", "next_in_hours"), [(0, 1), (0.5, 1), (1, 2), (7, 8), (7.9, 8)]
)
def test_rounds_keep_their_time_and_missed_ones_are_skipped(
    hours_late: float, next_in_hours: int
) -> None:
    """What ran late one day must not be late every day."""
    now = NOON + hours_late * HOUR

    assert next_round(NOON, HOUR, now) == NOON + next_in_hours * HOUR


async def test_a_new_job_runs_at_once_and_then_as_often_as_it_says(
    database: Database, own_clock: OwnClock
) -> None:
    """The first start of a new installation needs its partitions now."""
    job = PeriodicJob("hourly", HOUR, note_time)

    for _ in range(9):
        await run_due(database, job)
        own_clock.advance(900)

    assert await times(database) == [0, 1, 2]


async def test_rounds_that_were_missed_run_once(database: Database, own_clock: OwnClock) -> None:
    """A machine that was off for a week must not do a week's work at its start."""
    job = PeriodicJob("hourly", HOUR, note_time)

    await run_due(database, job)
    own_clock.advance(7.5 * 3600)
    await run_due(database, job)
    own_clock.advance(1800)
    await run_due(database, job)

    assert await times(database) == [0, 7.5, 8]


async def test_a_job_that_was_made_more_frequent_does_not_wait_for_its_old_round(
    database: Database, own_clock: OwnClock
) -> None:
    """A release that shortens an interval means it from now on."""
    await run_due(database, PeriodicJob("job", timedelta(days=30), note_time))
    own_clock.advance(60)
    await run_due(database, PeriodicJob("job", HOUR, note_time))
    own_clock.advance(3600)
    await run_due(database, PeriodicJob("job", HOUR, note_time))

    assert await times(database) == [0, 1 + 60 / 3600]


async def test_each_round_is_run_by_one_of_two_workers(
    pools: Callable[[], Database], database: Database, own_clock: OwnClock
) -> None:
    """Two that ran the same round would, some day, send the same report twice."""
    job = PeriodicJob("hourly", HOUR, note_time)
    racing = [PeriodicJobs(pools(), [job]) for _ in range(2)]

    for _ in range(20):
        await asyncio.gather(*(worker.turn() for worker in racing))
        own_clock.advance(3600)

    assert await times(database) == [float(hour) for hour in range(20)]


async def test_a_round_that_another_worker_is_running_is_left_to_it(
    pools: Callable[[], Database], database: Database, own_clock: OwnClock
) -> None:
    """However long it takes; and the second looks again, for the first may be killed."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(tx: Tx) -> None:
        await note_time(tx)
        begun.set()
        await go_on.wait()

    job = PeriodicJob("hourly", HOUR, slowly)
    first, second = (PeriodicJobs(pools(), [job]) for _ in range(2))
    running = asyncio.create_task(first.turn())
    await asyncio.wait_for(begun.wait(), 5)
    rest_seconds = await second.turn()
    go_on.set()
    await running

    assert rest_seconds == limits.PERIODIC_POLL_SECONDS
    assert await times(database) == [0]
    assert await state(database) == (NOON + HOUR, own_clock.instant, None)


async def test_stopping_finishes_the_round_in_hand(database: Database) -> None:
    """And begins no other."""
    begun, go_on, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slowly(tx: Tx) -> None:
        begun.set()
        await go_on.wait()
        await note_time(tx)

    jobs = [PeriodicJob("first", HOUR, slowly), PeriodicJob("second", HOUR, slowly)]
    running = asyncio.create_task(PeriodicJobs(database, jobs).run(stop))
    await asyncio.wait_for(begun.wait(), 5)
    stop.set()
    go_on.set()
    await asyncio.wait_for(running, 5)

    assert len(await done(database)) == 1


async def test_a_failed_round_is_undone_kept_as_error_and_tried_again_after_a_minute(
    database: Database, own_clock: OwnClock, caplog: pytest.LogCaptureFixture
) -> None:
    """An hour without partitions because of one deadlock would be an hour too long."""
    rest_seconds = await run_due(database, PeriodicJob("hourly", HOUR, fail))
    after_failure = await state(database)
    own_clock.advance(limits.PERIODIC_RETRY_SECONDS)
    await run_due(database, PeriodicJob("hourly", HOUR, note_time))

    assert rest_seconds == limits.PERIODIC_POLL_SECONDS
    assert after_failure[:2] == (NOON + timedelta(minutes=1), None)
    assert (after_failure[2] or "").startswith("ValueError at work/periodic.py:")
    assert [record.message for record in caplog.records] == ["periodic.failed"]
    assert await times(database) == [1 / 60]
    assert await state(database) == (own_clock.instant + HOUR, own_clock.instant, None)


async def test_a_job_more_frequent_than_that_is_tried_again_with_its_next_round(
    database: Database, own_clock: OwnClock
) -> None:
    """Whichever is sooner."""
    job = PeriodicJob("often", timedelta(seconds=7), fail)

    assert await run_due(database, job) == 7.0
    assert (await state(database))[0] == own_clock.instant + timedelta(seconds=7)


async def test_a_process_without_jobs_rests(database: Database) -> None:
    """A worker need not have any."""
    assert await run_due(database) == limits.PERIODIC_POLL_SECONDS
