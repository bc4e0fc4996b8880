"""`tidings campaign`: messages to everybody in some segments."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import BinaryIO, TypeVar

import click
import msgspec

from tidings.base import clock, limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.base.times import parse_instant
from tidings.brands import actions as brands
from tidings.campaigns import actions
from tidings.campaigns.model import Campaign, CampaignId, State
from tidings.campaigns.progress import Progress
from tidings.cli.options import with_config
from tidings.cli.session import in_database
from tidings.cli.standing import in_short, show_standing
from tidings.cli.table import show, shown
from tidings.config import Config
from tidings.storage.pool import Database
from tidings.storage.tx import Tx

T = TypeVar("T")
Act = Callable[[Tx, BrandId, CampaignId], Awaitable[None]]

_LABEL_WIDTH = 24


@click.group()
def campaign() -> None:
    """Send a message to everybody in some segments, and look at how far it is."""


@campaign.command("create")
@click.argument("brand_id", type=int)
@click.argument("file", type=click.File("rb"))
@click.option("--now", is_flag=True, help="Start it at once.")
@click.option("--at", metavar="TIME", help="When to start it, in the brand's time zone.")
@click.option("--draft", is_flag=True, help="Save it only; `start` sends it later. The default.")
@with_config()
def create(
    config: Config, brand_id: int, file: BinaryIO, *, now: bool, at: str | None, draft: bool
) -> None:
    """Save the campaign in FILE for BRAND_ID, as a draft unless told to start it.

    FILE is JSON, and `-` is standard input. A campaign with a `local_time` starts by it: give it
    --now.
    """
    if now + (at is not None) + draft > 1:
        raise Refused(Code.INVALID, "--now, --at and --draft exclude each other.")
    brand = BrandId(brand_id)
    asked = _decoded(file.read(limits.MAX_CAMPAIGN_BYTES + 1))

    async def save(tx: Tx) -> Campaign:
        campaign_id = await actions.create(tx, brand, asked)
        if now or at is not None:
            start_at = await _instant(tx, brand, at)
            await actions.schedule(tx, brand, campaign_id, at=start_at)
        return await actions.find(tx, brand, campaign_id)

    _tell(_told(config, save))


@campaign.command("list")
@click.argument("brand_id", type=int)
@with_config()
def list_campaigns(config: Config, brand_id: int) -> None:
    """List the campaigns of BRAND_ID, the latest first."""
    brand = BrandId(brand_id)

    async def look(tx: Tx) -> list[tuple[str, ...]]:
        page = await actions.list_page(tx, brand)
        progress = await actions.progress(tx, brand, page)
        return [_row(one, progress[one.campaign_id]) for one in page]

    head = ("id", "name", "channel", "state", "starts at", "messages", "sent", "waiting", "test")
    show(head, _done(config, look))


@campaign.command("show")
@click.argument("brand_id", type=int)
@click.argument("campaign_id", type=int)
@with_config()
def show_campaign(config: Config, brand_id: int, campaign_id: int) -> None:
    """Show how far CAMPAIGN_ID is: its state, and how many messages did what, with the reasons."""
    brand, which = BrandId(brand_id), CampaignId(campaign_id)

    async def look(tx: Tx) -> tuple[Campaign, Progress]:
        found = await actions.find(tx, brand, which)
        return found, (await actions.progress(tx, brand, [found]))[which]

    found, progress = _done(config, look)
    definition = found.definition
    _line("Name", shown(definition.name))
    _line("Channel", definition.channel)
    _line("State", found.state.value)
    if found.error is not None:
        _line("Error", shown(found.error))
    for label, at in (
        ("Created", found.created_at),
        ("Starts", found.start_at),
        ("Started", found.started_at),
        ("Finished", found.finished_at),
    ):
        if at is not None:
            _line(label, _written(at))
    _line("Intended", f"{progress.intended:,}")
    _line("Sent", f"{progress.sent:,}")
    for label, reasons in (("Skipped", progress.skipped), ("Failed", progress.failed)):
        _line(label, f"{sum(reasons.values()):,}")
        for reason, count in reasons.items():
            _line(f"  {reason}", f"{count:,}")
    _line("Waiting", f"{progress.waiting:,}")
    if progress.test is not None:
        show_standing(progress.test)


@campaign.command("start")
@click.argument("brand_id", type=int)
@click.argument("campaign_id", type=int)
@click.option("--at", metavar="TIME", help="When to start it, in the brand's time zone.")
@with_config()
def start(config: Config, brand_id: int, campaign_id: int, *, at: str | None) -> None:
    """Start the draft CAMPAIGN_ID, at once unless told when."""

    async def begin(tx: Tx, brand: BrandId, which: CampaignId) -> None:
        await actions.schedule(tx, brand, which, at=await _instant(tx, brand, at))

    _change(config, brand_id, campaign_id, begin)


@campaign.command("pause")
@click.argument("brand_id", type=int)
@click.argument("campaign_id", type=int)
@with_config()
def pause(config: Config, brand_id: int, campaign_id: int) -> None:
    """Begin no further message of CAMPAIGN_ID until it is resumed."""
    _change(config, brand_id, campaign_id, actions.pause)


@campaign.command("resume")
@click.argument("brand_id", type=int)
@click.argument("campaign_id", type=int)
@with_config()
def resume(config: Config, brand_id: int, campaign_id: int) -> None:
    """Go on with CAMPAIGN_ID where it was paused."""
    _change(config, brand_id, campaign_id, actions.resume)


@campaign.command("winner")
@click.argument("brand_id", type=int)
@click.argument("campaign_id", type=int)
@click.option("--variant", type=int, required=True, help="Its number, from 1, as `show` has it.")
@with_config()
def pick_winner(config: Config, brand_id: int, campaign_id: int, *, variant: int) -> None:
    """Send a variant of CAMPAIGN_ID to everybody who waits for the winner of its test."""

    async def pick(tx: Tx, brand: BrandId, which: CampaignId) -> None:
        await actions.pick_winner(tx, brand, which, variant=variant)

    _change(config, brand_id, campaign_id, pick)


@campaign.command("cancel")
@click.argument("brand_id", type=int)
@click.argument("campaign_id", type=int)
@with_config()
def cancel(config: Config, brand_id: int, campaign_id: int) -> None:
    """Send no more of CAMPAIGN_ID, for good."""
    _change(config, brand_id, campaign_id, actions.cancel)


def _change(config: Config, brand_id: int, campaign_id: int, act: Act) -> None:
    brand, which = BrandId(brand_id), CampaignId(campaign_id)

    async def do(tx: Tx) -> Campaign:
        await act(tx, brand, which)
        return await actions.find(tx, brand, which)

    _tell(_done(config, do))


def _tell(found: Campaign) -> None:
    if found.state is State.DRAFT:
        said = "a draft"
    elif found.state is State.SCHEDULED and found.start_at is not None:
        said = f"scheduled for {_written(found.start_at)}"
    else:
        said = found.state.value
    click.echo(f"Campaign {found.campaign_id} is {said}.")


def _row(one: Campaign, progress: Progress) -> tuple[str, ...]:
    return (
        str(one.campaign_id),
        one.definition.name,
        one.definition.channel,
        one.state.value,
        "" if one.start_at is None else _written(one.start_at),
        f"{progress.intended:,}",
        f"{progress.sent:,}",
        f"{progress.waiting:,}",
        in_short(progress.test),
    )


def _line(label: str, text: str) -> None:
    click.echo(f"{label:<{_LABEL_WIDTH}}{text}")


def _written(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"


async def _instant(tx: Tx, brand_id: BrandId, at: str | None) -> datetime | None:
    if at is None:
        return None
    instant = parse_instant(at, (await brands.find_brand(tx, brand_id)).clock_zone)
    if instant is None:
        raise Refused(Code.INVALID, f"--at {at}: write it as 2026-12-24T09:00.")
    return max(instant, clock.now())


def _done(config: Config, act: Callable[[Tx], Awaitable[T]]) -> T:
    async def opened(database: Database) -> T:
        async with database.transaction() as tx:
            return await act(tx)

    return in_database(config, opened)


def _told(config: Config, act: Callable[[Tx], Awaitable[T]]) -> T:
    """Do something with a definition, and print every mistake in it."""
    try:
        return _done(config, act)
    except Refused as refusal:
        if not refusal.mistakes:
            raise
        for mistake in refusal.mistakes:
            field = mistake.field or "The campaign"
            click.echo(shown(f"{field}: {mistake.message}"), err=True)
        raise click.ClickException("The campaign was not understood.") from refusal


def _decoded(json: bytes) -> object:
    if len(json) > limits.MAX_CAMPAIGN_BYTES:
        most = limits.MAX_CAMPAIGN_BYTES
        raise Refused(Code.TOO_LARGE, f"A campaign has at most {most:,} bytes.")
    try:
        return msgspec.json.decode(json)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(Code.INVALID, f"The campaign is not JSON: {error}.") from error
