"""Waiting for a state instead of sleeping for a guess."""

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], object], *, within_seconds: float = 5.0) -> None:
    """Return as soon as a condition holds.

    Errors: AssertionError when it does not within the time given.
    """
    deadline = time.monotonic() + within_seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_seconds} s: {condition}"
        time.sleep(0.02)
