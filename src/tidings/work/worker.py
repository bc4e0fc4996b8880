"""The worker: claims slots, does their due tasks in order, and removes them with their effects."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import asyncpg

from tidings.base import clock, limits, log
from tidings.base.errors import Code, Refused
from tidings.storage.pool import Database, database_away, is_unavailable, transaction
from tidings.storage.slots import Slot
from tidings.storage.tx import Connection
from tidings.work import store
from tidings.work.loop import take_turns
from tidings.work.model import Handler, Task
from tidings.work.order import Call, calls_in_order
from tidings.work.retry import describe, retry_at
from tidings.work.wakeup import Wakeup

# SQLSTATE of a statement that ran into its time limit: the task's doing, though of the same class
# as a server that is shut down.
_QUERY_CANCELED = "57014"


class HandlerError(Exception):
    """A handler's error, told apart from the errors of the worker's own statements."""


class Worker:
    """One claim at a time; as many workers as you like share the queue.

    Shape:  database - the worker's own pool, of two connections or more if it is shared with
            the periodic jobs and the heartbeat; handlers - by the name of the task;
            slots_per_claim - 32, on Citus 1.
    """

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        *,
        slots_per_claim: int = limits.SLOTS_PER_CLAIM,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._slots_per_claim = slots_per_claim
        self._wakeup = Wakeup(database.url)
        self._stop = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Do tasks until told to stop; the claim in hand is finished first."""
        self._stop = stop
        log.info(log.Action.WORKER_STARTED)
        try:
            await take_turns(self._listen, name="tasks", stop=stop, rung=self._wakeup.rung)
        finally:
            self._wakeup.close()
            log.info(log.Action.WORKER_STOPPED)

    async def turn(self) -> float:
        """Do one claim, if anything is due; say for how many seconds there is nothing to do.

        Errors: `Refused(unavailable)` when the database is away.
        """
        async with self._database.transaction() as tx:
            first_tasks = await store.select_first_tasks(tx)
        now = clock.now()
        due = [slot for slot, run_at in first_tasks if run_at <= now]
        for slots in _chunks(due, self._slots_per_claim):
            if await self._claim(slots):
                return 0.0
        # What is due and not ours another worker has in hand, so only what is to come counts.
        coming = [run_at for _, run_at in first_tasks if run_at > now]
        return _seconds_until(min(coming, default=None), now)

    async def _listen(self) -> float:
        await self._wakeup.listen()
        # Cleared before we look: a ring between looking and resting then ends the rest.
        self._wakeup.rung.clear()
        return await self.turn()

    async def _claim(self, slots: Sequence[Slot]) -> bool:
        """Do the due tasks of those slots that are free; say whether there were any."""
        tasks: list[Task] = []
        try:
            async with self._database.connection() as tx, transaction(tx):
                held = await store.lock_slots(tx, slots)
                tasks = await store.select_due(
                    tx, held, now=clock.now(), at_most=limits.MAX_TASKS_PER_CLAIM
                )
                # What failed before would only fail the others: it is done alone from now on.
                # It is no loss of order, since nobody else's task of its person is taken here.
                await self._do(tx, [task for task in tasks if task.attempts == 0])
            alone = [task for task in tasks if task.attempts > 0]
        except Exception as error:
            if not tasks or _is_database_away(error):
                raise
            alone = tasks
        for task in alone:
            if self._stop.is_set():
                break
            await self._do_alone(task)
        return bool(tasks)

    async def _do_alone(self, task: Task) -> None:
        """Do one task in a transaction of its own, unless another worker got there first."""
        try:
            async with self._database.connection() as tx, transaction(tx):
                if not await store.lock_slots(tx, [task.slot]):
                    return
                current = await store.select_due_task(tx, task.slot, task.task_id, clock.now())
                if current is None:
                    return
                task = current
                await self._do(tx, [current])
        except Exception as error:
            if _is_database_away(error):
                raise
            # The slot is free again, and another worker may fail with the same task before we
            # have noted our failure. Each of the two counts only if it was the first to.
            await self._note_failure(task, error)

    async def _do(self, tx: Connection, tasks: Sequence[Task]) -> None:
        for call in calls_in_order(tasks):
            await self._call(tx, call)
        if tasks:
            await store.delete_tasks(tx, tasks)

    async def _call(self, tx: Connection, call: Call) -> None:
        try:
            handler = self._handlers.get(call.name)
            if handler is None:
                raise Refused(
                    Code.INTERNAL,
                    f"No handler for tasks named {call.name}: another release of Tidings put it "
                    "into the queue.",
                )
            await handler(tx, call.tasks)
        except Exception as error:
            if _is_connection_lost(tx, error):
                raise database_away(error) from error
            raise HandlerError from error

    async def _note_failure(self, task: Task, error: Exception) -> None:
        cause = error.__cause__ if isinstance(error, HandlerError) else None
        cause = cause or error
        now = clock.now()
        attempts = task.attempts + 1
        again_at = retry_at(attempts, now)
        async with self._database.transaction() as tx:
            if again_at is None:
                await store.bury(tx, task, now=now, error=describe(cause))
            else:
                await store.put_off(tx, task, until=again_at, error=describe(cause))
        log.error(
            log.Action.TASK_DIED if again_at is None else log.Action.TASK_FAILED,
            cause=cause,
            task=task.name,
            slot=task.slot,
            task_id=task.task_id,
            attempts=attempts,
        )


def _chunks(slots: Sequence[Slot], size: int) -> Iterator[Sequence[Slot]]:
    for start in range(0, len(slots), size):
        yield slots[start : start + size]


def _seconds_until(instant: datetime | None, now: datetime) -> float:
    if instant is None:
        return limits.TASK_POLL_SECONDS
    return min(limits.TASK_POLL_SECONDS, (instant - now).total_seconds())


def _is_database_away(error: Exception) -> bool:
    return isinstance(error, Refused) and error.code is Code.UNAVAILABLE


def _is_connection_lost(tx: Connection, error: Exception) -> bool:
    # Not `is_unavailable` alone: a handler's own OSError, or a call that asyncpg refuses, would
    # then be taken for an absent database and be repeated for ever.
    if tx.is_closed():
        return True
    return (
        isinstance(error, asyncpg.PostgresError)
        and error.sqlstate != _QUERY_CANCELED
        and is_unavailable(error)
    )
