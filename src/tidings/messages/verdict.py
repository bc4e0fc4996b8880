"""What becomes of a message by what its provider said: pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

from tidings.base import limits
from tidings.channels.outcome import (
    Broken,
    Deferred,
    Outcome,
    Reason,
    Rejected,
    Sent,
    was_tried,
)
from tidings.messages.model import Claimed, Ended, Status

_MAX_UNKNOWN = 2  # a person would rather have a message twice than never, and not three times


def after(claimed: Claimed, outcome: Outcome, *, now: datetime) -> Ended:
    """Say what becomes of a message that was handed to its provider.

    What cannot be sent now waits longer each time, and fails when it was tried often enough. What
    is no fault of the message does not count as a try.
    """
    match outcome:
        case Sent(provider_message_id):
            return Ended(
                claimed.message_id,
                Status.SENT,
                now,
                attempts=claimed.attempts,
                provider_message_id=provider_message_id or None,
            )
        case Rejected(reason, code):
            return _failed(claimed, reason, code, now=now)
        case Deferred(_, _, _, seconds) if not was_tried(outcome):
            return _again(claimed, outcome, now=now, seconds=seconds or 0.0, is_try=False)
        case Deferred(reason, code, _, seconds):
            most = _MAX_UNKNOWN if reason is Reason.UNKNOWN else limits.MAX_SEND_ATTEMPTS
            if claimed.attempts >= most:
                return _failed(claimed, reason, code, now=now)
            return _again(claimed, outcome, now=now, seconds=seconds or wait(claimed.attempts))
        case Broken():
            seconds = limits.BREAKER_SECONDS
            return _again(claimed, outcome, now=now, seconds=seconds, is_try=False)
        case _ as unknown:
            assert_never(unknown)


def is_gone(outcome: Outcome) -> bool:
    """Say whether a provider says that there is no such device any more."""
    return isinstance(outcome, Rejected) and outcome.reason is Reason.RECIPIENT


def summed(outcomes: Sequence[Outcome]) -> Outcome:
    """Say what came of a message that was handed over once for each device of a person.

    It is sent when one of them got it. Else it is tried again while that may help one of them, as
    carefully as the one that may have got it after all wants; the rest of a failure is about the
    device that is still there.

    Shape:  outcomes - one for each device, 1..n, any order.
    """
    return min(outcomes, key=_weight)


def _weight(outcome: Outcome) -> int:
    is_deferred = isinstance(outcome, Deferred)
    claims = (
        isinstance(outcome, Sent),
        is_deferred and outcome.reason is Reason.UNKNOWN,
        is_deferred and was_tried(outcome),
        isinstance(outcome, Broken),
        is_deferred,
        not is_gone(outcome),
    )
    return claims.index(True) if True in claims else len(claims)


def wait(attempts: int) -> float:
    """Return how long a message waits after so many tries, in seconds."""
    return min(limits.FIRST_SEND_RETRY_SECONDS * 4 ** (attempts - 1), limits.MAX_SEND_RETRY_SECONDS)


def _again(
    claimed: Claimed,
    outcome: Deferred | Broken,
    *,
    now: datetime,
    seconds: float,
    is_try: bool = True,
) -> Ended:
    return Ended(
        claimed.message_id,
        Status.QUEUED,
        now,
        attempts=claimed.attempts - (not is_try),
        reason=outcome.reason.value,
        code=outcome.code or None,
        due_at=now + timedelta(seconds=seconds),
    )


def _failed(claimed: Claimed, reason: Reason, code: str, *, now: datetime) -> Ended:
    return Ended(
        claimed.message_id,
        Status.FAILED,
        now,
        attempts=claimed.attempts,
        reason=reason.value,
        code=code or None,
    )
