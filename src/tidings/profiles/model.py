"""People: who they are, apart from what they did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
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
    """A person to insert."""

    ref: ProfileRef
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
