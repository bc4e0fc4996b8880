"""Segments as they are kept: what they are called, in which state, and their versions."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, NewType

import msgspec

from tidings.profiles.model import ProfileRef
from tidings.segments.model import SegmentId
from tidings.storage.slots import SLOT_COUNT

Version = NewType("Version", int)


class State(StrEnum):
    """How far a segment is.

    Shape:  draft - has nobody; processing - its first version is being built; updating - its
            members are those of the version before; error - it could not be built or followed.
    """

    DRAFT = "draft"
    PROCESSING = "processing"
    UPDATING = "updating"
    ERROR = "error"
    PUBLISHED = "published"


class EditionId(NamedTuple):
    """One version of one segment."""

    segment_id: SegmentId
    version: Version


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment.

    Shape:  definition - JSON as saved last, None for a custom list; live_version - whose members
            count, None before the first is built; slots_left - how many of 256 parts of the version
            that is being built are missing, None when none is; fresh_at - everything that happened
            before is in its members, None for who has none.
    """

    segment_id: SegmentId
    name: str
    definition: bytes | None
    state: State
    live_version: Version | None
    error: str | None
    created_at: datetime
    updated_at: datetime
    slots_left: int | None = None
    fresh_at: datetime | None = None

    @property
    def percent_built(self) -> int | None:
        """Return how far the version is that is being built, None when none is."""
        if self.slots_left is not None:
            return 100 * (SLOT_COUNT - self.slots_left) // SLOT_COUNT
        # Every part is built, and the last step is on its way.
        return 100 if self.state in {State.PROCESSING, State.UPDATING} else None

    @property
    def live(self) -> EditionId | None:
        """Return the version whose members count, None before the first is built."""
        if self.live_version is None:
            return None
        return EditionId(self.segment_id, self.live_version)


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of a segment that is kept up to date.

    Shape:  definition - JSON, None for a custom list; is_live - whether its members count, or it
            is being built; slots_left - see `Segment`; state - of its segment; swept_day - for
            which day of the brand's calendar it was looked through last.
    Units:  swept_until - up to when windows that slid on were looked after.
    """

    edition_id: EditionId
    definition: bytes | None
    is_live: bool
    slots_left: int
    state: State
    swept_until: datetime
    swept_day: date


class Change(NamedTuple):
    """Somebody who entered a segment or left it."""

    person: ProfileRef
    is_member: bool


class Member(NamedTuple):
    """Somebody in a segment."""

    person: ProfileRef
    entered_at: datetime


class Membership(NamedTuple):
    """A segment that somebody is in."""

    segment_id: SegmentId
    name: str
    entered_at: datetime


class Place(msgspec.Struct, frozen=True):
    """That somebody is in a version of a custom list, and since when."""

    segment_id: SegmentId
    version: Version
    entered_at: datetime

    @property
    def edition_id(self) -> EditionId:
        """Return in which version that is."""
        return EditionId(self.segment_id, self.version)
