"""What campaigns do on the queue, and by the clock."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from tidings.base import clock
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.brands import actions as brands
from tidings.campaigns import parts, store
from tidings.campaigns.choose import due_by_zone, variant_of
from tidings.campaigns.model import Campaign, CampaignId, State
from tidings.campaigns.parts import CANCEL, FILL, START, read_part
from tidings.messages import actions as messages
from tidings.messages.model import LaneOptions, Source, TemplateAt
from tidings.profiles.model import ProfileRef
from tidings.segments.audience import people_of
from tidings.storage.slots import SLOT_COUNT, Slot
from tidings.storage.tx import Tx
from tidings.templates import actions as templates
from tidings.work.model import Handler, Task

CANCELLED = "cancelled"
"""Why a message was skipped whose campaign was cancelled."""


def handlers() -> Mapping[str, Handler]:
    """Return who does which tasks."""
    return {START: start, FILL: fill, CANCEL: cancel}


async def start(tx: Tx, tasks: Sequence[Task]) -> None:
    """Begin campaigns whose time has come."""
    for task in tasks:
        campaign_id = read_part(task.payload).campaign
        campaign = await store.hold(tx, task.brand_id, campaign_id)
        if campaign is None or campaign.state is not State.SCHEDULED:
            continue
        now = clock.now()
        definition = campaign.definition
        keys = [variant.template for variant in definition.variants] or [definition.template or ""]
        try:
            found = [await templates.find(tx, task.brand_id, key) for key in keys]
        except Refused as refused:
            await store.set_state(
                tx, task.brand_id, campaign_id, State.ERROR, error=refused.message
            )
            continue
        lane = await messages.open_lane(
            tx,
            (campaign.brand_id, campaign.channel_id),
            source=(Source.CAMPAIGN, campaign_id),
            options=LaneOptions(definition.is_marketing, definition.topic, definition.utm),
            per_minute=definition.throttle_per_minute,
        )
        await store.begin(
            tx,
            campaign,
            lane.lane_id,
            slots=SLOT_COUNT,
            templates=[TemplateAt(one.template_id, one.last_version) for one in found],
            at=now,
        )
        await parts.plan_filling(tx, task.brand_id, campaign_id, at=now)


async def fill(tx: Tx, tasks: Sequence[Task]) -> None:
    """Go through the people of some slots, and put a message for each into the lane."""
    for (brand_id, campaign_id), slots in _grouped(tasks).items():
        campaign = await store.hold(tx, brand_id, campaign_id)
        if campaign is None or campaign.state not in {State.SENDING, State.PAUSED}:
            continue
        try:
            await _fill(tx, campaign, slots)
        except Refused as refused:
            if refused.code is Code.UNAVAILABLE:
                raise
            # What it names is not there any more.
            await store.set_state(tx, brand_id, campaign_id, State.ERROR, error=refused.message)
            continue
        await store.count_slots(tx, brand_id, campaign_id, len(slots))


async def cancel(tx: Tx, tasks: Sequence[Task]) -> None:
    """Skip what was not sent of cancelled campaigns, in some slots."""
    for (brand_id, campaign_id), slots in _grouped(tasks).items():
        campaign = await store.hold(tx, brand_id, campaign_id)
        if campaign is not None and campaign.lane_id is not None:
            await messages.skip_queued(
                tx, (brand_id, campaign.lane_id), slots=slots, reason=CANCELLED
            )


async def finish(tx: Tx) -> None:
    """Note which campaigns are over: every message was sent, failed or skipped."""
    for done in await store.select_done(tx):
        if await messages.is_empty(tx, done.brand_id, done.lane_id):
            now = clock.now()
            await store.set_state(
                tx, done.brand_id, done.campaign_id, State.FINISHED, finished_at=now
            )
            await messages.set_open(tx, done.brand_id, done.lane_id, is_open=False)


async def _fill(tx: Tx, campaign: Campaign, slots: Sequence[Slot]) -> None:
    brand_id, definition = campaign.brand_id, campaign.definition
    everybody = await people_of(
        tx,
        brand_id,
        include=definition.segments or None,
        exclude=definition.exclude,
        slots=slots,
        with_zones=definition.local_time is not None,
    )
    due = await _due(tx, campaign, {one.zone for one in everybody})
    shares = [variant.share for variant in definition.variants] or [1]
    of_variant: list[list[tuple[ProfileRef, datetime]]] = [[] for _ in shares]
    for one in everybody:
        position = variant_of(campaign.campaign_id, one.person.profile_id, shares)
        of_variant[position].append((one.person, due[one.zone]))
    if campaign.lane_id is not None:
        lane = brand_id, campaign.lane_id
        for template, people in zip(campaign.templates, of_variant, strict=True):
            await messages.fill(tx, lane, template, people)


async def _due(tx: Tx, campaign: Campaign, zones: set[str | None]) -> Mapping[str | None, datetime]:
    local = campaign.definition.local_time
    if local is None:
        return {None: campaign.started_at or clock.now()}
    brand = await brands.find_brand(tx, campaign.brand_id)
    return due_by_zone(datetime.fromisoformat(local), zones, brand.clock_zone)


def _grouped(tasks: Sequence[Task]) -> dict[tuple[BrandId, CampaignId], list[Slot]]:
    grouped: dict[tuple[BrandId, CampaignId], list[Slot]] = {}
    for task in tasks:
        key = task.brand_id, read_part(task.payload).campaign
        grouped.setdefault(key, []).append(task.slot)
    return grouped
