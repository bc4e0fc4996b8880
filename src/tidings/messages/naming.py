"""What messages and what happens to them are called outside: pure."""

from collections.abc import Mapping

from tidings.base.media import Medium
from tidings.messages.model import MessageId, What
from tidings.storage.slots import SLOT_COUNT, Slot

# NotifyVisitors documentation, "System events", spelled exactly so. Where it has no name for
# something, nothing is recorded.
_EVENTS: Mapping[Medium, Mapping[What, str]] = {
    Medium.EMAIL: {
        What.SENT: "Email Sent",
        What.DELIVERED: "Email Delivered",
        What.OPENED: "Email Opened",
        What.CLICKED: "Email Clicked",
        What.UNSUBSCRIBED: "Email Unsubscribe",
        What.BOUNCED: "Email Bounced",
        What.FAILED: "Email Rejected",
    },
    Medium.SMS: {
        What.SENT: "Sms Sent",
        What.DELIVERED: "SMS Delivered",
        What.CLICKED: "Sms Clicked",
        What.FAILED: "Sms Rejected",
        What.BOUNCED: "Sms Rejected",
    },
    Medium.WHATSAPP: {
        What.SENT: "Whatsapp Sent",
        What.DELIVERED: "Whatsapp Delivered",
        What.OPENED: "Whatsapp Read",
    },
    Medium.PUSH: {
        What.DELIVERED: "Push Delivered",
        What.CLICKED: "Push Clicked",
    },
    Medium.WEBHOOK: {},
}

_NUMBER_DIGITS = 22

PUBLIC_DIGITS = 24
"""Of a message's id as callers see it: as the ids of the Notifuse wire have."""


def event_name(medium: Medium, what: What) -> str | None:
    """Return the system event of what happened to a message, None where there is none."""
    return _EVENTS[medium].get(what)


def public_id(message_id: MessageId) -> str:
    """Return a message's id as callers see it: 24 hexadecimal digits."""
    return f"{message_id.slot:02x}{message_id.number:0{_NUMBER_DIGITS}x}"


def message_id_of(public: str) -> MessageId | None:
    """Read an id as callers have it, None when it is none."""
    if len(public) != PUBLIC_DIGITS or not public.isascii() or not public.isalnum():
        return None
    try:
        slot, number = int(public[:2], 16), int(public[2:], 16)
    except ValueError:
        return None
    return MessageId(Slot(slot), number) if slot < SLOT_COUNT and number < 2**63 else None
