"""Active, inactive, discarded: what becomes of an attribute's values from now on."""

import pytest

from tests.shop import Shop
from tidings.base.errors import Code, Refused
from tidings.events.model import Stored
from tidings.schema import actions
from tidings.schema.model import Status


async def change(shop: Shop, event: str | None, attribute: str, to: Status) -> None:
    """Change a status, as an operator's command does."""
    async with shop.database.transaction() as tx:
        await actions.change_status(tx, shop.brand_id, event, attribute, to=to)


async def test_a_discarded_attribute_is_not_kept_from_now_on(shop: Shop) -> None:
    """In no process, for people and for events; what was kept before stays."""
    async with shop.another_process() as other:
        for each in (shop, other):
            await each.send(
                each.change("ada", {"age": 30, "city": "Mumbai"}),
                each.event("ada", "Bought", {"price": 1, "size": 2}),
            )
        await change(shop, None, "age", Status.DISCARDED)
        await change(shop, "Bought", "price", Status.DISCARDED)

        outcomes = [
            await each.send(
                each.change("ada", {"age": 31, "city": "Pune"}),
                each.change("bob", {"age": "forty"}),
                each.event("ada", "Bought", {"price": "much", "size": 3}),
                each.event("ada", "Bought", {"price": 4}),
            )
            for each in (shop, other)
        ]

    assert outcomes == [Stored([]), Stored([])]
    assert await shop.attributes("ada") == ({"age": 30, "city": "Pune"}, {})
    assert await shop.attributes("bob") == ({}, {})
    assert sorted((kept.attributes for kept in await shop.events()), key=repr) == sorted(
        [{"price": 1, "size": 2}] * 2 + [{"size": 3}] * 2 + [{}] * 2, key=repr
    )
    assert [row.mismatches for row in await shop.attribute_rows()] == [0] * 4


async def test_an_inactive_attribute_is_kept(shop: Shop) -> None:
    """It is only not offered to those who build segments."""
    await shop.send(shop.event("ada", "Bought", {"price": 1}))
    await change(shop, "Bought", "price", Status.INACTIVE)

    await shop.send(shop.event("ada", "Bought", {"price": 2}))

    assert [kept.attributes for kept in await shop.events()] == [{"price": 1}, {"price": 2}]


async def test_an_attribute_that_is_active_again_is_kept_again(shop: Shop) -> None:
    """Under the type that it has always had."""
    await shop.send(shop.event("ada", "Bought", {"price": 1}))
    await change(shop, "Bought", "price", Status.DISCARDED)
    await shop.send(shop.event("ada", "Bought", {"price": 2}))
    await change(shop, "Bought", "price", Status.ACTIVE)

    await shop.send(shop.event("ada", "Bought", {"price": 3}))
    await shop.send(shop.event("ada", "Bought", {"price": "4"}))

    assert sorted(
        (repr(kept.attributes), repr(kept.mismatched)) for kept in await shop.events()
    ) == [
        ("{'price': 1}", "None"),
        ("{'price': 3}", "None"),
        ("{}", "None"),
        ("{}", "{'price': '4'}"),
    ]


async def test_a_null_can_remove_a_discarded_attribute(shop: Shop) -> None:
    """A person's wish to have a value removed is not about keeping values."""
    await shop.send(shop.change("ada", {"age": 30}))
    await change(shop, None, "age", Status.DISCARDED)

    await shop.send(shop.change("ada", {}, removed=["age"]))

    assert await shop.attributes("ada") == ({}, {})


async def test_an_unknown_attribute_has_no_status_to_change(shop: Shop) -> None:
    """A misspelt name is told as such."""
    with pytest.raises(Refused) as raised:
        await change(shop, None, "age", Status.DISCARDED)

    assert raised.value.code is Code.NOT_FOUND
