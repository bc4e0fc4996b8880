"""Answers that a client may not have read, for calls that come without a key and are sent again.

An answer is kept in the transaction that it speaks of, and marked as read when it has been sent
over a connection that was still there. What is not marked was not read: its client had gone, or our
process ended in between.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from tidings.base import clock, limits
from tidings.base.ids import CallId
from tidings.brands import store
from tidings.brands.model import SentCall, UnreadAnswer
from tidings.storage import locks
from tidings.storage.locks import Lock, LockKind
from tidings.storage.tx import Tx

_AFTER = timedelta(milliseconds=limits.RESENT_AFTER_MILLISECONDS)
_WITHIN = timedelta(seconds=limits.RESENT_WITHIN_SECONDS)
_LOCK_BYTES = 4


async def find(tx: Tx, calls: Sequence[SentCall]) -> Mapping[CallId, UnreadAnswer]:
    """Return the first answers of calls that are sent again, by the id of the later call.

    Identical calls are let into the database one after the other from here to the end, so that the
    second sees what the first has left. Ask before taking any other lock.
    """
    await locks.hold_alone(tx, [Lock(LockKind.CALLS, _lock_key(call)) for call in calls])
    return await store.select_unread_answers(tx, calls, after=_AFTER, within=_WITHIN)


async def keep(tx: Tx, answers: Sequence[UnreadAnswer]) -> None:
    """Keep the answers of calls that this transaction does."""
    if answers:
        await store.insert_unread_answers(tx, answers)


async def mark(tx: Tx, call: SentCall) -> None:
    """Note that the client of a call was not given its answer, and may send it again."""
    await store.mark_unread(tx, [call])


def is_sent_again(first: SentCall, second: SentCall, *, is_first_gone: bool) -> bool:
    """Say whether the second of two calls is the first, sent again.

    Whose client has gone is sent again at any time. A client that waits sends again after three
    seconds at the earliest; identical calls that come closer together are each meant: two shops may
    count one more visit in the same second.
    """
    if (first.brand_id, first.fingerprint) != (second.brand_id, second.fingerprint):
        return False
    apart = abs(second.received_at - first.received_at)
    return apart <= _WITHIN and (is_first_gone or apart >= _AFTER)


async def forget_old(tx: Tx) -> None:
    """Forget the answers that nobody will ask for again."""
    await store.delete_old_unread_answers(tx, before=clock.now() - _WITHIN)


def _lock_key(call: SentCall) -> int:
    return int.from_bytes(call.fingerprint[:_LOCK_BYTES], signed=True)
