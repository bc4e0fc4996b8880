"""Work is done as soon as it is committed, and also when nobody rings."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from tests.support import wait_until
from tests.work.doing import done, enqueue, noting, task
from tidings.base import limits
from tidings.storage.pool import Database
from tidings.work import store
from tidings.work.worker import Worker

pytestmark = pytest.mark.usefixtures("done_table")

LISTENERS = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'
"""


@asynccontextmanager
async def idle_worker(url: str) -> AsyncGenerator[None]:
    """Run a worker that has found nothing to do and listens."""
    stop = asyncio.Event()
    async with Database(url, size=2) as pool:
        running = asyncio.create_task(Worker(pool, {"note": noting()}).run(stop))

        async def has_done_all() -> bool:
            return await done(pool) == ["first"]

        await enqueue(pool, task("first"))
        await wait_until(has_done_all)
        yield
        stop.set()
        await asyncio.wait_for(running, 5)


async def listeners(database: Database) -> list[int]:
    """Return the server's processes that serve a listening worker."""
    async with database.connection() as connection:
        return [row["pid"] for row in await connection.fetch(LISTENERS)]


async def test_a_ring_wakes_a_worker_long_before_its_poll(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a poll once an hour, only the ring can have been heard."""
    monkeypatch.setattr(limits, "TASK_POLL_SECONDS", 3_600)

    async def is_done() -> bool:
        return await done(database) == ["first", "rung"]

    async with idle_worker(database.url):
        await enqueue(database, task("rung"))
        await wait_until(is_done)


async def test_a_worker_that_nobody_rings_finds_work_by_polling(database: Database) -> None:
    """A notification can be lost; a row cannot."""

    async def is_done() -> bool:
        return await done(database) == ["first", "silent"]

    async with idle_worker(database.url):
        async with database.transaction() as tx:
            await store.insert_tasks(tx, [task("silent")])
        await wait_until(is_done)


async def test_a_worker_whose_listening_is_cut_listens_again(database: Database) -> None:
    """By itself, at its next poll."""
    async with idle_worker(database.url):
        (before,) = await listeners(database)
        async with database.connection() as connection:
            await connection.execute("SELECT pg_terminate_backend($1)", before)

        async def another_listens() -> bool:
            now = await listeners(database)
            return len(now) == 1 and now != [before]

        await wait_until(another_listens)
