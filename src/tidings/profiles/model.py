"""People: who they are, apart from what they did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from tidings.base.ids import ProfileId
from tidings.schema.check import Attributes, Shape
from tidings.storage.slots import Slot


class ProfileRef(NamedTuple):
    """Where a profile lies: together the key of every table of people."""

    slot: Slot
    profile_id: ProfileId


class ProfileChange(msgspec.Struct, frozen=True):
    """One record of profile attributes, as a wire parsed it.

    Shape:  attributes - to set, none of them null; removed - names to remove.
    """

    attributes: Attributes
    removed: Sequence[str]
    shape: Shape


class Operator(StrEnum):
    """What can be done to a place in a profile, with MongoDB's names and semantics."""

    SET = "$set"
    UNSET = "$unset"
    INC = "$inc"
    MUL = "$mul"
    MIN = "$min"
    MAX = "$max"
    PUSH = "$push"
    ADD_TO_SET = "$addToSet"
    PULL = "$pull"
    POP = "$pop"
    RENAME = "$rename"


class Operation(NamedTuple):
    """One thing to do to one place.

    Shape:  path - from the attribute's name down, the name as stored; value - of `$push` and
            `$addToSet` a list of what to add, of `$rename` the new path as a tuple, else as sent.
    """

    operator: Operator
    path: tuple[str, ...]
    value: Any


class Operations(msgspec.Struct, frozen=True):
    """What one record does to a profile: all of it or nothing (`profiles.operate`).

    Shape:  steps - no two touch one place; created_at - from when the person is there, if this
            record creates them; None for the time of receipt.
    """

    steps: Sequence[Operation]
    created_at: datetime | None = None


class CannotApply(Exception):
    """Operations that do not fit the profile they meet.

    Shape:  path - dotted, of the first that does not fit; message - why, without the path.
    """

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path} {message}")
        self.path = path
        self.message = message


@dataclass(slots=True)
class Patch:
    """All changes of one person in a commit, folded in their order.

    Shape:  kept - set among the attributes; aside - set among the mismatched; removed - from
            both; an attribute is in at most one of `kept` and `removed`.
    """

    kept: Attributes = field(default_factory=dict[str, Any])
    aside: Attributes = field(default_factory=dict[str, Any])
    removed: set[str] = field(default_factory=set[str])

    def add(self, kept: Attributes, aside: Attributes, removed: Sequence[str]) -> None:
        """Fold one more change in; the later one wins."""
        for name in removed:
            self.kept.pop(name, None)
            self.aside.pop(name, None)
            self.removed.add(name)
        for name, value in kept.items():
            self.kept[name] = value
            self.aside.pop(name, None)
            self.removed.discard(name)
        self.aside.update(aside)


@dataclass(frozen=True, slots=True)
class NewProfile:
    """A person to insert.

    Shape:  updated_at - None when that is `created_at`.
    """

    ref: ProfileRef
    user_id: str | None
    created_at: datetime
    updated_at: datetime | None = None


class Origin(NamedTuple):
    """From when a person is there, and as which user; None for a visitor."""

    user_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as stored.

    Shape:  mismatched - values put aside because they contradict their attribute's type.
    """

    ref: ProfileRef
    user_id: str | None
    attributes: Mapping[str, Any]
    mismatched: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
