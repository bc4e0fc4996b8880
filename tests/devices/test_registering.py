"""Where people get pushes: one place is one person's, and a person has only so many."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest

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
from tidings.base import clock, limits
from tidings.base.errors import Code, Refused
from tidings.devices import actions
from tidings.devices.model import Device, DeviceId, Platform, Token
from tidings.profiles.model import ProfileRef
from tidings.storage.slots import Slot

MONDAY = datetime(2026, 3, 30, 9, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)


@contextmanager
def at(moment: datetime) -> Generator[None]:
    """Let it be a moment."""
    with mock.patch.object(clock, "now", return_value=moment):
        yield


async def find(shop: Shop, device_id: DeviceId) -> Device | None:
    """Return one device."""
    async with shop.database.transaction() as tx:
        return (await actions.find_many(tx, shop.brand_id, [device_id])).get(device_id)


async def test_a_device_that_registers_once_more_is_the_same_and_seen_again(shop: Shop) -> None:
    """A page does so at each visit; its keys may be others by now. Nobody is told of it."""
    ada = await person(shop, "ada")
    with at(MONDAY):
        device_id = await register(shop, ada, browser(p256dh="old"))
    with at(TUESDAY):
        assert await register(shop, ada, browser(p256dh="new")) == device_id

    assert await find(shop, device_id) == Device(
        device_id, ada, Platform.WEB, browser(p256dh="new"), MONDAY, TUESDAY
    )
    assert await told_of(shop) == [("Push Registered", ada, str(device_id))]


async def test_a_place_that_another_person_has_becomes_this_persons(shop: Shop) -> None:
    """Somebody else signs in: what is for the first must not be shown to the second."""
    ada, bob = await person(shop, "ada"), await person(shop, "bob")
    with at(MONDAY):
        device_id = await register(shop, ada)
    with at(TUESDAY):
        assert await register(shop, bob, platform=Platform.IOS) == device_id

    assert await devices_of(shop, ada, bob) == {bob: [(device_id, PHONE)]}
    assert await find(shop, device_id) == Device(
        device_id, bob, Platform.IOS, PHONE, TUESDAY, TUESDAY
    )
    assert sorted(await told_of(shop)) == sorted(
        [
            ("Push Registered", ada, str(device_id)),
            ("Push Registered", bob, str(device_id)),
            ("Push Unregistered", ada, str(device_id)),
        ]
    )


async def test_the_device_seen_longest_ago_gives_way_to_one_too_many(shop: Shop) -> None:
    """Each time a browser's data is cleared it looks like another one."""
    ada, bob = await person(shop, "ada"), await person(shop, "bob")
    others = await register(shop, bob, Token("bob's"))
    many: list[DeviceId] = []
    for number in range(limits.MAX_DEVICES_PER_PERSON):
        with at(MONDAY + timedelta(minutes=number)):
            many.append(await register(shop, ada, Token(f"t{number}")))
    with at(TUESDAY):
        await register(shop, ada, Token("t0"))
        last = await register(shop, ada, browser())

    kept = await devices_of(shop, ada, bob)

    assert kept[bob] == [(others, Token("bob's"))]
    assert sorted(one for one, _ in kept[ada]) == sorted({*many, last} - {many[1]})
    gone = [told for told in await told_of(shop) if told[0] == "Push Unregistered"]
    assert gone == [("Push Unregistered", ada, str(many[1]))]


async def test_a_clock_that_is_behind_does_not_cost_the_new_device(shop: Shop) -> None:
    """The others were seen later, by another machine's clock; this one is there all the same."""
    ada = await person(shop, "ada")
    with at(TUESDAY):
        for number in range(limits.MAX_DEVICES_PER_PERSON):
            await register(shop, ada, Token(f"t{number}"))
    with at(MONDAY):
        new = await register(shop, ada)

    kept = await devices_of(shop, ada)
    assert len(kept[ada]) == limits.MAX_DEVICES_PER_PERSON
    assert kept[ada][-1] == (new, PHONE)


