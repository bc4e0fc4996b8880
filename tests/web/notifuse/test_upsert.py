"""`contacts.upsert`: which contacts are stored, and what is told of each."""

from functools import partial
from typing import Any

import httpx
import pytest

from tests.web.notifuse.calls import (
    Json,
    count_profiles,
    error,
    info,
    profile,
    set_to,
    upsert,
    upserted,
)
from tests.web.server import Caller, at_once

ALONE = "is missing: latitude and longitude come together, or neither"


def test_a_contact_is_inserted_and_then_updated(caller: Caller) -> None:
    """The id is the key; what is not named stays as it is."""
    assert upsert(caller, set_to("123", plan="gold", city="Paris")) == upserted(inserted=["123"])
    assert upsert(caller, set_to("123", plan="iron")) == upserted(updated=["123"])

    assert profile(caller, "123") == {"plan": "iron", "city": "Paris"}


@pytest.mark.parametrize("record", [{}, {"profile": {}}, {"profile": []}, {"profile": None}])
def test_a_contact_without_operations_is_created_all_the_same(caller: Caller, record: Json) -> None:
    """An empty object from PHP is an empty array."""
    assert upsert(caller, {"id": "1"} | record) == upserted(inserted=["1"])
    assert upsert(caller, {"id": "1"} | record) == upserted(updated=["1"])

    assert profile(caller, "1") == {}


def test_empty_operators_of_the_php_client_do_nothing(caller: Caller) -> None:
    """It cannot write an empty object below an operator either."""
    answer = upsert(caller, {"id": "1", "profile": {"$set": [], "$inc": {"visits": 1}}})

    assert answer == upserted(inserted=["1"])
    assert profile(caller, "1") == {"visits": 1}


def test_ids_are_told_in_the_order_of_the_call(caller: Caller) -> None:
    """50 at most, and each in the one list that is its own."""
    upsert(caller, *({"id": str(number)} for number in range(0, 50, 2)))

    answer = upsert(caller, *({"id": str(number)} for number in reversed(range(50))))

    assert answer == upserted(
        inserted=[str(number) for number in reversed(range(50)) if number % 2],
        updated=[str(number) for number in reversed(range(50)) if not number % 2],
    )
    assert count_profiles(caller) == 50


def test_records_of_one_contact_apply_in_their_order_and_are_told_once(caller: Caller) -> None:
    """Created by the first and changed by the second: it is new to the caller."""
    answer = upsert(
        caller,
        set_to("1", visits=1),
        {"id": "2"},
        {"id": "1", "profile": {"$inc": {"visits": 2}, "$push": {"tags": "a"}}},
        {"id": "1", "profile": {"$mul": {"visits": 10}, "$push": {"tags": "b"}}},
    )

    assert answer == upserted(inserted=["1", "2"])
    assert profile(caller, "1") == {"visits": 30, "tags": ["a", "b"]}


def test_every_operator_changes_what_is_stored(caller: Caller) -> None:
    """With MongoDB's semantics; what each does is tried in the tests of the operations."""
    upsert(
        caller,
        set_to("1", a=1, b=2, c=3, d=4, e=5, tags=["x", "y", "x"], ids=[1], old="o", n={"m": 1}),
    )
    operations: Json = {
        "$set": {"n.k": True},
        "$unset": {"a": ""},
        "$inc": {"b": 0.5},
        "$mul": {"c": 2},
        "$min": {"d": 0},
        "$max": {"e": 9},
        "$pull": {"tags": "x"},
        "$push": {"new": {"$each": [1, 2]}},
        "$addToSet": {"ids": {"$each": [1, 2]}},
        "$rename": {"old": "recent"},
    }

    assert upsert(caller, {"id": "1", "profile": operations}) == upserted(updated=["1"])
    assert upsert(caller, {"id": "1", "profile": {"$pop": {"new": 1}}}) == upserted(updated=["1"])

    assert profile(caller, "1") == {
        "b": 2.5,
        "c": 6,
        "d": 0,
        "e": 9,
        "tags": ["y"],
        "ids": [1, 2],
        "recent": "o",
        "n": {"m": 1, "k": True},
        "new": [1],
    }


@pytest.mark.parametrize(
    ("operations", "path", "message"),
    [
        ({"$inc": {"name": 1}}, "name", "is a text, not a number"),
        ({"$push": {"firstName": "x"}}, "firstName", "is a text, not an array"),
        ({"$set": {"name.first": "Ada"}}, "name.first", None),
        ({"$set": {"id": "2"}}, "id", None),
        ({"$set": {"a": 1}, "$inc": {"a": 1}}, "a", None),
        (
            {"$set": {"mobileNumber": "1"}},
            "mobileNumber",
            "must be in E.164 format, such as +551155256325",
        ),
        ({"$set": {"timeZone": "Paris"}}, "timeZone", None),
        ({"$set": {"latitude": 1}}, "longitude", ALONE),
        ({"$push": {"avatar": "https://x"}}, "avatar", None),
    ],
)
def test_what_cannot_be_applied_fails_its_contact_and_leaves_it_as_it_was(
    caller: Caller, operations: Json, path: str, message: str | None
) -> None:
    """All operations of a record or none of them; its neighbours apply."""
    upsert(caller, set_to("b", name="Ada", firstName="Ada"))
    failing: Json = {"id": "b", "profile": {"$max": {"visits": 1}} | operations}

    answer = upsert(caller, {"id": "a"}, failing, {"id": "c"})

    said = message or answer.body["errors"][0]["message"]
    assert answer == upserted(inserted=["a", "c"], failed=["b"], errors=[error("b", path, said)])
    assert profile(caller, "b") == {"name": "Ada", "firstName": "Ada"}


