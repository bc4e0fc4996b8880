"""The work of a campaign on the queue: it starts, and its people are gone through slot by slot."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tidings.base.ids import BrandId
from tidings.campaigns.model import CampaignId
from tidings.storage.slots import ALL_SLOTS, SLOT_COUNT, Slot
from tidings.storage.tx import Tx
from tidings.work import queue
from tidings.work.model import NewTask

START = "campaigns.start"
FILL = "campaigns.fill"
RELEASE = "campaigns.release"
CANCEL = "campaigns.cancel"


class Part(msgspec.Struct):
    """The payload of all of them: of which campaign."""

    campaign: CampaignId


_encode = msgspec.json.Encoder().encode
read_part = msgspec.json.Decoder(Part).decode


async def plan_start(tx: Tx, brand_id: BrandId, campaign_id: CampaignId, *, at: datetime) -> None:
    """Have a campaign started at a time."""
    # One slot a brand: two of its campaigns do not start side by side.
    await _enqueue(tx, START, brand_id, campaign_id, at=at, slots=[Slot(brand_id % SLOT_COUNT)])


async def plan_filling(tx: Tx, brand_id: BrandId, campaign_id: CampaignId, *, at: datetime) -> None:
    """Have the people of every slot gone through."""
    await _enqueue(tx, FILL, brand_id, campaign_id, at=at, slots=ALL_SLOTS)


async def plan_release(tx: Tx, brand_id: BrandId, campaign_id: CampaignId, *, at: datetime) -> None:
    """Have the winner of a test sent to who waits for it, in every slot."""
    await _enqueue(tx, RELEASE, brand_id, campaign_id, at=at, slots=ALL_SLOTS)


async def plan_cancelling(
    tx: Tx, brand_id: BrandId, campaign_id: CampaignId, *, at: datetime
) -> None:
    """Have what was not sent skipped, in every slot."""
    await _enqueue(tx, CANCEL, brand_id, campaign_id, at=at, slots=ALL_SLOTS)


async def _enqueue(
    tx: Tx,
    name: str,
    brand_id: BrandId,
    campaign_id: CampaignId,
    *,
    at: datetime,
    slots: Sequence[Slot],
) -> None:
    payload = _encode(Part(campaign_id))
    await queue.enqueue(
        tx,
        [
            NewTask(slot=slot, name=name, brand_id=brand_id, run_at=at, payload=payload)
            for slot in slots
        ],
    )
