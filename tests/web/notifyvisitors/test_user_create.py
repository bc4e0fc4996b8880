"""`user/create`: which records are taken, and whom they are about."""

from typing import Any

import pytest

from tests.web.notifyvisitors.refusals import Json, bare, bare_mistake, mistake
from tests.web.server import Caller, Told

CREATE = "/api/v1/user/create"
NAMELESS = "All records must contain userID"


def stored(*user_ids: str) -> Told:
    """Return the answer to records of these users."""
    return Told(200, {"userIDs": list(user_ids), "status_code": "200", "processed": len(user_ids)})


def count_profiles(caller: Caller) -> int:
    """Count the brand's people in the database."""
    [row] = caller.rows("SELECT count(*) FROM profiles WHERE brand_id = $1", caller.brand_id)
    return row["count"]


@pytest.mark.parametrize("count", [1, 100])
def test_1_to_100_records_are_taken(caller: Caller, count: int) -> None:
    """Documented: at most 100 a call."""
    user_ids = [f"user-{number}" for number in range(count)]

    answer = caller.tell(CREATE, {"nv": [{"userID": user_id} for user_id in user_ids]})

    assert answer == stored(*user_ids)
    assert count_profiles(caller) == count


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (0, "must have 1 to 100 records, this one has 0"),
        (101, "must have at most 100 records"),
    ],
)
def test_no_records_or_101_are_refused(caller: Caller, count: int, message: str) -> None:
    """One beyond either edge; nothing of the call is stored."""
    answer = caller.tell(CREATE, {"nv": [{"userID": str(number)} for number in range(count)]})

    assert answer == bare_mistake(message, "nv", None)
    assert count_profiles(caller) == 0


def test_a_single_object_is_taken_as_an_array_of_one(caller: Caller) -> None:
    """Our choice; the body of user_event/create has an object here, so clients send it."""
    assert caller.tell(CREATE, {"nv": {"userID": "Ada"}}) == stored("Ada")


@pytest.mark.parametrize(
    ("user_id", "as_text"),
    [
        ("x", "x"),
        ("x" * 100, "x" * 100),
        ("é" * 100, "é" * 100),
        (12345, "12345"),
        (0, "0"),
        (-7, "-7"),
        (12345678901234567890123, "12345678901234567890123"),
        ("null", "null"),
    ],
)
def test_user_ids_are_texts_or_numbers_of_up_to_100_characters(
    caller: Caller, user_id: object, as_text: str
) -> None:
    """Documented: a string of at most 100; numbers are taken as their text (our choice)."""
    answer = caller.tell(CREATE, {"nv": [{"userID": user_id, "user_attributes": {"a": 1}}]})

    assert answer == stored(as_text)
    assert caller.attributes(as_text) == {"a": 1}


def test_a_number_and_its_text_are_one_user(caller: Caller) -> None:
    """Otherwise one integration that quotes and one that does not would make two people."""
    answer = caller.tell(CREATE, {"nv": [{"userID": 42}, {"userID": "42"}]})

    assert answer == stored("42", "42")
    assert count_profiles(caller) == 1


@pytest.mark.parametrize(
    ("user_id", "message"),
    [
        ("x" * 101, "must have at most 100 characters"),
        (" Ada", "can not have white space around it"),
        ("Ada\n", "can not have white space around it"),
        ("Ada\u00a0", "can not have white space around it"),
        (" ", "can not have white space around it"),
        (True, "must be a text or a number"),
        (["Ada"], "must be a text or a number"),
        ({"id": 1}, "must be a text or a number"),
    ],
)
def test_other_user_ids_are_refused(caller: Caller, user_id: object, message: str) -> None:
    """An id that is stored differently from how it was sent is never found again."""
    answer = caller.tell(CREATE, {"nv": [{"userID": user_id}]})

    assert answer == bare_mistake(message, "userID")
    assert count_profiles(caller) == 0


def test_a_number_of_more_than_100_digits_is_refused(caller: Caller) -> None:
    """The limit is on the text that a number is taken as."""
    answer = caller.tell(CREATE, b'{"nv": [{"userID": 1%s}]}' % (b"0" * 100))

    assert answer == bare_mistake("has 101 characters, at most 100 are allowed", "userID")


@pytest.mark.parametrize("record", [{}, {"userID": ""}, {"userID": None}, {"user_attributes": {}}])
def test_a_record_without_any_id_refuses_the_call_with_403(caller: Caller, record: Json) -> None:
    """Documented, for any record of the call; the others are not stored either."""
    answer = caller.tell(CREATE, {"nv": [{"userID": "Ada"}, record]})

    assert answer == bare(403, NAMELESS, mistake("can not be empty", "userID", 1))
    assert count_profiles(caller) == 0


@pytest.mark.parametrize(
    "record",
    [
        {"anonymousID": "a-1"},
        {"nv_uid": "a-1"},
        {"userID": "", "anonymousID": "a-1"},
        {"userID": None, "nv_uid": "a-1"},
        {"anonymousID": "a-1", "nv_uid": "ignored"},
    ],
)
def test_an_anonymous_id_will_do_under_either_name(caller: Caller, record: Json) -> None:
    """Documented: either user id or anonymous id is mandatory; the SDK calls it nv_uid."""
    answer = caller.tell(CREATE, {"nv": [record]})

    assert answer == stored("a-1")
    kept = caller.rows(
        "SELECT kind, value, user_id FROM identifiers JOIN profiles USING (brand_id, profile_id)"
        " WHERE brand_id = $1",
        caller.brand_id,
    )
    assert kept == [{"kind": 4, "value": "a-1", "user_id": None}]


