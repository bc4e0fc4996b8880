"""Operations and the types of attributes: learned from what they make, and held against it."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from tests.events.people import failed, told
from tests.schema.test_status import change
from tests.shop import Shop
from tidings.base import limits
from tidings.base.errors import Code, Refused
from tidings.events.model import Stored, Warned
from tidings.schema.model import AttributeType, Mismatch, Status

NUMBER, STRING, ARRAY = AttributeType.NUMBER, AttributeType.STRING, AttributeType.ARRAY
Sent = Mapping[str, Mapping[str, Any]]


def warned(index: int, attribute: str, locked: AttributeType, got: AttributeType) -> Warned:
    """Make the warning of a value that was put aside."""
    return Warned(index, is_profile=True, mismatch=Mismatch(attribute, locked, got))


async def warnings_of(shop: Shop, *sent: Sent, whom: str = "ada") -> list[Warned]:
    """Send operations on one person, none of which fails; return what is warned of."""
    outcome = await shop.send(*(shop.operations(whom, one) for one in sent))
    assert isinstance(outcome, Stored)
    assert [one.failure for one in outcome.operated] == [None] * len(sent)
    return list(outcome.warnings)


@pytest.mark.parametrize(
    ("sent", "types"),
    [
        ({"$set": {"a": 1, "b": "x", "c": True}},
         {"a": "Number", "b": "String", "c": "Boolean"}),
        ({"$set": {"a": "2026-01-31", "b.c": 1, "d": [{"e": 1}]}},
         {"a": "Date", "b": "Object", "d": "Array of Objects"}),
        ({"$inc": {"a": 1}, "$mul": {"b": 2}, "$min": {"c": "x"}, "$max": {"d": 1}},
         {"a": "Number", "b": "Number", "c": "String", "d": "Number"}),
        ({"$push": {"a": 1}, "$addToSet": {"b": {"c": 1}}},
         {"a": "Array", "b": "Array of Objects"}),
        ({"$set": {"email": "ada@x.in", "email_opt_in": 1}},
         {"email": "String", "email_opt_in": "Number"}),
        ({"$set": {"a": None, "b": []}}, {}),
        ({"$push": {"a": {"$each": []}}, "$unset": {"b": ""}, "$pull": {"c": 1}, "$pop": {"d": 1},
          "$rename": {"e": "f"}}, {}),
    ],
)  # fmt: skip
async def test_what_an_operation_makes_first_is_the_type(
    shop: Shop, sent: Sent, types: dict[str, str]
) -> None:
    """As a change would teach it; null, an empty array and nothing teach nothing."""
    assert await warnings_of(shop, sent) == []

    assert await shop.types() == {(None, name): (first, 0) for name, first in types.items()}


async def test_a_new_name_is_learned_from_what_is_renamed(shop: Shop) -> None:
    """The value moves with its type; the old name keeps its own."""
    await warnings_of(shop, {"$set": {"a": 1}}, {"$rename": {"a": "z"}})

    assert await shop.attributes("ada") == ({"z": 1}, {})
    assert await shop.types() == {(None, "a"): ("Number", 0), (None, "z"): ("Number", 0)}


async def test_each_record_may_bring_attributes_of_its_own(shop: Shop) -> None:
    """A first import: as many new names as there are contacts, in one call."""
    records = [
        shop.operations(f"user {n % 25}", {"$set": {f"a{n}": n}, "$push": {f"t{n}": n}})
        for n in range(limits.MAX_CONTACTS_PER_CALL)
    ]

    outcome = await shop.send(*records)

    assert told(outcome) == [True] * 25 + [False] * 25
    assert len(await shop.types()) == 100
    assert await shop.attributes("user 1") == ({"a1": 1, "t1": [1], "a26": 26, "t26": [26]}, {})


async def test_the_first_value_in_a_call_is_the_type_for_all(shop: Shop) -> None:
    """Those after it are held against it, as if each had been a call."""
    outcome = await shop.send(
        shop.operations("ada", {"$set": {"age": 30}}),
        shop.operations("bob", {"$set": {"age": "x"}}),
        shop.operations("ada", {"$set": {"age": "y"}}),
        shop.operations("bob", {"$inc": {"age": 1}}),
    )

    assert isinstance(outcome, Stored)
    assert told(outcome) == [True, True, False, False]
    assert outcome.warnings == [
        warned(1, "age", NUMBER, STRING),
        warned(2, "age", NUMBER, STRING),
    ]
    assert await shop.attributes("ada") == ({"age": 30}, {"age": "y"})
    assert await shop.attributes("bob") == ({"age": 1}, {})
    assert await shop.types() == {(None, "age"): ("Number", 2)}


@pytest.mark.parametrize("whom", ["ada", "new"])
async def test_a_value_of_another_type_goes_aside(shop: Shop, whom: str) -> None:
    """The old value stays, the rest of the record is done, and the sender is told."""
    await warnings_of(shop, {"$set": {"age": 30, "tags": ["a"], "n": 1}})

    got = await warnings_of(
        shop, {"$set": {"tags": "x", "age": "old"}, "$inc": {"n": 1}}, whom=whom
    )

    expected = [warned(0, "age", NUMBER, STRING), warned(0, "tags", ARRAY, STRING)]
    assert sorted(got, key=lambda one: one.mismatch.attribute) == expected
    kept = {"age": 30, "tags": ["a"], "n": 2} if whom == "ada" else {"n": 1}
    assert await shop.attributes(whom) == (kept, {"age": "old", "tags": "x"})
    assert await shop.types() == {
        (None, "age"): ("Number", 1), (None, "tags"): ("Array", 1), (None, "n"): ("Number", 0),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "after", "aside"),
    [
        ({"$set": {"age": 31}}, {"age": 31}, {}),
        ({"$set": {"age": 30}}, {"age": 30}, {}),
        ({"$set": {"age": None}}, {"age": None}, {}),
        ({"$inc": {"age": 1}}, {"age": 31}, {}),
        ({"$unset": {"age": ""}}, {}, {}),
        ({"$rename": {"age": "years"}}, {"years": 30}, {}),
        ({"$set": {"age": True}}, {"age": 30}, {"age": True}),
        ({"$set": {"city": "Pune"}}, {"age": 30, "city": "Pune"}, {"age": "old"}),
        ({"$unset": {"age.x": "", "city": ""}}, {"age": 30}, {"age": "old"}),
    ],
)
async def test_what_is_said_last_counts(
    shop: Shop, sent: Sent, after: dict[str, Any], aside: dict[str, Any]
) -> None:
    """A value that fits, or none, removes the one put aside, as on the other wire."""
    await warnings_of(shop, {"$set": {"age": 30}}, {"$set": {"age": "old"}})

    await warnings_of(shop, sent)

    assert await shop.attributes("ada") == (after, aside)


async def test_what_was_put_aside_can_be_taken_away(shop: Shop) -> None:
    """Also when nothing else is there under that name."""
    await warnings_of(shop, {"$set": {"age": 30}}, whom="somebody")
    await warnings_of(shop, {"$set": {"age": "old"}})

    await warnings_of(shop, {"$unset": {"age": ""}})

    assert await shop.attributes("ada") == ({}, {})


async def test_a_renamed_value_that_does_not_fit_goes_aside(shop: Shop) -> None:
    """It left its old name, and the new one keeps what it had."""
    await warnings_of(shop, {"$set": {"name": "Ada", "age": 30}})

    got = await warnings_of(shop, {"$rename": {"name": "age"}})

    assert got == [warned(0, "age", NUMBER, STRING)]
    assert await shop.attributes("ada") == ({"age": 30}, {"age": "Ada"})


async def test_a_discarded_attribute_is_left_as_it_is(shop: Shop) -> None:
    """Without a warning: nobody wants it. What it had stays, and operations see that."""
    await warnings_of(shop, {"$set": {"n": 1, "m": 1}})
    await change(shop, None, "n", Status.DISCARDED)

    got = [
        await warnings_of(shop, {"$inc": {"n": 1, "m": 1}}, {"$set": {"n": "x"}}),
        await warnings_of(shop, {"$inc": {"n": 1}, "$set": {"m": 1}}, whom="bob"),
    ]

    assert got == [[], []]
    assert await shop.attributes("ada") == ({"n": 1, "m": 2}, {})
    assert await shop.attributes("bob") == ({"m": 1}, {})
    assert {row.mismatches for row in await shop.attribute_rows()} == {0}


async def test_an_address_is_stored_without_blanks_around_it(shop: Shop) -> None:
    """As on the other wire; what is no address fails its contact."""
    outcome = await shop.send(
        shop.operations("ada", {"$set": {"email": " Ada@X.in\N{NO-BREAK SPACE}"}}),
        shop.operations("bob", {"$set": {"email": "bob"}}),
    )

    words = "must be an e-mail address such as ada@example.com"
    assert told(outcome) == [True, failed("email", words)]
    assert await shop.attributes("ada") == ({"email": "Ada@X.in"}, {})


async def test_types_that_others_learn_meanwhile_hold(shop: Shop) -> None:
    """Two processes with two first values of one name: one wins, the other's is put aside."""
    async with shop.another_process() as other:
        for number in range(5):
            name = f"a{number}"
            outcomes = await asyncio.gather(
                *(
                    each.send(each.operations(f"{name} {value}", {"$set": {name: value}}))
                    for each, value in ((shop, 1), (other, "x"))
                )
            )
            assert [told(outcome) for outcome in outcomes] == [[True], [True]]
            sides = [await shop.attributes(f"{name} {value}") for value in (1, "x")]
            assert sides in [
                [({name: 1}, {}), ({}, {name: "x"})],
                [({}, {name: 1}), ({name: "x"}, {})],
            ]


async def test_more_attributes_than_allowed_are_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names made of data: the call says so, and nothing of it is stored."""
    monkeypatch.setattr(limits, "MAX_ATTRIBUTES_PER_OWNER", 3)

    (outcome,) = await shop.send_all(
        shop.batch(*(shop.operations("ada", {"$set": {f"a{n}": 1}}) for n in range(4)))
    )

    assert isinstance(outcome, Refused)
    assert outcome.code is Code.INVALID
    assert "'a3' would be one more" in outcome.message
    assert await shop.profile("ada") is None
