"""Making a message for one person: what the template says, addressed, with links of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import msgspec

from tidings.base import clock, limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.brands import actions as brands
from tidings.channels.hosted import Origin, origin_of
from tidings.channels.message import (
    Address,
    Approved,
    Email,
    Message,
    Push,
    Sms,
    Webhook,
    WhatsApp,
)
from tidings.channels.model import Channel
from tidings.devices.model import Device
from tidings.messages.contents import Kept, pack, words_of
from tidings.messages.links import Links
from tidings.messages.model import Claimed, Ended, Lane, MessageId, Packed, Status, Words
from tidings.messages.naming import public_id
from tidings.messages.preparing import Ready
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx
from tidings.templates import actions as templates
from tidings.templates.compile import Compiled
from tidings.templates.model import Delivery, NotRendered, Rendered, Urls, Variables
from tidings.templates.render import render
from tidings.templates.variables import attributes_of

NO_SENDER = "no_sender"
"""Why a mail was not sent whose channel does not say from whom it is."""

NO_TEMPLATE = "no_template"
"""Why a message was not sent whose template is not there any more, or cannot be read."""

_NOBODY = MessageId(Slot(0), 0)
_MAX_REMEMBERED = 1_000  # contents made ready; more of them are of calls, each with its own


@dataclass(frozen=True, slots=True)
class Composed:
    """A message that can be handed to its provider.

    Shape:  messages - as the provider takes them: a push for each device, else one; content - what
            of it is kept.
    """

    messages: tuple[Message, ...]
    content: Packed


@dataclass(frozen=True, slots=True)
class _Made:
    """A content that messages can be made of.

    Shape:  words - what its messages share, by language; none for a content of one call.
    """

    compiled: Compiled
    words: Mapping[str, Words]


class Composer:
    """Makes the messages of one process; contents are made ready once.

    Shape:  links - to this server.
    """

    def __init__(self, links: Links) -> None:
        self._links = links
        self._names: dict[BrandId, str] = {}
        self._ready: dict[object, _Made | None] = {}

    async def learn(self, tx: Tx, lane: Lane, medium: Medium, ready: Sequence[Ready]) -> None:
        """Make ready what these messages are made of, and was not yet."""
        brand_id = lane.brand_id
        self._names[brand_id] = (await brands.find_brand(tx, brand_id)).name
        wanted = {_made_of(brand_id, one.claimed): one.claimed for one in ready}
        for key, claimed in wanted.items():
            if key in self._ready:
                continue
            if len(self._ready) >= _MAX_REMEMBERED:
                self._ready.clear()
            try:
                compiled = await _made_ready(tx, brand_id, medium, claimed)
                of_one_call = claimed.template is None
                words = dict[str, Words]() if of_one_call else self._words(lane, compiled)
                self._ready[key] = _Made(compiled, words)
            except Refused as refused:
                if refused.code is Code.UNAVAILABLE:
                    raise
                # It was deleted, or means nothing any more: its messages fail, and no others.
                self._ready[key] = None

    def compose(self, lane: Lane, ready: Ready, channel: Channel) -> Composed | Ended:
        """Make a message for one person, or say why there is none."""
        claimed, brand_id = ready.claimed, lane.brand_id
        made = self._ready[_made_of(brand_id, claimed)]
        if made is None:
            return _not_made(claimed, NO_TEMPLATE)
        message_id, person = claimed.message_id, attributes_of(ready.profile)
        variables = self._variables(brand_id, message_id, person, claimed.data)
        rendered = render(made.compiled, variables, self._delivery(lane, message_id))
        if isinstance(rendered, NotRendered):
            code = rendered.place or ", ".join(rendered.names)
            return _not_made(claimed, rendered.reason.value, code)
        origin = origin_of(channel.settings)
        if channel.medium is Medium.EMAIL and origin is None:
            return _not_made(claimed, NO_SENDER)
        message = _MAKERS[channel.medium](ready, rendered, origin)
        if isinstance(message, Email) and origin is not None and origin.bounce_address:
            return_path = self._links.return_paths(brand_id).of(origin.bounce_address, message_id)
            message = replace(message, return_path=return_path)
        content = pack(_kept(rendered), made.words.get(rendered.language))
        return Composed(_to_each(message, ready.devices), content)

    def _words(self, lane: Lane, compiled: Compiled) -> Mapping[str, Words]:
        """Return what a template says to nobody in particular, by language."""
        delivery = replace(self._delivery(lane, _NOBODY), is_preview=True)
        words: dict[str, Words] = {}
        for language in (compiled.first.language, *compiled.others):
            variables = self._variables(lane.brand_id, _NOBODY, {"language": language}, {})
            rendered = render(compiled, variables, delivery)
            if isinstance(rendered, Rendered):
                words[rendered.language] = words_of(_kept(rendered))
        return words

    def _variables(
        self,
        brand_id: BrandId,
        message_id: MessageId,
        profile: Mapping[str, Any],
        data: Mapping[str, Any],
    ) -> Variables:
        links = self._links
        return Variables(
            profile=profile,
            data=data,
            brand={"name": self._names[brand_id]},
            urls=Urls(
                unsubscribe=links.unsubscribe(brand_id, message_id),
                preferences=links.preferences(brand_id, message_id),
                view_in_browser=links.view(brand_id, message_id),
            ),
        )

    def _delivery(self, lane: Lane, message_id: MessageId) -> Delivery:
        links, brand_id = self._links, lane.brand_id
        return Delivery(
            wrap=lambda url, position: links.click(
                brand_id, message_id, position=position, target=url
            ),
            utm=lane.options.utm,
            pixel_url=links.open_pixel(brand_id, message_id),
        )


def _kept(rendered: Rendered) -> Kept:
    text = rendered.text or rendered.body
    return Kept(rendered.subject, rendered.html, text, rendered.title, rendered.url)


async def _made_ready(tx: Tx, brand_id: BrandId, medium: Medium, claimed: Claimed) -> Compiled:
    if claimed.template is not None:
        return await templates.compiled_at(tx, brand_id, medium, claimed.template)
    content = msgspec.json.decode(claimed.content or b"{}")
    return await templates.compiled_from(tx, brand_id, medium, content)


def _made_of(brand_id: BrandId, claimed: Claimed) -> tuple[BrandId, object]:
    if claimed.template is not None:
        return brand_id, claimed.template
    return brand_id, sha256(claimed.content or b"").digest()


def _not_made(claimed: Claimed, reason: str, code: str = "") -> Ended:
    return Ended(
        claimed.message_id,
        Status.FAILED,
        clock.now(),
        attempts=claimed.attempts,
        reason=reason,
        code=code[: limits.MAX_CODE_CHARACTERS] or None,
    )


def _email(ready: Ready, rendered: Rendered, origin: Origin | None) -> Email:
    if origin is None:
        raise AssertionError("asked before")
    domain = origin.sender.email.rpartition("@")[2]
    options = ready.claimed.options
    return Email(
        message_id=f"{public_id(ready.claimed.message_id)}@{domain}",
        sender=Address(origin.sender.email, options.from_name or origin.sender.name),
        recipient=Address(ready.address or ""),
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        reply_to=Address(options.reply_to) if options.reply_to else origin.reply_to,
        headers=rendered.headers,
    )


def _sms(ready: Ready, rendered: Rendered, _origin: Origin | None) -> Sms:
    return Sms(public_id(ready.claimed.message_id), ready.address or "", rendered.text)


def _whatsapp(ready: Ready, rendered: Rendered, _origin: Origin | None) -> WhatsApp:
    content: str | Approved = rendered.text
    if rendered.provider_template:
        content = Approved(rendered.provider_template, rendered.language, rendered.parameters)
    return WhatsApp(public_id(ready.claimed.message_id), ready.address or "", content)


def _push(ready: Ready, rendered: Rendered, _origin: Origin | None) -> Push:
    return Push(
        public_id(ready.claimed.message_id),
        ready.devices[0].where,
        title=rendered.title,
        text=rendered.text,
        url=rendered.url,
        icon=rendered.icon,
        image=rendered.image,
    )


def _webhook(ready: Ready, rendered: Rendered, _origin: Origin | None) -> Webhook:
    return Webhook(public_id(ready.claimed.message_id), rendered.body.encode())


def _to_each(message: Message, devices: Sequence[Device]) -> tuple[Message, ...]:
    """Address a push to every device; what has another address has one."""
    if not isinstance(message, Push):
        return (message,)
    return tuple(replace(message, recipient=device.where) for device in devices)


_MAKERS: Mapping[Medium, Callable[[Ready, Rendered, Origin | None], Message]] = {
    Medium.EMAIL: _email,
    Medium.SMS: _sms,
    Medium.WHATSAPP: _whatsapp,
    Medium.PUSH: _push,
    Medium.WEBHOOK: _webhook,
}