def test_a_contact_that_fails_is_not_created(caller: Caller) -> None:
    """Nothing of it is stored, not even that it is there."""
    answer = upsert(caller, set_to("1", country="France"), {"id": "2", "profile": {"plan": 1}})

    country = error("1", "country", "must be two capital letters, such as FR")
    [_, plan] = answer.body["errors"]
    assert answer == upserted(failed=["1", "2"], errors=[country, plan])
    assert count_profiles(caller) == 0


def test_a_call_of_failures_alone_is_answered_like_any_other(caller: Caller) -> None:
    """Although there is nothing to store."""
    answer = upsert(caller, {"id": "1", "createdAt": "soon"}, {"id": "1", "createdAt": 7})

    words = "must be a time such as 2016-02-04T22:44:30.652Z"
    errors = [error("1", "createdAt", words)] * 2
    assert answer == upserted(failed=["1"], errors=errors)


def test_an_id_of_which_one_record_failed_has_failed(caller: Caller) -> None:
    """Its other records are stored; the caller must look at it anyway."""
    answer = upsert(caller, set_to("1", plan="gold"), {"id": "1", "profile": {"$inc": {"plan": 1}}})

    said = error("1", "plan", "is a text, not a number")
    assert answer == upserted(failed=["1"], errors=[said])
    assert profile(caller, "1") == {"plan": "gold"}


def test_the_time_of_creation_counts_once(caller: Caller) -> None:
    """Documented: ignored once the contact is there."""
    for created_at in ("2016-02-04T22:44:30.652Z", "2020-01-01T00:00:00Z"):
        upsert(caller, {"id": "1", "createdAt": created_at})

    assert info(caller, "1")["createdAt"] == "2016-02-04T22:44:30.652Z"


def test_a_value_of_another_type_is_put_aside_and_warned_of(caller: Caller) -> None:
    """The first value of an attribute sets its type, for both wires."""
    upsert(caller, set_to("1", visits=12, timeZone="Europe/Paris"))

    answer = upsert(caller, {"id": "0"}, set_to("2", visits="many", plan="gold"))

    warning: Json = {"id": "2", "field": "visits", "locked_type": "Number", "got_type": "String"}
    assert answer == upserted(inserted=["0", "2"], warnings=[warning])
    assert profile(caller, "2") == {"plan": "gold"}


def test_increments_at_the_same_time_are_all_counted(
    caller: Caller, second_client: httpx.Client
) -> None:
    """From many connections, in two processes, beside records of other contacts."""
    processes = [caller, caller.at(second_client)]
    record: Json = {"id": "1", "profile": {"$inc": {"visits": 1}, "$push": {"seen": "x"}}}

    answers = at_once(
        partial(upsert, processes[number % 2], record, {"id": f"other-{number}"}, record)
        for number in range(40)
    )

    assert [answer.status for answer in answers] == [200] * 40
    shown = profile(caller, "1")
    assert (shown["visits"], len(shown["seen"])) == (80, 80)
    assert sum("1" in answer.body["inserted"] for answer in answers) == 1


def with_merging(caller: Caller) -> Caller:
    """Turn merging on for a brand that no process has read yet."""
    caller.rows("UPDATE brands SET merging = true WHERE brand_id = $1", caller.brand_id)
    return caller


def test_with_merging_a_contact_has_its_addresses_as_identifiers(caller: Caller) -> None:
    """As they identify, whatever is shown among the attributes."""
    with_merging(caller)

    answer = upsert(caller, set_to("1", email="Ada@Example.com", mobileNumber="+551155256325"))

    assert answer == upserted(inserted=["1"])
    assert profile(caller, "1") == {"email": "Ada@Example.com", "mobileNumber": "+551155256325"}
    kept = caller.rows(
        "SELECT kind, value FROM identifiers WHERE brand_id = $1 ORDER BY kind", caller.brand_id
    )
    assert [tuple(row.values()) for row in kept] == [
        (1, "1"),
        (2, "ada@example.com"),
        (3, "+551155256325"),
    ]


def test_an_address_of_another_contact_is_kept_and_identifies_that_one(caller: Caller) -> None:
    """A shared mailbox must not make one person of two customers; the caller hears why."""
    with_merging(caller)
    upsert(caller, set_to("1", email="home@example.com"))

    answer = upsert(caller, {"id": "0"}, set_to("2", email="home@example.com"))

    message: Any = "already identifies another contact; it is kept here, and identifies that"
    warning: Json = {"id": "2", "field": "email", "message": message}
    assert answer == upserted(inserted=["0", "2"], warnings=[warning])
    assert [profile(caller, user_id) for user_id in ("1", "2")] == [
        {"email": "home@example.com"},
        {"email": "home@example.com"},
    ]
