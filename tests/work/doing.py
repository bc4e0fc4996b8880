"""Tasks whose doing can be seen: each writes its label into a table, in the worker's transaction.

Run as a program it is a worker process: `python -m tests.work.doing URL NAME`, which prints a line
when it begins and one for every call of a handler.
"""

import asyncio
import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from tidings.base import clock
from tidings.base.ids import BrandId, ProfileId
from tidings.storage.pool import Database
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx
from tidings.work import queue
from tidings.work.model import Handler, NewTask, Task
from tidings.work.worker import Worker

CREATE_DONE = """
CREATE TABLE done (
    done_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person bigint,
    label text NOT NULL,
    worker text NOT NULL
)
"""
BRAND = BrandId(1001)


def task(
    label: str,
    person: int | None = None,
    *,
    run_at: datetime | None = None,
    name: str = "note",
    slot: int | None = None,
) -> NewTask:
    """Make a task with a label, due now, in a slot that follows from the person."""
    return NewTask(
        slot=Slot((person or 0) % 256 if slot is None else slot),
        name=name,
        brand_id=BRAND,
        run_at=run_at or clock.now(),
        profile_id=None if person is None else ProfileId(person),
        payload=msgspec.json.encode(label),
    )


def label_of(done: NewTask) -> str:
    """Read a task's label."""
    return msgspec.json.decode(done.payload, type=str)


def noting(worker: str = "") -> Handler:
    """Make a handler that notes the labels of its tasks."""

    async def note(tx: Tx, tasks: Sequence[Task]) -> None:
        for one in tasks:
            await tx.execute(
                "INSERT INTO done (person, label, worker) VALUES ($1, $2, $3)",
                one.profile_id,
                label_of(one),
                worker,
            )

    return note


def failing_for(*labels: str, error: Exception | None = None) -> Handler:
    """Make a handler that notes its tasks, and fails after that if one has one of these labels."""
    note = noting()

    async def fail(tx: Tx, tasks: Sequence[Task]) -> None:
        await note(tx, tasks)
        if {label_of(one) for one in tasks} & set(labels):
            raise error or ValueError("no such luck")

    return fail


async def enqueue(database: Database, *tasks: NewTask) -> None:
    """Put tasks into the queue, in a transaction."""
    async with database.transaction() as tx:
        await queue.enqueue(tx, tasks)


async def work_off(database: Database, handlers: Mapping[str, Handler]) -> float:
    """Do all that is due, and return for how long there is nothing to do then."""
    worker = Worker(database, handlers)
    while (rest_seconds := await worker.turn()) == 0.0:
        pass
    return rest_seconds


async def done(database: Database) -> list[str]:
    """Return the labels of what was done, in that order."""
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT label FROM done ORDER BY done_id")
    return [row["label"] for row in rows]


async def waiting(database: Database) -> list[str]:
    """Return the labels of what waits in the queue, the first due first."""
    async with database.transaction() as tx:
        return [label_of(one) for one in await queue.list_waiting(tx)]


async def _run_process(url: str, name: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    note = noting(name)

    def say(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    async def say_and_note(tx: Tx, tasks: Sequence[Task]) -> None:
        await note(tx, tasks)
        say(f"{len(tasks)} done")

    async def hang(tx: Tx, tasks: Sequence[Task]) -> None:
        await say_and_note(tx, tasks)
        await asyncio.Event().wait()

    async def hang_in_statement(tx: Tx, tasks: Sequence[Task]) -> None:
        await say_and_note(tx, tasks)
        await tx.execute("SELECT pg_sleep(600)")

    async with Database(url, size=2) as database:
        handlers = {"note": say_and_note, "hang": hang, "hang_in_statement": hang_in_statement}
        say("ready")
        await Worker(database, handlers).run(stop)


if __name__ == "__main__":
    asyncio.run(_run_process(*sys.argv[1:]))
