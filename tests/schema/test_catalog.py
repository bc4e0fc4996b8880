"""Names and first types are learned once, agreed on by all, and bounded."""

import asyncio
import random

import pytest

from tests.shop import NOON, Shop
from tests.storage.waiting import count_waiting
from tests.support import wait_until
from tidings.base import limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.events.model import Stored, Warned
from tidings.schema import actions
from tidings.schema.catalog import PROFILE, BrandTypes, Catalog, Sighting
from tidings.schema.check import shape_of
from tidings.schema.model import PROFILE_OWNER, AttributeType, Lock, Mismatch, Status
from tidings.storage.pool import Database

ROUNDS = 60
FIRST_VALUES = ["Mumbai", "2022-03-27", 12, 1.5, True, {"a": 1}, [{"a": 1}], [1]]


def sighting(name: str, **attributes: object) -> Sighting:
    """Make what a record shows of its types."""
    return Sighting(name, shape_of(name, dict(attributes)), dict(attributes))


async def learn(database: Database, brand_id: BrandId, *sightings: Sighting) -> BrandTypes:
    """Learn as another process would, with a memory of its own."""
    async with database.transaction() as tx:
        return await Catalog().learn(tx, brand_id, sightings)


async def test_the_first_value_locks_names_and_types(shop: Shop) -> None:
    """In the order sent: of two values in one call the first one decides."""
    await shop.send(
        shop.change("ada", {"city": "Mumbai", "since": "2022-03-27"}),
        shop.event("ada", "Bought", {"price": 1, "tags": ["a"]}),
        shop.event("ada", "Bought", {"price": "1", "tags": [{}]}),
        shop.event("ada", "Seen", {"price": "1"}),
    )

    assert await shop.types() == {
        (None, "city"): ("String", 0),
        (None, "since"): ("Date", 0),
        ("Bought", "price"): ("Number", 1),
        ("Bought", "tags"): ("Array", 1),
        ("Seen", "price"): ("String", 0),
    }


async def test_null_and_an_empty_array_lock_nothing(shop: Shop) -> None:
    """The first value that says something does, also when it comes behind them in one call."""
    await shop.send(
        shop.event("ada", "Bought", {"note": None, "tags": []}),
        shop.event("ada", "Bought", {"note": None, "tags": []}),
    )
    before = await shop.types()
    await shop.send(
        shop.event("ada", "Bought", {"note": None, "tags": []}),
        shop.event("ada", "Bought", {"note": "hello", "tags": [{"a": 1}]}),
        shop.event("ada", "Bought", {"note": None, "tags": []}),
    )

    assert before == {}
    assert await shop.types() == {
        ("Bought", "note"): ("String", 0),
        ("Bought", "tags"): ("Array of Objects", 0),
    }


async def test_the_vendors_own_attributes_have_their_type_before_their_first_value(
    shop: Shop,
) -> None:
    """A person named "2020-01-01" must not turn every name into a date."""
    await shop.send(
        shop.change("ada", {"name": "2020-01-01", "birth_date": "1990-12-31", "email_opt_in": 1})
    )

    assert await shop.types() == {
        (None, "birth_date"): ("Date", 0),
        (None, "email_opt_in"): ("Number", 0),
        (None, "name"): ("String", 0),
    }


async def test_an_event_may_call_an_attribute_as_the_vendor_does(shop: Shop) -> None:
    """Only people's own attributes are given."""
    await shop.send(shop.event("ada", "Born", {"birth_date": "unknown", "name": 1}))

    assert await shop.types() == {
        ("Born", "birth_date"): ("String", 0),
        ("Born", "name"): ("Number", 0),
    }


async def test_another_brand_has_types_of_its_own(shop: Shop, other_shop: Shop) -> None:
    """Two brands never see each other."""
    await shop.send(shop.event("ada", "Bought", {"price": 1}))
    await other_shop.send(other_shop.event("ada", "Bought", {"price": "1"}))

    assert await shop.types() == {("Bought", "price"): ("Number", 0)}
    assert await other_shop.types() == {("Bought", "price"): ("String", 0)}


async def test_names_of_the_vendors_system_events_are_known_as_such(shop: Shop) -> None:
    """They are spelled exactly so; what differs in case is somebody's own event."""
    await shop.send(shop.event("ada", "Email Opened"), shop.event("ada", "email opened"))

    async with shop.database.connection() as connection:
        rows = await connection.fetch("SELECT name, kind FROM event_names ORDER BY name")
    assert [tuple(row.values()) for row in rows] == [
        ("Email Opened", "system"),
        ("email opened", "custom"),
    ]


async def test_concurrent_first_values_agree_on_one_winner(shop: Shop) -> None:
    """Two processes, many rounds: whoever loses reads the winner's type and keeps to it."""
    for number in range(ROUNDS):
        values = random.Random(number).sample(FIRST_VALUES, 4)  # noqa: S311 - the same every run
        learned = await asyncio.gather(
            *(
                learn(shop.database, shop.brand_id, sighting(f"Event {number}", first=value))
                for value in values
            )
        )

        owner = learned[0].name_ids[f"Event {number}"]
        assert {types.name_ids[f"Event {number}"] for types in learned} == {owner}
        assert len({types.locks[owner]["first"] for types in learned}) == 1


