"""What campaigns do on the queue, and by the clock."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from tidings.base import clock, limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.brands import actions as brands
from tidings.campaigns import deciding, parts, store
from tidings.campaigns.choose import due_by_zone, is_tested, variant_of
from tidings.campaigns.model import Campaign, CampaignId, State
from tidings.campaigns.parts import CANCEL, FILL, RELEASE, START, read_part
from tidings.campaigns.winner import wait_of, winner_of
from tidings.messages import actions as messages
from tidings.messages.model import LaneOptions, Source, TemplateAt
from tidings.profiles.model import ProfileRef
from tidings.segments.audience import Somebody, people_of
from tidings.storage.slots import SLOT_COUNT, Slot
from tidings.storage.tx import Tx
from tidings.templates import actions as templates
from tidings.work.model import Handler, Task

CANCELLED = "cancelled"
"""Why a message was skipped whose campaign was cancelled."""

_HELD = timedelta(hours=limits.MAX_CAMPAIGN_TEST_HELD_HOURS)


def handlers() -> Mapping[str, Handler]:
    """Return who does which tasks."""
    return {START: start, FILL: fill, RELEASE: release, CANCEL: cancel}


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
            medium=found[0].medium,
            options=LaneOptions(
                definition.is_marketing, definition.topic, definition.utm, definition.platform
            ),
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
            if campaign.definition.test is not None:
                # Nobody decides it, and who waits for its winner would wait for ever.
                await parts.plan_cancelling(tx, brand_id, campaign_id, at=clock.now())
            continue
        await store.count_slots(tx, brand_id, campaign_id, len(slots), at=clock.now())


async def decide(tx: Tx) -> None:
    """Note which tests were sent, and pick the winners of those that have waited long enough."""
    for brand_id, campaign_id in await store.select_undecided(tx):
        campaign = await store.hold(tx, brand_id, campaign_id)
        if campaign is None or campaign.state is not State.SENDING or campaign.winner is not None:
            continue  # somebody was faster
        test, now = campaign.definition.test, clock.now()
        if test is None:
            raise AssertionError("only campaigns with a test are asked for")
        if campaign.tested_at is None:
            if await _is_sent(tx, campaign, now):
                await store.note_tested(tx, campaign, at=now)
        elif campaign.tested_at + wait_of(test) <= now:
            trials = await deciding.trials(tx, campaign)
            await deciding.decide(tx, campaign, winner_of(trials, test.winner))


async def release(tx: Tx, tasks: Sequence[Task]) -> None:
    """Have the winners of tests sent to who waits for them, in some slots."""
    for (brand_id, campaign_id), slots in _grouped(tasks).items():
        campaign = await store.hold(tx, brand_id, campaign_id)
        if campaign is None or campaign.state not in {State.SENDING, State.PAUSED}:
            continue  # it was cancelled, and what waits is skipped
        if campaign.winner is not None and campaign.lane_id is not None:
            template = campaign.templates[campaign.winner.position]
            await messages.release(tx, (brand_id, campaign.lane_id), template, slots=slots)


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
    if campaign.lane_id is None:
        return
    lane = brand_id, campaign.lane_id
    everybody, others = _parted(campaign, everybody)
    if campaign.winner is None:
        await messages.hold_back(tx, lane, others)
    else:
        # An operator picked it before all people were gone through.
        started_at = campaign.started_at or clock.now()
        template = campaign.templates[campaign.winner.position]
        await messages.fill(tx, lane, template, [(one, started_at) for one in others])
    due = await _due(tx, campaign, {one.zone for one in everybody})
    shares = [variant.share for variant in definition.variants] or [1]
    of_variant: list[list[tuple[ProfileRef, datetime]]] = [[] for _ in shares]
    for one in everybody:
        position = variant_of(campaign.campaign_id, one.person.profile_id, shares)
        of_variant[position].append((one.person, due[one.zone]))
    for template, people in zip(campaign.templates, of_variant, strict=True):
        await messages.fill(tx, lane, template, people)


def _parted(
    campaign: Campaign, everybody: list[Somebody]
) -> tuple[list[Somebody], list[ProfileRef]]:
    """Part people into those who get a message at once and those who wait for the test's winner."""
    test = campaign.definition.test
    if test is None:
        return everybody, []
    at_once: list[Somebody] = []
    others: list[ProfileRef] = []
    for one in everybody:
        if is_tested(campaign.campaign_id, one.person.profile_id, test.share):
            at_once.append(one)
        else:
            others.append(one.person)
    return at_once, others


async def _is_sent(tx: Tx, campaign: Campaign, now: datetime) -> bool:
    """Say whether all of a test was sent, but for what is held for longer than is waited for."""
    if campaign.lane_id is None or campaign.filled_at is None:
        raise AssertionError("its people were gone through")
    lane = campaign.brand_id, campaign.lane_id
    if now < campaign.filled_at + _HELD:
        return await messages.is_settled(tx, *lane)
    # What waits for its turn is sent soon, and is waited for in any case.
    return await messages.is_settled(tx, *lane, due_before=now)


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
