"""Several who register, take back, merge and forget at one moment."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.consent.asking import merge
from tests.devices.registering import (
    PHONE,
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
from tidings.devices import actions
from tidings.devices.model import Platform, Token
from tidings.privacy import actions as privacy
from tidings.profiles.model import ProfileRef


async def together(shop: Shop, whom: ProfileRef, act: Callable[[], Awaitable[object]]) -> None:
    """Do something that waits for somebody who registers the phone, who then commits."""

    async def is_one_waiting() -> bool:
        return await count_waiting(shop.database) == 1

    async with shop.database.transaction() as tx:
        await actions.register(tx, shop.brand_id, whom, Platform.ANDROID, where=PHONE)
        acting = asyncio.ensure_future(act())
        await wait_until(is_one_waiting)
    await acting


async def test_of_two_who_register_a_new_place_the_second_has_it(shop: Shop) -> None:
    """There is one row, and each change of hands is told of."""
    ada, bob = await person(shop, "ada"), await person(shop, "bob")

    await together(shop, ada, lambda: register(shop, bob))

    [(device_id, _)] = (await devices_of(shop, ada, bob))[bob]
    assert await devices_of(shop, ada) == {}
    assert sorted(await told_of(shop)) == sorted(
        [
            ("Push Registered", ada, str(device_id)),
            ("Push Registered", bob, str(device_id)),
            ("Push Unregistered", ada, str(device_id)),
        ]
    )


async def test_one_person_who_registers_a_place_twice_at_once_has_it_once(shop: Shop) -> None:
    """Two tabs of a page."""
    ada = await person(shop, "ada")

    await together(shop, ada, lambda: register(shop, ada))

    [(device_id, _)] = (await devices_of(shop, ada))[ada]
    assert await told_of(shop) == [("Push Registered", ada, str(device_id))]


async def test_a_device_that_changes_hands_is_still_taken_back(shop: Shop) -> None:
    """A provider says that it is gone while it moves to another slot: it is gone."""
    ada, bob = await person(shop, "ada"), await person(shop, "bob")
    assert ada.slot != bob.slot
    device_id = await register(shop, ada)

    await together(shop, bob, lambda: unregister(shop, device_id))

    assert await devices_of(shop, ada, bob) == {}
    assert sorted(await told_of(shop)) == sorted(
        [
            ("Push Registered", ada, str(device_id)),
            ("Push Registered", bob, str(device_id)),
            ("Push Unregistered", ada, str(device_id)),
            ("Push Unregistered", bob, str(device_id)),
        ]
    )


async def test_a_device_that_changes_hands_is_not_forgotten_with_who_had_it(shop: Shop) -> None:
    """Forgetting the first waits, and then finds it with the second."""
    ada, bob = await person(shop, "ada"), await person(shop, "bob")
    device_id = await register(shop, ada)

    async def forget() -> None:
        async with shop.database.transaction() as tx:
            await privacy.forget(tx, shop.brand_id, [shop.user("ada")])

    await together(shop, bob, forget)

    assert await devices_of(shop, bob) == {bob: [(device_id, PHONE)]}


async def test_a_merge_waits_for_who_registers_and_takes_the_device_along(shop: Shop) -> None:
    """It would be nobody's otherwise."""
    ada, visitor = await person(shop, "ada"), await person(shop, shop.anonymous("v"))

    await together(shop, visitor, lambda: merge(shop, shop.user("ada"), shop.anonymous("v")))

    [(device_id, _)] = (await devices_of(shop, ada))[ada]
    assert await told_of(shop) == [("Push Registered", ada, str(device_id))]


async def test_people_who_swap_their_devices_do_not_wait_for_each_other(shop: Shop) -> None:
    """Each registers a device of the other, both having as many as one may have: the one that is
    on its way is not waited for."""
    ada, bob = await person(shop, "ada"), await person(shop, "bob")
    for number in range(limits.MAX_DEVICES_PER_PERSON):
        await register(shop, ada, Token(f"a{number}"))
        await register(shop, bob, Token(f"b{number}"))

    async with shop.database.transaction() as one, shop.database.transaction() as other:
        swaps = ((one, ada, Token("b0")), (other, bob, Token("a0")))
        for tx, _, where in swaps:
            await tx.execute(
                "SELECT FROM devices WHERE place->>'token' = $1 FOR UPDATE", where.token
            )
        for tx, whom, where in swaps:
            registering = actions.register(tx, shop.brand_id, whom, Platform.ANDROID, where=where)
            await asyncio.wait_for(registering, timeout=5)

    kept = await devices_of(shop, ada, bob)
    assert Token("b0") in {where for _, where in kept[ada]}
    assert Token("a0") in {where for _, where in kept[bob]}


async def test_many_at_once_leave_one_row_a_place_and_no_deadlock(shop: Shop) -> None:
    """Everybody registers and takes back the same few devices; what is told adds up."""
    people = [await person(shop, f"user {number}") for number in range(4)]
    places = [Token(f"t{number}") for number in range(3)]

    async def turn(number: int) -> None:
        where = places[number % len(places)]
        device_id = await register(shop, people[number % len(people)], where)
        if number % 5 == 0:
            await unregister(shop, device_id)

    await asyncio.gather(*(turn(number) for number in range(60)))

    async with shop.database.transaction() as tx:
        kept = await tx.fetchval("SELECT count(*) FROM devices")
        await actions.drop(
            tx,
            shop.brand_id,
            [
                device.device_id
                for devices in (
                    await actions.of_people(tx, shop.brand_id, people, platforms=tuple(Platform))
                ).values()
                for device in devices
            ],
        )
    assert kept <= len(places)
    names = [name for name, _, _ in await told_of(shop)]
    assert names.count("Push Registered") == names.count("Push Unregistered") >= kept
