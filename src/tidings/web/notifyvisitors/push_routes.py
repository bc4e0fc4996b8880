"""The URLs by which devices are registered. The vendor does this in its SDKs: these are ours."""

from collections.abc import Awaitable, Callable
from functools import partial

from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.brands.model import Api
from tidings.devices import actions
from tidings.devices.model import Browser, DeviceId, Platform, Token
from tidings.identity import actions as identity
from tidings.storage.pool import Database
from tidings.storage.tx import Tx
from tidings.web.gate import Call, Endpoint, Reply
from tidings.web.notifyvisitors import push_reply
from tidings.web.notifyvisitors.push_parse import (
    Subscribing,
    parse_subscription,
    parse_unsubscription,
)
from tidings.web.notifyvisitors.reply import refuse_wrapped
from tidings.web.once import do_once

Act = Callable[[Platform, Call], Awaitable[Reply]]


class Devices:
    """The calls about devices.

    Shape:  database - connections of their own: a call may wait for another about the same person.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def endpoints(self) -> list[Endpoint]:
        """Return every URL about devices."""
        verbs: dict[str, Act] = {"subscribe": self.subscribe, "unsubscribe": self.unsubscribe}
        return [
            Endpoint(
                f"/api/v1/{platform}/{verb}",
                ("POST",),
                api=Api.CAMPAIGN,
                refuse=refuse_wrapped,
                act=partial(act, platform),
            )
            for platform in Platform
            for verb, act in verbs.items()
        ]

    async def subscribe(self, platform: Platform, call: Call) -> Reply:
        """Register a device for a user."""
        asked = parse_subscription(call.body, call.brand, platform)
        act = partial(_subscribe, brand_id=call.brand.brand_id, platform=platform, asked=asked)
        return await do_once(self._database, call, act, key=call.idempotency_key)

    async def unsubscribe(self, platform: Platform, call: Call) -> Reply:
        """Take a device back."""
        named = parse_unsubscription(call.body, platform)
        act = partial(_unsubscribe, brand_id=call.brand.brand_id, named=named)
        return await do_once(self._database, call, act, key=call.idempotency_key)


async def _subscribe(tx: Tx, *, brand_id: BrandId, platform: Platform, asked: Subscribing) -> Reply:
    person = await identity.find(tx, asked.identifier)
    if person is None:
        message = "There is no such user. Create them first, with user/create or an event."
        raise Refused(Code.NOT_FOUND, message)
    return push_reply.subscriber(
        await actions.register(tx, brand_id, person, platform, where=asked.where)
    )


async def _unsubscribe(tx: Tx, *, brand_id: BrandId, named: DeviceId | Browser | Token) -> Reply:
    if isinstance(named, Browser | Token):
        gone = await actions.unregister_place(tx, brand_id, named)
    else:
        gone = await actions.unregister(tx, brand_id, named)
    if gone is None:
        raise Refused(Code.NOT_FOUND, "There is no such subscriber, or there is none any more.")
    return push_reply.subscriber(gone.device_id)
