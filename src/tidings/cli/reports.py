"""`tidings report`: what became of messages, in numbers."""

from collections.abc import Callable, Coroutine, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import click

from tidings.base import limits
from tidings.base.ids import BrandId
from tidings.brands import actions as brands
from tidings.campaigns.actions import LAST
from tidings.campaigns.model import CampaignId
from tidings.cli.options import with_config
from tidings.cli.session import in_database
from tidings.cli.standing import show_standing
from tidings.cli.table import show
from tidings.config import Config
from tidings.reports import actions
from tidings.reports.model import CampaignLine, CampaignReport, CampaignsAsked, Counts, Dimension
from tidings.reports.sheet import campaigns_sheet, counts_sheet, report_sheet
from tidings.storage.pool import Database
from tidings.storage.tx import Tx

T = TypeVar("T")

# Beyond these no campaign began, and a time zone may lead out of what Python can count.
_FIRST = datetime(2000, 1, 1)  # noqa: DTZ001 - of any time zone
_LAST = datetime(9000, 1, 1)  # noqa: DTZ001 - same
_DAY = timedelta(days=1)
_HEAD = (
    *("intended", "waiting", "skipped", "sent", "failed", "delivered", "opened", "clicked"),
    *("bounced", "unsubscribed", "converted", "revenue"),
)

_brand = click.argument("brand_id", type=int)
_day = click.DateTime(["%Y-%m-%d"])
_since = click.option(
    "--from", "since", type=_day, metavar="DATE", help="The first day, of the brand's calendar."
)
_until = click.option("--to", "until", type=_day, metavar="DATE", help="The last day.")
_csv = click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")


@click.group()
def report() -> None:
    """Tell what became of messages, in numbers."""


@report.command("list")
@_brand
@_since
@_until
@click.option("--channel", metavar="KEY", help="Only campaigns of this channel.")
@_csv
@with_config()
def list_campaigns(
    config: Config,
    brand_id: int,
    *,
    since: datetime | None,
    until: datetime | None,
    channel: str | None,
    as_csv: bool,
) -> None:
    """List the campaigns of BRAND_ID with their numbers, the latest first.

    Openings and clicks are those of messages, each counted once. The days are those on which
    campaigns began, are to begin or were made.
    """

    async def look(tx: Tx) -> list[CampaignLine]:
        brand = await brands.find_brand(tx, BrandId(brand_id))
        zone = brand.clock_zone
        first = max(since or _FIRST, _FIRST).replace(tzinfo=zone)
        last = (min(until or _LAST, _LAST) + _DAY).replace(tzinfo=zone)
        lines: list[CampaignLine] = []
        before = LAST
        while True:
            asked = CampaignsAsked(first, last, channel, before, limits.MAX_CAMPAIGNS_PER_PAGE)
            page = await actions.list_campaigns(tx, brand.brand_id, asked)
            lines += page
            if len(page) < asked.at_most:
                return lines
            before = page[-1].campaign.campaign_id

    lines = _read(config, look)
    if as_csv:
        click.echo(campaigns_sheet(lines), nl=False)
        return
    rows = [
        (
            one.campaign.campaign_id,
            one.campaign.name,
            one.channel,
            one.campaign.state.value,
            *_cells(one.counts),
        )
        for one in lines
    ]
    show(("id", "name", "channel", "state", *_HEAD), rows)


@report.command("campaign")
@_brand
@click.argument("campaign_id", type=int)
@_csv
@with_config()
def report_campaign(config: Config, brand_id: int, campaign_id: int, *, as_csv: bool) -> None:
    """Tell all that is counted of CAMPAIGN_ID: by reason, template, day and link."""

    async def look(tx: Tx) -> CampaignReport:
        return await actions.report_campaign(tx, BrandId(brand_id), CampaignId(campaign_id))

    found = _read(config, look)
    if as_csv:
        click.echo(report_sheet(found), nl=False)
        return
    show_report(found)


@report.command("brand")
@_brand
@click.option(
    "--by",
    type=click.Choice([Dimension.CHANNEL.value, Dimension.TEMPLATE.value, Dimension.DAY.value]),
    default=Dimension.CHANNEL.value,
    show_default=True,
    help="What they are told apart by.",
)
@_since
@_until
@_csv
@with_config()
def report_brand(
    config: Config,
    brand_id: int,
    *,
    by: str,
    since: datetime | None,
    until: datetime | None,
    as_csv: bool,
) -> None:
    """Tell what became of all messages of BRAND_ID, of campaigns and of calls.

    The days are those on which something was counted.
    """

    async def look(tx: Tx) -> list[tuple[str, Counts]]:
        return await actions.report_brand(
            tx,
            BrandId(brand_id),
            by=Dimension(by),
            since=date.min if since is None else since.date(),
            until=date.max if until is None else until.date(),
        )

    found = _read(config, look)
    if as_csv:
        click.echo(counts_sheet(by, found), nl=False)
    else:
        show((by, *_HEAD), [(key, *_cells(counts)) for key, counts in found])


def show_report(found: CampaignReport) -> None:
    """Print the report of a campaign."""
    counts = found.line.counts
    show(("", *_HEAD), [("all", *_cells(counts)), ("of those sent", *_percents(found))])
    if found.test is not None:
        show_standing(found.test)
    _show_reasons(counts)
    _show_parts("template", found.templates)
    _show_parts("day", [(day.isoformat(), one) for day, one in found.days])
    if found.links:
        click.echo()
        show(("link", "clicked"), [(one.link, f"{one.clicked:,}") for one in found.links])


def _read(config: Config, look: Callable[[Tx], Coroutine[Any, Any, T]]) -> T:
    async def looking(database: Database) -> T:
        async with database.transaction() as tx:
            return await look(tx)

    return in_database(config, looking)


def _cells(counts: Counts) -> list[str]:
    numbers = (
        *(counts.intended, counts.waiting, counts.all_skipped, counts.sent, counts.all_failed),
        *(counts.delivered, counts.unique_opened, counts.unique_clicked, counts.bounced),
        *(counts.unsubscribed, counts.converted),
    )
    return [*(f"{number:,}" for number in numbers), f"{counts.revenue:,.2f}"]


def _percents(found: CampaignReport) -> list[str]:
    rates = found.rates
    shares = (rates.delivered, rates.opened, rates.clicked, rates.bounced, rates.unsubscribed)
    percents = ["" if one is None else f"{one:.1%}" for one in (*shares, rates.converted)]
    return [""] * 5 + percents + [""]


def _show_reasons(counts: Counts) -> None:
    reasons = [
        (what, reason, f"{number:,}")
        for what, by_reason in (("skipped", counts.skipped), ("failed", counts.failed))
        for reason, number in by_reason.items()
    ]
    if reasons:
        click.echo()
        show(("", "reason", "messages"), reasons)


def _show_parts(name: str, parts: Sequence[tuple[str, Counts]]) -> None:
    if parts:
        click.echo()
        show((name, *_HEAD), [(key, *_cells(one)) for key, one in parts])
