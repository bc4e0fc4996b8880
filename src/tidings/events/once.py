"""Calls that are done only once, however often they come: by a key, or sent again without one."""

from collections.abc import Sequence

from tidings.base.errors import Code, Refused
from tidings.brands import idempotency, unread
from tidings.brands.model import UnreadAnswer
from tidings.events.model import Answer, Batch, Outcome, Stored
from tidings.storage.tx import Tx

Done = dict[int, Outcome | Refused]


async def answered_before(tx: Tx, batches: Sequence[Batch]) -> Done:
    """Return the outcomes of batches that store nothing, by position: they were done before.

    Shape:  a batch gets the first answer to its idempotency key, or a `conflict` when it asks for
            something else than the first; or the answer that its client had not read.
    """
    return await _with_used_key(tx, batches) | await _sent_again(tx, batches)


async def keep_answers(
    tx: Tx, batches: Sequence[Batch], outcomes: Sequence[Outcome | Refused]
) -> None:
    """Keep the answers of what this transaction did."""
    of_keys: list[tuple[idempotency.Key, int, bytes]] = []
    unread_yet: list[UnreadAnswer] = []
    for batch, outcome in zip(batches, outcomes, strict=True):
        if not isinstance(outcome, Stored):
            continue
        if batch.once is not None:
            answer = batch.once.answer(outcome)
            of_keys.append(((batch.brand_id, batch.once.key), answer.status, answer.body))
        if batch.resendable is not None:
            answer = batch.resendable.answer(outcome)
            gone = batch.resendable.is_client_gone()
            unread_yet.append(UnreadAnswer(batch.resendable.call, answer.status, answer.body, gone))
    await idempotency.keep(tx, of_keys)
    await unread.keep(tx, unread_yet)


def cannot_share(batch: Batch, group: Sequence[Batch]) -> bool:
    """Say whether a batch must wait for the end of a group, to see the answer of one in it."""
    return any(_is_same(batch, other) for other in group)


def _is_same(one: Batch, other: Batch) -> bool:
    if one.once is not None and other.once is not None:
        return (one.brand_id, one.once.key) == (other.brand_id, other.once.key)
    if one.resendable is not None and other.resendable is not None:
        gone = other.resendable.is_client_gone()
        return unread.is_sent_again(other.resendable.call, one.resendable.call, is_first_gone=gone)
    return False


async def _with_used_key(tx: Tx, batches: Sequence[Batch]) -> Done:
    asked = {
        (batch.brand_id, batch.once.key): batch.once.fingerprint
        for batch in batches
        if batch.once is not None
    }
    if not asked:
        return {}
    kept = await idempotency.claim(tx, asked)
    repeated: Done = {}
    for position, batch in enumerate(batches):
        first = kept.get((batch.brand_id, batch.once.key)) if batch.once is not None else None
        if first is None or batch.once is None:
            continue
        if first.fingerprint == batch.once.fingerprint:
            repeated[position] = Answer(first.status, first.body)
        else:
            repeated[position] = Refused(
                Code.CONFLICT,
                "This Idempotency-Key was used for another request. Use a new key for each call.",
            )
    return repeated


async def _sent_again(tx: Tx, batches: Sequence[Batch]) -> Done:
    calls = [batch.resendable.call for batch in batches if batch.resendable is not None]
    if not calls:
        return {}
    kept = await unread.find(tx, calls)
    return {
        position: Answer(answer.status, answer.body, first=answer.call)
        for position, batch in enumerate(batches)
        if batch.resendable is not None
        and (answer := kept.get(batch.resendable.call.call_id)) is not None
    }
