"""What an event may hold, whichever wire it comes by: pure."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tidings.base import limits
from tidings.events.accept import EventRules, is_plain_name, read_ltv, read_occurred_at
from tidings.schema.check import shape_of

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
KOLKATA = ZoneInfo("Asia/Kolkata")

MOST_OF_EACH: list[tuple[object, int]] = [
    ("x", 200),
    (1, 100),
    (1.5, 100),
    (True, 20),
    ("2022-03-27", 20),
    ({}, 20),
    ([1], 20),
    ([{}], 5),
]


def wrong(rules: EventRules, attributes: dict[str, Any]) -> list[tuple[str | None, str]]:
    """Hold attributes against the rules."""
    found = rules.wrong_with_attributes(
        attributes, shape_of("Bought", attributes), json_bytes=len(msgspec.json.encode(attributes))
    )
    return list(found)


@pytest.mark.parametrize(
    "name", ["Bought", "a-b_c d", "7", "खरीदा", "কেনা", "购买", "Übergröße", "x" * 254]
)
def test_letters_digits_space_underscore_and_hyphen_make_a_name(name: str) -> None:
    """Of every script: vowel signs count as letters, or Hindi could not be written."""
    rules = EventRules()

    assert [rules.wrong_with_name(name), rules.wrong_with_name(name)] == [None, None]
    assert is_plain_name(name)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "can not be empty"),
        ("  ", "can not be empty"),
        ("x" * 255, "has 255 characters, at most 254 are allowed"),
        ("a/b", "may have letters, digits, spaces, underscores and hyphens only"),
        ("a\tb", "may have letters, digits, spaces, underscores and hyphens only"),
        ("a\u00a0b", "may have letters, digits, spaces, underscores and hyphens only"),
        ("\U0001f600", "may have letters, digits, spaces, underscores and hyphens only"),
    ],
)
def test_a_name_that_is_none_is_refused_every_time(name: str, said: str) -> None:
    """What passed once is remembered; what did not is not."""
    rules = EventRules()

    assert [rules.wrong_with_name(name), rules.wrong_with_name(name)] == [said, said]


@pytest.mark.parametrize(("value", "most"), MOST_OF_EACH)
def test_each_type_has_its_number_of_attributes(value: object, most: int) -> None:
    """The vendor's limits; arrays of scalars count as objects, which is our choice."""
    names = [f"a{number}" for number in range(most + 1)]

    assert wrong(EventRules(), dict.fromkeys(names[:most], value)) == []
    ((attribute, said),) = wrong(EventRules(), dict.fromkeys(names, value))
    assert (attribute, said.endswith(f"at most {most} are allowed")) == (None, True)


def test_a_shape_that_passed_does_not_let_too_many_dates_through() -> None:
    """Two texts share a shape, and only one of them is a date; the same goes for arrays."""
    rules = EventRules()
    names = [f"a{number}" for number in range(21)]

    assert wrong(rules, dict.fromkeys(names, "soon")) == []
    assert wrong(rules, dict.fromkeys(names, "2022-03-27")) == [
        (None, "has 21 attributes of type Date, at most 20 are allowed")
    ]
    assert wrong(rules, {name: [] for name in names[:6]}) == []
    assert wrong(rules, {name: [{}] for name in names[:6]}) == [
        (None, "has 6 attributes of type Array of Objects, at most 5 are allowed")
    ]


def test_texts_have_at_most_254_characters_and_bytes() -> None:
    """Looked at in every record, also when its shape has passed before."""
    rules = EventRules()

    assert wrong(rules, {"a": "x" * 254, "b": "é" * 127}) == []
    assert wrong(rules, {"a": "x" * 255, "b": "é" * 128}) == [
        ("a", "has 255 characters, at most 254 are allowed"),
        ("b", "has 256 bytes, at most 254 are allowed"),
    ]


def test_names_of_attributes_have_1_to_49_characters() -> None:
    """And there are at most 255 of them; null takes a place, but counts under no type."""
    said = "attribute names have 1 to 49 characters"

    assert wrong(EventRules(), {"x" * 49: 1}) == []
    assert wrong(EventRules(), {"x" * 50: 1, "": 1}) == [("x" * 50, said), ("", said)]
    assert wrong(EventRules(), {f"a{number}": None for number in range(256)}) == [
        (None, "has 256 attributes, at most 255 are allowed")
    ]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that makes new names and shapes all the time must not fill the memory."""
    monkeypatch.setattr("tidings.events.accept.MAX_REMEMBERED", 10)
    rules = EventRules()

    for number in range(100):
        assert rules.wrong_with_name(f"Event {number}") is None
        assert wrong(rules, {f"a{number}": 1}) == []

    assert (len(rules._names) <= 10, len(rules._shapes) <= 10) == (True, True)  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-03-29 12:00:00", NOON - timedelta(hours=5, minutes=30)),
        ("2026-03-29T12:00:00Z", NOON),
        ("2000-01-01T00:00:00Z", datetime(2000, 1, 1, tzinfo=UTC)),
        ("2026-03-30T12:00:00Z", NOON + timedelta(days=1)),
        ("2026-03-30T12:00:01Z", "is more than 24 hours in the future"),
        ("1999-12-31T23:59:59Z", "is before the year 2000"),
        ("1970-01-01T00:00:00Z", "is before the year 2000"),
        ("soon", "must be a time such as 2022-03-27 04:08:18 or 2022-03-27T04:08:18+0530"),
        ("0", "must be a time such as 2022-03-27 04:08:18 or 2022-03-27T04:08:18+0530"),
    ],
)
def test_an_events_time_is_read_or_refused(text: str, read: datetime | str) -> None:
    """Known bug 16: a bad time became 1970, or the time of receipt, and nobody was told."""
    assert read_occurred_at(text, KOLKATA, NOON) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (0, 0.0),
        (-12, -12.0),
        (12.5, 12.5),
        ("12.5", 12.5),
        (" 12 ", 12.0),
        ("1e3", 1000.0),
        (limits.MAX_LTV, limits.MAX_LTV),
        (2 * limits.MAX_LTV, None),
        (10**400, None),
        ("nan", None),
        ("inf", None),
        ("-inf", None),
        ("1_000", None),
        ("1,5", None),
        ("many", None),
        ("", None),
    ],
)
def test_a_lifetime_value_is_a_plain_number_or_its_text(
    value: float | str, read: float | None
) -> None:
    """Python reads more as a number than any client means."""
    assert read_ltv(value) == read
