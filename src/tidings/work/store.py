"""The queue's tables: rows in, models out."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, cast

from tidings.base.ids import BrandId, ProfileId, TaskId
from tidings.storage.slots import SLOT_COUNT, Slot
from tidings.storage.sql import Queries
from tidings.storage.tx import Row, Tx, rows_of
from tidings.work.model import DeadTask, NewTask, Task

SQL = Queries(__file__)

CHANNEL = "tidings_tasks"


class ClaimedJob(NamedTuple):
    """A periodic job that we hold, and when its round was due."""

    name: str
    due_at: datetime


async def insert_tasks(tx: Tx, tasks: Sequence[NewTask]) -> None:
    """Insert tasks; of one person and one `run_at`, the first given is the first done."""
    await tx.execute(
        SQL["insert_tasks"],
        [task.slot for task in tasks],
        [task.run_at for task in tasks],
        [task.name for task in tasks],
        [task.brand_id for task in tasks],
        [task.profile_id for task in tasks],
        [task.payload for task in tasks],
    )


async def wake_workers(tx: Tx) -> None:
    """Ring at commit for every worker that listens."""
    await tx.execute(SQL["wake_workers"], CHANNEL)


async def select_first_tasks(tx: Tx) -> list[tuple[Slot, datetime]]:
    """Return each slot that has something to do, and from when on, the earliest first."""
    await tx.execute(SQL["prepare_transaction"])
    rows = await tx.fetch(SQL["first_tasks"], SLOT_COUNT)
    return [(Slot(row["slot"]), row["run_at"]) for row in rows]


async def lock_slots(tx: Tx, slots: Sequence[Slot]) -> list[Slot]:
    """Hold those of the slots that no other worker holds, and return them."""
    await tx.execute(SQL["prepare_transaction"])
    return [Slot(row["slot"]) for row in await tx.fetch(SQL["lock_slots"], slots)]


async def hold_slots(tx: Tx, slots: Sequence[Slot]) -> None:
    """Hold slots, given rising; waits for whoever holds one of them."""
    await tx.fetch(SQL["hold_slots"], slots)


async def move_tasks(tx: Tx, *, of: tuple[Slot, ProfileId], to: tuple[Slot, ProfileId]) -> int:
    """Hand a person's tasks on, in their order; return how many, dead ones counted."""
    waiting = await tx.execute(SQL["move_tasks"], *of, *to)
    dead = await tx.execute(SQL["move_dead_tasks"], *of, *to)
    return rows_of(waiting) + rows_of(dead)


