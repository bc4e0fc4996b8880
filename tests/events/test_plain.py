"""The short way of small groups keeps what the general way keeps, and knows its limits."""

import asyncio
from dataclasses import asdict
from datetime import timedelta
from typing import cast

import pytest

from tests.events.test_statements import CountingTx
from tests.shop import NOON, KeptEvent, Shop
from tidings.events import actions as events
from tidings.events import ingest
from tidings.events.model import Answer, Batch, OnceKey, Stored
from tidings.events.plain import MAX_PLAIN_RECORDS, store_plain
from tidings.profiles.model import Profile
from tidings.schema.model import AttributeType
from tidings.storage.tx import Connection


async def learn(shop: Shop, *batches: Batch) -> None:
    """Learn the types in these batches, as the committer does before it stores them."""
    for brand_id, sightings in ingest.unknown_shapes(shop.catalog, batches).items():
        async with shop.database.transaction() as tx:
            types = await shop.catalog.learn(tx, brand_id, sightings)
        shop.catalog.remember(brand_id, types)


async def short_way(shop: Shop, *batches: Batch) -> list[Stored] | None:
    """Store by the short way."""
    await learn(shop, *batches)
    async with shop.database.connection() as connection:
        stored = await store_plain(connection, shop.catalog, batches)
    return None if stored is None else list(stored)


async def general_way(shop: Shop, *batches: Batch) -> list[Stored]:
    """Store by the general way."""
    await learn(shop, *batches)
    async with shop.database.transaction() as tx:
        return cast("list[Stored]", await ingest.store_batches(tx, shop.catalog, batches))


def group(shop: Shop) -> list[Batch]:
    """Make three calls about new and known people, with all that an event may hold."""
    rich = shop.event(
        "ada",
        "सदस्यता नवीनीकरण",
        {"price": 12.5, "day": "2026-01-31", "tags": ["a"], "at": {"deep": [1, {"x": None}]}},
        ltv=-3.25,
        context=b'{"page": "/a"}',
    )
    return [
        shop.batch(shop.event("known"), rich, received_at=NOON + timedelta(seconds=1.5)),
        shop.batch(shop.event("ada", at=NOON - timedelta(days=700)), received_at=NOON),
        shop.batch(*[shop.event(f"user {n}", attributes={"n": n}) for n in range(20)]),
    ]


def all_but_place(event: KeptEvent) -> dict[str, object]:
    """Return all of an event but where its person lies."""
    return {**asdict(event), "ref": None}


def without_place(profile: Profile | None) -> tuple[object, ...]:
    """Return all of a person but the id they were given."""
    assert profile is not None
    return (
        profile.user_id,
        profile.attributes,
        profile.mismatched,
        profile.created_at,
        profile.updated_at,
    )


async def test_the_short_way_keeps_what_the_general_way_keeps(shop: Shop, other_shop: Shop) -> None:
    """The same people, events, instants and JSON, and the same answers."""
    for either in (shop, other_shop):
        await either.send(either.event("known"), either.change("known", {"city": "Pune"}))

    assert await short_way(shop, *group(shop)) == [Stored([])] * 3
    assert await general_way(other_shop, *group(other_shop)) == [Stored([])] * 3

    ours, theirs = await shop.events(), await other_shop.events()
    assert len(ours) == 24
    assert [all_but_place(event) for event in ours] == [all_but_place(event) for event in theirs]
    for user in ("ada", "user 7"):
        mine = await shop.profile(user)
        assert without_place(mine) == without_place(await other_shop.profile(user))
        assert mine is not None
        assert mine.ref in {event.ref for event in ours}


async def test_one_statement_stores_a_group(shop: Shop) -> None:
    """Whatever it holds: that is the point of it."""
    await shop.send(shop.event("known", attributes={"n": 1}))
    batch = shop.batch(*[shop.event(f"user {n}", attributes={"n": n}) for n in range(50)])
    async with shop.database.connection() as connection:
        counting = CountingTx(connection)
        await store_plain(cast("Connection", counting), shop.catalog, [batch])

    assert counting.statements == 1
    assert len(await shop.events()) == 51


@pytest.mark.parametrize("what", ["change", "once", "event id", "mismatch", "many"])
async def test_what_is_not_plain_is_left_to_the_general_way(shop: Shop, what: str) -> None:
    """And nothing of it is stored before."""
    await shop.send(shop.event("ada", attributes={"n": 1}))
    plain = shop.event("bob", attributes={"n": 2})
    batch = {
        "change": shop.batch(plain, shop.change("bob", {"a": 1})),
        "once": shop.batch(plain, once=OnceKey("k", b"", lambda _stored: Answer(200, b""))),
        "event id": shop.batch(plain, shop.event("bob", event_id="e1")),
        "mismatch": shop.batch(plain, shop.event("bob", attributes={"n": "two"})),
        "many": shop.batch(*[plain] * (MAX_PLAIN_RECORDS + 1)),
    }[what]

    assert await short_way(shop, batch) is None

    assert await shop.profile("bob") is None
    assert len(await shop.events()) == 1


async def test_types_that_an_operator_changed_are_noticed(shop: Shop) -> None:
    """The process has the old type in memory; nothing may be stored under it."""
    await shop.send(shop.event("ada", attributes={"n": 1}))
    async with shop.database.transaction() as tx:
        await events.change_type(tx, shop.brand_id, "Bought", "n", to=AttributeType.STRING)

    batch = shop.batch(shop.event("bob", attributes={"n": 2}))
    async with shop.database.connection() as connection:
        assert await store_plain(connection, shop.catalog, [batch]) is None
    assert await shop.profile("bob") is None

    await shop.committer.submit(batch)
    assert [event.mismatched for event in await shop.events()] == [{"n": 2}, None]


async def test_people_created_by_many_processes_at_once_are_there_once(shop: Shop) -> None:
    """Each process finds the people of whoever came first."""
    await shop.send(shop.event("known"))
    users = [f"user {n}" for n in range(40)]
    processes = [shop.another_process() for _ in range(6)]

    stored = await asyncio.gather(
        *(
            short_way(process, shop.batch(*[shop.event(user) for user in order]))
            for number, process in enumerate(processes)
            for order in (users[number:] + users[:number],)
        )
    )

    assert stored == [[Stored([])]] * 6
    assert len({event.ref for event in await shop.events()}) == 41
    assert len(await shop.events()) == 1 + 6 * 40
    assert await shop.count_orphans() == 0


async def test_calls_of_two_brands_in_one_group_stay_apart(shop: Shop, other_shop: Shop) -> None:
    """The same user id is another person in the other brand."""
    await shop.send(shop.event("known"))
    await other_shop.send(other_shop.event("known"))
    async with shop.database.transaction() as tx:
        shop.catalog.remember(
            other_shop.brand_id, await shop.catalog.learn(tx, other_shop.brand_id, [])
        )

    assert (
        await short_way(
            shop, shop.batch(shop.event("ada")), other_shop.batch(other_shop.event("ada"))
        )
        == [Stored([])] * 2
    )

    mine, theirs = await shop.profile("ada"), await other_shop.profile("ada")
    assert mine is not None
    assert theirs is not None
    assert mine.ref != theirs.ref
    assert [event.ref for event in await shop.events() if event.ref == mine.ref] == [mine.ref]
    assert len(await other_shop.events()) == 2
