"""What is done with campaigns: created, scheduled, paused, resumed, cancelled, looked at."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from tidings.base import clock, limits
from tidings.base.errors import Code, Mistake, Refused
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.brands import actions as brands
from tidings.campaigns import deciding, parts, store
from tidings.campaigns.choose import EARLIEST_ZONE
from tidings.campaigns.model import (
    Campaign,
    CampaignId,
    Definition,
    How,
    State,
    Winner,
)
from tidings.campaigns.progress import Progress, progress_of
from tidings.campaigns.read import read_definition
from tidings.campaigns.winner import HEARD, Standing, standing_of
from tidings.channels import actions as channels
from tidings.channels.kinds import platforms_of
from tidings.channels.model import ShutChannel
from tidings.consent import subscriptions
from tidings.messages import actions as messages
from tidings.messages.model import LaneId
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


async def pick_winner(tx: Tx, brand_id: BrandId, campaign_id: CampaignId, *, variant: int) -> None:
    """Send a variant to everybody who waits for the winner of a test, before that is decided.

    Shape:  variant - from 1, in the order of the definition.
    Errors: `not_found` for an unknown campaign; `conflict` for one that has no test, has its winner
            or is not being sent; `invalid` for a variant that it does not have.
    """
    campaign = await _held(tx, brand_id, campaign_id)
    if campaign.definition.test is None:
        raise Refused(Code.CONFLICT, f"Campaign {campaign_id} has no test.")
    _check_state(campaign, _OPEN, "given a winner")
    if campaign.winner is not None:
        words = f"Campaign {campaign_id} has its winner: variant {campaign.winner.position + 1}."
        raise Refused(Code.CONFLICT, words)
    count = len(campaign.definition.variants)
    if not 1 <= variant <= count:
        raise _invalid([Mistake(f"must be from 1 to {count}", "variant")])
    trials = await deciding.trials(tx, campaign)
    await deciding.decide(tx, campaign, Winner(variant - 1, How.OPERATOR, trials))


async def delete_template(tx: Tx, brand_id: BrandId, key: str) -> None:
    """Delete a template with all its versions, unless a campaign still needs it.

    Errors: `not_found` when the brand has none of this key; `conflict` with the campaigns that are
            not over and are made of it.
    """
    in_need = await store.select_in_need_of(tx, brand_id, key)
    if in_need:
        named = [f"{campaign_id} ({name}, {state})" for campaign_id, name, state in in_need]
        shown = ", ".join(named[: limits.MAX_MISTAKES_REPORTED])
        words = f"Template {key} is needed by campaign {shown}: cancel what is not to be sent."
        raise Refused(Code.CONFLICT, words)
    await templates.delete(tx, brand_id, key)


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
    """Return how many messages of each of these campaigns did what so far, and how its test is."""
    counts = await messages.counts(tx, brand_id, _lanes(page))
    tested = [one for one in page if one.definition.test is not None and one.winner is None]
    counted = await messages.counts_by_template(tx, brand_id, _lanes(tested))
    return {
        one.campaign_id: progress_of(
            counts.get(one.lane_id or messages.NOT_YET, {}),
            standing_of(one, counted.get(one.lane_id or messages.NOT_YET, {})),
        )
        for one in page
    }


async def standing(tx: Tx, brand_id: BrandId, campaign_id: CampaignId) -> Standing | None:
    """Return how far the test of a campaign is, None without one.

    Errors: `not_found` when the brand has none with this id.
    """
    campaign = await find(tx, brand_id, campaign_id)
    return (await progress(tx, brand_id, [campaign]))[campaign_id].test


def _lanes(page: Sequence[Campaign]) -> list[LaneId]:
    return [one.lane_id for one in page if one.lane_id is not None]


async def _look_up(
    tx: Tx, brand_id: BrandId, asked: Definition
) -> tuple[ShutChannel | None, list[Mistake]]:
    """Find the channel, and say what else is named that is not there."""
    mistakes: list[Mistake] = []
    by_key = {one.key: one for one in await channels.list_channels(tx, brand_id)}
    channel = by_key.get(asked.channel)
    if channel is None:
        mistakes.append(Mistake(f"is no channel of the brand: {_among(by_key)}", "channel"))
    elif asked.test is not None and asked.test.winner not in HEARD[channel.medium]:
        words = (
            f"cannot be {asked.test.winner} in a channel for {channel.medium}: nothing tells that"
        )
        mistakes.append(Mistake(words, "test.winner"))
    if channel is not None and asked.platform not in {None, *platforms_of(channel.provider)}:
        words = f"is not reached by channel {channel.key}; {_reached_by(channel)}"
        mistakes.append(Mistake(words, "platform"))
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


def _reached_by(channel: ShutChannel) -> str:
    return f"it reaches {' and '.join(sorted(platforms_of(channel.provider))) or 'no devices'}"


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
