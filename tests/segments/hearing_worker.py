"""A worker process that follows segments and writes down what it hears: `URL` is its argument."""

import asyncio
import sys
from collections.abc import Sequence

import msgspec

from tidings.segments.follow import ENTERED, LEFT, Moved
from tidings.segments.jobs import Jobs
from tidings.storage.pool import Database
from tidings.storage.tx import Tx
from tidings.work.model import Task
from tidings.work.worker import Worker


async def hear(tx: Tx, tasks: Sequence[Task]) -> None:
    """Write down who entered and left, in the transaction in which it is heard."""
    for task in tasks:
        moved = msgspec.json.decode(task.payload, type=Moved)
        await tx.execute(
            "INSERT INTO heard (name, segment_id, profile_id) VALUES ($1, $2, $3)",
            task.name,
            moved.segment,
            task.profile_id,
        )


async def run(url: str) -> None:
    """Work until killed."""
    listeners = {ENTERED: hear, LEFT: hear}
    handlers = {**Jobs(listeners).handlers(), **listeners}
    async with Database(url) as database:
        await Worker(database, handlers).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1]))