async def test_people_are_asked_for_by_platform_and_those_without_are_left_out(
    shop: Shop,
) -> None:
    """A channel reaches some platforms only; the device seen last comes first."""
    ada, bob, cyd = [await person(shop, one) for one in ("ada", "bob", "cyd")]
    with at(TUESDAY):
        web = await register(shop, ada, browser())
        ios = await register(shop, ada, Token("i"), platform=Platform.IOS)
    with at(MONDAY):
        android = await register(shop, ada, Token("a"))
        bobs = await register(shop, bob, browser("bob"))
    apps = (Platform.ANDROID, Platform.IOS)

    assert await devices_of(shop, cyd, bob, ada, platforms=apps) == {
        ada: [(ios, Token("i")), (android, Token("a"))]
    }
    assert await devices_of(shop, cyd, bob, ada, platforms=[Platform.WEB]) == {
        bob: [(bobs, browser("bob"))],
        ada: [(web, browser())],
    }
    assert await devices_of(shop) == {}


async def test_a_device_is_taken_back_once(shop: Shop) -> None:
    """By its id, or by where it is; the second time there is none, and nobody is told."""
    ada = await person(shop, "ada")
    with at(MONDAY):
        phone = await register(shop, ada)
        web = await register(shop, ada, browser())
        kept = await register(shop, ada, Token("kept"))

    taken = await unregister(shop, phone)
    assert taken == Device(phone, ada, Platform.ANDROID, PHONE, MONDAY, MONDAY)
    assert await unregister(shop, phone) is None
    async with shop.database.transaction() as tx:
        there = await actions.unregister_place(tx, shop.brand_id, browser(p256dh="", auth=""))
        again = await actions.unregister_place(tx, shop.brand_id, browser())
    assert there == Device(web, ada, Platform.WEB, browser(), MONDAY, MONDAY)
    assert again is None
    assert await find(shop, phone) is None

    assert await devices_of(shop, ada) == {ada: [(kept, Token("kept"))]}
    told = [one for one in await told_of(shop) if one[0] == "Push Unregistered"]
    assert sorted(told) == [("Push Unregistered", ada, str(one)) for one in (phone, web)]


async def test_those_that_a_provider_gives_up_are_dropped_and_told_of(shop: Shop) -> None:
    """One that is gone already is not told of again."""
    ada = await person(shop, "ada")
    devices = [await register(shop, ada, Token(f"t{number}")) for number in range(3)]
    await unregister(shop, devices[0])

    async with shop.database.transaction() as tx:
        dropped = await actions.drop(tx, shop.brand_id, [*reversed(devices[:2]), DeviceId(0)])
        assert await actions.drop(tx, shop.brand_id, []) == []

    assert [one.device_id for one in dropped] == [devices[1]]
    assert await devices_of(shop, ada) == {ada: [(devices[2], Token("t2"))]}
    told = [one for one in await told_of(shop) if one[0] == "Push Unregistered"]
    assert sorted(told) == [("Push Unregistered", ada, str(one)) for one in devices[:2]]


async def test_devices_are_the_brands_own(shop: Shop, other_shop: Shop) -> None:
    """The same phone may be a customer of both, and neither sees or ends it at the other."""
    ada, theirs = await person(shop, "ada"), await person(other_shop, "ada")
    mine = await register(shop, ada)
    other = await register(other_shop, theirs)
    assert mine != other

    assert await find(other_shop, mine) is None
    assert await unregister(other_shop, mine) is None
    assert await devices_of(other_shop, ada) == {}
    async with other_shop.database.transaction() as tx:
        assert await actions.drop(tx, other_shop.brand_id, [mine]) == []
        await actions.forget(tx, other_shop.brand_id, [ada])
        assert await actions.unregister_place(tx, other_shop.brand_id, PHONE) is not None
    with pytest.raises(Refused, match="does not have this person"):
        await register(other_shop, ada)

    assert await devices_of(shop, ada) == {ada: [(mine, PHONE)]}


async def test_a_device_of_nobody_is_refused(shop: Shop) -> None:
    """It would lie under a person who is not there."""
    with pytest.raises(Refused) as refused:
        await register(shop, ProfileRef(Slot(1), 1))  # type: ignore[arg-type]
    assert refused.value.code is Code.NOT_FOUND
