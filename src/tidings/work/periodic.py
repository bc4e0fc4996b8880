"""Work that comes round by the clock: every round is run by one worker, a missed one once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tidings.base import clock, limits, log
from tidings.base.errors import Code, Refused
from tidings.storage.pool import Database
from tidings.storage.tx import Tx
from tidings.work import store
from tidings.work.loop import take_turns
from tidings.work.retry import describe


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """Something to do again and again.

    Shape:  name - fixed, it is the key of the job's row; run - does the work in the
            transaction that also ends the round, so it happens once or not at all.
    """

    name: str
    every: timedelta
    run: Callable[[Tx], Awaitable[None]]


def next_round(due_at: datetime, every: timedelta, now: datetime) -> datetime:
    """Say when the round after one that is being run is due.

    Rounds keep their times of day; those that were missed are not made up for.

    Shape:  due_at - at or before `now`; returns the first later step of `every` after `now`.
    """
    return due_at + every * ((now - due_at) // every + 1)


class PeriodicJobs:
    """The jobs that a worker process runs as they come round, one after another.

    Shape:  database - the worker's own pool; jobs - names are unique.
    """

    def __init__(self, database: Database, jobs: Sequence[PeriodicJob]) -> None:
        self._database = database
        self._jobs = {job.name: job for job in jobs}
        self._registered = False

    async def run(self, stop: asyncio.Event) -> None:
        """Run jobs until told to stop; one that runs is finished first. A new job runs at once."""
        await take_turns(self.turn, name="periodic", stop=stop)

    async def turn(self) -> float:
        """Run one job, if one is due; say for how many seconds there is nothing to do.

        Errors: `Refused(unavailable)` when the database is away.
        """
        if not self._registered:
            await self._register()
        if await self._run_next():
            return 0.0
        async with self._database.transaction() as tx:
            due_at = await store.next_periodic_run(tx, list(self._jobs))
        now = clock.now()
        if due_at is None or due_at <= now:
            # Due, and not ours: another worker runs it, and we look whether that one lives.
            return limits.PERIODIC_POLL_SECONDS
        return min(limits.PERIODIC_POLL_SECONDS, (due_at - now).total_seconds())

    async def _register(self) -> None:
        async with self._database.transaction() as tx:
            every = {job.name: job.every for job in self._jobs.values()}
            await store.register_periodic_jobs(tx, every, clock.now())
        self._registered = True

    async def _run_next(self) -> bool:
        """Run the job that is due longest; say whether there was one."""
        now = clock.now()
        claimed: store.ClaimedJob | None = None
        try:
            async with self._database.transaction() as tx:
                claimed = await store.claim_periodic_job(tx, list(self._jobs), now)
                if claimed is None:
                    return False
                job = self._jobs[claimed.name]
                await job.run(tx)
                next_at = next_round(claimed.due_at, job.every, now)
                await store.finish_periodic_job(tx, claimed, next_at=next_at, now=now)
        except Exception as error:
            if claimed is None or _is_database_away(error):
                raise
            await self._note_failure(claimed, error)
        return True

    async def _note_failure(self, claimed: store.ClaimedJob, error: Exception) -> None:
        now = clock.now()
        next_at = min(
            next_round(claimed.due_at, self._jobs[claimed.name].every, now),
            now + timedelta(seconds=limits.PERIODIC_RETRY_SECONDS),
        )
        async with self._database.transaction() as tx:
            await store.fail_periodic_job(tx, claimed, next_at=next_at, error=describe(error))
        log.error(log.Action.PERIODIC_FAILED, cause=error, job=claimed.name)


def _is_database_away(error: Exception) -> bool:
    return isinstance(error, Refused) and error.code is Code.UNAVAILABLE
