"""Attributes of events: names, texts, and how many of each type."""

import pytest

from tests.web.notifyvisitors.events import EVENT, QUEUED, event, send, stored
from tests.web.notifyvisitors.refusals import Json, mistake, wrapped, wrapped_mistake
from tests.web.server import Caller

NAME = "attribute names have 1 to 49 characters"
MANDATORY = "must be an object; send {} when there are none"


def several(count: int, value: object) -> Json:
    """Return so many attributes of one value."""
    return {f"{type(value).__name__}_{number}": value for number in range(count)}


def too_many(count: int, kind: str, most: int) -> str:
    """Return the words for one attribute too many."""
    return f"has {count} attributes of type {kind}, at most {most} are allowed"


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"a": 1},
        {"product name": "x", "Product Name": "y"},
        {"n" * 49: 1},
        {"न" * 49: 1},
        {"text": "x" * 254},
        {"text": "é" * 127},
        {"text": "न" * 84},
        {"text": "😀" * 63},
        {"text": ""},
        {"number": 1.25, "whole": -3, "zero": 0},
        {"yes": True, "no": False},
        {"when": "2022-03-27T04:08:18+0530"},
        {"object": {"deep": {"er": [1, "2", None]}}},
        {"objects": [{"id": 1}, {"id": 2}]},
        {"texts": ["a", "b"], "empty": []},
        {"nothing": None},
        {"long inside": {"text": "x" * 300}},
    ],
)
def test_attributes_are_stored_as_sent(caller: Caller, attributes: Json) -> None:
    """Each at the edge of its rule; nothing is trimmed or converted."""
    assert send(caller, event(attributes=attributes)) == QUEUED
    assert [row["attributes"] for row in stored(caller)] == [attributes]


@pytest.mark.parametrize("sent", [{}, {"attributes": None}])
def test_attributes_are_mandatory(caller: Caller, sent: Json) -> None:
    """Documented; our choice is that they may be empty."""
    answer = send(caller, {"userID": "Ada", "event_name": "Order Placed"} | sent)

    assert answer == wrapped_mistake(MANDATORY, "attributes")


@pytest.mark.parametrize("value", [[], [{"a": 1}], "a", 1, True])
def test_attributes_of_another_type_are_refused(caller: Caller, value: object) -> None:
    """They are looked up by name."""
    answer = send(caller, event(attributes=value))

    assert answer == wrapped_mistake("must be an object", "attributes")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("n" * 50, 1, NAME),
        ("न" * 50, 1, NAME),
        ("", 1, NAME),
        ("text", "x" * 255, "has 255 characters, at most 254 are allowed"),
        ("text", "é" * 128, "has 256 bytes, at most 254 are allowed"),
        ("text", "x" * 253 + "é", "has 255 bytes, at most 254 are allowed"),
        ("text", "न" * 85, "has 255 bytes, at most 254 are allowed"),
        ("text", "😀" * 64, "has 256 bytes, at most 254 are allowed"),
    ],
)
def test_attributes_beyond_a_rule_are_refused(
    caller: Caller, name: str, value: object, message: str
) -> None:
    """Names under 50 characters, texts under 255 characters and 255 bytes (documented)."""
    answer = send(caller, event(), event(attributes={"fine": 1, name: value}))

    assert answer == wrapped_mistake(message, f"attributes.{name}", 1)
    assert stored(caller) == []


@pytest.mark.parametrize(
    ("kind", "most", "value"),
    [
        ("String", 200, "text"),
        ("String", 200, "20220327"),
        ("Number", 100, 1),
        ("Number", 100, 1.5),
        ("Boolean", 20, True),
        ("Date", 20, "2022-03-27"),
        ("Date", 20, "2022-03-27 04:08:18"),
        ("Object", 20, {"a": 1}),
        ("Object", 20, {}),
        ("Object", 20, ["a"]),
        ("Object", 20, []),
        ("Array of Objects", 5, [{"a": 1}]),
    ],
)
def test_an_event_has_a_limit_for_each_type(
    caller: Caller, kind: str, most: int, value: object
) -> None:
    """Documented; that arrays of scalars count as objects is our choice."""
    assert send(caller, event(attributes=several(most, value))) == QUEUED
    assert send(caller, event(attributes=several(most + 1, value))) == wrapped_mistake(
        too_many(most + 1, kind, most), "attributes"
    )
    assert len(stored(caller)) == 1


