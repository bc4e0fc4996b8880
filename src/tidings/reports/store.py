"""What reports read of other rooms, through their views: rows in, models out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime

from tidings.base.ids import BrandId
from tidings.campaigns.model import CampaignId, State
from tidings.channels.model import ChannelId
from tidings.messages.model import LaneId, What
from tidings.profiles.model import ProfileRef
from tidings.reports.model import Dimension, LinkClicks, ReportedCampaign, Tally
from tidings.storage.sql import Queries
from tidings.storage.tx import Row, Tx

SQL = Queries(__file__)

FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)
"""What the driver takes for the ends of time."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which messages of a brand are meant.

    Shape:  lanes - None for all; since, until - days, both in it.
    """

    lanes: Collection[LaneId] | None = None
    since: date = date.min
    until: date = date.max


async def select_tallies(tx: Tx, brand_id: BrandId, scope: Scope, *, by: Dimension) -> list[Tally]:
    """Return what was counted, told apart by one thing, in its order."""
    rows = await tx.fetch(
        SQL["select_tallies"],
        brand_id,
        None if scope.lanes is None else list(scope.lanes),
        scope.since,
        scope.until,
        by.value,
    )
    return [
        Tally(row["key"], What(row["what"]), row["detail"], row["count"], row["amount"])
        for row in rows
    ]


async def select_lane_tallies(
    tx: Tx, brand_id: BrandId, lane_id: LaneId
) -> list[tuple[str, str, Tally]]:
    """Return what was counted of a lane, each behind its template's id and its day, without key."""
    rows = await tx.fetch(SQL["select_lane_tallies"], brand_id, lane_id)
    return [
        (
            row["template"],
            row["day"],
            Tally("", What(row["what"]), row["detail"], row["count"], row["amount"]),
        )
        for row in rows
    ]


async def select_links(
    tx: Tx, brand_id: BrandId, lane_id: LaneId, *, at_most: int
) -> list[LinkClicks]:
    """Return the links of a lane that were clicked most."""
    rows = await tx.fetch(SQL["select_links"], brand_id, lane_id, at_most)
    return [LinkClicks(row["link"], row["clicked"]) for row in rows]


async def select_campaigns(
    tx: Tx,
    brand_id: BrandId,
    *,
    before: CampaignId,
    at_most: int,
    since: datetime = FIRST,
    until: datetime = LAST,
    channel_id: ChannelId | None = None,
) -> list[ReportedCampaign]:
    """Return campaigns, the latest first."""
    rows = await tx.fetch(
        SQL["select_campaigns"], brand_id, before, since, until, channel_id, at_most
    )
    return [_campaign(row) for row in rows]


async def select_received(tx: Tx, brand_id: BrandId, person: ProfileRef) -> list[datetime]:
    """Return when a person was sent what they got, in no order."""
    return [row["ended_at"] for row in await tx.fetch(SQL["select_received"], brand_id, *person)]


def _campaign(row: Row) -> ReportedCampaign:
    return ReportedCampaign(
        campaign_id=CampaignId(row["campaign_id"]),
        name=row["name"],
        channel_id=ChannelId(row["channel_id"]),
        state=State(row["state"]),
        lane_id=row["lane_id"],
        created_at=row["created_at"],
        start_at=row["start_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
    )
