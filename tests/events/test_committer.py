"""Calls that wait at the same time become durable together, and each gets its own outcome."""

import asyncio

import pytest

from tests.shop import Shop
from tests.storage.waiting import count_waiting
from tests.support import wait_until
from tidings.base import limits
from tidings.base.errors import Code, Refused
from tidings.events.model import Answer, Batch, OnceKey, Outcome, Stored
from tidings.identity import actions as identity

UNSTORABLE = b'{"n": 0.' + b"1" * 20_000 + b"}"
STOPPING = "The server is stopping; nothing was stored. Send again shortly."
FULL = "Too much is waiting to be stored; nothing was. Send again shortly."


def told(outcome: Outcome | Refused) -> tuple[Code, str, int | None] | Outcome:
    """Return what a client is told."""
    if isinstance(outcome, Refused):
        return outcome.code, outcome.message, outcome.retry_after_seconds
    return outcome


async def submit_later(shop: Shop, *batches: Batch) -> list[asyncio.Task[Outcome]]:
    """Submit batches without waiting for them, and return once all are accepted or refused."""
    tasks = [asyncio.create_task(shop.committer.submit(batch)) for batch in batches]
    await asyncio.sleep(0)
    return tasks


async def users(shop: Shop) -> list[str]:
    """Return whose events were stored."""
    async with shop.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT user_id FROM events JOIN profiles USING (slot, profile_id) ORDER BY user_id"
        )
    return [row["user_id"] for row in rows]


async def test_many_calls_at_once_take_few_commits(shop: Shop) -> None:
    """One flush of the disk for many calls: this is where the throughput comes from."""
    batches = [shop.batch(shop.event(f"user {number:03}")) for number in range(500)]

    outcomes = await shop.send_all(*batches)

    assert outcomes == [Stored([])] * 500
    assert await users(shop) == [f"user {number:03}" for number in range(500)]
    assert shop.measured("tidings_commit_batches_sum") == 500
    assert shop.measured("tidings_commit_records_sum") == 500
    assert shop.measured("tidings_commit_batches_count") <= 10


