"""When a failed task is tried again, and what is kept of its error."""

import re
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from tidings.base import limits
from tidings.base.errors import Code, Refused
from tidings.storage.sql import parse_queries
from tidings.work import retry

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)


def test_each_wait_is_twice_the_last_up_to_an_hour_and_then_it_is_over() -> None:
    """Two and a half hours outlast a deployment that goes wrong, and hold nobody up for a day."""
    instants = [retry.retry_at(attempts, NOON) for attempts in range(1, 13)]

    waits = [at and (at - NOON) / timedelta(seconds=1) for at in instants]
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, None]
    assert limits.MAX_TASK_ATTEMPTS == 12


def test_the_words_of_a_refusal_are_kept() -> None:
    """They are written to be shown, and tell the operator what to mend."""
    refused = Refused(Code.NOT_FOUND, "There is no template 7.")

    assert retry.describe(refused) == "not_found: There is no template 7."


def test_of_a_bug_only_the_class_and_the_place_are_kept() -> None:
    """Its message would hold the payload: here somebody's address."""
    with pytest.raises(ValueError, match="jane") as outside:
        int("jane@example.com")
    with pytest.raises(ValueError, match="jane") as inside:
        parse_queries("-- name: jane\n-- name: jane\n")

    assert retry.describe(outside.value) == "ValueError"
    assert re.fullmatch(r"ValueError at storage/sql\.py:\d+", retry.describe(inside.value))


def test_of_an_error_of_postgresql_the_code_is_kept() -> None:
    """Its detail quotes the row; its code is enough to look it up."""
    error = asyncpg.DataError("invalid input syntax for type integer: jane@example.com")
    error.sqlstate = "22P02"

    assert retry.describe(error) == "DataError (SQLSTATE 22P02)"
