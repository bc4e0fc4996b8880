"""`/api/event` and the older `event/create`: which events are taken."""

from typing import Any

import pytest

from tests.web.notifyvisitors.events import EVENT, QUEUED, event, send, stored
from tests.web.notifyvisitors.refusals import Json, mistake, wrapped, wrapped_mistake
from tests.web.server import Caller, Told
from tidings.base import limits

NO_NUMBER = f"must be a number of at most {limits.MAX_LTV:.0f}"
OLDER = "/api/v1/event/create"
EMPTY = "can not be empty"
PLAIN = "may have letters, digits, spaces, underscores and hyphens only"


@pytest.mark.parametrize("path", [EVENT, OLDER])
@pytest.mark.parametrize("count", [1, 1_000])
def test_1_to_1000_events_are_taken(caller: Caller, path: str, count: int) -> None:
    """Documented: at most 1,000 a call."""
    assert send(caller, *[event(ltv=number) for number in range(count)], path=path) == QUEUED
    assert [row["ltv"] for row in stored(caller)] == list(range(count))


@pytest.mark.parametrize("path", [EVENT, OLDER])
@pytest.mark.parametrize(
    ("count", "message"),
    [
        (0, "must have 1 to 1000 records, this one has 0"),
        (1_001, "must have at most 1000 records"),
    ],
)
def test_no_events_or_1001_are_refused(caller: Caller, path: str, count: int, message: str) -> None:
    """One beyond either edge; nothing of the call is stored."""
    answer = send(caller, *[event()] * count, path=path)

    assert answer == wrapped_mistake(message, "nv", None)
    assert stored(caller) == []


def test_a_single_event_is_taken_as_an_array_of_one(caller: Caller) -> None:
    """Our choice, as for users."""
    assert caller.tell(EVENT, {"nv": event()}) == QUEUED
    assert len(stored(caller)) == 1


@pytest.mark.parametrize(
    ("user_id", "as_text"), [("x" * 100, "x" * 100), (12345, "12345"), ("आदा", "आदा")]
)
def test_an_event_creates_the_user_who_does_not_exist(
    caller: Caller, user_id: object, as_text: str
) -> None:
    """Documented; the id is read as in user/create."""
    assert send(caller, event(userID=user_id)) == QUEUED
    assert caller.read(as_text)["events"]["count"] == 1


def test_an_anonymous_id_will_do(caller: Caller) -> None:
    """The SDK sends events before it knows who somebody is."""
    assert (
        send(caller, event(userID="", nv_uid="a-1"), event(userID=None, anonymousID="a-1"))
        == QUEUED
    )
    assert [row["user_id"] for row in stored(caller)] == [None, None]


@pytest.mark.parametrize(
    ("user_id", "message", "field"),
    [
        (None, EMPTY, "userId"),
        ("", EMPTY, "userId"),
        ("x" * 101, "must have at most 100 characters", "userID"),
        (" Ada", "can not have white space around it", "userId"),
        (True, "must be a text or a number", "userID"),
        (["Ada"], "must be a text or a number", "userID"),
    ],
)
def test_other_user_ids_are_refused(
    caller: Caller, user_id: object, message: str, field: str
) -> None:
    """Each event needs a user; nobody is made up for one that has none."""
    assert send(caller, event(), event(userID=user_id)) == wrapped_mistake(message, field, 1)
    assert stored(caller) == []


def test_email_and_mobile_do_not_identify_while_merging_is_off(caller: Caller) -> None:
    """Documented; otherwise a shared address would decide whose event it is."""
    answer = send(caller, event(userID=None, email="a@example.com", mobile="+9198203010"))

    assert answer == wrapped_mistake(EMPTY, "userId")


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "x" * 254,
        "é" * 254,
        "Order Placed",
        "order_placed-2",
        "ऑर्डर दिया",
        "தயாரிப்பு",
        "注文する",
        "Café 2",
        " padded ",
        "٣",
        "_-",
    ],
)
def test_event_names_have_letters_and_digits_of_any_script(caller: Caller, name: str) -> None:
    """Under 255 characters (documented); vowel signs are letters, as any reader would say."""
    assert send(caller, event(event_name=name)) == QUEUED
    assert [row["name"] for row in stored(caller)] == [name]


def test_event_names_are_case_sensitive(caller: Caller) -> None:
    """Documented."""
    assert send(caller, event(event_name="login"), event(event_name="Login", ltv=11)) == QUEUED
    assert [row["name"] for row in stored(caller)] == ["login", "Login"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (None, EMPTY),
        ("", EMPTY),
        ("   ", EMPTY),
        ("x" * 255, "has 255 characters, at most 254 are allowed"),
        ("a.b", PLAIN),
        ("a/b", PLAIN),
        ("a'b", PLAIN),
        ("a<b>", PLAIN),
        ("a\tb", PLAIN),
        ("a\nb", PLAIN),
        ("a\u00a0b", PLAIN),
        ("a\u200bb", PLAIN),
        ("a$b", PLAIN),
        ("bought 🎁", PLAIN),
        (5, "must be a text"),
        (["a"], "must be a text"),
    ],
)
def test_other_event_names_are_refused(caller: Caller, name: object, message: str) -> None:
    """Documented: letters, digits, space, underscore, hyphen."""
    assert send(caller, event(event_name=name)) == wrapped_mistake(message, "event_name")


