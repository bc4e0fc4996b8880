"""What a segment says of itself when its definition breaks, a part fails, or somebody waits."""

from datetime import UTC, datetime

import pytest

from tests.segments.house import House
from tests.shop import Shop
from tidings.base import limits
from tidings.events import actions as events
from tidings.schema import actions as schema
from tidings.schema.model import AttributeType
from tidings.segments import actions as segments
from tidings.segments.saved import State
from tidings.storage.slots import SLOT_COUNT
from tidings.work import queue

BUYERS = {"event": {"name": "Bought"}}

FAIL = """
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''broken''; END';
CREATE TRIGGER failing BEFORE INSERT OR DELETE ON memberships FOR EACH ROW EXECUTE FUNCTION fail();
"""
MEND = "DROP TRIGGER failing ON memberships; DROP FUNCTION fail"
LAST_ATTEMPT = "UPDATE tasks SET attempts = $1, run_at = now() WHERE attempts > 0"


async def execute(shop: Shop, statement: str, *parameters: object) -> None:
    """Do something to the database that nobody in the house does."""
    async with shop.database.transaction() as tx:
        await tx.execute(statement, *parameters)


async def work_until_dead(house: House) -> None:
    """Do what is due, with no attempt left after the first."""
    await house.work()
    await execute(house.shop, LAST_ATTEMPT, limits.MAX_TASK_ATTEMPTS - 1)
    await house.work()


async def revive_all(shop: Shop) -> None:
    """Retry what failed for good, as an operator does."""
    async with shop.database.transaction() as tx:
        for dead in await queue.list_dead(tx):
            await queue.revive(tx, dead.slot, dead.task_id)


async def test_a_segment_whose_definition_means_nothing_any_more_keeps_its_members(
    shop: Shop,
) -> None:
    """Until it can be read again, or another definition is built; and it says why."""
    house = House(shop)
    await shop.send(shop.change("ada", {"score": 1}), shop.event("bob"))
    rich = await house.publish("Rich", {"attribute": "score", "at_least": 1})
    [ada, bob] = await house.whom("ada", "bob")
    async with shop.database.transaction() as tx:
        await schema.change_lock(tx, shop.brand_id, None, "score", to=AttributeType.STRING)
    await house.sweep()
    broken = await house.segment(rich)
    assert (broken.state, broken.error) == (
        State.ERROR,
        "at_least is no operator of type String, which has contains, ends_with, equals, in, "
        "is_set, matches_none, not_equals, starts_with.",
    )

    async with shop.database.transaction() as tx:
        await segments.update(tx, shop.brand_id, rich, {"event": {"name": "Bought"}})
        await segments.publish(tx, shop.brand_id, rich)
    assert await house.members(rich) == [ada]
    await house.work()

    assert await house.members(rich) == [bob]
    assert await house.state(rich) is State.PUBLISHED


async def test_a_segment_that_can_be_read_again_is_looked_through(shop: Shop) -> None:
    """What happened while it could not was not looked at."""
    house = House(shop)
    await shop.send(shop.change("ada", {"score": 1}))
    rich = await house.publish("Rich", {"attribute": "score", "at_least": 1})
    for to in (AttributeType.STRING, AttributeType.NUMBER):
        async with shop.database.transaction() as tx:
            await schema.change_lock(tx, shop.brand_id, None, "score", to=to)
        await house.sweep()
        await shop.send(shop.change("bob", {"score": 2}))
    await house.sweep()

    assert await house.members(rich) == sorted(await house.whom("ada", "bob"))
    assert await house.state(rich) is State.PUBLISHED


@pytest.mark.parametrize("is_published", [False, True])
async def test_a_part_that_fails_for_good_is_told_until_it_is_retried(
    shop: Shop, *, is_published: bool
) -> None:
    """Otherwise it would be processing for ever, or show members of a day that is over."""
    house = House(shop)
    await shop.send(shop.event("ada"))
    buyers = await house.publish("Buyers", BUYERS) if is_published else None
    await execute(shop, FAIL)
    if buyers is None:
        buyers = await house.begin("Buyers", BUYERS)
    else:
        await shop.send(shop.event("bob"))
        await house.begin_again(buyers)
    await work_until_dead(house)
    await house.sweep()
    failed = await house.segment(buyers)

    await execute(shop, MEND)
    await revive_all(shop)
    await house.work()
    await house.sweep()

    assert (failed.state, failed.error) == (
        State.ERROR,
        "A part of it failed for good: see `tidings task dead`. Retry that, or publish it again.",
    )
    mended = await house.segment(buyers)
    assert (mended.state, mended.error) == (State.PUBLISHED, None)
    people = ["ada", "bob"] if is_published else ["ada"]
    assert await house.members(buyers) == sorted(await house.whom(*people))


async def test_a_segment_is_as_fresh_as_the_first_thing_that_nobody_has_looked_at(
    shop: Shop,
) -> None:
    """Also while looking fails and is put off, and after it was given up."""
    house = House(shop)
    await shop.send(shop.event("zoe"))
    buyers = await house.publish("Buyers", BUYERS)
    before = datetime.now(UTC)
    await shop.send(shop.event("ada"))
    told = datetime.now(UTC)
    shown = [(await house.segment(buyers)).fresh_at]
    await execute(shop, FAIL)
    await house.work()
    shown.append((await house.segment(buyers)).fresh_at)
    await work_until_dead(house)
    shown.append((await house.segment(buyers)).fresh_at)

    assert [one is not None and before < one < told for one in shown] == [True] * 3
    assert len(set(shown)) == 1

    await execute(shop, MEND)
    await revive_all(shop)
    await house.work()
    fresh_at = (await house.segment(buyers)).fresh_at
    assert fresh_at is not None
    assert fresh_at > told


async def test_values_that_change_sides_with_their_type_change_members(shop: Shop) -> None:
    """An operator changes a type; nobody's event would bring these people up again."""
    house = House(shop)
    await shop.send(
        shop.change("ada", {"age": 30}),
        shop.event("ada", "Bought", {"price": 1}),
        shop.event("bob", "Bought", {"price": "dear"}),
        shop.change("bob", {"age": "forty"}),
    )
    aged = await house.publish("Aged", {"attribute": "age", "is_set": True})
    priced = await house.publish(
        "Priced",
        {"event": {"name": "Bought", "where": [{"attribute": "price", "is_set": True}]}},
    )
    [ada, bob] = await house.whom("ada", "bob")
    before = [await house.members(aged), await house.members(priced)]

    for event, attribute in ((None, "age"), ("Bought", "price")):
        async with shop.database.transaction() as tx:
            await events.change_type(tx, shop.brand_id, event, attribute, to=AttributeType.STRING)
        async with shop.database.transaction() as tx:
            slots = range(SLOT_COUNT)
            await events.move_values(tx, shop.brand_id, event, attribute, slots=slots)
    await house.work()

    assert before == [[ada], [ada]]
    assert [await house.members(aged), await house.members(priced)] == [[bob], [bob]]