@pytest.mark.parametrize("of_names", [True, False])
async def test_processes_that_learn_the_same_in_other_orders_do_not_wait_in_a_circle(
    shop: Shop,
    of_names: bool,  # noqa: FBT001
) -> None:
    """One holds the first and then wants the last; the other was sent the last before the first."""
    first, last = (
        (sighting("Event A", a=1), sighting("Event Z", a=1))
        if of_names
        else (sighting("Event", a=1), sighting("Event", z=1))
    )
    await learn(shop.database, shop.brand_id, sighting("Event"))

    async with shop.database.transaction() as tx:
        await Catalog().learn(tx, shop.brand_id, [first])
        waiting = asyncio.create_task(learn(shop.database, shop.brand_id, last, first))
        await wait_until(lambda: count_waiting(shop.database))
        await Catalog().learn(tx, shop.brand_id, [last])

    await asyncio.wait_for(waiting, timeout=30)
    assert len(await shop.types()) == 2


async def test_two_processes_that_meet_a_new_attribute_warn_the_one_who_lost(shop: Shop) -> None:
    """Both calls succeed; the values of the loser are aside and his answer says so."""
    async with shop.another_process() as other:
        one, two = await asyncio.gather(
            shop.send(shop.event("ada", "Bought", {"price": 1})),
            other.send(other.event("bob", "Bought", {"price": "1"})),
        )

    (row,) = await shop.attribute_rows()
    lost, got = (two, AttributeType.STRING) if row.type == "Number" else (one, AttributeType.NUMBER)
    assert lost == Stored([Warned(0, is_profile=False, mismatch=Mismatch("price", row.type, got))])
    assert [one, two].count(Stored([])) == 1
    assert row.mismatches == 1


async def test_mismatches_are_counted_over_all_calls(shop: Shop) -> None:
    """The operator sees how often a type was contradicted, and since when it is locked."""
    await shop.send(shop.change("ada", {"age": 30}), shop.event("ada", "Bought", {"price": 1}))
    for _ in range(3):
        await shop.send(
            shop.change("ada", {"age": "thirty"}),
            shop.change("bob", {"age": "forty"}),
            shop.event("ada", "Bought", {"price": "1"}),
        )

    assert await shop.types() == {(None, "age"): ("Number", 6), ("Bought", "price"): ("Number", 3)}
    assert [row.last_mismatch_at is not None for row in await shop.attribute_rows()] == [True, True]


async def test_a_brand_may_have_so_many_event_names(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More are names made of data, and would fill every list the operator looks at."""
    monkeypatch.setattr(limits, "MAX_EVENT_NAMES_PER_BRAND", 3)
    await shop.send(*(shop.event("ada", f"Event {number}") for number in range(3)))

    with pytest.raises(Refused) as raised:
        await shop.send(shop.event("ada", "Event 3"), shop.event("ada", "Event 4"))

    assert (raised.value.code, raised.value.message) == (
        Code.INVALID,
        "The limit of 3 event names is reached; 'Event 3' would be one more. "
        "Names must not be made of data: put what varies into values.",
    )
    await shop.send(shop.event("ada", "Event 0"))


async def test_an_event_may_have_so_many_attributes(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted over all of its records, and for each event apart; so are those of people."""
    monkeypatch.setattr(limits, "MAX_ATTRIBUTES_PER_OWNER", 2)
    await shop.send(shop.event("ada", "Bought", {"a": 1}), shop.event("ada", "Bought", {"b": 1}))
    await shop.send(shop.event("ada", "Seen", {"c": 1, "d": 1}))

    for record in (
        shop.event("ada", "Bought", {"c": 1}),
        shop.change("ada", {"a": 1, "b": 1, "c": 1}),
    ):
        with pytest.raises(Refused) as raised:
            await shop.send(record)

        assert (raised.value.code, raised.value.message) == (
            Code.INVALID,
            "The limit of 2 attributes is reached; 'c' would be one more. "
            "Names must not be made of data: put what varies into values.",
        )


async def test_older_types_never_take_the_place_of_newer_ones() -> None:
    """Who began to read before an operator's change may be done after those who read it."""
    catalog, brand = Catalog(), BrandId(1001)
    old = BrandTypes(version=1, name_ids={PROFILE: PROFILE_OWNER}, locks={})
    new = BrandTypes(
        version=2,
        name_ids={PROFILE: PROFILE_OWNER},
        locks={PROFILE_OWNER: {"age": Lock(AttributeType.STRING, Status.ACTIVE)}},
    )

    catalog.remember(brand, new)
    catalog.remember(brand, old)

    assert catalog.known(brand) is new


async def test_what_is_remembered_of_shapes_is_bounded(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that makes a new shape with every record must not fill the memory."""
    monkeypatch.setattr("tidings.schema.catalog.MAX_REMEMBERED_SHAPES", 10)
    names = [f"a{number}" for number in range(40)]
    await shop.send(shop.event("ada", "Bought", dict.fromkeys(names, 1)))

    for name in names:
        await shop.send(shop.event("ada", "Bought", {name: 1}, at=NOON))

    types = shop.catalog.known(shop.brand_id)
    assert types is not None
    assert len(types.verdicts) <= 10
    assert len(await shop.events()) == 41


async def test_an_unknown_event_or_attribute_is_not_found(shop: Shop) -> None:
    """The operator misspelt it; the answer says of which brand we speak."""
    await shop.send(shop.event("ada", "Bought", {"price": 1}))

    for event, attribute, message in (
        (None, "age", "profiles have no attribute 'age'."),
        ("Sold", "price", "event 'Sold' has no attribute 'price'."),
        ("Bought", "size", "event 'Bought' has no attribute 'size'."),
    ):
        with pytest.raises(Refused) as raised:
            async with shop.database.transaction() as tx:
                await actions.find_lock(tx, shop.brand_id, event, attribute)

        assert (raised.value.code, raised.value.message) == (
            Code.NOT_FOUND,
            f"In brand {shop.brand_id}, {message}",
        )
