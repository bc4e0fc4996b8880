"""Devices of people who become one with others, or are forgotten."""

import asyncio

import pytest

from tests.consent.asking import merge
from tests.devices.registering import (
    PHONE,
    browser,
    devices_of,
    person,
    register,
    told_of,
    unregister,
)
from tests.shop import Shop
from tests.storage.waiting import count_waiting
from tests.support import wait_until
from tidings.base import limits
from tidings.base.errors import Code, Refused
from tidings.devices import actions
from tidings.devices.model import Platform, Token
from tidings.privacy import actions as privacy


async def forget(shop: Shop, user_id: str = "ada") -> None:
    """Forget a user."""
    async with shop.database.transaction() as tx:
        await privacy.forget(tx, shop.brand_id, [shop.user(user_id)])


@pytest.mark.parametrize("is_registered_first", [True, False])
async def test_who_becomes_one_has_the_devices_of_both(
    shop: Shop, *, is_registered_first: bool
) -> None:
    """Whether the device or the merge comes first: a page may know the visitor longer than we."""
    ada, visitor = await person(shop, "ada"), await person(shop, shop.anonymous("v"))
    mine = await register(shop, ada, browser())
    if is_registered_first:
        theirs = await register(shop, visitor)
        await merge(shop, shop.user("ada"), shop.anonymous("v"))
    else:
        await merge(shop, shop.user("ada"), shop.anonymous("v"))
        theirs = await register(shop, visitor)

    assert await devices_of(shop, ada) == {ada: [(theirs, PHONE), (mine, browser())]}
    async with shop.database.transaction() as tx:
        found = (await actions.find_many(tx, shop.brand_id, [theirs])).get(theirs)
    assert found is not None
    assert found.person == ada
    assert sorted(await told_of(shop)) == [
        ("Push Registered", ada, str(one)) for one in sorted((mine, theirs))
    ]


async def test_devices_outlive_any_number_of_merges(shop: Shop) -> None:
    """Whoever went into somebody who went into another is that one now."""
    first, second = shop.anonymous("v"), shop.anonymous("w")
    visitor = await person(shop, first)
    await person(shop, second)
    ada = await person(shop, "ada")
    device_id = await register(shop, visitor)

    await merge(shop, second, first)
    await merge(shop, shop.user("ada"), second)

    assert await devices_of(shop, ada) == {ada: [(device_id, PHONE)]}
    taken = await unregister(shop, device_id)
    assert taken is not None
    assert taken.person == ada
    assert await devices_of(shop, ada) == {}
    assert sorted(await told_of(shop)) == [
        ("Push Registered", ada, str(device_id)),
        ("Push Unregistered", ada, str(device_id)),
    ]


async def test_a_device_of_who_went_into_somebody_is_not_registered_anew(shop: Shop) -> None:
    """The visitor signs in, and the page registers the browser for the user: nothing changed."""
    ada, visitor = await person(shop, "ada"), await person(shop, shop.anonymous("v"))
    device_id = await register(shop, visitor)
    await merge(shop, shop.user("ada"), shop.anonymous("v"))

    assert await register(shop, ada) == device_id

    assert await devices_of(shop, ada) == {ada: [(device_id, PHONE)]}
    assert await told_of(shop) == [("Push Registered", ada, str(device_id))]


async def test_devices_of_both_count_towards_the_most_that_a_person_may_have(shop: Shop) -> None:
    """From the next registration on; a merge takes nothing away."""
    ada, visitor = await person(shop, "ada"), await person(shop, shop.anonymous("v"))
    for number in range(limits.MAX_DEVICES_PER_PERSON):
        await register(shop, visitor, Token(f"v{number}"))
    await register(shop, ada)
    await merge(shop, shop.user("ada"), shop.anonymous("v"))
    assert len((await devices_of(shop, ada))[ada]) == limits.MAX_DEVICES_PER_PERSON + 1

    last = await register(shop, ada, browser())

    kept = (await devices_of(shop, ada))[ada]
    assert len(kept) == limits.MAX_DEVICES_PER_PERSON
    assert (last, browser()) in kept
    assert {Token("v0"), Token("v1")}.isdisjoint(where for _, where in kept)


async def test_the_forgotten_leave_no_device_nor_those_who_went_into_them(
    shop: Shop, other_shop: Shop
) -> None:
    """Others keep theirs, and a device that went to somebody else before is theirs."""
    for each in (shop, other_shop):
        ada, bob = await person(each, "ada"), await person(each, "bob")
        visitor = await person(each, each.anonymous("v"))
        await register(each, ada, browser())
        await register(each, visitor)
        await register(each, ada, Token("changes hands"))
        await register(each, bob, Token("changes hands"))
        await merge(each, each.user("ada"), each.anonymous("v"))

    await forget(shop)

    async with shop.database.transaction() as tx:
        rows = await tx.fetch("SELECT brand_id FROM devices ORDER BY brand_id")
    assert [row["brand_id"] for row in rows] == [shop.brand_id] + [other_shop.brand_id] * 3
    bob = await person(shop, "bob")
    told = await told_of(shop)
    assert {ref for _, ref, _ in told} == {bob}


async def test_to_forget_waits_for_who_registers_at_this_moment(shop: Shop) -> None:
    """The device would else come to lie under a person who is gone."""
    ada = await person(shop, "ada")

    async def is_one_waiting() -> bool:
        return await count_waiting(shop.database) == 1

    async with shop.database.transaction() as tx:
        await actions.register(tx, shop.brand_id, ada, Platform.WEB, where=browser())
        forgetting = asyncio.create_task(forget(shop))
        await wait_until(is_one_waiting)
    await forgetting

    async with shop.database.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM devices") == 0
    with pytest.raises(Refused, match="does not have this person any more") as refused:
        await register(shop, ada)
    assert refused.value.code is Code.NOT_FOUND
