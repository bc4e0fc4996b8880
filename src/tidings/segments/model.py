"""Segments: who belongs to them, as a tree with one class a node."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from tidings.base.ids import NameId
from tidings.base.media import ADDRESS_ATTRIBUTES, Medium
from tidings.profiles.model import ProfileRef
from tidings.segments.condition import AnyCondition, Condition, NumberRange

SegmentId = NewType("SegmentId", int)


# --- when --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InLast:
    """At most so long ago. What a wrong clock puts ahead of now counts as now."""

    duration: timedelta


@dataclass(frozen=True, slots=True)
class Between:
    """At or after `start` and before `end`, either of which may be missing."""

    start: datetime | None
    end: datetime | None


EVER = Between(None, None)
Window = InLast | Between


# --- what people did ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AttributeFilter:
    """Only events whose attribute meets a condition."""

    name: str
    condition: AnyCondition


@dataclass(frozen=True, slots=True)
class ContextFilter:
    """Only events whose context meets a condition at a place.

    Shape:  path - names of nested objects, from the outermost down.
    """

    path: tuple[str, ...]
    condition: AnyCondition


Filter = AttributeFilter | ContextFilter


@dataclass(frozen=True, slots=True)
class Step:
    """Events of one name that pass every filter."""

    name: str
    name_id: NameId
    where: tuple[Filter, ...] = ()


class Comparison(StrEnum):
    """How a count is held against a number."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    EXACTLY = "exactly"


@dataclass(frozen=True, slots=True)
class CountIs:
    """So many events; at most one, as well as exactly none, is met by who did nothing."""

    comparison: Comparison
    number: int


class End(StrEnum):
    """One end of a history."""

    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class EndIn:
    """The first or the last of the events lies in a window."""

    end: End
    window: Window


class Function(StrEnum):
    """What is made of an attribute of several events."""

    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    DISTINCT = "distinct"


@dataclass(frozen=True, slots=True)
class AggregateIs:
    """What is made of an attribute meets a condition, of people who have such an event.

    Shape:  is_text - whether the attribute is a String, which only `DISTINCT` can be.
    """

    function: Function
    attribute: str
    condition: Condition[NumberRange]
    is_text: bool = False


Measure = CountIs | EndIn | AggregateIs


# --- the nodes ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class All:
    """Who meets every one of the nodes."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Who meets at least one of the nodes."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Who does not meet the node."""

    node: "Node"


@dataclass(frozen=True, slots=True)
class Attribute:
    """Whose attribute meets a condition."""

    name: str
    condition: AnyCondition


@dataclass(frozen=True, slots=True)
class Event:
    """Who did something, as measured, in a window."""

    step: Step
    measure: Measure = CountIs(Comparison.AT_LEAST, 1)
    window: Window = EVER


@dataclass(frozen=True, slots=True)
class Sequence:
    """Who did one thing and, later and within a time, another, both in a window."""

    first: Step
    then: Step
    within: timedelta
    window: Window = EVER


REACHING = (*ADDRESS_ATTRIBUTES, Medium.PUSH)
"""The media of which is known of each person whether they can be reached."""


@dataclass(frozen=True, slots=True)
class Reachable:
    """Who opted in to a medium of `REACHING` and has an address there; for pushes, has a device."""

    medium: Medium


class Sight(StrEnum):
    """A time that every person, or everybody who did anything, has."""

    CREATED = "created"
    FIRST_SEEN = "first_seen"
    LAST_SEEN = "last_seen"


@dataclass(frozen=True, slots=True)
class Seen:
    """Who was created, first seen or last seen (by their events) in a window."""

    sight: Sight
    window: Window


@dataclass(frozen=True, slots=True)
class InSegment:
    """Who is in another segment."""

    segment_id: SegmentId


SHARE_PARTS = 10_000
"""Into so many parts people are dealt: a share is given to hundredths of a percent."""


@dataclass(frozen=True, slots=True)
class RandomShare:
    """Who is dealt into a share of all people; the same salt deals the same way each time.

    Shape:  parts - of `SHARE_PARTS`.
    """

    parts: int
    salt: str


Node = All | Any | Not | Attribute | Event | Sequence | Reachable | Seen | InSegment | RandomShare


@dataclass(frozen=True, slots=True)
class Preview:
    """How many people a definition has now, and some of them, by slot and id."""

    count: int
    examples: tuple[ProfileRef, ...]
