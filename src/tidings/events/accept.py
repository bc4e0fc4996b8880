"""What an event may hold, whichever wire it comes by: pure."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import cast

from tidings.base import limits
from tidings.base.times import is_date, parse_instant
from tidings.schema.check import Attributes, Shape, type_of
from tidings.schema.model import AttributeType

_EVENT_NAME = re.compile(r"[\w -]+")
_FUTURE = timedelta(hours=limits.MAX_EVENT_FUTURE_HOURS)

# Which limit a value counts under, by its JSON type, and what the limit is called.
_LIMIT_OF_TYPE: Mapping[type[object], str] = {
    str: "String",
    int: "Number",
    float: "Number",
    bool: "Boolean",
    dict: "Object",
}
_MOST_OF_TYPE = {
    "String": limits.MAX_EVENT_STRINGS,
    "Number": limits.MAX_EVENT_NUMBERS,
    "Boolean": limits.MAX_EVENT_BOOLEANS,
    "Date": limits.MAX_EVENT_DATES,
    "Object": limits.MAX_EVENT_OBJECTS,
    "Array of Objects": limits.MAX_EVENT_OBJECT_ARRAYS,
}
MAX_REMEMBERED = 5_000


class EventRules:
    """Checks events, and remembers which names and shapes have passed.

    Most events of a brand look like ones seen before: their names and counts need no second look.
    What is remembered is bounded, and forgotten all at once when it is full.
    """

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._shapes: set[Shape] = set()

    def wrong_with_name(self, name: str) -> str | None:
        """Say what is wrong with an event's name, None when nothing is."""
        if name in self._names:
            return None
        if not name.strip():
            return "can not be empty"
        if len(name) > limits.MAX_EVENT_NAME_CHARACTERS:
            most = limits.MAX_EVENT_NAME_CHARACTERS
            return f"has {len(name)} characters, at most {most} are allowed"
        if not is_plain_name(name):
            return "may have letters, digits, spaces, underscores and hyphens only"
        if len(self._names) >= MAX_REMEMBERED:
            self._names.clear()
        self._names.add(name)
        return None

    def wrong_with_attributes(
        self, attributes: Attributes, shape: Shape, *, json_bytes: int
    ) -> Iterator[tuple[str | None, str]]:
        """Say what is wrong with an event's attributes.

        Shape:  json_bytes - the length of their JSON; yields the attribute (None for all of
                them together) and what is wrong with it.
        """
        if shape not in self._shapes:
            found = [*_wrong_with_names(attributes), *_wrong_with_counts(attributes)]
            yield from found
            # Dates and arrays are counted by value, so only shapes without many of either
            # are safe to remember.
            if not found and _is_decided_by_shape(attributes):
                if len(self._shapes) >= MAX_REMEMBERED:
                    self._shapes.clear()
                self._shapes.add(shape)
        # No text can be longer than the JSON that holds it.
        if json_bytes > limits.MAX_EVENT_TEXT_BYTES:
            yield from _wrong_with_texts(attributes)


def is_plain_name(name: str) -> bool:
    """Say whether a name has letters and digits of any script, space, underscore, hyphen only.

    Vowel signs count as letters: without them most words of most Indian scripts could not be
    written, and `\\w` knows only half of them.
    """
    if _EVENT_NAME.fullmatch(name) is not None:
        return True
    return all(
        character in " _-" or unicodedata.category(character)[0] in "LMN" for character in name
    )


def read_occurred_at(text: str, zone: tzinfo, received_at: datetime) -> datetime | str:
    """Read an event's time, or say what is wrong with it."""
    occurred_at = parse_instant(text, zone)
    if occurred_at is None:
        return "must be a time such as 2022-03-27 04:08:18 or 2022-03-27T04:08:18+0530"
    if occurred_at.year < limits.EARLIEST_EVENT_YEAR:
        return f"is before the year {limits.EARLIEST_EVENT_YEAR}"
    if occurred_at - received_at > _FUTURE:
        return f"is more than {limits.MAX_EVENT_FUTURE_HOURS} hours in the future"
    return occurred_at


def read_ltv(value: float | str) -> float | None:
    """Read a lifetime value, a number or its text; None when it is neither or too large."""
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    # float() also reads "nan", "inf" (neither is within the limit) and "1_000", which no client
    # means.
    is_plain = not (isinstance(value, str) and "_" in value)
    return number if is_plain and abs(number) <= limits.MAX_LTV else None


def _wrong_with_names(attributes: Attributes) -> Iterator[tuple[str | None, str]]:
    most = limits.MAX_ATTRIBUTE_NAME_CHARACTERS
    for name in attributes:
        if not 1 <= len(name) <= most:
            yield name, f"attribute names have 1 to {most} characters"


def _wrong_with_counts(attributes: Attributes) -> Iterator[tuple[str | None, str]]:
    if len(attributes) > limits.MAX_EVENT_ATTRIBUTES:
        most = limits.MAX_EVENT_ATTRIBUTES
        yield None, f"has {len(attributes)} attributes, at most {most} are allowed"
    counts = Counter(_limit_of(value) for value in attributes.values() if value is not None)
    for limit, most in _MOST_OF_TYPE.items():
        if counts[limit] > most:
            yield (
                None,
                f"has {counts[limit]} attributes of type {limit}, at most {most} are allowed",
            )


def _limit_of(value: object) -> str:
    if isinstance(value, str) and is_date(value):
        return "Date"
    if isinstance(value, list):
        is_of_objects = type_of(cast("object", value)) is AttributeType.OBJECT_ARRAY
        return "Array of Objects" if is_of_objects else "Object"
    return _LIMIT_OF_TYPE[type(value)]


def _is_decided_by_shape(attributes: Attributes) -> bool:
    texts = sum(isinstance(value, str) for value in attributes.values())
    arrays = sum(isinstance(value, list) for value in attributes.values())
    return texts <= limits.MAX_EVENT_DATES and arrays <= limits.MAX_EVENT_OBJECT_ARRAYS


def _wrong_with_texts(attributes: Attributes) -> Iterator[tuple[str | None, str]]:
    for name, value in attributes.items():
        if not isinstance(value, str):
            continue
        if len(value) > limits.MAX_EVENT_TEXT_CHARACTERS:
            most = limits.MAX_EVENT_TEXT_CHARACTERS
            yield name, f"has {len(value)} characters, at most {most} are allowed"
        elif not value.isascii() and len(value.encode()) > limits.MAX_EVENT_TEXT_BYTES:
            most = limits.MAX_EVENT_TEXT_BYTES
            yield name, f"has {len(value.encode())} bytes, at most {most} are allowed"