async def test_a_commit_has_so_many_records_at_most(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A longer one would make every call in it wait longer; one that is larger goes alone."""
    monkeypatch.setattr(limits, "MAX_COMMIT_RECORDS", 100)
    small = [shop.batch(*[shop.event("ada")] * 10) for _ in range(50)]
    large = shop.batch(*[shop.event("bob")] * 150)

    outcomes = await shop.send_all(*small, large, *small)

    assert outcomes == [Stored([])] * 101
    within_limit = shop.registry.get_sample_value("tidings_commit_records_bucket", {"le": "100.0"})
    assert shop.measured("tidings_commit_records_sum") == 1_150
    assert shop.measured("tidings_commit_records_count") == (within_limit or 0) + 1


async def test_a_call_that_the_database_cannot_hold_fails_by_itself(shop: Shop) -> None:
    """Known bug 2: one failing recipient made the whole batch fail. Here: the others are stored."""
    poisoned = {3, 11}
    batches = [
        shop.batch(shop.event(f"user {n:02}", json=UNSTORABLE if n in poisoned else b"{}"))
        for n in range(20)
    ]

    outcomes = await shop.send_all(*batches)

    refused = (Code.INVALID, "A value of this call cannot be stored; nothing was.", None)
    assert [told(outcome) for outcome in outcomes] == [
        refused if n in poisoned else Stored([]) for n in range(20)
    ]
    assert await users(shop) == [f"user {n:02}" for n in range(20) if n not in poisoned]


async def test_of_a_call_that_fails_nothing_is_stored(shop: Shop) -> None:
    """Neither its other events nor its people: the client sends all of it again."""
    with pytest.raises(Refused):
        await shop.send(
            shop.change("ada", {"city": "Mumbai"}),
            shop.event("bob"),
            shop.event("cyd", json=UNSTORABLE),
        )

    assert [await shop.profile(user) for user in ("ada", "bob", "cyd")] == [None] * 3
    assert await shop.events() == []


async def test_a_call_with_too_many_names_fails_by_itself(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when its neighbours bring new names of their own, which are within the limit."""
    monkeypatch.setattr(limits, "MAX_EVENT_NAMES_PER_BRAND", 5)
    greedy = shop.batch(*(shop.event("greedy", f"Event {number}") for number in range(6)))
    batches = [shop.batch(shop.event(f"user {n}", f"Event {n % 3}")) for n in range(10)]

    outcomes = await shop.send_all(*batches[:5], greedy, *batches[5:])

    assert isinstance(refused := outcomes.pop(5), Refused)
    assert refused.code is Code.INVALID
    assert outcomes == [Stored([])] * 10
    assert await users(shop) == [f"user {n}" for n in range(10)]


async def test_a_call_that_meets_a_bug_fails_by_itself(shop: Shop) -> None:
    """Whatever goes wrong with one call, its neighbours have nothing to do with it."""

    def fail(_stored: Stored) -> Answer:
        raise ZeroDivisionError

    once = OnceKey("k", b"", fail)
    tasks = await submit_later(
        shop,
        shop.batch(shop.event("ada")),
        shop.batch(shop.event("bob"), once=once),
        shop.batch(shop.event("cyd")),
    )

    outcomes = await asyncio.gather(*tasks, return_exceptions=True)

    assert [outcomes[0], type(outcomes[1]), outcomes[2]] == [
        Stored([]),
        ZeroDivisionError,
        Stored([]),
    ]
    assert await users(shop) == ["ada", "cyd"]


async def test_when_too_much_waits_the_next_call_is_refused_and_no_other_is_lost(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory does not grow with a slow database; what was accepted is stored when it can be."""
    monkeypatch.setattr(limits, "MAX_QUEUED_RECORDS", 20)
    everybody = [f"user {number:02}" for number in range(40)]
    async with shop.database.transaction() as tx:
        # The commit under way stops here, until this transaction ends.
        await identity.find_to_move(tx, [shop.user(user) for user in ["first", *everybody]])
        tasks = await submit_later(shop, shop.batch(shop.event("first")))
        await wait_until(lambda: count_waiting(shop.database))
        tasks += await submit_later(shop, *(shop.batch(shop.event(user)) for user in everybody))
        refused = [task.exception() for task in tasks if task.done()]
    accepted = [task for task in tasks if not (task.done() and task.exception())]

    assert [told(one) for one in refused if isinstance(one, Refused)] == [
        (Code.UNAVAILABLE, FULL, 1)
    ] * 20
    assert await asyncio.gather(*accepted) == [Stored([])] * 21
    assert await users(shop) == ["first", *everybody[:20]]


async def test_a_batch_that_alone_is_more_than_may_wait_is_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would never be accepted; waiting for room would be waiting for ever."""
    monkeypatch.setattr(limits, "MAX_QUEUED_RECORDS", 20)

    (outcome,) = await shop.send_all(shop.batch(*[shop.event("ada")] * 21))

    assert told(outcome) == (Code.UNAVAILABLE, FULL, 1)


async def test_what_was_accepted_is_stored_before_the_committer_closes(shop: Shop) -> None:
    """A server that stops finishes what it accepted, and refuses what comes after."""
    async with shop.another_process() as closing:
        tasks = await submit_later(
            closing, *(closing.batch(closing.event(f"user {n:03}")) for n in range(300))
        )
        await closing.committer.close()
        outcomes = [task.result() for task in tasks]
        with pytest.raises(Refused) as raised:
            await closing.send(closing.event("late"))

    assert outcomes == [Stored([])] * 300
    assert told(raised.value) == (Code.UNAVAILABLE, STOPPING, 1)
    assert await users(shop) == [f"user {n:03}" for n in range(300)]


async def test_a_client_that_hangs_up_takes_nobody_along(shop: Shop) -> None:
    """Its call is in the middle of a commit with others; what was accepted is stored."""
    async with shop.database.transaction() as tx:
        await identity.find_to_move(tx, [shop.user(user) for user in ("ada", "bob", "cyd")])
        tasks = await submit_later(
            shop, *(shop.batch(shop.event(user)) for user in ("ada", "bob", "cyd"))
        )
        await wait_until(lambda: count_waiting(shop.database))
        tasks[1].cancel()
        await asyncio.wait([tasks[1]])

    assert await asyncio.gather(tasks[0], tasks[2]) == [Stored([])] * 2
    assert tasks[1].cancelled()
    assert await users(shop) == ["ada", "bob", "cyd"]


async def test_large_calls_are_committed_side_by_side(shop: Shop) -> None:
    """While one commit waits for the disk, the next one is prepared: on two connections."""
    people = [f"user {number}" for number in range(20)]
    async with shop.database.transaction() as tx:
        await identity.find_to_move(tx, [shop.user(user) for user in people])
        tasks: list[asyncio.Task[Outcome]] = []
        for user in people[:2]:
            tasks += await submit_later(shop, shop.batch(*[shop.event(user)] * 1_000))
            await wait_until(lambda: is_waiting(shop, len(tasks)))  # noqa: B023 - called at once

    assert await asyncio.gather(*tasks) == [Stored([])] * 2
    assert len(await shop.events()) == 2_000


async def is_waiting(shop: Shop, count: int) -> bool:
    """Say whether so many wait for a lock."""
    return await count_waiting(shop.database) == count
