"""Members follow the data: what was built, what happens to people, what time changes."""

from datetime import UTC, datetime

import pytest

from tests.segments.house import House, ago
from tests.shop import Shop
from tidings.base.errors import Refused
from tidings.events.merging import merge_two
from tidings.identity import actions as identity
from tidings.identity.model import Identifier
from tidings.privacy import actions as privacy
from tidings.segments import actions as segments
from tidings.segments.follow import ENTERED, LEFT
from tidings.segments.saved import State

BUYERS = {"event": {"name": "Bought", "in_last": "30 days"}}
IDLE = {"event": {"name": "Bought", "performed": False}}


async def test_a_new_segment_has_whom_its_definition_has(shop: Shop) -> None:
    """Those who met it before it was published, each announced once."""
    house = House(shop)
    await shop.send(shop.event("ada", at=ago(days=1)), shop.event("bob", at=ago(days=31)))
    [ada] = await house.whom("ada")

    buyers = await house.publish("Buyers", BUYERS)

    assert await house.state(buyers) is State.PUBLISHED
    assert await house.members(buyers) == [ada]
    assert house.take_heard() == [(ENTERED, buyers, ada)]


async def test_an_event_makes_a_member_and_announces_it_once(shop: Shop) -> None:
    """Also of somebody who was there before, and however often they do it again."""
    house = House(shop)
    await shop.send(shop.event("ada", at=ago(days=40)), shop.event("cyd", "Viewed"))
    buyers = await house.publish("Buyers", BUYERS)
    assert await house.members(buyers) == []

    await shop.send(shop.event("ada", at=ago(hours=1)), shop.event("bob", at=ago(hours=1)))
    await house.work()
    await shop.send(shop.event("ada", at=ago(hours=0)), shop.event("cyd", "Viewed"))
    await house.work()

    both = sorted(await house.whom("ada", "bob"))
    assert await house.members(buyers) == both
    assert house.take_heard() == [(ENTERED, buyers, ref) for ref in both]


async def test_nothing_is_written_for_what_nobody_watches(shop: Shop) -> None:
    """Ingest pays for what a published segment names, and for no more."""
    house = House(shop)
    await shop.send(shop.event("ada"), shop.event("ada", "Viewed"))
    await house.publish("Buyers", BUYERS)

    await shop.send(shop.event("ada", "Viewed"), shop.change("ada", {"city": "Pune"}))

    async with shop.database.transaction() as tx:
        assert (
            await tx.fetchval("SELECT count(*) FROM tasks WHERE brand_id = $1", shop.brand_id) == 0
        )


async def test_whoever_is_new_may_be_a_member_for_what_they_never_did(shop: Shop) -> None:
    """And leaves by doing it."""
    house = House(shop)
    await shop.send(shop.event("ada"))
    idle = await house.publish("Idle", IDLE)

    await shop.send(shop.event("bob", "Viewed"))
    await house.work()
    [bob] = await house.whom("bob")
    assert await house.members(idle) == [bob]
    await shop.send(shop.event("bob"))
    await house.work()

    assert await house.members(idle) == []
    assert house.take_heard() == [(ENTERED, idle, bob), (LEFT, idle, bob)]


async def test_an_attribute_makes_a_member_and_unmakes_one(shop: Shop) -> None:
    """By a change, by an operation, and by its removal."""
    house = House(shop)
    await shop.send(shop.change("ada", {"city": "Pune"}), shop.change("bob", {"city": "Delhi"}))
    locals_ = await house.publish("Locals", {"attribute": "city", "equals": "Pune"})

    await shop.send(shop.change("ada", {}, removed=["city"]))
    await shop.send(shop.operations("bob", {"$set": {"city": "Pune"}}))
    await house.work()

    ada, bob = await house.whom("ada", "bob")
    assert await house.members(locals_) == [bob]
    assert house.take_heard() == sorted(
        [(ENTERED, locals_, ada), (LEFT, locals_, ada), (ENTERED, locals_, bob)]
    )


async def test_a_window_that_slides_on_is_noticed_without_an_event(shop: Shop) -> None:
    """Whoever bought a moment less than 30 days ago leaves when the moment has passed."""
    house = House(shop)
    await shop.send(shop.event("ada", at=ago(days=30, seconds=-1)))
    buyers = await house.publish("Buyers", BUYERS)
    [ada] = await house.whom("ada")
    assert await house.members(buyers) == [ada]

    while await house.members(buyers):
        await house.sweep()

    assert house.take_heard() == [(ENTERED, buyers, ada), (LEFT, buyers, ada)]


