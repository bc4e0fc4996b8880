"""Calls that ask to be done only once: their keys, and the answers they got."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tidings.base import clock, limits
from tidings.base.ids import BrandId
from tidings.brands import store
from tidings.storage.tx import Tx

_LIFETIME = timedelta(hours=limits.IDEMPOTENCY_HOURS)

Key = tuple[BrandId, str]


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The first answer to a key, with the fingerprint of what was asked then."""

    fingerprint: bytes
    status: int
    body: bytes


async def claim(tx: Tx, asked: Mapping[Key, bytes]) -> dict[Key, KeptAnswer]:
    """Claim keys for this transaction; return the answers of those that were used before.

    A call in flight with the same key is waited for. Claim before taking any other lock: all do,
    so nobody waits in a circle.

    Shape:  asked - the fingerprint of each key.
    """
    now = clock.now()
    claimed = await store.claim_idempotency_keys(tx, asked, now=now, expired=now - _LIFETIME)
    used = [key for key in asked if key not in claimed]
    if not used:
        return {}
    return {
        key: KeptAnswer(fingerprint, status, body)
        for key, fingerprint, status, body in await store.select_idempotent_answers(tx, used)
    }


async def keep(tx: Tx, answers: Sequence[tuple[Key, int, bytes]]) -> None:
    """Keep the status and body that each key claimed in this transaction is answered with."""
    if answers:
        await store.keep_idempotent_answers(tx, answers)


async def forget_old(tx: Tx) -> None:
    """Forget the keys whose time is over."""
    await store.forget_idempotency_keys(tx, before=clock.now() - _LIFETIME)
