"""A message to try something with, and what came of it in words for the person at the terminal."""

import asyncio
from collections.abc import Mapping

import click
import msgspec

from tidings.base import ids
from tidings.base.errors import Code, Refused
from tidings.base.media import Medium
from tidings.channels.hosted import origin_of
from tidings.channels.line import Line
from tidings.channels.message import Address, Approved, Email, Message, Push, Sms, Webhook, WhatsApp
from tidings.channels.model import Channel
from tidings.channels.outcome import Broken, Deferred, Outcome, Reason, Rejected, Sent
from tidings.cli.table import shown
from tidings.devices.model import Browser, Token
from tidings.templates.model import Rendered

_TITLE = "A test from Tidings"
_TEXT = "This channel works."

WORDS_OF_REASON: Mapping[Reason, str] = {
    Reason.RECIPIENT: "the recipient does not exist or can never be reached",
    Reason.MESSAGE: "the message is not accepted",
    Reason.UNSUPPORTED: "the provider cannot carry this message",
    Reason.MAILBOX_BUSY: "this recipient cannot take it now",
    Reason.BUSY: "the provider cannot take it now",
    Reason.UNREACHABLE: "the provider was not reached",
    Reason.UNKNOWN: "there was no answer: it may have been sent",
    Reason.PACED: "the channel is at its limit a second",
    Reason.PAUSED: "the channel did not work lately and rests",
    Reason.CREDENTIALS: "the provider does not accept the credentials",
    Reason.HOST: "the provider is not there, or is not who it should be",
    Reason.SETTINGS: "the settings do not fit the provider",
}


def trial_of(channel: Channel) -> Rendered:
    """Return what is said to try a channel."""
    is_short = channel.medium in {Medium.SMS, Medium.WHATSAPP}
    return Rendered(
        language="en",
        missing=(),
        subject=_TITLE,
        html=f"<p>{_TEXT}</p>\n",
        text=f"{_TITLE}. {_TEXT}" if is_short else _TEXT,
        title=_TITLE,
        body=msgspec.json.encode({"type": "tidings.test", "data": {"text": _TEXT}}).decode(),
    )


def message_saying(
    said: Rendered, channel: Channel, recipient: str, *, sender: str = ""
) -> Message:
    """Write a message to somebody who is no person of a brand.

    Shape:  sender - of a mail, empty for the one that the channel names.
    Errors: `invalid` when a mail has no sender, or a browser's subscription is none.
    """
    message_id = ids.draw_bytes(16).hex()
    match channel.medium:
        case Medium.EMAIL:
            return _email(message_id, recipient, _sender(channel, sender), said)
        case Medium.SMS:
            return Sms(message_id, recipient, said.text)
        case Medium.WHATSAPP:
            approved = Approved(said.provider_template, said.language, said.parameters)
            content = approved if said.provider_template else said.text
            return WhatsApp(message_id, recipient, content)
        case Medium.PUSH:
            shown = said.title, said.text, said.url, said.icon, said.image
            return Push(message_id, _subscriber(recipient), *shown)
        case Medium.WEBHOOK:
            return Webhook(message_id, said.body.encode())


async def send_one(channel: Channel, message: Message) -> Outcome:
    """Hand one message over."""
    line = Line(channel)
    try:
        return await line.send(message)
    finally:
        await line.close()


def send_and_tell(channel: Channel, message: Message) -> None:
    """Send a message and print what came of it.

    Errors: SystemExit, with 1, when it was not sent.
    """
    outcome = asyncio.run(send_one(channel, message))
    for line in worded(outcome):
        click.echo(shown(line))
    if not isinstance(outcome, Sent):
        raise SystemExit(1)


def worded(outcome: Outcome) -> list[str]:
    """Say what came of a message, in lines; the provider's own words come last."""
    match outcome:
        case Sent(provider_message_id=""):
            return ["Sent."]
        case Sent(provider_message_id=name):
            return [f"Sent: the provider calls it {name}."]
        case Rejected():
            start = "Rejected for good"
        case Deferred():
            start = "Not sent now"
        case Broken():
            start = "The channel does not work"
    told = " ".join(part for part in (outcome.code, outcome.said) if part)
    said = f"{start}: {WORDS_OF_REASON[outcome.reason]}."
    return [said, told] if told else [said]


def _sender(channel: Channel, given: str) -> Address:
    if given:
        return Address(given)
    origin = origin_of(channel.settings)
    if origin is None:
        raise Refused(Code.INVALID, "A mail needs a sender: --from shop@example.com")
    return origin.sender


def _email(message_id: str, recipient: str, sender: Address, said: Rendered) -> Email:
    domain = sender.email.rpartition("@")[2]
    return Email(
        message_id=f"{message_id}@{domain if domain.isascii() else 'localhost'}",
        sender=sender,
        recipient=Address(recipient),
        subject=said.subject,
        text=said.text,
        html=said.html,
    )


def _subscriber(recipient: str) -> Browser | Token:
    if not recipient.startswith("{"):
        return Token(recipient)
    try:
        found = msgspec.json.decode(recipient, type=_Subscription)
    except msgspec.DecodeError as error:
        raise Refused(Code.INVALID, f"The subscription is none: {error}.") from error
    return Browser(found.endpoint, found.keys.p256dh, found.keys.auth)


class _Keys(msgspec.Struct, frozen=True):
    p256dh: str
    auth: str


class _Subscription(msgspec.Struct, frozen=True):
    endpoint: str
    keys: _Keys
