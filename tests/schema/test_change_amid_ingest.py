"""A type changes while values come in, in this process and in others."""

import asyncio

from tests.schema.changing import ALL_SLOTS, change, sides
from tests.shop import Shop
from tests.storage.waiting import count_waiting
from tests.support import wait_until
from tidings.events import actions as events
from tidings.events.model import Stored, Warned
from tidings.identity import actions as identity
from tidings.schema.model import AttributeType, Mismatch

STRING, NUMBER = AttributeType.STRING, AttributeType.NUMBER


async def test_a_change_is_effective_in_every_process_at_its_next_commit(shop: Shop) -> None:
    """Processes hold types in memory; none may store by an old one."""
    async with shop.another_process() as other:
        bought = shop.event("ada", "Bought", {"price": 1})
        first = [await each.send(bought) for each in (shop, other)]

        await change(shop, "Bought", "price", STRING)
        then = [await each.send(bought) for each in (shop, other)]

    warned = Stored([Warned(0, is_profile=False, mismatch=Mismatch("price", STRING, NUMBER))])
    assert (first, then) == ([Stored([]), Stored([])], [warned, warned])
    assert await sides(shop) == [(None, 1)] * 4


async def test_a_change_waits_for_ingest_in_flight_and_moves_what_it_stored(shop: Shop) -> None:
    """Otherwise the last values under the old type would lie on the wrong side for ever."""
    await shop.send(shop.event("ada", "Bought", {"price": 1}))
    async with shop.database.transaction() as tx:
        # Ingest for Ada stops here, in the middle: it holds the types, and waits for her slot.
        await identity.find_to_move(tx, [shop.user("ada")])
        sending = asyncio.create_task(shop.send(shop.event("ada", "Bought", {"price": 2})))
        await wait_until(lambda: is_waiting(shop, 1))
        changing = asyncio.create_task(change(shop, "Bought", "price", STRING))
        await wait_until(lambda: is_waiting(shop, 2))

    assert await sending == Stored([])
    await changing
    assert await sides(shop) == [(None, 1), (None, 2)]


async def test_ingest_waits_for_a_change_and_stores_by_the_new_type(shop: Shop) -> None:
    """Also in a process that has held the old types in memory until then."""
    async with shop.another_process() as other:
        await other.send(other.event("ada", "Bought", {"price": 1}))
        async with shop.database.transaction() as tx:
            await events.change_type(tx, shop.brand_id, "Bought", "price", to=STRING)
            await events.move_values(tx, shop.brand_id, "Bought", "price", slots=ALL_SLOTS)
            sending = asyncio.create_task(other.send(other.event("ada", "Bought", {"price": 2})))
            await wait_until(lambda: is_waiting(shop, 1))

        assert await sending == Stored(
            [Warned(0, is_profile=False, mismatch=Mismatch("price", STRING, NUMBER))]
        )
    assert await sides(shop) == [(None, 1), (None, 2)]


async def test_changes_amid_ingest_leave_every_value_on_its_side(shop: Shop) -> None:
    """Two processes send numbers and texts all the time while an operator changes his mind."""

    async def send_many(each: Shop, seed: int) -> None:
        for number in range(25):
            value: object = number if (number + seed) % 2 else str(number)
            await each.send(
                each.event("ada", "Bought", {"price": value}),
                each.change(f"user {number}", {"age": value}),
            )

    async def change_often() -> None:
        for wanted in (2, 8, 14, 20, 26, 32):
            await wait_until(lambda: has_events(shop, wanted))  # noqa: B023 - called at once
            for event, attribute in (("Bought", "price"), (None, "age")):
                (now, _) = (await shop.types())[event, attribute]
                await change(shop, event, attribute, STRING if now == "Number" else NUMBER)

    async with shop.another_process() as other:
        await asyncio.gather(send_many(shop, 0), send_many(other, 1), change_often())

    types = await shop.types()
    fitting = int if types["Bought", "price"][0] == "Number" else str
    assert len(await shop.events()) == 50
    for kept, aside in await sides(shop):
        assert (kept is None) != (aside is None)
        assert kept is None or type(kept) is fitting
        assert aside is None or type(aside) is not fitting
    fitting = int if types[None, "age"][0] == "Number" else str
    for number in range(25):
        attributes, mismatched = await shop.attributes(f"user {number}")
        assert {type(value) for value in attributes.values()} <= {fitting}
        assert fitting not in {type(value) for value in mismatched.values()}


async def is_waiting(shop: Shop, count: int) -> bool:
    """Say whether so many wait for a lock."""
    return await count_waiting(shop.database) == count


async def has_events(shop: Shop, count: int) -> bool:
    """Say whether so many events have been stored."""
    return len(await shop.events()) >= count
