"""What becomes of the records of a call: who they are about, what is kept, what is said."""

from datetime import timedelta

import pytest

from tests.shop import NOON, Shop
from tidings.base.ids import BrandId
from tidings.brands import actions as brands
from tidings.events.model import Stored, Warned
from tidings.profiles.model import Profile
from tidings.schema.model import AttributeType, Mismatch

NUMBER, STRING, DATE = AttributeType.NUMBER, AttributeType.STRING, AttributeType.DATE


def profile_without_time(profile: Profile | None) -> tuple[object, ...]:
    """Return what is known of a person, but for when it changed."""
    assert profile is not None
    return profile.user_id, profile.attributes, profile.mismatched, profile.created_at


async def test_an_event_of_somebody_unknown_makes_them(shop: Shop) -> None:
    """With nothing but their id; the event is theirs."""
    await shop.send(shop.event("ada"))

    profile = await shop.profile("ada")
    assert profile_without_time(profile) == ("ada", {}, {}, NOON)
    assert [kept.ref for kept in await shop.events()] == [profile.ref if profile else None]


async def test_a_call_about_one_person_makes_one_person(shop: Shop) -> None:
    """Also when it has changes and events of theirs, many times over."""
    for _ in range(3):
        await shop.send(
            shop.change("ada", {"city": "Mumbai"}),
            shop.event("ada"),
            shop.event("ada"),
            shop.change("ada", {"age": 30}),
        )

    assert await shop.attributes("ada") == ({"city": "Mumbai", "age": 30}, {})
    assert len({kept.ref for kept in await shop.events()}) == 1
    assert len(await shop.events()) == 6


async def test_nobody_is_younger_than_the_event_that_made_them(shop: Shop) -> None:
    """Clients write whole seconds: "now" is up to a second before the call arrives."""
    received_at = NOON + timedelta(milliseconds=999)

    await shop.committer.submit(shop.batch(shop.event("ada", at=NOON), received_at=received_at))

    (event,) = await shop.events()
    profile = await shop.profile("ada")
    assert profile is not None
    assert (event.occurred_at, event.received_at) == (NOON, received_at)
    assert profile.created_at <= event.occurred_at


async def test_whoever_a_commit_creates_is_as_old_as_its_first_call(shop: Shop) -> None:
    """Calls that wait for each other share a commit; the later must not make people younger."""
    arrivals = [NOON + timedelta(seconds=second) for second in range(5)]
    batches = [
        shop.batch(shop.event("ada", at=arrived_at), received_at=arrived_at)
        for arrived_at in reversed(arrivals)
    ]

    await shop.send_all(*batches)

    profile = await shop.profile("ada")
    assert profile is not None
    assert profile.created_at <= min(kept.occurred_at for kept in await shop.events())


async def test_two_brands_have_two_people_of_the_same_id(shop: Shop, other_shop: Shop) -> None:
    """Two brands never see each other."""
    await shop.send(shop.change("ada", {"city": "Mumbai"}), shop.event("ada"))
    await other_shop.send(other_shop.change("ada", {"city": "Pune"}), other_shop.event("ada"))

    assert await shop.attributes("ada") == ({"city": "Mumbai"}, {})
    assert await other_shop.attributes("ada") == ({"city": "Pune"}, {})
    assert {kept.ref for kept in await shop.events()}.isdisjoint(
        kept.ref for kept in await other_shop.events()
    )


