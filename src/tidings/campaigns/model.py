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
from tidings.devices.model import Platform
from tidings.messages.model import LaneId, TemplateAt
from tidings.segments.model import SegmentId

CampaignId = NewType("CampaignId", int)

TEST_PERCENT = 20
"""How many in a hundred are in a test that does not say."""

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


class Criterion(StrEnum):
    """By which rate of what was sent the winner of a test is picked."""

    OPENS = "opens"
    CLICKS = "clicks"
    GOAL = "goal"


class SplitTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That variants go to a part of the people first, and the winner to everybody else.

    Shape:  winner - what it is picked by; after - how long after all of the test was sent, such as
            `4 hours`; share - how many in a hundred are in the test.
    """

    winner: Criterion
    after: str
    share: Annotated[int, msgspec.Meta(ge=1, le=limits.MAX_CAMPAIGN_TEST_SHARE)] = TEST_PERCENT


class How(StrEnum):
    """Why a variant is the winner of a test.

    Shape:  best - no other has a rate as good; tie - it is the first of several that have the best
            one; operator - somebody said so.
    """

    BEST = "best"
    TIE = "tie"
    OPERATOR = "operator"


class Trial(msgspec.Struct, frozen=True):
    """What became of one variant in a test.

    Shape:  opened, clicked - messages, each once; converted - goal events.
    """

    sent: int = 0
    opened: int = 0
    clicked: int = 0
    converted: int = 0


class Winner(msgspec.Struct, frozen=True):
    """Which variant everybody else gets, and why.

    Shape:  position - among the variants, from 0; trials - of each variant, as of then.
    """

    position: int
    how: How
    trials: list[Trial]


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A campaign as it is asked for.

    Shape:  channel, template - their keys; variants - in the place of a template; audience - `all`
            for everybody, or `segments`, of which a person must be in one; exclude - segments of
            which they must be in none; local_time - for each person at this time of their own
            clock, in the place of an instant; topic - its key; platform - on which alone pushes are
            shown, None for all that the channel reaches; goal, test - None without one.
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
    platform: Platform | None = None
    test: SplitTest | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it is kept.

    Shape:  lane_id - None before it starts; slots_left - how many of 256 slots are still to be
            gone through for people, None before that; templates - of each variant, as of the start,
            none before; start_at - None for a draft; filled_at - when all people had been gone
            through; tested_at - when all of the test was sent; winner - of the test, None before it
            is decided, as decided_at.
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
    filled_at: datetime | None
    tested_at: datetime | None
    decided_at: datetime | None
    winner: Winner | None
