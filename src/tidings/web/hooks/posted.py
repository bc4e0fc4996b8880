"""What a provider posts, and how it shows that it is the provider. Pure."""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar, cast

import msgspec

from tidings.base import limits
from tidings.base.errors import Code, Refused

_EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)  # our choice: before there was anything to report

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Posted:
    """One call of a hook.

    Shape:  urls - under which the caller may know it; headers - by their names in small letters;
            query - the last value of each parameter.
    """

    urls: Sequence[str]
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


def read_json(body: bytes, kind: type[T]) -> T:
    """Read what was posted.

    Errors: `invalid` for what is no such JSON.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        # Not the error's words: they may quote an address.
        raise Refused(Code.INVALID, "This is no report as the provider describes it.") from error


def is_same(given: str, expected: str) -> bool:
    """Compare what nobody may find out letter by letter."""
    return hmac.compare_digest(given.encode(), expected.encode())


def is_signed(given: str, key: str, *parts: bytes, algorithm: str = "sha256") -> bool:
    """Say whether a signature in hexadecimal digits was made with a key."""
    return is_same(given.lower(), hmac.digest(key.encode(), b"".join(parts), algorithm).hex())


def decoded(text: str) -> bytes:
    """Read base 64; what is none is nothing."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def unsigned(what: str) -> Refused:
    """Build the refusal of a call that does not show who makes it."""
    return Refused(Code.UNAUTHENTICATED, f"{what} is missing or wrong.")


def unconfigured(setting: str) -> Refused:
    """Build the refusal of all calls to a channel that could not tell who makes them."""
    words = f"The channel believes nobody: set its {setting} first."
    return Refused(Code.FORBIDDEN, words)


def refuse_old(at: datetime | None, now: datetime) -> None:
    """Refuse what was signed too long ago, or is dated ahead.

    Errors: `unauthenticated`; None is no time at all.
    """
    oldest = now - timedelta(seconds=limits.MAX_HOOK_AGE_SECONDS)
    newest = now + timedelta(seconds=limits.MAX_HOOK_AHEAD_SECONDS)
    if at is None or not oldest <= at <= newest:
        raise Refused(Code.UNAUTHENTICATED, "The call is too old, or dated ahead of our clock.")


def instant_of(seconds: object) -> datetime | None:
    """Read seconds since 1970, as a number or digits; None for what is no time of these years."""
    try:
        read = datetime.fromtimestamp(float(str(seconds)), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return read if read >= _EARLIEST else None


def likely(at: datetime | None, now: datetime) -> datetime:
    """Return when something happened: what is no such time, or ahead of ours, is now."""
    if at is None or at.tzinfo is None or not _EARLIEST <= at <= now:
        return now
    return at.astimezone(UTC)


def text_of(values: object, *names: str) -> str:
    """Return a text that lies in values of any kind, below these names; "" when there is none."""
    for name in names:
        if not isinstance(values, dict):
            return ""
        values = cast("dict[str, object]", values).get(name)
    return values if isinstance(values, str) else ""
