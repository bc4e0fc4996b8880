"""What is asked of reports."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from tidings.base import limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.brands import actions as brands
from tidings.brands.model import Brand
from tidings.campaigns import actions as campaigns
from tidings.campaigns.actions import LAST
from tidings.campaigns.model import CampaignId
from tidings.channels import actions as channels
from tidings.channels.model import ChannelId
from tidings.messages.model import LaneId
from tidings.profiles.model import ProfileRef
from tidings.reports import store
from tidings.reports.model import (
    CampaignLine,
    CampaignReport,
    CampaignsAsked,
    Counts,
    Dimension,
    LinkClicks,
    Month,
    ReportedCampaign,
    Tally,
)
from tidings.reports.report import counts_by_key, counts_of, rates_of
from tidings.reports.store import Scope
from tidings.storage.tx import Tx
from tidings.templates import actions as templates

GONE = ""
"""Stands for the key of a channel or template that was deleted, or of no template."""


async def report_campaign(tx: Tx, brand_id: BrandId, campaign_id: CampaignId) -> CampaignReport:
    """Return all that is told of one campaign; all zero before it starts.

    Errors: `not_found` when the brand has none with this id.
    """
    before = CampaignId(min(campaign_id + 1, LAST))
    found = await store.select_campaigns(tx, brand_id, before=before, at_most=1)
    if not found or found[0].campaign_id != campaign_id:
        raise Refused(Code.NOT_FOUND, f"Brand {brand_id} has no campaign {campaign_id}.")
    [campaign] = found
    tallies: list[tuple[str, str, Tally]] = []
    links: list[LinkClicks] = []
    if campaign.lane_id is not None:
        tallies = await store.select_lane_tallies(tx, brand_id, campaign.lane_id)
        links = await store.select_links(
            tx, brand_id, campaign.lane_id, at_most=limits.MAX_REPORT_LINKS
        )
    counts = counts_of(tally for *_, tally in tallies)
    by_template = (tally._replace(key=template) for template, _, tally in tallies)
    by_day = sorted(tally._replace(key=day) for _, day, tally in tallies)
    channel = (await _channel_keys(tx, brand_id)).get(campaign.channel_id, GONE)
    return CampaignReport(
        line=CampaignLine(campaign, channel, counts),
        rates=rates_of(counts),
        days=[(date.fromisoformat(key), one) for key, one in counts_by_key(by_day).items()],
        templates=_named(by_template, await _template_keys(tx, brand_id)),
        links=links,
        test=await campaigns.standing(tx, brand_id, campaign_id),
    )


async def list_campaigns(
    tx: Tx, brand_id: BrandId, asked: CampaignsAsked
) -> Sequence[CampaignLine]:
    """Return campaigns with their counts, the latest first; none of an unknown channel."""
    keys = await _channel_keys(tx, brand_id)
    channel_id = None
    if asked.channel is not None:
        channel_id = next((one for one, key in keys.items() if key == asked.channel), None)
        if channel_id is None:
            return []
    found = await store.select_campaigns(
        tx,
        brand_id,
        before=asked.before,
        at_most=asked.at_most,
        since=asked.since,
        until=asked.until,
        channel_id=channel_id,
    )
    tallies = await store.select_tallies(
        tx, brand_id, Scope(lanes=_lanes(found)), by=Dimension.LANE
    )
    counts = counts_by_key(tallies)
    return [
        CampaignLine(one, keys.get(one.channel_id, GONE), counts.get(str(one.lane_id), Counts()))
        for one in found
    ]


async def report_brand(
    tx: Tx, brand_id: BrandId, *, by: Dimension, since: date = date.min, until: date = date.max
) -> list[tuple[str, Counts]]:
    """Return what became of all messages of a brand, of campaigns and of calls.

    Shape:  by - channel, template or day; since, until - days of the brand's calendar, both in it;
            each with its key, the day as `YYYY-MM-DD`, in order.
    Errors: `not_found` for an unknown brand.
    """
    await brands.find_brand(tx, brand_id)
    scope = Scope(since=since, until=until)
    tallies = await store.select_tallies(tx, brand_id, scope, by=by)
    if by is Dimension.CHANNEL:
        keys = {str(one): key for one, key in (await _channel_keys(tx, brand_id)).items()}
        return _named(tallies, keys)
    if by is Dimension.TEMPLATE:
        return _named(tallies, await _template_keys(tx, brand_id))
    return list(counts_by_key(tallies).items())


async def received_by_month(tx: Tx, brand: Brand, person: ProfileRef) -> Mapping[Month, int]:
    """Return how many messages a person got in each month of the brand's calendar, in order."""
    times = await store.select_received(tx, brand.brand_id, person)
    local = (at.astimezone(brand.clock_zone) for at in times)
    return dict(sorted(Counter((at.year, at.month) for at in local).items()))


def _named(tallies: Iterable[Tally], keys: Mapping[str, str]) -> list[tuple[str, Counts]]:
    """Put together what was counted under the keys that people know, in their order.

    Who waited for the winner of a test was counted without a template, and is no more.
    """
    renamed = (tally._replace(key=keys.get(tally.key, GONE)) for tally in tallies)
    by_key = sorted(counts_by_key(renamed).items(), key=lambda one: one[0])
    return [(key, counts) for key, counts in by_key if counts != Counts()]


def _lanes(campaigns: Collection[ReportedCampaign]) -> list[LaneId]:
    return [one.lane_id for one in campaigns if one.lane_id is not None]


async def _channel_keys(tx: Tx, brand_id: BrandId) -> dict[ChannelId, str]:
    return {one.channel_id: one.key for one in await channels.list_channels(tx, brand_id)}


async def _template_keys(tx: Tx, brand_id: BrandId) -> dict[str, str]:
    return {str(one.template_id): one.key for one in await templates.list_all(tx, brand_id)}
