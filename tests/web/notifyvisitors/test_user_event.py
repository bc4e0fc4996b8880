"""`user_event/create`: profile first, then event, one transaction."""

from typing import Any

import pytest

from tests.web.notifyvisitors.events import event, stored
from tests.web.notifyvisitors.refusals import Json, mistake, wrapped, wrapped_mistake
from tests.web.server import Caller, Told

CREATE = "/api/v1/user_event/create"


def success(user_id: str) -> Told:
    """Return the answer when all of one user is stored."""
    data = {"userID": user_id}
    return Told(200, {"response": {"data": data, "message": "success", "status": "success"}})


@pytest.mark.parametrize("is_array", [False, True])
def test_an_object_or_an_array_of_one_is_taken(caller: Caller, *, is_array: bool) -> None:
    """Documented: an object; an array of one is our choice."""
    record = event(user_params={"plan": "gold"}, attributes={"a": 1}, ltv=5, context={"b": 2})

    answer = caller.tell(CREATE, {"nv": [record] if is_array else record})

    assert answer == success("Ada")
    assert caller.attributes("Ada") == {"plan": "gold"}
    [row] = stored(caller)
    assert (row["attributes"], row["ltv"], row["context"]) == ({"a": 1}, 5.0, {"b": 2})


@pytest.mark.parametrize(
    ("nv", "expected"),
    [
        ([event(), event()], wrapped_mistake("must have at most 1 records", "nv", None)),
        ([], wrapped_mistake("must have 1 record, this one has 0", "nv", None)),
        (None, wrapped_mistake("must be an array of records", "nv", None)),
    ],
)
def test_two_records_or_none_are_refused(caller: Caller, nv: Any, expected: Told) -> None:
    """The answer has room for one user."""
    assert caller.tell(CREATE, {"nv": nv}) == expected
    assert stored(caller) == []


@pytest.mark.parametrize("user_params", [None, {}])
def test_user_params_may_be_left_out(caller: Caller, user_params: Json | None) -> None:
    """Then it is an event like any other, and its user is created for it."""
    assert caller.tell(CREATE, {"nv": event(user_params=user_params)}) == success("Ada")
    assert caller.attributes("Ada") == {}


def test_a_number_is_answered_as_its_text(caller: Caller) -> None:
    """The id in the answer is the one that finds the user."""
    assert caller.tell(CREATE, {"nv": event(userID=42)}) == success("42")


@pytest.mark.parametrize(
    ("fields", "message", "field"),
    [
        ({"userID": None}, "can not be empty", "userId"),
        ({"event_name": ""}, "can not be empty", "event_name"),
        ({"attributes": None}, "must be an object; send {} when there are none", "attributes"),
        ({"ltv": "x"}, "must be a number of at most 1000000000000000", "ltv"),
        ({"event_time": "0"}, None, "event_time"),
        ({"user_params": {"gender": "m"}}, "must be male, female or other", "user_params.gender"),
        ({"user_params": []}, "must be an object", "user_params"),
        ({"user_params": {"email": "x"}, "event_name": "fine"}, None, "user_params.email"),
    ],
)
def test_a_mistake_in_either_half_stores_neither(
    caller: Caller, fields: Json, message: str | None, field: str
) -> None:
    """One transaction: a profile without its event would be half the truth."""
    words = (
        message
        or {
            "event_time": "must be a time such as 2022-03-27 04:08:18 or 2022-03-27T04:08:18+0530",
            "user_params.email": "must be an e-mail address such as ada@example.com",
        }[field]
    )

    answer = caller.tell(CREATE, {"nv": event(user_params={"plan": "gold"}) | fields})

    assert answer == wrapped_mistake(words, field)
    count = caller.rows("SELECT count(*) FROM profiles WHERE brand_id = $1", caller.brand_id)
    assert count == [{"count": 0}]


def test_mistakes_of_both_halves_are_told(caller: Caller) -> None:
    """The profile's first, as it would be stored first."""
    answer = caller.tell(CREATE, {"nv": event(user_params={"gender": "m"}, event_name="a.b")})

    plain = "may have letters, digits, spaces, underscores and hyphens only"
    assert answer == wrapped(
        400,
        "Error: user_params.gender must be male, female or other.",
        mistake("must be male, female or other", "user_params.gender", 0),
        mistake(plain, "event_name", 0),
    )


def test_the_person_is_never_younger_than_the_event(caller: Caller) -> None:
    """Journeys start only for events from the person's creation on."""
    caller.tell(CREATE, {"nv": event()})

    [row] = caller.rows(
        "SELECT created_at <= occurred_at AS is_older FROM profiles"
        " JOIN events USING (slot, profile_id) WHERE profiles.brand_id = $1",
        caller.brand_id,
    )
    assert row == {"is_older": True}