def test_an_event_without_a_name_is_refused(caller: Caller) -> None:
    """Documented as mandatory."""
    answer = send(caller, {"userID": "Ada", "attributes": {}})

    assert answer == wrapped_mistake(EMPTY, "event_name")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({}, 10.0),
        ({"ltv": None}, 10.0),
        ({"ltv": 0}, 0.0),
        ({"ltv": 12}, 12.0),
        ({"ltv": -3.5}, -3.5),
        ({"ltv": "12.75"}, 12.75),
        ({"ltv": "-1"}, -1.0),
        ({"ltv": "1e3"}, 1000.0),
        ({"ltv": limits.MAX_LTV}, limits.MAX_LTV),
    ],
)
def test_the_lifetime_value_is_a_number_or_its_text_by_default_10(
    caller: Caller, sent: Json, kept: float
) -> None:
    """Documented."""
    assert send(caller, event(**sent)) == QUEUED
    assert [row["ltv"] for row in stored(caller)] == [kept]


@pytest.mark.parametrize(
    "value", ["", "ten", "10 EUR", "1,000", "1_000", "0x10", "NaN", "Infinity", "1e999"]
)
def test_a_lifetime_value_that_is_no_number_is_refused(caller: Caller, value: str) -> None:
    """A sum with a NaN in it is NaN for good."""
    assert send(caller, event(ltv=value)) == wrapped_mistake(NO_NUMBER, "ltv")


@pytest.mark.parametrize("value", [True, [10], {"amount": 10}])
def test_a_lifetime_value_of_another_type_is_refused(caller: Caller, value: object) -> None:
    """true is not 1 for anybody who counts money."""
    assert send(caller, event(ltv=value)) == wrapped_mistake("must be a text or a number", "ltv")


def test_context_is_kept_with_keys_that_nobody_documented(caller: Caller) -> None:
    """SDKs grow; what they learn to send must not be lost meanwhile."""
    context: Json = {"platform": "watch", "page": {"depth": [1, {"b": None}]}, "": "", "नया": True}

    assert send(caller, event(context=context)) == QUEUED
    assert [row["context"] for row in stored(caller)] == [context]


@pytest.mark.parametrize("sent", [{}, {"context": None}])
def test_context_may_be_left_out(caller: Caller, sent: Json) -> None:
    """A server-side integration has none."""
    assert send(caller, event(**sent)) == QUEUED
    assert [row["context"] for row in stored(caller)] == [None]


@pytest.mark.parametrize("value", [[], "website", 1, True])
def test_context_of_another_type_is_refused(caller: Caller, value: object) -> None:
    """Segments look into it by key."""
    assert send(caller, event(context=value)) == wrapped_mistake("must be an object", "context")


def test_user_params_are_refused_on_api_event(caller: Caller) -> None:
    """Documented: profile attributes cannot be passed here."""
    message = "can not be sent here; use /api/v1/user/create or /api/v1/user_event/create"

    answer = send(caller, event(user_params={"plan": "gold"}))

    assert answer == wrapped_mistake(message, "user_params")
    assert stored(caller) == []


def test_user_params_are_taken_by_the_older_event_create(caller: Caller) -> None:
    """Profile first, then the event, for each record in order."""
    answer = send(
        caller,
        event(user_params={"plan": "gold", "age": 36}),
        event(user_params={"plan": None}),
        event(userID="Bob", user_params={"plan": "silver"}),
        event(userID="Eve"),
        path=OLDER,
    )

    assert answer == QUEUED
    plans = {user_id: caller.attributes(user_id) for user_id in ("Ada", "Bob", "Eve")}
    assert plans == {"Ada": {"age": 36}, "Bob": {"plan": "silver"}, "Eve": {}}
    assert len(stored(caller)) == 4


@pytest.mark.parametrize(
    ("event_id", "message"),
    [
        ("", "must have at least 1 characters"),
        ("x" * 101, "must have at most 100 characters"),
        (5, "must be a text"),
    ],
)
def test_event_ids_have_1_to_100_characters(caller: Caller, event_id: object, message: str) -> None:
    """Our choice, as for userID."""
    assert send(caller, event(event_id="x" * 100)) == QUEUED
    assert send(caller, event(event_id=event_id)) == wrapped_mistake(message, "event_id")


def test_unknown_fields_are_ignored(caller: Caller) -> None:
    """Older and newer SDKs send fields that this version does not know."""
    assert send(caller, event(sdk_version="9", nested={"a": [1]})) == QUEUED


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, wrapped_mistake("the body must have `nv`", None, None)),
        ({"nv": 1}, wrapped_mistake("must be an array of records", "nv", None)),
        ([event()], wrapped_mistake("the body must be a JSON object", None, None)),
        ("nv", wrapped_mistake("the body must be a JSON object", None, None)),
        ({"nv": [event(), 5]}, wrapped_mistake("must be an object", None, 1)),
    ],
)
def test_bodies_of_another_shape_are_refused(caller: Caller, body: Any, expected: Told) -> None:
    """The refusal says where the shape is wrong."""
    assert caller.tell(EVENT, body) == expected


def test_every_mistake_is_told_with_its_record_up_to_20(caller: Caller) -> None:
    """One bad field in a mapping breaks every event of a call."""
    answer = send(caller, *[event(event_time="soon")] * 25)

    words = "must be a time such as 2022-03-27 04:08:18 or 2022-03-27T04:08:18+0530"
    errors = [mistake(words, "event_time", index) for index in range(20)]
    assert answer == wrapped(400, f"Error: event_time {words}.", *errors)


def test_mistakes_of_one_event_are_told_together(caller: Caller) -> None:
    """All at once, so that they are mended at once."""
    answer = send(caller, event(), event(event_name="a.b", ltv="x", event_time="", context=[]))

    time = "must be a time such as 2022-03-27 04:08:18 or 2022-03-27T04:08:18+0530"
    assert answer == wrapped(
        400,
        f"Error: event_name {PLAIN}.",
        mistake(PLAIN, "event_name", 1),
        mistake(NO_NUMBER, "ltv", 1),
        mistake(time, "event_time", 1),
        mistake("must be an object", "context", 1),
    )
    assert stored(caller) == []
