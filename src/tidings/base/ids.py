"""Identifiers and secrets: the one place that draws random numbers."""

import itertools
import random  # noqa: TID251 - the one place
import secrets
from collections.abc import Sequence
from typing import NewType, TypeVar

from tidings.base import clock

BrandId = NewType("BrandId", int)
CallId = NewType("CallId", int)
KeyId = NewType("KeyId", int)
NameId = NewType("NameId", int)
ProfileId = NewType("ProfileId", int)
TaskId = NewType("TaskId", int)

T = TypeVar("T")

Dice = random.Random
"""Draws that can be repeated: for made-up people, never for what must not be guessed."""

KEY_PREFIX = "tdk_"

_COUNTER_BITS = 22
_CALL_BITS = 63
_counter = itertools.count(secrets.randbits(_COUNTER_BITS))


def new_profile_id() -> ProfileId:
    """Draw an id for a new profile: the millisecond, then a counter with a random start.

    Ids of one moment lie side by side in the index, which keeps inserts cheap. Two processes
    draw the same id only if their counters meet within one millisecond and in one slot; the
    primary key then refuses the second, and the batch is retried with new ids.

    Shape:  positive; 41 bits of milliseconds fit below 2**63 until the year 2039.
    Source: our choice (Snowflake's layout without a node number to administer).
    """
    millisecond = int(clock.now().timestamp() * 1000)
    low = next(_counter) & ((1 << _COUNTER_BITS) - 1)
    return ProfileId((millisecond << _COUNTER_BITS) | low)


def new_call_id() -> CallId:
    """Draw an id that tells one call from all others of a minute."""
    return CallId(secrets.randbits(_CALL_BITS))


def new_secret_key() -> str:
    """Draw an API key: 256 random bits behind a prefix that secret scanners can find."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def new_error_id() -> str:
    """Draw the id that an `internal` answer and its log line share."""
    return secrets.token_hex(8)


def draw_one(among: Sequence[T]) -> T:
    """Draw one of several, each as likely as the others."""
    return secrets.choice(among)


def draw_bytes(count: int) -> bytes:
    """Draw bytes that nobody can guess."""
    return secrets.token_bytes(count)


def seeded_dice(seed: str) -> Dice:
    """Return dice that fall the same way each time they are made with the same seed."""
    return Dice(seed)
