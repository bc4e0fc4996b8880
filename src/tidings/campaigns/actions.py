"""What is done with campaigns: created, scheduled, paused, resumed, cancelled, looked at."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from tidings.base import clock, limits
from tidings.base.errors import Code, Mistake, Refused
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.brands import actions as brands
from tidings.campaigns import parts, store
from tidings.campaigns.choose import EARLIEST_ZONE
from tidings.campaigns.model import Campaign, CampaignId, Definition, State
from tidings.campaigns.progress import Progress, progress_of
from tidings.campaigns.read import read_definition
from tidings.channels import actions as channels
from tidings.channels.model import ShutChannel
from tidings.consent import subscriptions
from tidings.messages import actions as messages
from tidings.messages.compose import MEDIA
from tidings.segments import actions as segments
from tidings.storage.tx import Tx
from tidings.templates import actions as templates

LAST = CampaignId(2**63 - 1)
"""Comes after every campaign."""

_OPEN = frozenset({State.SENDING, State.PAUSED})


async def create(tx: Tx, brand_id: BrandId, asked: object) -> CampaignId:
    """Save a campaign as a draft.

    Shape:  asked - decoded JSON.
    Errors: `invalid` with every mistake and its path; `conflict` for a name that another campaign
            has; `not_found` for an unknown brand.
    """
    await brands.find_brand(tx, brand_id)
    read = read_definition(asked)
    if isinstance(read, list):
        raise _invalid(read)
    channel, mistakes = await _look_up(tx, brand_id, read)
    if channel is None or mistakes:
        raise _invalid(mistakes)
    campaign_id = await store.insert_campaign(
        tx, brand_id, channel.channel_id, read, at=clock.now()
    )
    if campaign_id is None:
        raise Refused(Code.CONFLICT, f"Brand {brand_id} has a campaign {read.name!r} already.")
    return campaign_id


async def schedule(
    tx: Tx, brand_id: BrandId, campaign_id: CampaignId, *, at: datetime | None = None
) -> None:
    """Start a campaign at a time, or now.

    One for each person's own time starts when that time comes where it comes first; the messages
    wait for theirs. `at` is not asked then.

    Errors: `not_found` for an unknown campaign; `conflict` for one that is no draft.
    """
    campaign = await _held(tx, brand_id, campaign_id)
    _check_state(campaign, {State.DRAFT}, "scheduled")
    local = campaign.definition.local_time
    now = clock.now()
    start_at = at or now
    if local is not None:
        start_at = max(now, datetime.fromisoformat(local).replace(tzinfo=EARLIEST_ZONE))
    await store.schedule(tx, campaign, start_at=start_at)
    await parts.plan_start(tx, brand_id, campaign_id, at=start_at)


async def pause(tx: Tx, brand_id: BrandId, campaign_id: CampaignId) -> None:
    """Begin no further message until it is resumed; those in hand are still sent.

    Errors: `not_found` for an unknown campaign; `conflict` for one that is not being sent.
    """
    campaign = await _held(tx, brand_id, campaign_id)
    _check_state(campaign, {State.SENDING}, "paused")
    await store.set_state(tx, brand_id, campaign_id, State.PAUSED)
    await _open_lane(tx, campaign, is_open=False)


async def resume(tx: Tx, brand_id: BrandId, campaign_id: CampaignId) -> None:
    """Go on where it was paused.

    Errors: `not_found` for an unknown campaign; `conflict` for one that is not paused.
    """
    campaign = await _held(tx, brand_id, campaign_id)
    _check_state(campaign, {State.PAUSED}, "resumed")
    await store.set_state(tx, brand_id, campaign_id, State.SENDING)
    await _open_lane(tx, campaign, is_open=True)


async def cancel(tx: Tx, brand_id: BrandId, campaign_id: CampaignId) -> None:
    """Send nothing more, for good: what is not sent is skipped.

    Errors: `not_found` for an unknown campaign; `conflict` for one that is over.
    """
    campaign = await _held(tx, brand_id, campaign_id)
    _check_state(campaign, {State.DRAFT, State.SCHEDULED, *_OPEN}, "cancelled")
    now = clock.now()
    await store.set_state(tx, brand_id, campaign_id, State.CANCELLED, finished_at=now)
    await _open_lane(tx, campaign, is_open=False)
    if campaign.lane_id is not None:
        await parts.plan_cancelling(tx, brand_id, campaign_id, at=now)


async def find(tx: Tx, brand_id: BrandId, campaign_id: CampaignId) -> Campaign:
    """Return a campaign.

    Errors: `not_found` when the brand has none with this id.
    """
    before = CampaignId(min(campaign_id + 1, LAST))
    page = await list_page(tx, brand_id, before=before, at_most=1)
    if not page or page[0].campaign_id != campaign_id:
        raise _unknown(brand_id, campaign_id)
    return page[0]


async def list_page(
    tx: Tx, brand_id: BrandId, *, before: CampaignId = LAST, at_most: int = limits.MAX_PAGE_SIZE
) -> Sequence[Campaign]:
    """Return campaigns, the latest first."""
    return await store.select_campaigns(tx, brand_id, before=before, at_most=at_most)


async def progress(
    tx: Tx, brand_id: BrandId, page: Sequence[Campaign]
) -> Mapping[CampaignId, Progress]:
    """Return how many messages of each of these campaigns did what so far."""
    lanes = {one.campaign_id: one.lane_id for one in page}
    begun = [lane_id for lane_id in lanes.values() if lane_id is not None]
    counts = await messages.counts(tx, brand_id, begun)
    return {
        campaign_id: progress_of({} if lane_id is None else counts.get(lane_id, {}))
        for campaign_id, lane_id in lanes.items()
    }


async def _look_up(
    tx: Tx, brand_id: BrandId, asked: Definition
) -> tuple[ShutChannel | None, list[Mistake]]:
    """Find the channel, and say what else is named that is not there."""
    mistakes: list[Mistake] = []
    by_key = {one.key: one for one in await channels.list_channels(tx, brand_id)}
    channel = by_key.get(asked.channel)
    if channel is None:
        mistakes.append(Mistake(f"is no channel of the brand: {_among(by_key)}", "channel"))
    elif channel.medium not in MEDIA:
        words = f"carries {channel.medium}, for which no messages are made yet"
        mistakes.append(Mistake(words, "channel"))
    there = {one.key: Medium(one.medium) for one in await templates.list_all(tx, brand_id)}
    for path, key in _templates_of(asked):
        if key not in there:
            mistakes.append(Mistake("is no template of the brand", path))
        elif channel is not None and there[key] is not channel.medium:
            mistakes.append(Mistake(f"is for {there[key]}, not {channel.medium}", path))
    known = {one.segment_id for one in await segments.list_page(tx, brand_id) if one.live}
    for name, named in (("segments", asked.segments), ("exclude", asked.exclude)):
        mistakes += [
            Mistake("is no published segment of the brand", f"{name}[{position}]")
            for position, segment_id in enumerate(named)
            if segment_id not in known
        ]
    topics = {topic.key for topic in await subscriptions.list_topics(tx, brand_id)}
    if asked.topic is not None and asked.topic not in topics:
        mistakes.append(Mistake(f"is no topic of the brand: {_among(topics)}", "topic"))
    return channel, mistakes


def _templates_of(asked: Definition) -> list[tuple[str, str]]:
    variants = [(f"variants[{n}].template", one.template) for n, one in enumerate(asked.variants)]
    return variants if asked.template is None else [("template", asked.template), *variants]


def _among(known: Collection[str]) -> str:
    return f"there are {', '.join(sorted(known))}" if known else "there is none"


async def _open_lane(tx: Tx, campaign: Campaign, *, is_open: bool) -> None:
    if campaign.lane_id is not None:
        await messages.set_open(tx, campaign.brand_id, campaign.lane_id, is_open=is_open)


async def _held(tx: Tx, brand_id: BrandId, campaign_id: CampaignId) -> Campaign:
    campaign = await store.hold(tx, brand_id, campaign_id)
    if campaign is None:
        raise _unknown(brand_id, campaign_id)
    return campaign


def _check_state(campaign: Campaign, allowed: Collection[State], what: str) -> None:
    if campaign.state not in allowed:
        words = f"Campaign {campaign.campaign_id} is {campaign.state} and cannot be {what}."
        raise Refused(Code.CONFLICT, words)


def _unknown(brand_id: BrandId, campaign_id: CampaignId) -> Refused:
    return Refused(Code.NOT_FOUND, f"Brand {brand_id} has no campaign {campaign_id}.")


def _invalid(mistakes: Sequence[Mistake]) -> Refused:
    first = mistakes[0]
    place = f"{first.field} " if first.field else ""
    return Refused(
        Code.INVALID, f"{place}{first.message}.", mistakes=mistakes[: limits.MAX_MISTAKES_REPORTED]
    )
