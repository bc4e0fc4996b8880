"""Reports: what became of messages, in numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from tidings.base.ids import BrandId
from tidings.campaigns.model import CampaignId, State
from tidings.campaigns.winner import Standing
from tidings.channels.model import ChannelId
from tidings.messages.model import LaneId, What
from tidings.templates.model import TemplateId

Month = tuple[int, int]
"""A year and a month of it, 1 to 12."""


class Dimension(StrEnum):
    """By what numbers are told apart."""

    LANE = "lane"
    TEMPLATE = "template"
    CHANNEL = "channel"
    DAY = "day"


class Tally(NamedTuple):
    """A number that was counted, of one lane, template, channel or day.

    Shape:  key - which, as text; detail - the reason, where there is one; amount - what it was
            worth.
    """

    key: str
    what: What
    detail: str
    number: int
    amount: float


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages did what.

    Shape:  skipped, failed - by reason; opened, clicked - every time, unique_opened,
            unique_clicked - the messages of which that was so; converted - goal events; revenue -
            what those were worth; scanned - openings and clicks by machines, in none of the others.
    """

    intended: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict[str, int])
    sent: int = 0
    failed: Mapping[str, int] = field(default_factory=dict[str, int])
    delivered: int = 0
    opened: int = 0
    unique_opened: int = 0
    clicked: int = 0
    unique_clicked: int = 0
    bounced: int = 0
    complained: int = 0
    unsubscribed: int = 0
    scanned: int = 0
    converted: int = 0
    revenue: float = 0.0

    @property
    def all_skipped(self) -> int:
        """Return how many were skipped, whatever the reason."""
        return sum(self.skipped.values())

    @property
    def all_failed(self) -> int:
        """Return how many failed, whatever the reason."""
        return sum(self.failed.values())

    @property
    def waiting(self) -> int:
        """Return how many are still to be sent, or in hand."""
        return self.intended - self.all_skipped - self.sent - self.all_failed


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of what was sent, from 0 to 1; None while nothing was."""

    delivered: float | None
    opened: float | None
    clicked: float | None
    bounced: float | None
    complained: float | None
    unsubscribed: float | None
    converted: float | None


class LinkClicks(NamedTuple):
    """How often a link was clicked."""

    link: str
    clicked: int


@dataclass(frozen=True, slots=True)
class ReportedCampaign:
    """A campaign, as far as reports name it.

    Shape:  channel_id - of a channel that may be gone by now; lane_id - None before it started.
    """

    campaign_id: CampaignId
    name: str
    channel_id: ChannelId
    state: State
    lane_id: LaneId | None
    created_at: datetime
    start_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None


class CampaignLine(NamedTuple):
    """One campaign in a list; its channel by key, "" for one that is gone."""

    campaign: ReportedCampaign
    channel: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """All that is told of one campaign.

    Shape:  days - in order, those on which anything happened; templates - by key, "" for one that
            is gone, and for those who wait for the winner of a test; links - the most clicked
            first; test - None without one.
    """

    line: CampaignLine
    rates: Rates
    days: Sequence[tuple[date, Counts]]
    templates: Sequence[tuple[str, Counts]]
    links: Sequence[LinkClicks]
    test: Standing | None = None


@dataclass(frozen=True, slots=True)
class CampaignsAsked:
    """Which campaigns a list is to have.

    Shape:  since, until - the time at which each started, is to start or was created, until is not
            in it; channel - its key; before - the id at which the page before ended.
    """

    since: datetime
    until: datetime
    channel: str | None
    before: CampaignId
    at_most: int


@dataclass(frozen=True, slots=True)
class LaneGoal:
    """What the people of a campaign are to do.

    Shape:  amount - the attribute of the event that says what it was worth, None for nothing.
    """

    brand_id: BrandId
    lane_id: LaneId
    event: str
    within: timedelta
    amount: str | None


class Conversion(NamedTuple):
    """A goal event that was counted for a message."""

    lane_id: LaneId
    template_id: TemplateId | None
    occurred_at: datetime
    amount: float
