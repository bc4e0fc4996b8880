"""Making a message for one person: what the template says, addressed, with links of its own."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from tidings.base import clock, limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.brands import actions as brands
from tidings.channels.hosted import Origin, origin_of
from tidings.channels.message import Address, Approved, Email, Message, Sms, WhatsApp
from tidings.channels.model import Channel
from tidings.messages.links import Links
from tidings.messages.model import Claimed, Ended, Lane, Status
from tidings.messages.naming import public_id
from tidings.messages.preparing import Ready
from tidings.storage.tx import Tx
from tidings.templates import actions as templates
from tidings.templates.compile import Compiled
from tidings.templates.model import Delivery, NotRendered, Rendered, Urls, Variables
from tidings.templates.render import render

NO_SENDER = "no_sender"
"""Why a mail was not sent whose channel does not say from whom it is."""

NO_TEMPLATE = "no_template"
"""Why a message was not sent whose template is not there any more, or cannot be read."""

_LEVEL = 1  # of zlib: a third of the time of its default, for a tenth more bytes
_MAX_REMEMBERED = 1_000  # contents made ready; more of them are of calls, each with its own

_encode = msgspec.json.Encoder().encode


class Kept(msgspec.Struct, omit_defaults=True):
    """What of a message is kept: its texts as they were sent."""

    subject: str = ""
    html: str = ""
    text: str = ""
    title: str = ""
    url: str = ""


read_kept = msgspec.json.Decoder(Kept).decode


@dataclass(frozen=True, slots=True)
class Composed:
    """A message that can be handed to its provider.

    Shape:  content - what of it is kept, compressed.
    """

    message: Message
    content: bytes


class Composer:
    """Makes the messages of one process; contents are made ready once.

    Shape:  links - to this server.
    """

    def __init__(self, links: Links) -> None:
        self._links = links
        self._names: dict[BrandId, str] = {}
        self._ready: dict[object, Compiled | None] = {}

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
                self._ready[key] = await _made_ready(tx, brand_id, medium, claimed)
            except Refused as refused:
                if refused.code is Code.UNAVAILABLE:
                    raise
                # It was deleted, or means nothing any more: its messages fail, and no others.
                self._ready[key] = None

    def compose(self, lane: Lane, ready: Ready, channel: Channel) -> Composed | Ended:
        """Make a message for one person, or say why there is none."""
        claimed, brand_id = ready.claimed, lane.brand_id
        compiled = self._ready[_made_of(brand_id, claimed)]
        if compiled is None:
            return _not_made(claimed, NO_TEMPLATE)
        links, message_id = self._links, ready.claimed.message_id
        variables = Variables(
            profile=ready.profile.attributes,
            data=claimed.data,
            brand={"name": self._names[brand_id]},
            urls=Urls(
                unsubscribe=links.unsubscribe(brand_id, message_id),
                preferences=links.preferences(brand_id, message_id),
                view_in_browser=links.view(brand_id, message_id),
            ),
        )
        delivery = Delivery(
            wrap=lambda url, position: links.click(
                brand_id, message_id, position=position, target=url
            ),
            utm=lane.options.utm,
            pixel_url=links.open_pixel(brand_id, message_id),
        )
        rendered = render(compiled, variables, delivery)
        if isinstance(rendered, NotRendered):
            return _not_made(claimed, rendered.reason.value, ", ".join(rendered.names))
        origin = origin_of(channel.settings)
        if channel.medium is Medium.EMAIL and origin is None:
            return _not_made(claimed, NO_SENDER)
        message = _MAKERS[channel.medium](ready, rendered, origin)
        kept = Kept(rendered.subject, rendered.html, rendered.text, rendered.title, rendered.url)
        return Composed(message, zlib.compress(_encode(kept), _LEVEL))


async def _made_ready(tx: Tx, brand_id: BrandId, medium: Medium, claimed: Claimed) -> Compiled:
    if claimed.template is not None:
        return await templates.compiled_at(tx, brand_id, medium, claimed.template)
    content = msgspec.json.decode(claimed.content or b"{}")
    return await templates.compiled_from(tx, brand_id, medium, content)


def _made_of(brand_id: BrandId, claimed: Claimed) -> tuple[BrandId, object]:
    if claimed.template is not None:
        return brand_id, claimed.template
    return brand_id, sha256(claimed.content or b"").digest()


def _not_made(claimed: Claimed, reason: str, names: str = "") -> Ended:
    return Ended(
        claimed.message_id,
        Status.FAILED,
        clock.now(),
        attempts=claimed.attempts,
        reason=reason,
        code=names[: limits.MAX_CODE_CHARACTERS] or None,
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


_MAKERS: Mapping[Medium, Callable[[Ready, Rendered, Origin | None], Message]] = {
    Medium.EMAIL: _email,
    Medium.SMS: _sms,
    Medium.WHATSAPP: _whatsapp,
}

MEDIA = frozenset(_MAKERS)
"""What messages can be made for so far."""
