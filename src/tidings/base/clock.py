"""The one place that asks what time it is, so that a test can own the answer."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the present instant, aware and in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Return a reading for measuring durations; it never goes back.

    Units:  seconds from an arbitrary start.
    """
    return time.monotonic()
