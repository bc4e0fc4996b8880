"""Records of operations: what each does to its person, and what it leaves alone."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.events.people import failed, refused, told
from tests.shop import NOON, Shop
from tidings.profiles.model import Profile

Attributes = Mapping[str, Any]

# What is sent, what is there, and what is there then.
EACH_OPERATOR: list[tuple[Mapping[str, Attributes], Attributes, Attributes]] = [
    ({"$set": {"a": 1}}, {"a": 2, "b": 1}, {"a": 1, "b": 1}),
    ({"$set": {"a.city": "Pune"}}, {"a": {"zip": "1"}}, {"a": {"zip": "1", "city": "Pune"}}),
    ({"$set": {"a": None}}, {"a": 2}, {"a": None}),
    ({"$unset": {"a": ""}}, {"a": 1, "b": 1}, {"b": 1}),
    ({"$inc": {"n": 2}}, {"n": 1}, {"n": 3}),
    ({"$inc": {"n": 2}}, {}, {"n": 2}),
    ({"$mul": {"n": 1.5}}, {"n": 4}, {"n": 6.0}),
    ({"$min": {"n": 1}}, {"n": 4}, {"n": 1}),
    ({"$max": {"n": 1}}, {"n": 4}, {"n": 4}),
    ({"$push": {"t": "c"}}, {"t": ["a"]}, {"t": ["a", "c"]}),
    ({"$addToSet": {"t": {"$each": ["a", "c"]}}}, {"t": ["a"]}, {"t": ["a", "c"]}),
    ({"$pull": {"t": "a"}}, {"t": ["a", "b", "a"]}, {"t": ["b"]}),
    ({"$pop": {"t": 1}}, {"t": ["a", "b"]}, {"t": ["a"]}),
    ({"$rename": {"a": "z"}}, {"a": 1}, {"z": 1}),
    ({"$set": {"a": 1}, "$inc": {"n": 1}, "$unset": {"c": ""}}, {"c": 1, "n": 1}, {"a": 1, "n": 2}),
    ({}, {"a": 1}, {"a": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "before", "after"), EACH_OPERATOR)
async def test_an_operation_changes_what_is_stored(
    shop: Shop, sent: Mapping[str, Attributes], before: Attributes, after: Attributes
) -> None:
    """Of somebody known; what it does in detail is `profiles.operate`'s."""
    await shop.send(shop.operations("ada", {"$set": before}))

    outcome = await shop.send(shop.operations("ada", sent))

    assert told(outcome) == [False]
    assert await shop.attributes("ada") == (after, {})


async def test_somebody_unknown_is_created(shop: Shop) -> None:
    """As old as the call, in whole seconds, as by an event."""
    record = shop.operations("ada", {"$inc": {"visits": 1}})
    received_at = NOON + timedelta(milliseconds=999)

    outcome = await shop.committer.submit(shop.batch(record, received_at=received_at))

    profile = await shop.profile("ada")
    assert profile is not None
    assert told(outcome) == [True]
    assert profile == Profile(profile.ref, "ada", {"visits": 1}, {}, NOON, profile.updated_at)
    assert profile.updated_at > profile.created_at
    assert await shop.count_orphans() == 0


async def test_an_empty_record_creates_its_person(shop: Shop) -> None:
    """The contact is there, and nothing is known of them."""
    outcome = await shop.send(shop.operations("ada", {}))

    assert told(outcome) == [True]
    assert await shop.attributes("ada") == ({}, {})


async def test_the_time_of_creation_is_the_first_records(shop: Shop) -> None:
    """It may be years ago; who is known already keeps theirs."""
    early = NOON.replace(year=1999)
    later = NOON.replace(year=2010)
    records = [
        shop.operations("ada", {"$set": {"a": 1}}, created_at=early),
        shop.operations("ada", {"$set": {"a": 2}}, created_at=later),
        shop.operations("bob", {"$set": {"a": 1}}),
        shop.operations("bob", {"$set": {"a": 2}}, created_at=early),
    ]

    outcomes = [await shop.send(*records), await shop.send(records[1])]

    profiles = [await shop.profile(user) for user in ("ada", "bob")]
    assert [told(outcome) for outcome in outcomes] == [[True, False, True, False], [False]]
    assert [profile and profile.created_at for profile in profiles] == [early, NOON]


async def test_records_of_one_person_apply_in_their_order(shop: Shop) -> None:
    """Each sees what those before it made, in one call and over the calls of one commit."""
    records = [shop.operations("ada", {"$push": {"seen": n}}) for n in range(20)]
    batches = [shop.batch(*records[at : at + 4]) for at in range(0, 20, 4)]

    outcomes = await shop.send_all(*batches)

    assert [one for outcome in outcomes for one in told(outcome)] == [True, *[False] * 19]
    assert await shop.attributes("ada") == ({"seen": list(range(20))}, {})


