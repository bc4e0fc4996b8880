"""Logs: one JSON line per fact, past tense, with a fixed action; never payloads, keys or people."""

import logging
import sys
import time
import traceback
from collections.abc import Mapping
from enum import StrEnum

import msgspec

_LOGGER = logging.getLogger("tidings")
_encoder = msgspec.json.Encoder(enc_hook=str)


class Action(StrEnum):
    """Everything the server writes about; add here before you log."""

    SERVER_STARTED = "server.started"
    SERVER_STOPPED = "server.stopped"
    PROCESS_STARTED = "process.started"
    PROCESS_DIED = "process.died"
    PROCESS_STOPPED = "process.stopped"
    DATABASE_STARTED = "database.started"
    DATABASE_JOINED = "database.joined"
    DATABASE_STOPPED = "database.stopped"
    DATABASE_LOST = "database.lost"
    DATABASE_FOUND = "database.found"
    MIGRATION_APPLIED = "migration.applied"
    COMMIT_FAILED = "commit.failed"
    REQUEST_FAILED = "request.failed"
    TASK_FAILED = "task.failed"
    MESSAGE_FAILED = "message.failed"
    JOURNAL_FAILED = "journal.failed"
    CHANNEL_UNUSABLE = "channel.unusable"
    HOOK_REFUSED = "hook.refused"
    MAILBOX_UNUSABLE = "mailbox.unusable"
    FEEDBACK_LOST = "feedback.lost"
    TASK_DIED = "task.died"
    PERIODIC_FAILED = "periodic.failed"
    WORKER_STARTED = "worker.started"
    WORKER_STOPPED = "worker.stopped"


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        action: str | None = getattr(record, "action", None)
        fields: Mapping[str, object] = getattr(record, "fields", {})
        line: dict[str, object] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "action": action or record.name,
            **fields,
        }
        if action is None:
            line["message"] = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            line["traceback"] = _trace(record.exc_info[1])
        return _encoder.encode(line).decode()


# Errors whose message names no value that somebody sent us. Others are told by type and place: a
# KeyError shows the key, a ValueError often the value, and a person's address may be either.
_SAYS_NO_VALUE = (
    OSError,
    AssertionError,
    AttributeError,
    ImportError,
    NameError,
    RuntimeError,
    TypeError,
    TimeoutError,
)
# PostgreSQL's classes 22 (data) and 23 (constraints) quote values; the others name our own things.
_QUOTES_VALUES = ("22", "23")


def _trace(error: BaseException) -> str:
    parts: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        frames = "".join(traceback.format_tb(cause.__traceback__))
        parts.append(f"{frames}{type(cause).__qualname__}: {_message(cause)}")
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\ncaused by\n".join(parts)


def _message(error: BaseException) -> str:
    sqlstate = getattr(error, "sqlstate", None)
    if isinstance(sqlstate, str):
        words = "" if sqlstate.startswith(_QUOTES_VALUES) else str(error).splitlines()[0]
        return f"{words} (SQLSTATE {sqlstate})".strip()
    return str(error) if isinstance(error, _SAYS_NO_VALUE) else "(message withheld)"


def configure(level: str) -> None:
    """Send every log line of this process to standard error as JSON.

    Shape:  level - a name that `logging` knows, any case.
    """
    handler = logging.StreamHandler(sys.stderr)
    formatter = _JsonLines()
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    _LOGGER.setLevel(level.upper())


def info(action: Action, **fields: object) -> None:
    """Write that something happened."""
    _LOGGER.info(action.value, extra={"action": action.value, "fields": fields})


def error(action: Action, *, cause: BaseException | None = None, **fields: object) -> None:
    """Write that something failed; the cause goes with it, and only here."""
    _LOGGER.error(action.value, exc_info=cause, extra={"action": action.value, "fields": fields})
