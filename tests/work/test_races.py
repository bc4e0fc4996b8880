"""Exactly once: with workers that race, that are killed, and that live in another time zone."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from tests.support import wait_until
from tests.work.doing import done, enqueue, noting, task, waiting
from tidings.storage.pool import Database
from tidings.work.model import NewTask
from tidings.work.worker import Worker

pytestmark = pytest.mark.usefixtures("done_table")

PEOPLE = 300
TASKS_EACH = 5


@asynccontextmanager
async def worker_process(
    url: str, name: str, **variables: str
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Run a worker in a process of its own; kill it at the end if it still lives."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.work.doing",
        url,
        name,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **variables},
    )
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"ready\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def is_done(database: Database, count: int) -> Callable[[], Awaitable[bool]]:
    """Make the condition that so many tasks were done."""

    async def condition() -> bool:
        return len(await done(database)) >= count

    return condition


def several_each() -> list[NewTask]:
    """Make tasks of many people, everybody's first, then everybody's second, and so on."""
    return [
        task(f"{person}.{number}", person)
        for number in range(TASKS_EACH)
        for person in range(PEOPLE)
    ]


async def assert_each_once_and_in_order(database: Database) -> None:
    """Compare what was done with what was to do."""
    labels = await done(database)
    assert sorted(labels) == sorted(
        f"{person}.{number}" for person in range(PEOPLE) for number in range(TASKS_EACH)
    )
    for person in range(PEOPLE):
        mine = [label for label in labels if label.startswith(f"{person}.")]
        assert mine == [f"{person}.{number}" for number in range(TASKS_EACH)]
    assert await waiting(database) == []


@pytest.mark.processes
async def test_workers_that_race_do_each_task_once_and_in_order(
    database: Database, pools: Callable[[], Database]
) -> None:
    """Known bug 1: two executors took one task, and people were mailed twice."""
    stop = asyncio.Event()
    racing = [Worker(pools(), {"note": noting(f"{n}")}, slots_per_claim=3) for n in range(4)]
    running = [asyncio.create_task(worker.run(stop)) for worker in racing]

    async with worker_process(database.url, "x"), worker_process(database.url, "y"):
        tasks = several_each()
        for start in range(0, len(tasks), 100):
            await enqueue(database, *tasks[start : start + 100])
        await wait_until(is_done(database, PEOPLE * TASKS_EACH), within_seconds=60)
    stop.set()
    await asyncio.gather(*running)

    await assert_each_once_and_in_order(database)


@pytest.mark.processes
@pytest.mark.parametrize("name", ["hang", "hang_in_statement"])
async def test_what_a_killed_worker_had_in_hand_another_does_once(
    database: Database, pools: Callable[[], Database], name: str
) -> None:
    """`kill -9` in mid-claim, its rows written and not committed, also in a long statement."""
    labels = [str(person) for person in range(30)]
    await enqueue(database, *(task(label, int(label), name=name) for label in labels))

    async with worker_process(database.url, "killed") as process:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"30 done\n"
        process.kill()
        await process.wait()
    stop = asyncio.Event()
    running = asyncio.create_task(Worker(pools(), {name: noting("heir")}).run(stop))
    await wait_until(is_done(database, 30), within_seconds=30)
    stop.set()
    await asyncio.wait_for(running, 5)

    async with database.connection() as connection:
        rows = await connection.fetch("SELECT label, worker FROM done")
    assert Counter((row["label"], row["worker"]) for row in rows) == Counter(
        (label, "heir") for label in labels
    )
    assert await waiting(database) == []


@pytest.mark.processes
@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/St_Johns"])
async def test_a_worker_does_not_mind_the_time_zone_of_its_machine(
    database: Database, zone: str
) -> None:
    """Known bug 26: jobs were stuck for as long as the host was off UTC."""
    async with worker_process(database.url, "far", TZ=zone) as process:
        await enqueue(database, task("a", 7))
        await wait_until(is_done(database, 1), within_seconds=15)
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 5) == 0

    assert await done(database) == ["a"]