async def test_an_edit_is_built_beside_and_switched_at_once(shop: Shop) -> None:
    """Who is in both definitions neither leaves nor enters."""
    house = House(shop)
    await shop.send(shop.event("ada"), shop.event("bob"), shop.event("bob"), shop.event("cyd"))
    await shop.send(shop.event("cyd", "Viewed"), shop.event("dan", "Viewed"))
    segment_id = await house.publish("Some", {"event": {"name": "Bought"}})
    ada, bob, cyd, dan = await house.whom("ada", "bob", "cyd", "dan")
    assert await house.members(segment_id) == sorted([ada, bob, cyd])
    house.take_heard()

    async with shop.database.transaction() as tx:
        await segments.update(tx, shop.brand_id, segment_id, {"event": {"name": "Viewed"}})
        await segments.publish(tx, shop.brand_id, segment_id)
    assert await house.state(segment_id) is State.UPDATING
    assert await house.members(segment_id) == sorted([ada, bob, cyd])
    await house.work()

    assert await house.members(segment_id) == sorted([cyd, dan])
    assert house.take_heard() == sorted(
        [(LEFT, segment_id, ada), (LEFT, segment_id, bob), (ENTERED, segment_id, dan)]
    )
    async with shop.database.transaction() as tx:
        versions = await tx.fetch("SELECT DISTINCT version FROM memberships")
    assert [row["version"] for row in versions] == [2]


async def test_a_segment_follows_the_one_it_names(shop: Shop) -> None:
    """Its members change with the other's definition; that one cannot go, nor name it back."""
    house = House(shop)
    await shop.send(shop.event("ada"), shop.event("bob", "Viewed"))
    inner = await house.publish("Inner", {"event": {"name": "Bought"}})
    outer = await house.publish("Outer", {"not": {"segment": inner}})
    ada, bob = await house.whom("ada", "bob")
    assert await house.members(outer) == [bob]

    await house.edit(inner, {"event": {"name": "Viewed"}})

    assert await house.members(outer) == [ada]
    async with shop.database.transaction() as tx:
        with pytest.raises(Refused, match=f"Segment {outer} names segment {inner}"):
            await segments.delete(tx, shop.brand_id, inner)
        with pytest.raises(Refused, match=f"{inner} names {outer} names {inner}"):
            await segments.update(tx, shop.brand_id, inner, {"segment": outer})


async def test_the_forgotten_and_the_merged_are_in_no_segment(shop: Shop) -> None:
    """What one of two did counts for the one they become."""
    house = House(shop)
    both: list[Identifier] = [shop.user("ada"), shop.user("bob")]
    await shop.send(
        shop.event("ada"), shop.event("bob"), shop.event("bob"), shop.event("cyd", "Viewed")
    )
    twice = await house.publish("Twice", {"event": {"name": "Bought", "at_least": 2}})
    ada, bob = await house.whom("ada", "bob")
    assert await house.members(twice) == [bob]

    async with shop.database.transaction() as tx:
        await identity.find_to_move(tx, both)
        await merge_two(tx, shop.brand_id, ada, bob, by=None)
    await house.work()
    assert await house.members(twice) == [ada]
    async with shop.database.transaction() as tx:
        await privacy.forget(tx, shop.brand_id, [shop.user("ada")])

    assert await house.members(twice) == []


async def test_a_deleted_segment_leaves_nothing(shop: Shop) -> None:
    """No member, no watch, no version."""
    house = House(shop)
    await shop.send(shop.event("ada"))
    buyers = await house.publish("Buyers", {"event": {"name": "Bought"}})

    async with shop.database.transaction() as tx:
        await segments.delete(tx, shop.brand_id, buyers)
    await house.work()

    async with shop.database.transaction() as tx:
        left = [
            await tx.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - of our own making
            for table in ("memberships", "watches", "segment_versions", "segments", "tasks")
        ]
    assert left == [0, 0, 0, 0, 0]


async def test_people_who_are_made_beside_a_long_commit_are_told(shop: Shop) -> None:
    """They are committed before what they did, and belong to what they never did."""
    house = House(shop)
    await shop.send(shop.event("ada"))
    idle = await house.publish("Idle", IDLE)
    users = [f"user {number}" for number in range(150)]

    await shop.send(*(shop.event(user, "Viewed") for user in users))
    await house.work()

    assert await house.members(idle) == sorted(await house.whom(*users))


async def test_what_hangs_on_the_calendar_is_looked_through_on_a_new_day(shop: Shop) -> None:
    """Nobody did anything; yesterday's look is too old."""
    house = House(shop)
    await shop.send(shop.change("ada", {"renewal": f"{datetime.now(UTC):%Y-%m-%d}"}))
    due = await house.publish("Due", {"attribute": "renewal", "in_last_days": 1})
    [ada] = await house.whom("ada")
    async with shop.database.transaction() as tx:
        await tx.execute("DELETE FROM memberships")
    await house.sweep()
    assert await house.members(due) == []

    async with shop.database.transaction() as tx:
        await tx.execute("UPDATE segment_versions SET swept_day = swept_day - 1")
    await house.sweep()

    assert await house.members(due) == [ada]
