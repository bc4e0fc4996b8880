"""Refusals: what a person can mend, said so that they can mend it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """Why a call was refused; each door has one table from these to its own statuses and words.

    Source: docs/errors.md lists them with their meaning.
    """

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong with a request.

    Shape:  index - position of the record in its list, 0-based, None for the call as a whole;
            field - dotted path inside the record, None when the record as a whole is meant.
    """

    message: str
    field: str | None = None
    index: int | None = None


class Refused(Exception):
    """A request we will not do, with words that are safe to show and name the way out.

    Shape:  mistakes - every mistake found, in order, at most `limits.MAX_MISTAKES_REPORTED`.
    Units:  retry_after_seconds - when trying again may succeed, None when it will not.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        mistakes: Sequence[Mistake] = (),
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.mistakes = tuple(mistakes)
        self.retry_after_seconds = retry_after_seconds


def unavailable(message: str, *, retry_after_seconds: int = 1) -> Refused:
    """Build the refusal for work that may succeed a little later."""
    return Refused(Code.UNAVAILABLE, message, retry_after_seconds=retry_after_seconds)
