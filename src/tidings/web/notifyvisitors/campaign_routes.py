"""The URLs of the Campaign API: messages to single users, and campaigns to segments."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from tidings.base import clock, ids
from tidings.base.errors import Refused
from tidings.base.ids import BrandId
from tidings.brands.model import Api
from tidings.campaigns import actions
from tidings.campaigns.content import save_content
from tidings.campaigns.model import CampaignId
from tidings.consent.model import Denied
from tidings.identity import actions as identity
from tidings.messages import calls
from tidings.messages.calls import Made
from tidings.messages.model import MessageId
from tidings.storage.pool import Database
from tidings.storage.tx import Tx
from tidings.web.gate import Call, Endpoint, Reply
from tidings.web.notifyvisitors import campaign_reply
from tidings.web.notifyvisitors.campaign_parse import (
    Creation,
    Sending,
    parse_campaigns_query,
    parse_creation,
    parse_messages,
    parse_reference,
    parse_winner,
    write_cursor,
)
from tidings.web.notifyvisitors.naming import FIELD_OF_KIND
from tidings.web.notifyvisitors.reply import refuse_wrapped
from tidings.web.once import do_once
from tidings.web.reading import refuse


class Campaigns:
    """The calls of the Campaign API.

    Shape:  database - connections of their own: a call with a content of its own, or a used key,
            takes longer than to find out which keys are valid.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def endpoints(self) -> list[Endpoint]:
        """Return every URL of the Campaign API."""
        post, query = ("POST",), ("GET", "POST")
        campaign = partial(Endpoint, api=Api.CAMPAIGN, refuse=refuse_wrapped)
        change = self._change
        return [
            campaign("/api/v1/campaign/send", post, act=self.send),
            campaign("/api/v1/campaign/create", post, act=self.create),
            campaign("/api/v1/campaign/list", query, act=self.list_page),
            campaign("/api/v1/campaign/get", query, act=self.read),
            campaign("/api/v1/campaign/cancel", post, act=partial(change, actions.cancel)),
            campaign("/api/v1/campaign/pause", post, act=partial(change, actions.pause)),
            campaign("/api/v1/campaign/resume", post, act=partial(change, actions.resume)),
            campaign("/api/v1/campaign/winner", post, act=self.pick_winner),
        ]

    async def send(self, call: Call) -> Reply:
        """Queue messages to users, now or for later."""
        sendings = parse_messages(call.body, call.brand, call.received_at)
        act = partial(_send, brand_id=call.brand.brand_id, sendings=sendings)
        return await do_once(self._database, call, act, key=call.idempotency_key)

    async def create(self, call: Call) -> Reply:
        """Make a campaign and have it started, now or later."""
        creation = parse_creation(call.body, call.brand, call.received_at)
        act = partial(_create, brand_id=call.brand.brand_id, creation=creation)
        return await do_once(self._database, call, act, key=call.idempotency_key)

    async def list_page(self, call: Call) -> Reply:
        """List campaigns, a page at a time."""
        before, size = parse_campaigns_query(call.body, call.query)
        brand_id = call.brand.brand_id
        async with self._database.transaction() as tx:
            page = await actions.list_page(
                tx, brand_id, before=before or actions.LAST, at_most=size
            )
            progress = await actions.progress(tx, brand_id, page)
        cursor = write_cursor(page[-1].campaign_id) if len(page) == size else None
        return campaign_reply.listed(call.brand, page, progress=progress, cursor=cursor)

    async def read(self, call: Call) -> Reply:
        """Read one campaign."""
        campaign_id = parse_reference(call.body, call.query)
        brand_id = call.brand.brand_id
        async with self._database.transaction() as tx:
            campaign = await actions.find(tx, brand_id, campaign_id)
            progress = await actions.progress(tx, brand_id, [campaign])
        return campaign_reply.found(call.brand, campaign, progress[campaign_id])

    async def pick_winner(self, call: Call) -> Reply:
        """Pick the winner of a test before it is decided by itself."""
        campaign_id, variant = parse_winner(call.body, call.query)
        brand_id = call.brand.brand_id
        async with self._database.transaction() as tx:
            await actions.pick_winner(tx, brand_id, campaign_id, variant=variant)
            return campaign_reply.changed(await actions.find(tx, brand_id, campaign_id))

    async def _change(
        self, act: Callable[[Tx, BrandId, CampaignId], Awaitable[None]], call: Call
    ) -> Reply:
        campaign_id = parse_reference(call.body, call.query)
        brand_id = call.brand.brand_id
        async with self._database.transaction() as tx:
            await act(tx, brand_id, campaign_id)
            return campaign_reply.changed(await actions.find(tx, brand_id, campaign_id))


async def _send(tx: Tx, *, brand_id: BrandId, sendings: list[Sending]) -> Reply:
    """Queue messages to the users who are there; a mistake in one of them queues none."""
    found = await calls.look_up(tx, brand_id, [one.asked for one in sendings])
    mistakes = calls.mistakes_in(found)
    if mistakes:
        raise refuse(mistakes)
    refs = await identity.find_many(tx, {one.identifier for one in sendings})
    wanted = [
        (made, refs[sending.identifier])
        for made, sending in zip(found, sendings, strict=True)
        if isinstance(made, Made) and sending.identifier in refs
    ]
    answers = iter(await calls.queue(tx, brand_id, ids.new_call_id(), wanted))
    outcomes: list[tuple[campaign_reply.Json, MessageId | Denied | None]] = []
    for sending in sendings:
        kind, value = sending.identifier.kind, sending.identifier.value
        answer = next(answers) if sending.identifier in refs else None
        outcomes.append(({FIELD_OF_KIND[kind]: value}, answer))
    return campaign_reply.queued(outcomes)


async def _create(tx: Tx, *, brand_id: BrandId, creation: Creation) -> Reply:
    asked = creation.asked
    async with _defining():
        if creation.content is not None:
            key = await save_content(
                tx, brand_id, asked["channel"], creation.content, name=asked["name"]
            )
            asked = {**asked, "template": key}
        campaign_id = await actions.create(tx, brand_id, asked)
    start_at = creation.start_at
    await actions.schedule(
        tx, brand_id, campaign_id, at=None if start_at is None else max(start_at, clock.now())
    )
    return campaign_reply.changed(await actions.find(tx, brand_id, campaign_id))


@asynccontextmanager
async def _defining() -> AsyncGenerator[None]:
    """Say where in the call the mistakes of a definition are."""
    try:
        yield
    except Refused as refused:
        raise campaign_reply.placed(refused) from refused
