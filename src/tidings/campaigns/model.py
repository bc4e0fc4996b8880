"""Campaigns: a message to everybody in some segments, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType

import msgspec

from tidings.base import limits
from tidings.base.ids import BrandId
from tidings.channels.model import ChannelId
from tidings.messages.model import LaneId, TemplateAt
from tidings.segments.model import SegmentId

CampaignId = NewType("CampaignId", int)

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.MAX_CAMPAIGN_NAME_CHARACTERS)]
_Segments = Annotated[list[SegmentId], msgspec.Meta(max_length=limits.MAX_CAMPAIGN_SEGMENTS)]


class State(StrEnum):
    """How far a campaign is.

    Shape:  draft - nothing is planned; scheduled - it starts at a time; sending - its people are
            being gone through or its messages are being sent; paused - no message begins;
            finished - every message was sent, failed or skipped; cancelled - what was not sent
            never will be; error - it could not be started.
    """

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    ERROR = "error"


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of several templates that are tried against each other.

    Shape:  template - its key; share - how many of those who get a message of the test get this
            one, beside the shares of the others.
    """

    template: str
    share: Annotated[int, msgspec.Meta(ge=1, le=limits.MAX_CAMPAIGN_SHARE)] = 1


class Goal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What people are to do because of a campaign.

    Shape:  event - its name; within - how long after they opened or clicked it still counts, such
            as `7 days`; amount - the attribute of the event that says what it was worth.
    """

    event: Annotated[str, msgspec.Meta(min_length=1, max_length=limits.MAX_EVENT_NAME_CHARACTERS)]
    within: str
    amount: (
        Annotated[str, msgspec.Meta(min_length=1, max_length=limits.MAX_ATTRIBUTE_NAME_CHARACTERS)]
        | None
    ) = None


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A campaign as it is asked for.

    Shape:  channel, template - their keys; variants - in the place of a template; audience - `all`
            for everybody, or `segments`, of which a person must be in one; exclude - segments of
            which they must be in none; local_time - for each person at this time of their own
            clock, in the place of an instant; topic - its key; goal - None without one.
    """

    name: _Name
    channel: str
    template: str | None = None
    variants: Annotated[list[Variant], msgspec.Meta(max_length=limits.MAX_CAMPAIGN_VARIANTS)] = []
    audience: str | None = None
    segments: _Segments = []
    exclude: _Segments = []
    local_time: str | None = None
    throttle_per_minute: (
        Annotated[int, msgspec.Meta(ge=1, le=limits.MAX_CAMPAIGN_PER_MINUTE)] | None
    ) = None
    topic: str | None = None
    utm: dict[str, str] = {}
    is_marketing: bool = True
    goal: Goal | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it is kept.

    Shape:  lane_id - None before it starts; slots_left - how many of 256 slots are still to be
            gone through for people, None before that; templates - of each variant, as of the start,
            none before; start_at - None for a draft.
    """

    campaign_id: CampaignId
    brand_id: BrandId
    channel_id: ChannelId
    definition: Definition
    state: State
    error: str | None
    lane_id: LaneId | None
    slots_left: int | None
    templates: Sequence[TemplateAt]
    created_at: datetime
    start_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