async def test_a_record_that_fails_leaves_its_neighbours_alone(shop: Shop) -> None:
    """Nothing of it is stored, all of theirs is; it says where and why."""
    await shop.send(shop.operations("ada", {"$set": {"tags": "x", "n": 1}}))
    before = await shop.profile("ada")

    outcome = await shop.send(
        shop.operations("bob", {"$set": {"n": 1}}),
        shop.operations("ada", {"$inc": {"n": 1}, "$push": {"tags": 1}}),
        shop.operations("cyd", {"$set": {"n": 1}}),
    )

    assert told(outcome) == [True, failed("tags", "is a text, not an array"), True]
    assert await shop.profile("ada") == before
    assert [await shop.attributes(user) for user in ("bob", "cyd")] == [({"n": 1}, {})] * 2


async def test_nobody_is_created_for_a_record_that_fails(shop: Shop) -> None:
    """And no type is learned from it."""
    outcome = await shop.send(
        shop.operations("ada", {"$set": {"new": 1, "language": "English"}}),
        shop.operations("bob", {"$set": {"latitude": 1}}),
    )

    assert told(outcome) == [
        failed("language", "must be two lower-case letters, such as fr"),
        failed("longitude", "is missing: latitude and longitude come together, or neither"),
    ]
    assert [await shop.profile(user) for user in ("ada", "bob")] == [None, None]
    assert await shop.types() == {}


async def test_a_record_that_fails_does_not_fail_others_of_its_person(shop: Shop) -> None:
    """The first that does not fail creates them."""
    outcome = await shop.send(
        shop.operations(
            "ada", {"$set": {"language": "English"}}, created_at=NOON.replace(year=1999)
        ),
        shop.operations("ada", {"$set": {"tags": "x"}}, created_at=NOON.replace(year=2010)),
        shop.operations("ada", {"$push": {"tags": "x"}}),
        shop.operations("ada", {"$set": {"plan": "gold"}}),
    )

    profile = await shop.profile("ada")
    assert profile is not None
    assert told(outcome) == [
        failed("language", "must be two lower-case letters, such as fr"),
        True,
        failed("tags", "is a text, not an array"),
        False,
    ]
    assert (profile.attributes, profile.created_at.year) == ({"tags": "x", "plan": "gold"}, 2010)


async def test_somebody_with_events_is_there_though_their_operations_fail(shop: Shop) -> None:
    """Each record stands for itself; the failed one says nothing of them."""
    outcome = await shop.send(
        shop.operations("ada", {"$set": {"language": "English"}}), shop.event("ada")
    )

    assert told(outcome) == [failed("language", "must be two lower-case letters, such as fr")]
    assert await shop.attributes("ada") == ({}, {})
    assert len(await shop.events()) == 1
    assert await shop.count_orphans() == 0


async def test_operations_follow_the_changes_of_a_commit(shop: Shop) -> None:
    """Changes come first, and operations see them, of new people and of known ones."""
    await shop.send(shop.change("bob", {"n": 1, "gone": 1}))

    outcomes = await shop.send_all(
        shop.batch(
            shop.operations("ada", {"$inc": {"n": 1}}), shop.operations("bob", {"$inc": {"n": 1}})
        ),
        shop.batch(
            shop.change("ada", {"n": 10}),
            shop.change("bob", {"n": 10, "city": "Pune"}, removed=["gone"]),
            shop.change("cyd", {"n": 10}),
        ),
    )

    assert outcomes[1] == refused()
    assert told(outcomes[0])[1] is False
    assert await shop.attributes("ada") == ({"n": 11}, {})
    assert await shop.attributes("bob") == ({"n": 11, "city": "Pune"}, {})
    assert await shop.attributes("cyd") == ({"n": 10}, {})


async def test_operations_that_do_not_fit_a_change_of_the_commit_fail_alone(shop: Shop) -> None:
    """Also for somebody whom the change creates."""
    outcomes = await shop.send_all(
        shop.batch(shop.change("ada", {"tags": "x"})),
        shop.batch(
            shop.operations("ada", {"$push": {"tags": 1}}),
            shop.operations("bob", {"$set": {"n": 1}}),
        ),
    )

    assert told(outcomes[1]) == [failed("tags", "is a text, not an array"), True]
    assert await shop.attributes("ada") == ({"tags": "x"}, {})


async def test_two_brands_in_one_commit_keep_apart(shop: Shop, other_shop: Shop) -> None:
    """The same ids, and types of their own."""
    batches = [
        each.batch(each.operations("ada", {"$push": {"seen": value}}))
        for _ in range(5)
        for each, value in ((shop, 1), (other_shop, "x"))
    ]

    outcomes = await shop.send_all(*batches)

    assert [told(outcome) for outcome in outcomes] == [[True]] * 2 + [[False]] * 8
    assert await shop.attributes("ada") == ({"seen": [1] * 5}, {})
    assert await other_shop.attributes("ada") == ({"seen": ["x"] * 5}, {})
