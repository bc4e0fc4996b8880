"""What other rooms and operators do with the queue."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from tidings.base import clock, limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId, ProfileId, TaskId
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx
from tidings.work import store
from tidings.work.model import DeadTask, Depth, NewTask, Task

Person = tuple[Slot, ProfileId]
"""Where a person lies; the room of profiles stands above this one."""


async def enqueue(tx: Tx, tasks: Sequence[NewTask]) -> None:
    """Put work into the queue; it is there when this transaction commits, and only then.

    Shape:  tasks - 0..n; of one person and one `run_at`, the first given is the first done.
    """
    if not tasks:
        return
    await store.insert_tasks(tx, tasks)
    # Commits that ring wait for one another inside PostgreSQL, so we ring only where a poll
    # would come too late.
    soon = clock.now() + timedelta(seconds=limits.TASK_POLL_SECONDS)
    if any(task.run_at <= soon for task in tasks):
        await store.wake_workers(tx)


async def leave(tx: Tx, tasks: Sequence[NewTask]) -> None:
    """Put work into the queue without waking anybody: see `ring`."""
    if tasks:
        await store.insert_tasks(tx, tasks)


async def ring(tx: Tx) -> None:
    """Wake the workers for what was left and committed before.

    Commits that ring wait for one another inside PostgreSQL until they are durable, so those that
    come all the time ring afterwards, by a transaction that writes nothing. A poll finds what a
    killed process did not ring for.
    """
    await store.wake_workers(tx)


async def hold(tx: Tx, slots: Iterable[Slot]) -> None:
    """Keep workers off some slots until the transaction ends; waits for one that holds any."""
    await store.hold_slots(tx, sorted(set(slots)))


async def is_waiting(tx: Tx, brand_id: BrandId, name: str, about: bytes) -> bool:
    """Say whether a task of a name waits in a brand; reads the whole queue.

    Shape:  about - JSON that its payload has, perhaps among more.
    """
    return await store.is_waiting(tx, brand_id, name, about)


async def depth(tx: Tx, now: datetime) -> Depth:
    """Count what waits, for the metrics."""
    row = await store.count_tasks(tx, now)
    oldest_due_at = row["oldest_due_at"] or now
    return Depth(
        tasks=row["tasks"],
        due=row["due"],
        oldest_due_seconds=(now - oldest_due_at).total_seconds(),
        dead=row["dead"],
    )


async def list_waiting(tx: Tx, *, at_most: int = 100) -> list[Task]:
    """List the tasks of the queue, the first due first."""
    return await store.select_waiting(tx, at_most)


async def list_dead(tx: Tx, *, at_most: int = 100) -> list[DeadTask]:
    """List the tasks that failed for good, the newest first."""
    return await store.select_dead(tx, at_most)


async def dead_payloads(tx: Tx, brand_id: BrandId, names: Sequence[str]) -> list[bytes]:
    """Return what a brand's dead tasks of some names were about, in no order."""
    return await store.select_dead_payloads(tx, brand_id, names)


async def revive(tx: Tx, slot: Slot, task_id: TaskId) -> None:
    """Give a dead task all its attempts again, the first of them now.

    Errors: `Refused(not_found)` when there is no such dead task.
    """
    if not await store.revive(tx, slot, task_id, run_at=clock.now()):
        raise _no_dead_task(slot, task_id)
    await store.wake_workers(tx)


async def drop(tx: Tx, slot: Slot, task_id: TaskId) -> None:
    """Delete a dead task: its work will never be done.

    Errors: `Refused(not_found)` when there is no such dead task.
    """
    if not await store.drop_dead(tx, slot, task_id):
        raise _no_dead_task(slot, task_id)


async def forget(tx: Tx, slot: Slot, profile_id: ProfileId) -> None:
    """Delete all work for a person, dead tasks too: their payloads may speak of the person.

    Shape:  the caller holds the person against concurrent writers; a task that a worker has in
            hand is still done.
    """
    await store.delete_of_profile(tx, slot, profile_id)


async def move(tx: Tx, *, of: Person, to: Person) -> int:
    """Hand all work for one person on to another, dead tasks too; return how many tasks.

    Waits for a worker that holds one of the two slots, and keeps workers off both until the end.
    """
    await hold(tx, [of[0], to[0]])
    return await store.move_tasks(tx, of=of, to=to)


def _no_dead_task(slot: Slot, task_id: TaskId) -> Refused:
    return Refused(
        Code.NOT_FOUND,
        f"There is no dead task {task_id} in slot {slot}: it may have been retried or dropped "
        "already. `tidings task dead` lists those there are.",
    )
