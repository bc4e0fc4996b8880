"""A call with an idempotency key is done once, and answered alike however often it comes."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from tests.shop import Change, Shop
from tidings.base import clock, limits
from tidings.base.errors import Code, Refused
from tidings.brands import idempotency
from tidings.events.model import Answer, Batch, Event, OnceKey, Outcome, Stored

CONFLICT = "This Idempotency-Key was used for another request. Use a new key for each call."
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)


def call(shop: Shop, key: str, *records: Event | Change, asked: str = "same") -> Batch:
    """Make a call with a key."""

    def answer(stored: Stored) -> Answer:
        return Answer(200, f"{asked}: {len(stored.warnings)} warnings".encode())

    fingerprint = hashlib.sha256(asked.encode()).digest()
    return shop.batch(*records, once=OnceKey(key, fingerprint, answer))


def told(refused: Outcome | Refused) -> tuple[Code, str] | Outcome:
    """Return what a client is told."""
    return (refused.code, refused.message) if isinstance(refused, Refused) else refused


async def test_a_repeated_call_gets_the_first_answer_and_changes_nothing(shop: Shop) -> None:
    """Known bug 15: events without an id are told apart by nothing else."""
    await shop.send(shop.event("ada", attributes={"n": 1}))
    again = call(shop, "k", shop.event("ada", attributes={"n": "x"}), shop.change("ada", {"a": 1}))

    first = await shop.committer.submit(again)
    before = await shop.events(), await shop.profile("ada"), await shop.types()
    repeated = [await shop.committer.submit(again) for _ in range(3)]

    assert isinstance(first, Stored)
    assert repeated == [Answer(200, b"same: 1 warnings")] * 3
    assert (await shop.events(), await shop.profile("ada"), await shop.types()) == before


async def test_a_used_key_with_another_request_is_refused(shop: Shop) -> None:
    """Its first answer would be a lie, and doing it would break the promise of the key."""
    await shop.committer.submit(call(shop, "k", shop.event("ada"), asked="one"))

    with pytest.raises(Refused) as raised:
        await shop.committer.submit(call(shop, "k", shop.event("bob"), asked="two"))

    assert told(raised.value) == (Code.CONFLICT, CONFLICT)
    assert await shop.profile("bob") is None


async def test_a_key_is_the_brands_own(shop: Shop, other_shop: Shop) -> None:
    """Two brands that both count from one must not get each other's answers."""
    for each, asked in ((shop, "one"), (other_shop, "two")):
        outcome = await each.committer.submit(call(each, "1", each.event("ada"), asked=asked))
        assert outcome == Stored([])


async def test_of_calls_with_one_key_at_once_one_is_done(shop: Shop) -> None:
    """A client's retry overtakes its first try, in one process or in two."""
    async with shop.another_process() as other:
        outcomes = await asyncio.gather(
            *(
                each.committer.submit(call(each, f"key {number % 5}", each.event("ada")))
                for number in range(40)
                for each in (shop, other)
            )
        )

    assert len([outcome for outcome in outcomes if isinstance(outcome, Stored)]) == 5
    assert outcomes.count(Answer(200, b"same: 0 warnings")) == 75
    assert len(await shop.events()) == 5


async def test_of_different_calls_with_one_key_at_once_the_others_are_refused(shop: Shop) -> None:
    """Whichever comes first; their neighbours in the commit do not feel it."""
    calls = [call(shop, "k", shop.event(f"user {n}"), asked=f"call {n}") for n in range(10)]
    neighbours = [shop.batch(shop.event("neighbour")) for _ in range(10)]

    outcomes = await shop.send_all(
        *(one for pair in zip(calls, neighbours, strict=True) for one in pair)
    )

    assert [told(outcome) for outcome in outcomes[::2]].count((Code.CONFLICT, CONFLICT)) == 9
    assert outcomes[::2].count(Stored([])) == 1
    assert outcomes[1::2] == [Stored([])] * 10
    assert len(await shop.events()) == 11


async def test_processes_with_the_same_keys_in_other_orders_do_not_wait_in_a_circle(
    shop: Shop,
) -> None:
    """Each waits for the other's calls in flight; keys are claimed in one order."""
    async with shop.another_process() as other:
        for turn in range(5):
            keys = [f"{turn}/{number}" for number in range(20)]
            outcomes = await asyncio.wait_for(
                asyncio.gather(
                    *(shop.committer.submit(call(shop, key, shop.event(key))) for key in keys),
                    *(
                        other.committer.submit(call(other, key, other.event(key)))
                        for key in reversed(keys)
                    ),
                ),
                timeout=60,
            )
            assert len([one for one in outcomes if isinstance(one, Stored)]) == 20


async def test_a_call_that_failed_has_not_used_its_key(shop: Shop) -> None:
    """The client mends what is wrong and sends again, with the same key."""
    unstorable = shop.event("ada", json=b'{"n": 0.' + b"1" * 20_000 + b"}")
    with pytest.raises(Refused) as raised:
        await shop.committer.submit(call(shop, "k", unstorable, asked="wrong"))

    outcome = await shop.committer.submit(call(shop, "k", shop.event("ada"), asked="right"))

    assert raised.value.code is Code.INVALID
    assert outcome == Stored([])


async def test_after_a_day_a_key_is_new(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept for ever, they would outgrow the events."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    await shop.committer.submit(call(shop, "k", shop.event("ada"), asked="one"))
    day = timedelta(hours=limits.IDEMPOTENCY_HOURS)

    monkeypatch.setattr(clock, "now", lambda: NOON + day)
    with pytest.raises(Refused):
        await shop.committer.submit(call(shop, "k", shop.event("ada"), asked="two"))
    monkeypatch.setattr(clock, "now", lambda: NOON + day + timedelta(seconds=1))
    outcomes = [
        await shop.committer.submit(call(shop, "k", shop.event("ada"), asked="two"))
        for _ in range(2)
    ]

    assert outcomes == [Stored([]), Answer(200, b"two: 0 warnings")]


async def test_keys_whose_day_is_over_are_forgotten(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the clock, once an hour; the others stay."""
    for hours, key in ((0, "old"), (2, "young")):
        monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(hours=hours))  # noqa: B023
        await shop.committer.submit(call(shop, key, shop.event("ada")))

    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(hours=limits.IDEMPOTENCY_HOURS + 1))
    async with shop.database.transaction() as tx:
        await idempotency.forget_old(tx)
        kept = [row["key"] for row in await tx.fetch("SELECT key FROM idempotency_keys")]

    assert kept == ["young"]
