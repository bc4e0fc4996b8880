"""Values that contradict their attribute's type: a success, with each of them named."""

import pytest

from tests.web.notifyvisitors.events import EVENT, QUEUED, event, send, stored
from tests.web.notifyvisitors.refusals import Json
from tests.web.server import Caller, Told

CREATE = "/api/v1/user/create"
VALUES: dict[str, list[object]] = {
    "String": ["gold", ""],
    "Number": [1, 1.5],
    "Boolean": [True, False],
    "Date": ["2022-03-27", "2022-03-27T04:08:18+0530"],
    "Object": [{"a": 1}, {}],
    "Array of Objects": [[{"a": 1}]],
    "Array": [["a"], [1, {"a": 1}]],
}
# A text column takes any text, date-shaped or not; a text that is no date is no Date.
TAKEN_TOO = {("String", "Date")}


def warning(field: str, locked: str, got: str, index: int = 0) -> Json:
    """Return one entry of `warnings`."""
    return {"index": index, "field": field, "locked_type": locked, "got_type": got}


def queued(*warnings: Json) -> Told:
    """Return the success of a call with warnings."""
    return Told(200, {"response": {"status": "queued", "warnings": list(warnings)}})


@pytest.mark.parametrize(("locked", "firsts"), VALUES.items())
def test_values_of_the_locked_type_are_taken_in_silence(
    caller: Caller, locked: str, firsts: list[object]
) -> None:
    """An Integer and a float are both Number, and so on."""
    for value in (*firsts, *firsts):
        assert send(caller, event(attributes={"a": value})) == QUEUED
    kept = caller.rows(
        "SELECT type FROM attribute_types WHERE brand_id = $1 AND attribute = 'a'",
        caller.brand_id,
    )
    assert kept == [{"type": locked}]


@pytest.mark.parametrize("locked", VALUES)
@pytest.mark.parametrize("got", VALUES)
def test_a_value_of_another_type_is_put_aside_with_a_warning(
    caller: Caller, locked: str, got: str
) -> None:
    """The first value decides; the call is a success, and the value is kept and visible."""
    value = VALUES[got][0]
    send(caller, event(attributes={"a": VALUES[locked][0]}, event_time="2022-03-27 00:00:00"))

    answer = send(caller, event(attributes={"a": value, "b": 1}))

    row = stored(caller)[1]
    if got == locked or (locked, got) in TAKEN_TOO:
        assert answer == QUEUED
        assert (row["attributes"], row["mismatched"]) == ({"a": value, "b": 1}, None)
    else:
        # What the sender sees is the JSON type, and a date is a text in JSON.
        shown = "String" if got == "Date" else got
        assert answer == queued(warning("attributes.a", locked, shown))
        assert (row["attributes"], row["mismatched"]) == ({"b": 1}, {"a": value})


def test_a_numeric_text_stays_a_text(caller: Caller) -> None:
    """JSON types decide: guessing made post codes into numbers elsewhere, for good."""
    assert send(caller, event(attributes={"zip": "01234"})) == QUEUED
    assert send(caller, event(attributes={"zip": "SW1A 1AA"})) == QUEUED
    assert send(caller, event(attributes={"zip": 1234})) == queued(
        warning("attributes.zip", "String", "Number")
    )


def test_each_event_name_has_types_of_its_own_and_so_have_profiles(caller: Caller) -> None:
    """`size` of a shoe is no `size` of a file."""
    assert send(caller, event(event_name="a", attributes={"size": 1})) == QUEUED
    assert send(caller, event(event_name="b", attributes={"size": "L"})) == QUEUED
    record = {"userID": "Ada", "user_attributes": {"size": True}}
    assert "warnings" not in caller.tell(CREATE, {"nv": [record]}).body


def test_null_and_empty_arrays_contradict_nothing_they_could_be(caller: Caller) -> None:
    """Neither says what type it would be."""
    send(caller, event(attributes={"n": None, "e": []}))

    assert send(caller, event(attributes={"n": 1, "e": [{"a": 1}]})) == QUEUED
    assert send(caller, event(attributes={"n": None, "e": []})) == QUEUED
    assert send(caller, event(attributes={"n": []})) == queued(
        warning("attributes.n", "Number", "Array")
    )