@pytest.mark.parametrize("name", ["anonymousID", "nv_uid"])
def test_anonymous_ids_have_the_limit_of_user_ids(caller: Caller, name: str) -> None:
    """They lie in the same column."""
    assert caller.tell(CREATE, {"nv": [{name: "x" * 100}]}) == stored("x" * 100)
    assert caller.tell(CREATE, {"nv": [{name: "x" * 101}]}) == bare_mistake(
        "must have at most 100 characters", name
    )


def test_a_user_id_and_an_anonymous_id_of_the_same_text_are_two_people(caller: Caller) -> None:
    """The kinds are separate: a visitor must not become a customer by choosing a name."""
    caller.tell(CREATE, {"nv": [{"userID": "1"}, {"anonymousID": "1"}]})

    assert count_profiles(caller) == 2


@pytest.mark.parametrize(
    ("records", "attributes"),
    [
        ([{"a": 1}, {"a": 2}], {"a": 2}),
        ([{"a": 1}, {"a": None}], {}),
        ([{"a": None}, {"a": 1}], {"a": 1}),
        ([{"a": 1}, {"a": None}, {"a": 3}], {"a": 3}),
        ([{"a": 1, "b": 1}, {"a": None, "c": 2}], {"b": 1, "c": 2}),
    ],
)
@pytest.mark.parametrize("is_known", [False, True])
def test_records_of_one_user_apply_in_their_order(
    caller: Caller, records: list[Json], attributes: Json, *, is_known: bool
) -> None:
    """Within one call as across calls: the later one wins, and is counted like the first."""
    if is_known:
        caller.tell(CREATE, {"nv": [{"userID": "Ada", "user_attributes": {"a": 9}}]})

    answer = caller.tell(
        CREATE, {"nv": [{"userID": "Ada", "user_attributes": record} for record in records]}
    )

    assert answer == stored(*["Ada"] * len(records))
    assert caller.attributes("Ada") == attributes


def test_null_removes_what_an_earlier_call_stored_and_nothing_else(caller: Caller) -> None:
    """Our choice: the only way to take back a value."""
    caller.tell(CREATE, {"nv": [{"userID": "Ada", "user_attributes": {"a": 1, "b": 2}}]})

    answer = caller.tell(
        CREATE, {"nv": [{"userID": "Ada", "user_attributes": {"a": None, "never": None}}]}
    )

    assert answer == stored("Ada")
    assert caller.attributes("Ada") == {"b": 2}


def test_attributes_that_are_not_sent_stay(caller: Caller) -> None:
    """An update names what changes."""
    caller.tell(CREATE, {"nv": [{"userID": "Ada", "user_attributes": {"a": 1, "b": 2}}]})

    for record in ({"userID": "Ada"}, {"userID": "Ada", "user_attributes": None}):
        assert caller.tell(CREATE, {"nv": [record]}) == stored("Ada")

    assert caller.attributes("Ada") == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, bare_mistake("the body must have `nv`", None, None)),
        ({"nv": 1}, bare_mistake("must be an array of records", "nv", None)),
        ({"nv": None}, bare_mistake("must be an array of records", "nv", None)),
        ([], bare_mistake("the body must be a JSON object", None, None)),
        ({"nv": ["Ada"]}, bare_mistake("must be an object", None, 0)),
        (
            b'{"nv": [{"userID": "1", "user_attributes": []}]}',
            bare_mistake("must be an object", "user_attributes"),
        ),
    ],
)
def test_bodies_of_another_shape_are_refused(caller: Caller, body: Any, expected: Told) -> None:
    """The refusal says where the shape is wrong."""
    assert caller.tell(CREATE, body) == expected


def test_every_mistake_is_told_with_its_record_up_to_20(caller: Caller) -> None:
    """Mending one mistake a call would take as many calls as there are mistakes."""
    records = [{"userID": f" {number}"} for number in range(22)]

    answer = caller.tell(CREATE, {"nv": records})

    words = "can not have white space around it"
    assert answer == bare(
        400, f"Error: userID {words}.", *(mistake(words, "userID", n) for n in range(20))
    )


def test_mistakes_of_all_records_and_fields_are_told_in_their_order(caller: Caller) -> None:
    """The first one gives the message; each says where it is."""
    attributes = {"gender": "m", "mobile": "0"}
    records = [{"userID": "1"}, {"userID": "2", "user_attributes": attributes}, {"userID": " 3"}]

    answer = caller.tell(CREATE, {"nv": records})

    assert answer == bare(
        400,
        "Error: user_attributes.gender must be male, female or other.",
        mistake("must be male, female or other", "user_attributes.gender", 1),
        mistake("must be in E.164 format, such as +551155256325", "user_attributes.mobile", 1),
        mistake("can not have white space around it", "userID", 2),
    )
    assert count_profiles(caller) == 0
