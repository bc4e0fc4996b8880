"""Messages as they are handed to a provider: finished, for one recipient."""

from dataclasses import dataclass
from typing import NamedTuple

from tidings.devices.model import Browser, Token


class Address(NamedTuple):
    """A mailbox, and the name beside it; an empty name is none."""

    email: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Email:
    """One mail to one mailbox.

    Shape:  message_id - as in the header, without angle brackets; html, text - one may be empty;
            headers - more of them, in this order, such as those of a list; return_path - where
            the mail comes back to that cannot be delivered, empty to leave it to the channel.
    """

    message_id: str
    sender: Address
    recipient: Address
    subject: str
    html: str = ""
    text: str = ""
    reply_to: Address | None = None
    headers: tuple[tuple[str, str], ...] = ()
    return_path: str = ""


@dataclass(frozen=True, slots=True)
class Sms:
    """One text to one phone.

    Shape:  recipient - E.164, with its plus.
    """

    message_id: str
    recipient: str
    text: str


class Approved(NamedTuple):
    """A text that WhatsApp has approved beforehand, and what fills its gaps, in order."""

    name: str
    language: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WhatsApp:
    """One message to one phone.

    Shape:  recipient - E.164, with its plus; content - a free text is delivered only within a
            day of what the person wrote last; everything else must be approved.
    """

    message_id: str
    recipient: str
    content: str | Approved


@dataclass(frozen=True, slots=True)
class Push:
    """One notification on one browser or device; empty texts are left out."""

    message_id: str
    recipient: Browser | Token
    title: str
    text: str
    url: str = ""
    icon: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One call of somebody's server.

    Shape:  body - JSON.
    """

    message_id: str
    body: bytes


Message = Email | Sms | WhatsApp | Push | Webhook
