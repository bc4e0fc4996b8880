"""What becomes of a task that failed: when it is tried again, and what is kept of the error."""

import traceback
from datetime import datetime, timedelta
from pathlib import PurePath

import asyncpg

from tidings.base import limits
from tidings.base.errors import Refused

_PACKAGE = PurePath(__file__).parents[1]


def retry_at(attempts: int, now: datetime) -> datetime | None:
    """Say when to try a task again that has failed so often; None when it was its last time.

    Shape:  attempts - 1 or more, this failure included.
    Source: our choice. No random part: order keeps one person's tasks from meeting, and the
            rest of a failed claim has been done alone by then.
    """
    if attempts >= limits.MAX_TASK_ATTEMPTS:
        return None
    wait_seconds = limits.FIRST_RETRY_SECONDS * 2 ** (attempts - 1)
    return now + timedelta(seconds=min(wait_seconds, limits.LONGEST_RETRY_SECONDS))


def describe(error: BaseException) -> str:
    """Put an error into words that are safe to keep and to show.

    An exception's message quotes the values it was about: `int("…")`, a KeyError, the detail of a
    constraint violation. Those are payload, so only the words of a refusal are kept; of all other
    errors the class, the code PostgreSQL gave, and where in our code it was raised.
    """
    if isinstance(error, Refused):
        return f"{error.code}: {error.message}"
    words = type(error).__name__
    if isinstance(error, asyncpg.PostgresError):
        words += f" (SQLSTATE {error.sqlstate})"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = PurePath(frame.filename)
        if path.is_relative_to(_PACKAGE):
            return f"{words} at {path.relative_to(_PACKAGE)}:{frame.lineno}"
    return words