def test_whole_and_broken_numbers_are_counted_together(caller: Caller) -> None:
    """To the vendor both are Number; so are objects and arrays of scalars one kind."""
    numbers = several(50, 1) | several(51, 1.5)
    objects = several(10, {"a": 1}) | several(11, [1])

    assert send(caller, event(attributes=numbers)) == wrapped_mistake(
        too_many(101, "Number", 100), "attributes"
    )
    assert send(caller, event(attributes=objects)) == wrapped_mistake(
        too_many(21, "Object", 20), "attributes"
    )


def test_null_counts_for_no_type(caller: Caller) -> None:
    """It has none; the limit in all still holds."""
    assert send(caller, event(attributes=several(255, None))) == QUEUED


def test_an_event_has_at_most_255_attributes(caller: Caller) -> None:
    """Documented; 255 of them fit under the limits by type."""
    most = several(150, "text") | several(100, 1) | several(5, value=True)

    assert send(caller, event(attributes=most)) == QUEUED
    assert send(caller, event(attributes=most | {"more": False})) == wrapped_mistake(
        "has 256 attributes, at most 255 are allowed", "attributes"
    )
    assert [row["attributes"] for row in stored(caller)] == [most]


@pytest.mark.parametrize(
    ("texts", "dates", "message"),
    [
        (200, 20, None),
        (200, 21, too_many(21, "Date", 20)),
        (201, 20, too_many(201, "String", 200)),
    ],
)
def test_dates_do_not_count_as_texts(
    caller: Caller, texts: int, dates: int, message: str | None
) -> None:
    """A text in one of the date forms is a Date; both are texts in JSON."""
    attributes = several(texts, "text") | {
        f"date_{number}": "2022-03-27" for number in range(dates)
    }
    expected = QUEUED if message is None else wrapped_mistake(message, "attributes")

    assert send(caller, event(attributes=attributes)) == expected


@pytest.mark.parametrize(("fine", "wrong"), [("text", "2022-03-27"), (["a"], [{"a": 1}])])
def test_limits_hold_for_events_that_look_like_accepted_ones(
    caller: Caller, fine: object, wrong: object
) -> None:
    """Names and JSON types are remembered once they passed; values of the same JSON types may
    count under another limit all the same."""
    names = [f"a{number}" for number in range(21)]
    kind, most = ("Date", 20) if isinstance(wrong, str) else ("Array of Objects", 5)
    if not isinstance(wrong, str):
        names = names[:20]

    assert send(caller, event(attributes=dict.fromkeys(names, fine))) == QUEUED
    assert send(caller, event(attributes=dict.fromkeys(names, wrong))) == wrapped_mistake(
        too_many(len(names), kind, most), "attributes"
    )


def test_a_text_grown_too_long_is_seen_on_an_event_that_looks_like_accepted_ones(
    caller: Caller,
) -> None:
    """Lengths are no part of what is remembered."""
    assert send(caller, event(attributes={"a": "x"})) == QUEUED
    assert send(caller, event(attributes={"a": "x" * 255})) == wrapped_mistake(
        "has 255 characters, at most 254 are allowed", "attributes.a"
    )


def test_duplicate_names_count_once_and_the_last_wins(caller: Caller) -> None:
    """As in every JSON reader that people use; the wire says so."""
    attributes = b", ".join(b'"a": %d' % number for number in range(256))
    body = b'{"nv": [{"userID": "x", "userID": "Ada", "event_name": "Order Placed", '
    body += b'"attributes": {"z": 1}, "attributes": {%s}}]}' % attributes

    assert caller.tell(EVENT, body) == QUEUED
    assert [(row["user_id"], row["attributes"]) for row in stored(caller)] == [("Ada", {"a": 255})]


def test_every_wrong_attribute_is_told(caller: Caller) -> None:
    """All in one answer, each by its name."""
    answer = send(caller, event(attributes={"a": "x" * 255, "n" * 50: "y" * 256}))

    long = "has 255 characters, at most 254 are allowed"
    assert answer == wrapped(
        400,
        f"Error: attributes.{'n' * 50} {NAME}.",
        mistake(NAME, f"attributes.{'n' * 50}", 0),
        mistake(long, "attributes.a", 0),
        mistake("has 256 characters, at most 254 are allowed", f"attributes.{'n' * 50}", 0),
    )
