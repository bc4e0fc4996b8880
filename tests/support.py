"""Waiting for a state instead of sleeping for a guess, inside an event loop."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable


async def wait_until(
    condition: Callable[[], object | Awaitable[object]], within_seconds: float = 5.0
) -> None:
    """Return as soon as a condition holds.

    Shape:  condition - plain or async; holds when its result is true.
    Errors: AssertionError when it does not hold within the time given.
    """
    deadline = time.monotonic() + within_seconds
    while True:
        result = condition()
        if inspect.isawaitable(result):
            result = await result
        if result:
            return
        assert time.monotonic() < deadline, f"not within {within_seconds} s: {condition}"
        await asyncio.sleep(0.01)