def test_every_warning_names_its_record_and_field(caller: Caller) -> None:
    """In the order of the records, then of their attributes."""
    answer = send(
        caller,
        event(attributes={"a": 1, "b": "x"}),
        event(attributes={"a": "1", "b": "x"}),
        event(attributes={"a": 2, "b": "y"}),
        event(attributes={"a": [1], "b": False}),
    )

    assert answer == queued(
        warning("attributes.a", "Number", "String", 1),
        warning("attributes.a", "Number", "Array", 3),
        warning("attributes.b", "String", "Boolean", 3),
    )


def test_users_are_warned_of_in_the_envelope_of_their_call(caller: Caller) -> None:
    """The documented keys stay what they are."""
    records = [
        {"userID": user, "user_attributes": {"age": age}} for user, age in (("A", 1), ("B", "2"))
    ]

    answer = caller.tell(CREATE, {"nv": records})

    assert answer == Told(
        200,
        {
            "userIDs": ["A", "B"],
            "status_code": "200",
            "processed": 2,
            "warnings": [warning("user_attributes.age", "Number", "String", 1)],
        },
    )


def test_a_user_event_is_warned_of_on_both_halves(caller: Caller) -> None:
    """Each under the name that the call has for it; profile first, as it is stored."""
    first = event(user_params={"age": 1}, attributes={"size": 1})
    caller.tell("/api/v1/user_event/create", {"nv": first})

    second = event(user_params={"age": "1"}, attributes={"size": "L"})
    answer = caller.tell("/api/v1/user_event/create", {"nv": second})

    warnings = [
        warning("user_params.age", "Number", "String"),
        warning("attributes.size", "Number", "String"),
    ]
    assert answer == Told(
        200,
        {
            "response": {
                "data": {"userID": "Ada"},
                "message": "success",
                "status": "success",
                "warnings": warnings,
            }
        },
    )


def test_warnings_of_user_params_name_the_record_that_has_them(caller: Caller) -> None:
    """Records without user_params must not shift the count."""
    answer = caller.tell(
        "/api/v1/event/create",
        {
            "nv": [
                event(),
                event(user_params={"age": 1}),
                event(),
                event(user_params={"age": "x"}),
            ]
        },
    )

    assert answer == queued(warning("user_params.age", "Number", "String", 3))


def test_the_vendors_own_attributes_have_their_type_before_the_first_value(
    caller: Caller,
) -> None:
    """Somebody named like a date must not make every name a date."""
    for name in ("2020-01-01", "Ada"):
        record = {"userID": name, "user_attributes": {"first_name": name}}
        answer = caller.tell(CREATE, {"nv": [record]})
        assert answer == Told(200, {"userIDs": [name], "status_code": "200", "processed": 1})


def test_a_good_value_after_a_mismatch_takes_its_place(caller: Caller) -> None:
    """What was put aside is settled by it."""
    for age in (1, "x", 2):
        caller.tell(CREATE, {"nv": [{"userID": "Ada", "user_attributes": {"age": age}}]})

    read = caller.read("Ada")
    assert (read["user_attributes"], read.get("mismatched")) == ({"age": 2}, None)


def test_a_mismatch_leaves_the_good_value_where_it_is(caller: Caller) -> None:
    """Segments go on with what is known to be good."""
    for age in (1, "x"):
        caller.tell(CREATE, {"nv": [{"userID": "Ada", "user_attributes": {"age": age}}]})

    read = caller.read("Ada")
    assert (read["user_attributes"], read["mismatched"]) == ({"age": 1}, {"age": "x"})


def test_types_are_learned_across_calls_of_either_wire_path(caller: Caller) -> None:
    """All calls that take events share the types of an event."""
    send(caller, event(attributes={"a": 1}), path="/api/v1/event/create")

    assert send(caller, event(attributes={"a": "1"}), path=EVENT) == queued(
        warning("attributes.a", "Number", "String")
    )
