"""The log says what happened in one JSON line, and never what people sent."""

import json
import logging
import re
from collections.abc import Generator
from typing import Any

import asyncpg
import pytest

from tidings.base import log
from tidings.base.log import Action
from tidings.storage.pool import Database

SECRET = "ada@example.com"


@pytest.fixture
def configured() -> Generator[None]:
    """Send this test's lines to standard error as the server does."""
    root, ours = logging.getLogger(), logging.getLogger("tidings")
    before = root.handlers, root.level, ours.level
    yield
    root.handlers, root.level, ours.level = before


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return what was written, line by line."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.mark.usefixtures("configured")
def test_a_fact_is_one_line_with_its_action(capsys: pytest.CaptureFixture[str]) -> None:
    """Log collectors read lines, and alarms are set on actions."""
    log.configure("info")

    log.info(Action.MIGRATION_APPLIED, number=3, name="several\nlines")

    (line,) = lines(capsys)
    assert list(line) == ["at", "level", "action", "number", "name"]
    assert {**line, "at": None} == {
        "at": None,
        "level": "info",
        "action": "migration.applied",
        "number": 3,
        "name": "several\nlines",
    }


@pytest.mark.usefixtures("configured")
def test_a_level_above_info_leaves_facts_out(capsys: pytest.CaptureFixture[str]) -> None:
    """Who asks for errors gets errors."""
    log.configure("error")

    log.info(Action.SERVER_STARTED)
    log.error(Action.COMMIT_FAILED, batches=2)

    assert [line["action"] for line in lines(capsys)] == ["commit.failed"]


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("SELECT 'ada@example.com'::integer", "InvalidTextRepresentationError: (SQLSTATE 22P02)"),
        (
            "INSERT INTO migrations VALUES (9999, 'ada@example.com', NULL, now())",
            "NotNullViolationError: (SQLSTATE 23502)",
        ),
    ],
)
async def test_a_value_that_the_database_refused_is_not_in_the_log(
    capsys: pytest.CaptureFixture[str], database: Database, statement: str, told: str
) -> None:
    """PostgreSQL quotes the value in its message; it may be a person's address."""
    log.configure("info")

    async with database.connection() as connection:
        try:
            await connection.execute(statement)
        except asyncpg.PostgresError as error:
            log.error(Action.REQUEST_FAILED, cause=error)

    (line,) = lines(capsys)
    assert line["traceback"].splitlines()[-1] == told
    assert SECRET not in json.dumps(line)


@pytest.mark.usefixtures("configured")
def test_a_key_that_was_missing_is_not_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    """A KeyError's message is the key, and ours are often people's ids; the cause's message too."""
    log.configure("info")

    try:
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise TypeError("a fault of ours") from error
    except TypeError as error:
        log.error(Action.REQUEST_FAILED, cause=error)

    (line,) = lines(capsys)
    told = [text for text in line["traceback"].splitlines() if not text.startswith(" ")]
    assert told == ["TypeError: a fault of ours", "caused by", "KeyError: (message withheld)"]


def test_actions_are_named_after_a_thing_and_what_became_of_it() -> None:
    """One manner, so that they can be guessed: `thing.past_tense`."""
    assert [action for action in Action if re.fullmatch(r"[a-z]+\.[a-z]+", action) is None] == []
