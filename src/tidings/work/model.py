"""The words of the queue: tasks, what became of them, and the processes that do them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tidings.base.ids import BrandId, ProfileId, TaskId
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx

ProcessKind = Literal["web", "worker"]
"""The kinds of process that say that they are alive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """Work to do for a brand, or for one person of it, at an instant or soon after.

    Shape:  slot - the person's; for work without a person any, fixed for work that must not run
            side by side; profile_id - None for work that has no order among its like;
            payload - JSON, read by the handler of `name` alone.
    """

    slot: Slot
    name: str
    brand_id: BrandId
    run_at: datetime
    profile_id: ProfileId | None = None
    payload: bytes = b"{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(NewTask):
    """Work that waits in the queue.

    Shape:  attempts - how often it failed; a person's order is (run_at, task_id), except that
            after a failure nothing else of that person is done before it succeeds or dies.
    """

    task_id: TaskId
    attempts: int
    last_error: str | None = None


Handler = Callable[[Tx, Sequence[Task]], Awaitable[None]]
"""Does tasks of one name in the worker's transaction, all or none.

Shape:  1..n tasks of any brands and people; a person's tasks are in order.
Errors: anything; the transaction is rolled back, and each task is tried alone.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadTask(NewTask):
    """Work that failed for good, kept until an operator decides; `run_at` is its last attempt."""

    task_id: TaskId
    attempts: int
    last_error: str
    died_at: datetime


@dataclass(frozen=True, slots=True)
class Depth:
    """How much waits.

    Units:  oldest_due_seconds - since the oldest due task was due, 0.0 when none is.
    """

    tasks: int
    due: int
    oldest_due_seconds: float
    dead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process as its heartbeat shows it.

    Shape:  process_id - unique over all machines and starts.
    """

    process_id: str
    kind: ProcessKind
    host: str
    pid: int
    started_at: datetime
