"""The table of campaigns: rows in, models out."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, cast

import msgspec

from tidings.base.ids import BrandId
from tidings.campaigns.model import Campaign, CampaignId, Definition, State, Winner
from tidings.channels.model import ChannelId
from tidings.messages.model import LaneId, TemplateAt
from tidings.storage.sql import Queries
from tidings.storage.tx import Row, Tx

SQL = Queries(__file__)

_encode = msgspec.json.Encoder().encode
_definition = msgspec.json.Decoder(Definition).decode
_winner = msgspec.json.Decoder(Winner).decode
_templates = msgspec.json.Decoder(list[TemplateAt]).decode


class Done(NamedTuple):
    """A campaign all of whose people were gone through."""

    brand_id: BrandId
    campaign_id: CampaignId
    lane_id: LaneId


async def insert_campaign(
    tx: Tx, brand_id: BrandId, channel_id: ChannelId, definition: Definition, *, at: datetime
) -> CampaignId | None:
    """Save a draft; None when the brand has a campaign of this name."""
    return cast(
        "CampaignId | None",
        await tx.fetchval(
            SQL["insert_campaign"],
            brand_id,
            definition.name,
            channel_id,
            _encode(definition),
            at,
        ),
    )


async def select_campaigns(
    tx: Tx, brand_id: BrandId, *, before: CampaignId, at_most: int
) -> Sequence[Campaign]:
    """Return campaigns, the latest first."""
    rows = await tx.fetch(SQL["select_campaigns"], brand_id, before, at_most)
    return [_campaign(row) for row in rows]


async def hold(tx: Tx, brand_id: BrandId, campaign_id: CampaignId) -> Campaign | None:
    """Return a campaign and hold it, None when the brand has none with this id."""
    row = await tx.fetchrow(SQL["select_campaign"], brand_id, campaign_id)
    return None if row is None else _campaign(row)


async def select_in_need_of(
    tx: Tx, brand_id: BrandId, template: str
) -> list[tuple[CampaignId, str, State]]:
    """Return the campaigns that are not over and need a template: id, name and state."""
    return [
        (CampaignId(row["campaign_id"]), row["name"], State(row["state"]))
        for row in await tx.fetch(SQL["select_in_need_of"], brand_id, template)
    ]


async def schedule(tx: Tx, campaign: Campaign, *, start_at: datetime) -> None:
    """Note when a campaign starts."""
    await tx.execute(SQL["schedule"], campaign.brand_id, campaign.campaign_id, start_at)


async def begin(
    tx: Tx,
    campaign: Campaign,
    lane_id: LaneId,
    *,
    slots: int,
    templates: Sequence[TemplateAt],
    at: datetime,
) -> None:
    """Note that a campaign began, with which version of each template."""
    where = campaign.brand_id, campaign.campaign_id
    await tx.execute(SQL["begin"], *where, lane_id, slots, at, _encode(templates))


async def set_state(
    tx: Tx,
    brand_id: BrandId,
    campaign_id: CampaignId,
    state: State,
    *,
    error: str | None = None,
    finished_at: datetime | None = None,
) -> None:
    """Note how far a campaign is."""
    await tx.execute(SQL["set_state"], brand_id, campaign_id, state.value, error, finished_at)


async def count_slots(
    tx: Tx, brand_id: BrandId, campaign_id: CampaignId, slots: int, *, at: datetime
) -> None:
    """Note that some slots more were gone through for people, and when that were all."""
    await tx.execute(SQL["count_slots"], brand_id, campaign_id, slots, at)


async def select_done(tx: Tx) -> list[Done]:
    """Return the campaigns of all brands whose people are all in their lanes."""
    return [
        Done(row["brand_id"], row["campaign_id"], row["lane_id"])
        for row in await tx.fetch(SQL["select_done"])
    ]


async def select_undecided(tx: Tx) -> list[tuple[BrandId, CampaignId]]:
    """Return the campaigns of all brands whose people are in their lanes and wait for a test."""
    return [
        (BrandId(row["brand_id"]), CampaignId(row["campaign_id"]))
        for row in await tx.fetch(SQL["select_undecided"])
    ]


async def note_tested(tx: Tx, campaign: Campaign, *, at: datetime) -> None:
    """Note that all of a test was sent."""
    await tx.execute(SQL["note_tested"], campaign.brand_id, campaign.campaign_id, at)


async def decide(tx: Tx, campaign: Campaign, winner: Winner, *, at: datetime) -> None:
    """Note the winner of a test."""
    where = campaign.brand_id, campaign.campaign_id
    await tx.execute(SQL["decide"], *where, _encode(winner), at)


def _campaign(row: Row) -> Campaign:
    return Campaign(
        campaign_id=CampaignId(row["campaign_id"]),
        brand_id=BrandId(row["brand_id"]),
        channel_id=ChannelId(row["channel_id"]),
        definition=_definition(row["definition"]),
        state=State(row["state"]),
        error=row["error"],
        lane_id=row["lane_id"],
        slots_left=row["slots_left"],
        templates=_templates(row["templates"]),
        created_at=row["created_at"],
        start_at=row["start_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        filled_at=row["filled_at"],
        tested_at=row["tested_at"],
        decided_at=row["decided_at"],
        winner=None if row["winner"] is None else _winner(row["winner"]),
    )
