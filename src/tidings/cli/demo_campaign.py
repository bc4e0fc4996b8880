"""The campaign at the end of `tidings demo`: from a segment to mails in a sink, and its report."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import click

from tidings.base import clock
from tidings.base.errors import Code, Refused, unavailable
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.campaigns import actions as campaigns
from tidings.campaigns.model import CampaignId, State
from tidings.channels import actions as channels
from tidings.channels.actions import Wanted
from tidings.channels.keyring import Keyring, open_keyring
from tidings.cli.mailsink import mailsink
from tidings.cli.reports import show_report
from tidings.cli.session import in_database
from tidings.config import Config
from tidings.reports import actions as reports
from tidings.reports.model import CampaignReport
from tidings.segments import actions as segments
from tidings.segments.model import SegmentId
from tidings.segments.saved import State as SegmentState
from tidings.storage.pool import Database
from tidings.storage.tx import Tx
from tidings.templates import actions as templates

NAME = "Demo: thank you"
_KEY = "demo"
_BUYERS: dict[str, Any] = {"event": {"name": "Order Placed", "at_least": 1}}
_TEMPLATE: dict[str, Any] = {
    "subject": "Thank you, {{ first_name | default('dear customer') }}",
    "mjml": """<mjml><mj-body><mj-section><mj-column>
<mj-text>Thank you for your order, {{ first_name | default("dear customer") }}!</mj-text>
<mj-button href="https://shop.example/new">What is new</mj-button>
<mj-text><a href="{{ unsubscribe_url }}">No more of these</a></mj-text>
</mj-column></mj-section></mj-body></mjml>""",
}
_MOST_SECONDS = 300
_LOOK_EVERY_SECONDS = 0.5


def send_campaign(config: Config, brand_id: BrandId) -> None:
    """Thank everybody who ordered by a mail that goes to a sink of our own, and print the report.

    A brand gets it once: of a second run, only the report is printed.

    Errors: `unavailable` when no worker builds the segment or sends; `invalid` when the secrets of
            channels cannot be sealed.
    """
    keyring = open_keyring(
        config.secret_key, data_dir=config.data_dir, is_embedded=not config.database_url
    )
    click.echo(
        "\nA campaign to everybody who ordered, sent to a mail server that delivers nothing:"
    )
    taken: list[int] = []
    with mailsink(lambda mail: taken.append(len(mail))) as port:
        found = in_database(config, lambda database: _send(database, keyring, brand_id, port))
    click.echo(f"{len(taken):,} mails were taken.\n" if taken else "An earlier run sent it.\n")
    show_report(found)
    click.echo()


async def _send(
    database: Database, keyring: Keyring, brand_id: BrandId, port: int
) -> CampaignReport:
    async with database.transaction() as tx:
        sent = await _sent_before(tx, brand_id)
    if sent is None:
        async with database.transaction() as tx:
            await _prepare(tx, keyring, brand_id, port)
            buyers = await _segment(tx, brand_id)
        await _until(lambda: _is_published(database, brand_id, buyers), "the segment is built")
        async with database.transaction() as tx:
            asked = {"name": NAME, "channel": _KEY, "template": _KEY, "segments": [buyers]}
            sent = await campaigns.create(tx, brand_id, asked)
            await campaigns.schedule(tx, brand_id, sent)
    campaign_id = sent
    await _until(lambda: _is_finished(database, brand_id, campaign_id), "the campaign is sent")
    async with database.transaction() as tx:
        return await reports.report_campaign(tx, brand_id, campaign_id)


async def _sent_before(tx: Tx, brand_id: BrandId) -> CampaignId | None:
    for one in await campaigns.list_page(tx, brand_id):
        if one.definition.name == NAME:
            return one.campaign_id
    return None


async def _prepare(tx: Tx, keyring: Keyring, brand_id: BrandId, port: int) -> None:
    settings = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "from_address": "demo@shop.example",
        "from_name": "Demo shop",
    }
    try:
        await channels.add(tx, keyring, brand_id, Wanted(_KEY, "smtp", settings))
        await templates.create(
            tx, brand_id, _KEY, name=NAME, medium=Medium.EMAIL, content=_TEMPLATE
        )
    except Refused as refused:
        if refused.code is not Code.CONFLICT:
            raise
        # Of a run that was broken off: its mail server is gone.
        await channels.update(tx, keyring, brand_id, _KEY, settings=settings)


async def _segment(tx: Tx, brand_id: BrandId) -> SegmentId:
    for one in await segments.list_page(tx, brand_id):
        if one.name == NAME:
            return one.segment_id
    made = await segments.create(tx, brand_id, NAME, _BUYERS)
    await segments.publish(tx, brand_id, made)
    return made


async def _is_published(database: Database, brand_id: BrandId, segment_id: SegmentId) -> bool:
    async with database.transaction() as tx:
        return (await segments.find(tx, brand_id, segment_id)).state is SegmentState.PUBLISHED


async def _is_finished(database: Database, brand_id: BrandId, campaign_id: CampaignId) -> bool:
    async with database.transaction() as tx:
        return (await campaigns.find(tx, brand_id, campaign_id)).state is State.FINISHED


async def _until(is_so: Callable[[], Awaitable[bool]], what: str) -> None:
    deadline = clock.monotonic() + _MOST_SECONDS
    while not await is_so():
        if clock.monotonic() > deadline:
            raise unavailable(
                f"It takes longer than {_MOST_SECONDS} s until {what}: is a worker running?"
            )
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
