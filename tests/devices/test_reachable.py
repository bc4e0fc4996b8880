"""Segments of those who can be reached by pushes: they follow the devices."""

from tests.consent.asking import merge
from tests.devices.registering import browser, person, register, unregister, work
from tests.segments.house import House
from tests.shop import Shop
from tidings.privacy import actions as privacy

REACHABLE = {"reachable": "push"}


async def test_a_segment_has_who_has_a_device_and_follows_them(
    shop: Shop, other_shop: Shop
) -> None:
    """Those from before, those who register, those to whom a device goes; nobody of another
    brand."""
    house = House(shop)
    ada, bob = await person(shop, "ada"), await person(shop, "bob")
    await register(other_shop, await person(other_shop, "cyd"), browser("theirs"))
    first = await register(shop, ada, browser())
    await work(shop)
    reachable = await house.publish("Reachable", REACHABLE)
    others = await house.publish("Others", {"not": REACHABLE})
    assert (await house.members(reachable), await house.members(others)) == ([ada], [bob])

    await register(shop, bob, browser())
    await work(shop)
    assert (await house.members(reachable), await house.members(others)) == ([bob], [ada])

    second = await register(shop, bob)
    await unregister(shop, first)
    await work(shop)
    assert (await house.members(reachable), await house.members(others)) == ([bob], [ada])

    await unregister(shop, second)
    await work(shop)
    assert await house.members(reachable) == []
    assert await house.members(others) == sorted([ada, bob])


async def test_who_is_merged_brings_their_devices_along(shop: Shop) -> None:
    """The visitor is not there any more, and no member; also of a segment built after that, and
    with everything that can stand beside it."""
    house = House(shop)
    ada, visitor = await person(shop, "ada"), await person(shop, shop.anonymous("v"))
    await shop.send(shop.event("ada"))
    await register(shop, visitor)
    await work(shop)
    before = await house.publish("Before", REACHABLE)
    assert await house.members(before) == [visitor]

    await merge(shop, shop.user("ada"), shop.anonymous("v"))
    await work(shop)

    assert await house.members(before) == [ada]
    bought = {"event": {"name": "Bought"}}
    for number, definition in enumerate(
        [
            REACHABLE,
            {"all": [bought, REACHABLE]},
            {"all": [REACHABLE, bought]},
            {"all": [REACHABLE, {"attribute": "first_name", "is_set": True}]},
            {"any": [REACHABLE, {"attribute": "first_name", "equals": "nobody"}]},
            {"not": {"not": REACHABLE}},
            {"segment": before},
        ]
    ):
        after = await house.publish(f"After {number}", definition)
        assert await house.members(after) == [ada], definition


async def test_the_forgotten_are_not_reachable(shop: Shop) -> None:
    """And whoever comes with their id later is somebody else."""
    house = House(shop)
    await register(shop, await person(shop, "ada"))
    await work(shop)
    reachable = await house.publish("Reachable", REACHABLE)

    async with shop.database.transaction() as tx:
        await privacy.forget(tx, shop.brand_id, [shop.user("ada")])
    await person(shop, "ada")
    await work(shop)

    assert await house.members(reachable) == []
