"""`tidings task` shows the queue and decides about the dead."""

import asyncio

import pytest
from click.testing import CliRunner, Result

from tests.work.doing import enqueue, task, waiting, work_off
from tidings.base import limits
from tidings.base.errors import Code, Refused
from tidings.cli import tasks
from tidings.storage.pool import Database


async def tidings_task(database: Database, *arguments: str) -> Result:
    """Run one of the commands beside the running test, as beside a running server."""
    environment = {"TIDINGS_DATABASE_URL": database.url}
    return await asyncio.to_thread(
        CliRunner().invoke, tasks.task, arguments, env=environment, prog_name="tidings task"
    )


@pytest.fixture
async def dead_task(database: Database, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let a task of nobody's name fail for good; return how the lists name it."""
    monkeypatch.setattr(limits, "MAX_TASK_ATTEMPTS", 1)
    await enqueue(database, task("a", 7, name="unknown"))
    await work_off(database, {})
    return "7/1"


async def test_the_queue_is_listed(database: Database) -> None:
    """An operator asks what all the waiting is for."""
    await enqueue(database, task("a", 7, name="unknown"))
    await work_off(database, {})

    listed = await tidings_task(database, "list")

    head, row = (line.split() for line in listed.stdout.splitlines())
    assert head == ["TASK", "NAME", "BRAND", "DUE", "FAILED", "LAST", "ERROR"]
    assert row[:3] + row[5:8] == ["7/1", "unknown", "1001", "1", "internal:", "No"]


async def test_the_dead_are_listed(database: Database, dead_task: str) -> None:
    """With the error, since mending it comes before the retry."""
    listed = await tidings_task(database, "dead")

    head, row = (line.split() for line in listed.stdout.splitlines())
    assert head == ["TASK", "NAME", "BRAND", "DIED", "LAST", "ERROR"]
    assert row[:3] + row[5:7] == [dead_task, "unknown", "1001", "internal:", "No"]


async def test_a_dead_task_is_put_back(database: Database, dead_task: str) -> None:
    """The operator has mended what it failed for."""
    done = await tidings_task(database, "retry", dead_task)

    assert done.stdout == "Task 7/1 is in the queue again.\n"
    assert await waiting(database) == ["a"]


async def test_a_dead_task_is_dropped(database: Database, dead_task: str) -> None:
    """And then it is no longer there to be dropped."""
    done = await tidings_task(database, "drop", dead_task)
    again = await tidings_task(database, "drop", dead_task)

    assert done.stdout == "Task 7/1 is dropped.\n"
    assert isinstance(again.exception, Refused)
    assert again.exception.code is Code.NOT_FOUND
    assert await waiting(database) == []


@pytest.mark.parametrize("name", ["7", "256/1", "a/b", "7/99999999999999999999"])
async def test_what_names_no_task_is_refused(database: Database, name: str) -> None:
    """The message shows how the lists name one."""
    done = await tidings_task(database, "retry", name)

    assert done.exit_code == 2
    assert f"'{name}' names no task; the lists name them, as in 17/4711." in done.stderr