async def test_two_brands_in_one_commit_keep_apart(shop: Shop) -> None:
    """One process serves many; what its commits fold together stays whose it is."""
    neighbour = Shop(shop.database, await another_brand(shop))
    batches = [
        batch
        for number in range(20)
        for batch in (
            shop.batch(
                shop.change(f"user {number}", {"n": number}), shop.event("ada", "Bought", {"a": 1})
            ),
            neighbour.batch(
                neighbour.change(f"user {number}", {"n": f"{number}"}),
                neighbour.event("ada", "Bought", {"a": "1"}),
            ),
        )
    ]

    outcomes = await shop.send_all(*batches)

    assert outcomes == [Stored([])] * 40
    assert shop.measured("tidings_commit_batches_count") < 40
    assert await shop.types() == {(None, "n"): ("Number", 0), ("Bought", "a"): ("Number", 0)}
    assert await neighbour.types() == {(None, "n"): ("String", 0), ("Bought", "a"): ("String", 0)}
    assert [kept.attributes for kept in await shop.events()] == [{"a": 1}] * 20
    assert [kept.attributes for kept in await neighbour.events()] == [{"a": "1"}] * 20
    assert await shop.attributes("user 7") == ({"n": 7}, {})
    assert await neighbour.attributes("user 7") == ({"n": "7"}, {})


async def test_warnings_name_the_record_and_the_attribute(shop: Shop) -> None:
    """The sender finds the value in what he sent; records are counted from 0, each list apart."""
    await shop.send(
        shop.change("ada", {"age": 30}), shop.event("ada", "Bought", {"on": "2022-03-27", "n": 1})
    )

    outcome = await shop.send(
        shop.change("ada", {"age": 31}),
        shop.change("ada", {"age": "old", "city": "Pune"}),
        shop.event("ada", "Bought", {"on": "2022-03-28", "n": 2}),
        shop.event("ada", "Bought", {"on": "soon", "n": True}),
        shop.event("ada", "Bought", {"on": None, "n": []}),
    )

    assert outcome == Stored(
        [
            Warned(1, is_profile=True, mismatch=Mismatch("age", NUMBER, STRING)),
            Warned(1, is_profile=False, mismatch=Mismatch("on", DATE, STRING)),
            Warned(1, is_profile=False, mismatch=Mismatch("n", NUMBER, AttributeType.BOOLEAN)),
            Warned(2, is_profile=False, mismatch=Mismatch("n", NUMBER, AttributeType.ARRAY)),
        ]
    )
    assert await shop.attributes("ada") == ({"age": 31, "city": "Pune"}, {"age": "old"})
    assert [
        (kept.attributes, kept.mismatched)
        for kept in sorted(await shop.events(), key=lambda kept: repr(kept.attributes))
    ] == [
        ({"n": 1, "on": "2022-03-27"}, None),
        ({"n": 2, "on": "2022-03-28"}, None),
        ({"on": None}, {"n": []}),
        ({}, {"n": True, "on": "soon"}),
    ]


async def test_each_call_in_a_commit_gets_its_own_warnings(shop: Shop) -> None:
    """The calls share a transaction, not an answer."""
    await shop.send(shop.event("ada", "Bought", {"n": 0}))
    batches = [
        shop.batch(shop.event("ada", "Bought", {"n": number if number % 3 else str(number)}))
        for number in range(30)
    ]

    outcomes = await shop.send_all(*batches)

    warned = Stored([Warned(0, is_profile=False, mismatch=Mismatch("n", NUMBER, STRING))])
    assert outcomes == [Stored([]) if number % 3 else warned for number in range(30)]
    assert await shop.types() == {("Bought", "n"): ("Number", 10)}


@pytest.mark.parametrize("attributes", [{}, {"a": None}, {"a": []}, {"a": {}}])
async def test_an_event_with_nothing_in_it_is_an_event(
    shop: Shop, attributes: dict[str, object]
) -> None:
    """That it happened is what counts."""
    await shop.send(shop.event("ada", attributes=attributes))

    assert [kept.attributes for kept in await shop.events()] == [attributes]


async def test_a_call_with_nothing_in_it_stores_nothing(shop: Shop) -> None:
    """The doors refuse it; in here it must do no harm."""
    assert await shop.send() == Stored([])
    assert await shop.events() == []


async def another_brand(shop: Shop) -> BrandId:
    """Create another brand in the same database."""
    async with shop.database.transaction() as tx:
        return (await brands.create_brand(tx, name="Neighbour")).brand_id