async def select_due(tx: Tx, held: Sequence[Slot], *, now: datetime, at_most: int) -> list[Task]:
    """Return the due tasks of slots that we hold, in order.

    Shape:  at_most - for all slots together; each has an equal part of it.
    """
    if not held:
        return []
    rows = await tx.fetch(SQL["due_tasks"], held, now, max(1, at_most // len(held)))
    return [_task(row) for row in rows]


async def select_due_task(tx: Tx, slot: Slot, task_id: TaskId, now: datetime) -> Task | None:
    """Return a task of a slot that we hold, if it may be done now."""
    row = await tx.fetchrow(SQL["due_task"], slot, task_id, now)
    return None if row is None else _task(row)


async def delete_tasks(tx: Tx, tasks: Sequence[Task]) -> None:
    """Remove what was done."""
    slots = [task.slot for task in tasks]
    await tx.execute(SQL["delete_tasks"], slots, [task.task_id for task in tasks])


async def put_off(tx: Tx, task: Task, *, until: datetime, error: str) -> None:
    """Note a failed attempt and try the task again later, unless that was noted already."""
    await tx.execute(SQL["put_off_task"], task.slot, task.task_id, task.attempts, until, error)


async def bury(tx: Tx, task: Task, *, now: datetime, error: str) -> None:
    """Note the last failed attempt and move the task to the dead, unless that was done already."""
    await tx.execute(SQL["bury_task"], task.slot, task.task_id, task.attempts, error, now)


async def revive(tx: Tx, slot: Slot, task_id: TaskId, *, run_at: datetime) -> bool:
    """Move a dead task back into the queue; say whether there was one."""
    return await tx.fetchval(SQL["revive_task"], slot, task_id, run_at) is not None


async def drop_dead(tx: Tx, slot: Slot, task_id: TaskId) -> bool:
    """Delete a dead task; say whether there was one."""
    return await tx.fetchval(SQL["drop_dead_task"], slot, task_id) is not None


async def delete_of_profile(tx: Tx, slot: Slot, profile_id: ProfileId) -> None:
    """Delete a person's tasks, waiting and dead."""
    await tx.execute(SQL["delete_of_profile"], slot, profile_id)
    await tx.execute(SQL["delete_dead_of_profile"], slot, profile_id)


async def is_waiting(tx: Tx, brand_id: BrandId, name: str, about: bytes) -> bool:
    """Say whether a task of a name waits whose payload has this JSON."""
    return await tx.fetchval(SQL["is_waiting"], brand_id, name, about)


async def select_waiting(tx: Tx, at_most: int) -> list[Task]:
    """Return tasks of the queue, the first due first."""
    return [_task(row) for row in await tx.fetch(SQL["select_waiting"], at_most)]


async def select_dead_payloads(tx: Tx, brand_id: BrandId, names: Sequence[str]) -> list[bytes]:
    """Return the payloads of a brand's dead tasks of some names."""
    rows = await tx.fetch(SQL["select_dead_payloads"], brand_id, names)
    return [row["payload"] for row in rows]


async def select_dead(tx: Tx, at_most: int) -> list[DeadTask]:
    """Return dead tasks, the newest first."""
    return [
        DeadTask(
            slot=Slot(row["slot"]),
            task_id=TaskId(row["task_id"]),
            run_at=row["run_at"],
            name=row["name"],
            brand_id=BrandId(row["brand_id"]),
            profile_id=row["profile_id"],
            payload=row["payload"],
            attempts=row["attempts"],
            last_error=row["last_error"],
            died_at=row["died_at"],
        )
        for row in await tx.fetch(SQL["select_dead"], at_most)
    ]


async def count_tasks(tx: Tx, now: datetime) -> Row:
    """Return one row: tasks, due, oldest_due_at (null when none is due), dead."""
    return cast("Row", await tx.fetchrow(SQL["depth"], now))


async def register_periodic_jobs(tx: Tx, every: Mapping[str, timedelta], now: datetime) -> None:
    """Add jobs that are new, due at once, and bring forward those made more frequent."""
    names = list(every)
    await tx.execute(SQL["register_periodic_jobs"], names, now)
    await tx.execute(SQL["hasten_periodic_jobs"], names, list(every.values()), now)


async def next_periodic_run(tx: Tx, names: Sequence[str]) -> datetime | None:
    """Say when the first of these jobs is due, None if there is none."""
    return cast("datetime | None", await tx.fetchval(SQL["next_periodic_run"], names))


async def claim_periodic_job(tx: Tx, names: Sequence[str], now: datetime) -> ClaimedJob | None:
    """Hold the job that is due longest and that no other worker runs."""
    row = await tx.fetchrow(SQL["claim_periodic_job"], names, now)
    return None if row is None else ClaimedJob(row["name"], row["next_run_at"])


async def finish_periodic_job(tx: Tx, job: ClaimedJob, *, next_at: datetime, now: datetime) -> None:
    """Note that a round is done and when the next is due."""
    await tx.execute(SQL["finish_periodic_job"], job.name, next_at, now)


async def fail_periodic_job(tx: Tx, job: ClaimedJob, *, next_at: datetime, error: str) -> None:
    """Note that a round failed, unless another worker has run it meanwhile."""
    await tx.execute(SQL["fail_periodic_job"], job.name, job.due_at, next_at, error)


def _task(row: Row) -> Task:
    return Task(
        slot=Slot(row["slot"]),
        task_id=TaskId(row["task_id"]),
        run_at=row["run_at"],
        name=row["name"],
        brand_id=BrandId(row["brand_id"]),
        profile_id=row["profile_id"],
        payload=row["payload"],
        attempts=row["attempts"],
        last_error=row["last_error"],
    )
