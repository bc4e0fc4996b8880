"""The loop outlasts a database that is away, and nothing else."""

import asyncio

import pytest

from tests.support import wait_until
from tidings.base.errors import unavailable
from tidings.work import loop


async def test_an_outage_is_logged_once_however_long(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A night without a database must not fill the disk with lines that say the same."""
    caplog.set_level("INFO", logger="tidings")
    monkeypatch.setattr(loop, "FIRST_RECONNECT_SECONDS", 0.001)
    outcomes = [True, False, False, False, True, True, False, True]
    stop = asyncio.Event()

    async def turn() -> float:
        if not outcomes:
            stop.set()
            return 0.0
        if not outcomes.pop(0):
            raise unavailable("away")
        return 0.0

    await loop.take_turns(turn, name="tasks", stop=stop)

    assert [record.message for record in caplog.records] == [
        "database.lost",
        "database.found",
        "database.lost",
        "database.found",
    ]


async def test_a_bug_ends_the_loop() -> None:
    """The process must end and be started again, rather than live on without its loop."""

    async def turn() -> float:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await loop.take_turns(turn, name="tasks", stop=asyncio.Event())


async def test_a_rest_ends_with_a_ring_and_with_a_stop() -> None:
    """Nobody waits an hour because the rest was an hour."""
    turns = 0
    stop, rung = asyncio.Event(), asyncio.Event()

    async def turn() -> float:
        nonlocal turns
        turns += 1
        rung.clear()
        return 3600.0

    running = asyncio.create_task(loop.take_turns(turn, name="tasks", stop=stop, rung=rung))
    await wait_until(lambda: turns == 1)
    rung.set()
    await wait_until(lambda: turns == 2)
    stop.set()
    await asyncio.wait_for(running, 5)

    assert turns == 2
