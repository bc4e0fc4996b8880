"""An operator changes a locked type, having seen what would become of the values stored."""

import pytest

from tests.schema.changing import change, lock_to, move, preview, sides
from tests.shop import Shop
from tidings.base.errors import Code, Refused
from tidings.schema.model import AttributeType, TypeChange

STRING, NUMBER, DATE = AttributeType.STRING, AttributeType.NUMBER, AttributeType.DATE


async def test_values_of_people_change_sides_and_come_back(shop: Shop) -> None:
    """Values are never converted, so that a change can be taken back without loss."""
    await shop.send(shop.change("ada", {"age": 30, "city": "Mumbai"}))
    await shop.send(shop.change("bob", {"age": "forty"}), shop.change("cyd", {"city": "Pune"}))
    before = {user: await shop.attributes(user) for user in ("ada", "bob", "cyd")}

    assert await preview(shop, None, "age", STRING) == TypeChange(
        stored=2, becoming_mismatches=1, becoming_valid=1
    )
    await change(shop, None, "age", STRING)
    assert {user: await shop.attributes(user) for user in ("ada", "bob", "cyd")} == {
        "ada": ({"city": "Mumbai"}, {"age": 30}),
        "bob": ({"age": "forty"}, {}),
        "cyd": ({"city": "Pune"}, {}),
    }

    assert await preview(shop, None, "age", NUMBER) == TypeChange(
        stored=2, becoming_mismatches=1, becoming_valid=1
    )
    await change(shop, None, "age", NUMBER)
    assert {user: await shop.attributes(user) for user in ("ada", "bob", "cyd")} == before


async def test_values_of_events_change_sides_and_come_back(shop: Shop) -> None:
    """Known bug 23: the first value fixed a wrong type for ever."""
    await shop.send(
        shop.event("ada", "Bought", {"price": 1, "n": 1}),
        shop.event("ada", "Bought", {"price": "2022-03-27", "n": 2}),
        shop.event("ada", "Bought", {"price": "much", "n": 3}),
        shop.event("ada", "Bought", {"price": None, "n": 4}),
        shop.event("ada", "Bought", {"n": 5}),
        shop.event("ada", "Sold", {"price": 1}),
    )
    before = await shop.events()
    asked = {kind: await preview(shop, "Bought", "price", kind) for kind in (STRING, DATE, NUMBER)}

    assert asked == {
        STRING: TypeChange(stored=4, becoming_mismatches=1, becoming_valid=2),
        DATE: TypeChange(stored=4, becoming_mismatches=1, becoming_valid=1),
        NUMBER: TypeChange(stored=4, becoming_mismatches=0, becoming_valid=0),
    }
    await change(shop, "Bought", "price", DATE)
    assert sorted(await sides(shop), key=repr) == sorted(
        [(None, 1), ("2022-03-27", None), (None, "much"), (None, None), (None, None), (1, None)],
        key=repr,
    )

    await change(shop, "Bought", "price", NUMBER)
    assert await shop.events() == before


async def test_of_two_values_of_a_person_the_later_one_wins(shop: Shop) -> None:
    """The one put aside came after the one kept, and now it is as good."""
    await shop.send(shop.change("ada", {"age": 30}))
    await shop.send(shop.change("ada", {"age": "thirty-one"}))
    between = await shop.attributes("ada")

    await change(shop, None, "age", STRING)

    assert between == ({"age": 30}, {"age": "thirty-one"})
    assert await shop.attributes("ada") == ({"age": "thirty-one"}, {})


async def test_a_preview_changes_nothing(shop: Shop) -> None:
    """The operator has not said yes yet."""
    await shop.send(shop.change("ada", {"age": 30}), shop.change("bob", {"age": "forty"}))
    before = await shop.types(), await shop.attributes("ada"), await shop.attributes("bob")

    for kind in AttributeType:
        await preview(shop, None, "age", kind)

    assert (
        await shop.types(),
        await shop.attributes("ada"),
        await shop.attributes("bob"),
    ) == before


async def test_a_change_keeps_to_its_brand(shop: Shop, other_shop: Shop) -> None:
    """The same attribute of another brand keeps its type and its values."""
    for each in (shop, other_shop):
        await each.send(each.change("ada", {"age": 30}), each.event("ada", "Bought", {"price": 1}))
    before = await other_shop.types(), await other_shop.attributes("ada"), await other_shop.events()

    await change(shop, None, "age", STRING)
    await change(shop, "Bought", "price", STRING)

    after = await other_shop.types(), await other_shop.attributes("ada"), await other_shop.events()
    assert after == before


@pytest.mark.parametrize("attribute", ["name", "birth_date", "email_opt_in"])
async def test_the_vendors_own_types_cannot_be_changed(shop: Shop, attribute: str) -> None:
    """The wire checks what they hold; another type would refuse every value or none."""
    await shop.send(
        shop.change("ada", {"name": "Ada", "birth_date": "1990-12-31", "email_opt_in": 1})
    )

    with pytest.raises(Refused) as raised:
        await change(shop, None, attribute, AttributeType.OBJECT)

    assert (raised.value.code, raised.value.message) == (
        Code.CONFLICT,
        f"The type of {attribute!r} is given and cannot be changed.",
    )


async def test_a_change_that_was_broken_off_is_finished_by_doing_it_again(shop: Shop) -> None:
    """The values are moved a few slots at a time; the type is changed at once, or not at all."""
    people = [f"user {number}" for number in range(40)]
    await shop.send(*(shop.change(user, {"age": 30}) for user in people))
    await lock_to(shop, None, "age", STRING)
    await move(shop, None, "age", range(100))
    half_way = [await shop.attributes(user) for user in people]

    await change(shop, None, "age", STRING)
    await change(shop, None, "age", STRING)

    assert half_way == [
        ({}, {"age": 30}) if shop.user(user).slot < 100 else ({"age": 30}, {}) for user in people
    ]
    assert [await shop.attributes(user) for user in people] == [({}, {"age": 30})] * 40


async def test_values_that_come_between_the_two_steps_lie_right_after_the_second(
    shop: Shop,
) -> None:
    """Ingest goes on while the values move, and stores by the new type."""
    people = ["ada", "bob", "cyd", "dan"]
    await shop.send(*(shop.change(user, {"age": 30}) for user in people))
    await shop.send(*(shop.change(user, {"age": "forty"}) for user in ("cyd", "dan")))
    await lock_to(shop, None, "age", STRING)

    await shop.send(shop.change("ada", {"age": "31"}), shop.change("bob", {"age": 31}))
    await shop.send(shop.change("cyd", {"age": "31"}), shop.change("dan", {"age": 31}))
    await move(shop, None, "age")

    assert {user: await shop.attributes(user) for user in people} == {
        "ada": ({"age": "31"}, {}),
        "bob": ({}, {"age": 31}),
        "cyd": ({"age": "31"}, {}),
        "dan": ({}, {"age": 31}),
    }


@pytest.mark.parametrize(("event", "attribute"), [(None, "height"), ("Sold", "price")])
async def test_what_is_not_known_can_not_be_changed_or_previewed(
    shop: Shop, event: str | None, attribute: str
) -> None:
    """A misspelt name is told as such, not as a success that changed nothing."""
    await shop.send(shop.event("ada", "Bought", {"price": 1}))

    for attempt in (preview, lock_to):
        with pytest.raises(Refused) as raised:
            await attempt(shop, event, attribute, STRING)
        assert raised.value.code is Code.NOT_FOUND
    with pytest.raises(Refused) as raised:
        await move(shop, event, attribute)
    assert raised.value.code is Code.NOT_FOUND
