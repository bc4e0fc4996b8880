"""The loop under every part of a worker: take a turn, rest, outlast a lost database."""

import asyncio
from collections.abc import Awaitable, Callable

from tidings.base import limits, log
from tidings.base.errors import Code, Refused

Turn = Callable[[], Awaitable[float]]

FIRST_RECONNECT_SECONDS = 0.1


async def take_turns(
    turn: Turn, *, name: str, stop: asyncio.Event, rung: asyncio.Event | None = None
) -> None:
    """Take one turn after another until told to stop; a turn that has begun is finished.

    A database that is away ends a turn, not the loop: it is logged once, and after a growing
    rest the next turn is taken.

    Shape:  turn - returns for how many seconds there is nothing to do; name - says in the log
            which loop it was; rung - ends a rest early; the turn clears it.
    Errors: whatever a turn raises but `Refused(unavailable)`: a bug, and the process should end.
    """
    away_seconds = 0.0
    while not stop.is_set():
        try:
            rest_seconds = await turn()
        except Refused as refused:
            if refused.code is not Code.UNAVAILABLE:
                raise
            if away_seconds == 0.0:
                log.error(log.Action.DATABASE_LOST, cause=refused.__cause__, loop=name)
            away_seconds = min(
                max(FIRST_RECONNECT_SECONDS, away_seconds * 2), limits.LONGEST_RECONNECT_SECONDS
            )
            await _rest(away_seconds, stop)
        else:
            if away_seconds > 0.0:
                log.info(log.Action.DATABASE_FOUND, loop=name)
            away_seconds = 0.0
            if rest_seconds > 0.0:
                await _rest(rest_seconds, stop, *([] if rung is None else [rung]))


async def _rest(seconds: float, *until: asyncio.Event) -> None:
    waiting = [asyncio.create_task(event.wait()) for event in until]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
