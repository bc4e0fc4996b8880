"""Reading a definition strictly: what each place may hold, and where a mistake is: pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo
from decimal import Decimal
from itertools import islice
from typing import Any, cast

from tidings.base import limits
from tidings.base.errors import Mistake
from tidings.base.ids import NameId
from tidings.schema.model import PROFILE_OWNER, RESERVED_PROFILE_TYPES, AttributeType, Lock, Status
from tidings.segments.calendar import read_duration, read_span
from tidings.segments.condition import Moment

Fields = dict[str, Any]
_NOT_FOR_SEGMENTS = {AttributeType.OBJECT, AttributeType.OBJECT_ARRAY}
_WIDEST_NUMBER = Decimal("1e300")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a definition of a brand may name.

    Shape:  name_ids - of every event name; locks - of attributes, by owner and name.
    """

    zone: tzinfo
    name_ids: Mapping[str, NameId]
    locks: Mapping[NameId, Mapping[str, Lock]]


@dataclass(slots=True)
class Reading:
    """One definition being read, and all that is wrong with it so far.

    Every method that reads returns None when it has noted a mistake, so that reading goes on.
    """

    words: Vocabulary
    mistakes: list[Mistake] = field(default_factory=list[Mistake])
    node_count: int = 0

    def wrong(self, path: str, message: str) -> None:
        """Note a mistake; `path` is "" for the definition as a whole."""
        self.mistakes.append(Mistake(message, path or None))

    def has_room(self, path: str, depth: int) -> bool:
        """Count one more node or filter; say whether a definition may have it, at its depth."""
        self.node_count += 1
        if depth > limits.MAX_SEGMENT_DEPTH:
            self.wrong(path, f"is deeper than {limits.MAX_SEGMENT_DEPTH} levels")
        elif self.node_count == limits.MAX_SEGMENT_NODES + 1:
            self.wrong(path, f"is one node too many: a segment has {limits.MAX_SEGMENT_NODES}")
        return depth <= limits.MAX_SEGMENT_DEPTH and self.node_count <= limits.MAX_SEGMENT_NODES

    def fields(self, value: object, path: str, known: Collection[str]) -> Fields | None:
        """Read an object; a field that is not known is noted, and the others are read."""
        if not isinstance(value, dict):
            return self.wrong(path, "must be an object")
        fields = cast("Fields", value)
        unknown = (name for name in fields if name not in known)
        # More of them cannot be among the mistakes that are told, and there may be a million.
        for name in islice(unknown, limits.MAX_MISTAKES_REPORTED):
            self.wrong(join(path, name), f"is unknown here; known are {listed(known)}")
        return {name: inner for name, inner in fields.items() if name in known}

    def items(self, value: object, path: str, most: int) -> list[Any] | None:
        """Read an array with 1 to `most` elements."""
        if not isinstance(value, list):
            return self.wrong(path, "must be an array")
        items = cast("list[Any]", value)
        if not 1 <= len(items) <= most:
            return self.wrong(path, f"must have 1 to {most:,} elements")
        return items

    def text(
        self, value: object, path: str, most: int = limits.MAX_USER_TEXT_CHARACTERS
    ) -> str | None:
        """Read a text with 1 to `most` characters that PostgreSQL can hold."""
        if not isinstance(value, str):
            return self.wrong(path, "must be a text")
        if not 1 <= len(value) <= most:
            return self.wrong(path, f"must have 1 to {most:,} characters")
        if "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
            return self.wrong(path, "must not have the character NUL or half a character")
        return value

    def boolean(self, value: object, path: str) -> bool | None:
        """Read true or false."""
        return value if isinstance(value, bool) else self.wrong(path, "must be true or false")

    def number(self, value: object, path: str) -> Decimal | None:
        """Read a number exactly as it was written."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self.wrong(path, "must be a number")
        number = Decimal(value) if isinstance(value, int) else Decimal(repr(value))
        if not number.is_finite() or abs(number) > _WIDEST_NUMBER:
            return self.wrong(path, "is too large")
        return number

    def count(self, value: object, path: str, *, least: int, most: int) -> int | None:
        """Read a whole number from `least` to `most`."""
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            return self.wrong(path, f"must be a whole number from {least:,} to {most:,}")
        return value

    def choice(self, fields: Fields, path: str, known: Collection[str], what: str) -> str | None:
        """Read which one of some fields is there: exactly one must be."""
        there = [name for name in fields if name in known]
        if not there:
            return self.wrong(path, f"needs {what}: one of {listed(known)}")
        if len(there) > 1:
            return self.wrong(join(path, there[1]), f"cannot stand beside {there[0]}")
        return there[0]

    def span(self, value: object, path: str) -> tuple[Moment, Moment] | None:
        """Read a Date as the time it takes."""
        span = read_span(value, self.words.zone) if isinstance(value, str) else None
        return span or self.wrong(
            path, "must be a date such as 2026-03-29 or a time such as 2026-03-29T12:00:00Z"
        )

    def duration(self, value: object, path: str) -> timedelta | None:
        """Read a duration."""
        duration = read_duration(value) if isinstance(value, str) else None
        if duration is None:
            return self.wrong(path, 'must be such as "30 days", "12 hours" or "90 minutes"')
        if duration > timedelta(days=limits.MAX_SEGMENT_DAYS):
            return self.wrong(path, f"must be at most {limits.MAX_SEGMENT_DAYS:,} days")
        return duration

    def event(self, value: object, path: str) -> tuple[str, NameId] | None:
        """Read the name of an event that the brand has."""
        name = self.text(value, path, limits.MAX_EVENT_NAME_CHARACTERS)
        if name is None:
            return None
        name_id = self.words.name_ids.get(name)
        if name_id is None:
            return self.wrong(path, f"is unknown: the brand never had an event {name!r}")
        return name, name_id

    def attribute(
        self, value: object, path: str, owner: NameId = PROFILE_OWNER
    ) -> tuple[str, AttributeType] | None:
        """Read the name of an attribute that its owner has and that can be asked for."""
        name = self.text(value, path, limits.MAX_ATTRIBUTE_NAME_CHARACTERS)
        if name is None:
            return None
        lock = self.words.locks.get(owner, {}).get(name)
        if lock is None and owner == PROFILE_OWNER and name in RESERVED_PROFILE_TYPES:
            lock = Lock(RESERVED_PROFILE_TYPES[name], Status.ACTIVE)
        if lock is None:
            whose = "profiles have" if owner == PROFILE_OWNER else "the event has"
            return self.wrong(path, f"is unknown: {whose} no attribute {name!r}")
        if lock.status is not Status.ACTIVE:
            return self.wrong(path, f"cannot be asked for: {name!r} is {lock.status.value}")
        if lock.type in _NOT_FOR_SEGMENTS:
            return self.wrong(path, f"cannot be asked for: {name!r} is of type {lock.type.value}")
        return name, lock.type


def in_order(mistakes: Sequence[Mistake], definition: object) -> list[Mistake]:
    """Sort mistakes by where they are in a definition, from its beginning."""
    positions: dict[str, int] = {}
    waiting: list[tuple[str, object]] = [("", definition)]
    while waiting:
        path, value = waiting.pop()
        positions[path] = len(positions)
        inner: list[tuple[str, object]] = []
        if isinstance(value, dict):
            inner = [(join(path, name), one) for name, one in cast("Fields", value).items()]
        elif isinstance(value, list):
            items = cast("list[object]", value)
            inner = [(f"{path}[{index}]", one) for index, one in enumerate(items)]
        waiting += reversed(inner)
    return sorted(mistakes, key=lambda mistake: positions[mistake.field or ""])


def join(path: str, name: str) -> str:
    """Return the path of a field."""
    return f"{path}.{name}" if path else name


def listed(names: Collection[str]) -> str:
    """Put names into a sentence."""
    return ", ".join(sorted(names))
