"""Deciding a test: what its variants have got so far, and that one of them is the winner."""

from tidings.base import clock
from tidings.campaigns import parts, store
from tidings.campaigns.model import Campaign, Trial, Winner
from tidings.campaigns.winner import trials_of
from tidings.messages import actions as messages
from tidings.storage.tx import Tx


async def trials(tx: Tx, campaign: Campaign) -> list[Trial]:
    """Return what became of each variant of a campaign that has begun, so far."""
    if campaign.lane_id is None:
        raise AssertionError("a campaign that has begun has a lane")
    counted = await messages.counts_by_template(tx, campaign.brand_id, [campaign.lane_id])
    return trials_of(campaign.templates, counted.get(campaign.lane_id, {}))


async def decide(tx: Tx, campaign: Campaign, winner: Winner) -> None:
    """Note the winner of a campaign that is held, and have it sent to who waits for it."""
    now = clock.now()
    await store.decide(tx, campaign, winner, at=now)
    await parts.plan_release(tx, campaign.brand_id, campaign.campaign_id, at=now)
