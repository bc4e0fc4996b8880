"""Whoever is known by events only is made beside a long commit, so that nobody waits for it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from tests.events.test_plain import learn
from tests.shop import Shop
from tidings.events import ingest
from tidings.events.model import Batch, Outcome
from tidings.storage.pool import Database
from tidings.storage.tx import OpenTransaction, Tx


async def store_beside(database: Database, shop: Shop, *batches: Batch) -> object:
    """Store as a lane stores a long group: with a connection to make people aside."""
    async with database.transaction() as tx:
        return await ingest.store_batches(tx, shop.catalog, batches, aside=database.transaction)


async def test_a_commit_that_meets_the_same_new_people_does_not_wait(
    database_url: str, shop: Shop
) -> None:
    """Half of all time of two busy lanes went into waiting for each other's new people."""
    first = shop.batch(*[shop.event(f"user {n}") for n in range(5)])
    second = shop.batch(*[shop.event(f"user {n}") for n in range(3, 9)])
    await learn(shop, first, second)

    async with Database(database_url, size=4) as database, database.transaction() as tx:
        await ingest.store_batches(tx, shop.catalog, [first], aside=database.transaction)
        beside = store_beside(database, shop, second)
        await asyncio.wait_for(beside, timeout=10)

    kept = await shop.events()
    assert len(kept) == 11
    assert len({event.ref for event in kept}) == 9
    assert await shop.count_orphans() == 0


async def test_somebody_with_a_profile_change_is_made_in_the_commit_itself(shop: Shop) -> None:
    """What is said of a person is stored whole or not at all."""
    batch = shop.batch(shop.change("ada", {"city": "Mumbai"}), shop.event("ada"), shop.event("bob"))
    await learn(shop, batch)
    made: list[str] = []

    async def fail() -> None:
        async with shop.database.transaction() as tx:
            opened = noting(shop.database.transaction, made)
            await ingest.store_batches(tx, shop.catalog, [batch], aside=opened)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert made == ["opened"]
    assert await shop.profile("ada") is None
    assert await shop.events() == []
    # The price: somebody of whom nothing is known but that something was tried (decision 12).
    bob = await shop.profile("bob")
    assert bob is not None
    assert (bob.user_id, bob.attributes) == ("bob", {})


async def test_without_anybody_new_nothing_is_opened_aside(shop: Shop) -> None:
    """It would be two more crossings for nothing."""
    await shop.send(shop.event("ada"))
    batch = shop.batch(shop.event("ada"))
    made: list[str] = []

    async with shop.database.transaction() as tx:
        opened = noting(shop.database.transaction, made)
        outcomes: list[Outcome | object] = [
            *await ingest.store_batches(tx, shop.catalog, [batch], aside=opened)
        ]

    assert (len(outcomes), made) == (1, [])


async def test_a_long_group_of_the_committer_makes_people_aside(shop: Shop) -> None:
    """Two lanes of new people in all orders: everybody is made once, and every event is kept."""
    people = [f"user {n}" for n in range(400)]
    batches = [shop.batch(*[shop.event(one) for one in people[at : at + 200]]) for at in (0, 100)]
    backwards = shop.batch(*[shop.event(one) for one in reversed(people)])

    await shop.send_all(*batches, backwards)

    kept = await shop.events()
    assert len(kept) == 800
    assert len({event.ref for event in kept}) == 400
    assert await shop.count_orphans() == 0


def noting(open_transaction: OpenTransaction, made: list[str]) -> OpenTransaction:
    """Note when a transaction is opened."""

    @asynccontextmanager
    async def opened() -> AsyncGenerator[Tx]:
        made.append("opened")
        async with open_transaction() as tx:
            yield tx

    return opened
