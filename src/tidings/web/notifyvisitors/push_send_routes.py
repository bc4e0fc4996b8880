"""The URLs that send pushes, as the vendor's older API has them."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial

import msgspec

from tidings.base import clock, ids
from tidings.base.errors import Mistake, Refused
from tidings.base.ids import BrandId
from tidings.brands.model import Api
from tidings.campaigns import actions as campaigns
from tidings.campaigns.content import save_content
from tidings.channels import actions as channels
from tidings.channels.choose import channel_to
from tidings.consent.model import Purpose
from tidings.devices import actions as devices
from tidings.devices.model import Platform
from tidings.identity import actions as identity
from tidings.identity.model import Identifier
from tidings.messages import calls
from tidings.messages.calls import Asked, Made
from tidings.messages.model import MessageOptions
from tidings.profiles.model import ProfileRef
from tidings.storage.pool import Database
from tidings.storage.tx import Tx
from tidings.web.gate import Call, Endpoint, Reply
from tidings.web.notifyvisitors import campaign_reply, push_send_reply
from tidings.web.notifyvisitors.push_send_parse import (
    Broadcast,
    Pushing,
    parse_pushes,
    parse_to_all,
    parse_to_segment,
)
from tidings.web.notifyvisitors.reply import refuse_wrapped
from tidings.web.once import do_once
from tidings.web.reading import refuse

_DRAWN_BYTES = 4  # of a campaign's name: of a million names of one call, hundreds would be alike

_encode = msgspec.json.Encoder().encode


class Pushes:
    """The calls that send pushes, the same for each platform.

    Shape:  database - connections of their own: contents are made ready while a call waits.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def endpoints(self) -> list[Endpoint]:
        """Return every URL that sends pushes."""
        found: list[Endpoint] = []
        for platform in Platform:
            push = partial(Endpoint, api=Api.CAMPAIGN, refuse=refuse_wrapped)
            to_all = partial(self.broadcast, platform, parse_to_all)
            to_segment = partial(self.broadcast, platform, parse_to_segment)
            url = f"/api/v1/{platform}"
            found += [
                push(f"{url}/send", ("POST",), act=partial(self.send, platform)),
                push(f"{url}/broadcast/all", ("POST",), act=to_all),
                push(f"{url}/broadcast/segment", ("POST",), act=to_segment),
            ]
        return found

    async def send(self, platform: Platform, call: Call) -> Reply:
        """Queue pushes to users or single devices, at once."""
        pushes = parse_pushes(call.body, call.brand)
        act = partial(_send, brand_id=call.brand.brand_id, platform=platform, pushes=pushes)
        return await do_once(self._database, call, act, key=call.idempotency_key)

    async def broadcast(
        self, platform: Platform, parse: Callable[[bytes], Broadcast], call: Call
    ) -> Reply:
        """Make a campaign of a push, and have it started at once."""
        asked = parse(call.body)
        act = partial(_broadcast, brand_id=call.brand.brand_id, platform=platform, asked=asked)
        return await do_once(self._database, call, act, key=call.idempotency_key)


async def _send(tx: Tx, *, brand_id: BrandId, platform: Platform, pushes: list[Pushing]) -> Reply:
    """Queue pushes to those who are there; a mistake in one of them queues none."""
    known = await channels.list_channels(tx, brand_id)
    chosen = [channel_to(platform, known, key=push.channel) for push in pushes]
    wrong = [
        Mistake(one.message, one.field, index)
        for index, one in enumerate(chosen)
        if isinstance(one, Mistake)
    ]
    if wrong:
        raise refuse(wrong)
    asked = [
        _asked(push, channel.key, platform)
        for push, channel in zip(pushes, chosen, strict=True)
        if not isinstance(channel, Mistake)
    ]
    found = await calls.look_up(tx, brand_id, asked)
    mistakes = calls.mistakes_in(found)
    if mistakes:
        raise push_send_reply.placed(refuse(mistakes))
    people = await _people(tx, brand_id, platform, pushes)
    wanted = [
        (made, person)
        for made, person in zip(found, people, strict=True)
        if isinstance(made, Made) and person is not None
    ]
    answers = iter(await calls.queue(tx, brand_id, ids.new_call_id(), wanted))
    outcomes = [None if person is None else next(answers) for person in people]
    return push_send_reply.queued(list(zip(pushes, outcomes, strict=True)))


async def _people(
    tx: Tx, brand_id: BrandId, platform: Platform, pushes: list[Pushing]
) -> list[ProfileRef | None]:
    """Return whom each push is for, None for nobody who is there."""
    users = {push.to for push in pushes if isinstance(push.to, Identifier)}
    subscribers = {push.to for push in pushes if not isinstance(push.to, Identifier)}
    refs = await identity.find_many(tx, users)
    there = await devices.find_many(tx, brand_id, subscribers)
    owners = {one.device_id: one.person for one in there.values() if one.platform is platform}
    return [
        refs.get(push.to) if isinstance(push.to, Identifier) else owners.get(push.to)
        for push in pushes
    ]


def _asked(push: Pushing, channel: str, platform: Platform) -> Asked:
    device = None if isinstance(push.to, Identifier) else push.to
    return Asked(
        channel=channel,
        due_at=clock.now(),
        purpose=Purpose.TRANSACTIONAL if push.is_transactional else Purpose.MARKETING,
        content=_encode(push.content),
        options=MessageOptions(platform=platform, device=device),
    )


async def _broadcast(tx: Tx, *, brand_id: BrandId, platform: Platform, asked: Broadcast) -> Reply:
    known = await channels.list_channels(tx, brand_id)
    channel = channel_to(platform, known, key=asked.channel)
    if isinstance(channel, Mistake):
        raise refuse([channel])
    to = "all" if asked.segment is None else "segment"
    drawn = ids.draw_bytes(_DRAWN_BYTES).hex()
    name = f"{platform}/broadcast/{to} {drawn}"
    whom = {"audience": "all"} if asked.segment is None else {"segments": [asked.segment]}
    async with _defining():
        template = await save_content(tx, brand_id, channel.key, asked.content, name=name)
        campaign_id = await campaigns.create(
            tx,
            brand_id,
            {
                "name": name,
                "channel": channel.key,
                "template": template,
                "platform": platform.value,
                **whom,
            },
        )
    await campaigns.schedule(tx, brand_id, campaign_id)
    return campaign_reply.changed(await campaigns.find(tx, brand_id, campaign_id))


@asynccontextmanager
async def _defining() -> AsyncGenerator[None]:
    """Say where in the call the mistakes of a content and of a definition are."""
    try:
        yield
    except Refused as refused:
        raise push_send_reply.placed(refused) from refused
