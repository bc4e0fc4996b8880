"""An operator changes a locked type, having seen what would become of the values stored."""

import asyncio

import pytest

from tests.shop import Shop
from tests.storage.waiting import count_waiting
from tests.support import wait_until
from tidings.base.errors import Code, Refused
from tidings.events import actions as events
from tidings.events.model import Stored, Warned
from tidings.identity import actions as identity
from tidings.schema.model import AttributeType, Mismatch, TypeChange
from tidings.storage import locks

STRING, NUMBER, DATE = AttributeType.STRING, AttributeType.NUMBER, AttributeType.DATE


async def preview(shop: Shop, event: str | None, attribute: str, to: AttributeType) -> TypeChange:
    """Ask what a change would do."""
    async with shop.database.transaction() as tx:
        return await events.preview_type_change(tx, shop.brand_id, event, attribute, to=to)


async def change(shop: Shop, event: str | None, attribute: str, to: AttributeType) -> None:
    """Change a type, as an operator's command does."""
    async with shop.database.transaction() as tx:
        await events.change_type(tx, shop.brand_id, event, attribute, to=to)


async def sides(shop: Shop) -> list[tuple[object, object]]:
    """Return what the events have of `price`: among the attributes, and aside."""
    return [
        (kept.attributes.get("price"), (kept.mismatched or {}).get("price"))
        for kept in await shop.events()
    ]


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


async def test_a_change_to_the_same_type_is_refused(shop: Shop) -> None:
    """The operator means something else, or has done it already."""
    await shop.send(shop.change("ada", {"age": 30}))

    with pytest.raises(Refused) as raised:
        await change(shop, None, "age", NUMBER)

    assert (raised.value.code, raised.value.message) == (
        Code.CONFLICT,
        "'age' is of type Number already.",
    )


@pytest.mark.parametrize(("event", "attribute"), [(None, "height"), ("Sold", "price")])
async def test_what_is_not_known_can_not_be_changed_or_previewed(
    shop: Shop, event: str | None, attribute: str
) -> None:
    """A misspelt name is told as such, not as a success that changed nothing."""
    await shop.send(shop.event("ada", "Bought", {"price": 1}))

    for attempt in (preview, change):
        with pytest.raises(Refused) as raised:
            await attempt(shop, event, attribute, STRING)
        assert raised.value.code is Code.NOT_FOUND


async def test_a_change_is_effective_in_every_process_at_its_next_commit(shop: Shop) -> None:
    """Processes hold types in memory; none may store by an old one."""
    async with shop.another_process() as other:
        first = [
            await each.send(each.event("ada", "Bought", {"price": 1})) for each in (shop, other)
        ]

        await change(shop, "Bought", "price", STRING)
        then = [
            await each.send(each.event("ada", "Bought", {"price": 1})) for each in (shop, other)
        ]

    warned = Stored([Warned(0, is_profile=False, mismatch=Mismatch("price", STRING, NUMBER))])
    assert (first, then) == ([Stored([]), Stored([])], [warned, warned])
    assert await sides(shop) == [(None, 1)] * 4


async def test_a_change_waits_for_ingest_in_flight_and_moves_what_it_stored(shop: Shop) -> None:
    """Otherwise the last values under the old type would lie on the wrong side for ever."""
    await shop.send(shop.event("ada", "Bought", {"price": 1}))
    async with shop.database.transaction() as tx:
        # Ingest for Ada stops here, in the middle: it holds the types, and waits for her slot.
        await identity.find_to_forget(tx, [shop.user("ada")])
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
        await wait_until(lambda: has_types(shop))
        for _ in range(6):
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


async def has_types(shop: Shop) -> bool:
    """Say whether both attributes have been met."""
    return len(await shop.types()) == 2


async def test_types_are_held_for_no_longer_than_the_transaction(shop: Shop) -> None:
    """An operator who gives up leaves the way free."""
    await shop.send(shop.event("ada", "Bought", {"price": 1}))
    with pytest.raises(Refused):
        await change(shop, "Bought", "price", NUMBER)

    async with shop.database.transaction() as tx:
        alone = locks.hold_alone(tx, [locks.Lock(locks.LockKind.TYPES, shop.brand_id)])
        await asyncio.wait_for(alone, timeout=10)
