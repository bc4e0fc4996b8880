"""What SendGrid posts: many events at once, signed with a key of its own. Pure.

Source: SendGrid documentation, "Event Webhook Reference" and "Event Webhook Security Features".
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256

from tidings.channels.keys import read_public_p256_key
from tidings.channels.kinds import Sendgrid
from tidings.messages.model import What
from tidings.messages.notice import Notice
from tidings.web.hooks.posted import (
    Posted,
    decoded,
    instant_of,
    likely,
    read_json,
    refuse_old,
    unconfigured,
    unsigned,
)

_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"

# What is left out is tried again (deferred) or says nothing of the recipient (processed).
WHAT: Mapping[str, What] = {
    "delivered": What.DELIVERED,
    "bounce": What.BOUNCED,
    "dropped": What.FAILED,
    "spamreport": What.COMPLAINED,
    "unsubscribe": What.UNSUBSCRIBED,
    "group_unsubscribe": What.UNSUBSCRIBED,
    "open": What.OPENED,
    "click": What.CLICKED,
}
_GONE = frozenset({"Bounced Address", "Invalid"})
_BLOCKED = "blocked"


class _Event(msgspec.Struct, frozen=True):
    event: str
    email: str = ""
    timestamp: float = 0.0
    sg_message_id: str = ""
    message_id: str = ""
    type: str = ""
    status: str = ""
    reason: str = ""
    url: str = ""
    sg_machine_open: bool = False


def verify(posted: Posted, settings: Sendgrid, now: datetime) -> None:
    """Refuse what SendGrid did not sign for this channel, or long ago."""
    if not settings.webhook_key:
        raise unconfigured("webhook_key")
    at = posted.headers.get(_TIMESTAMP, "")
    signature = decoded(posted.headers.get(_SIGNATURE, ""))
    key = read_public_p256_key(settings.webhook_key)
    try:
        key.verify(signature, at.encode() + posted.body, ECDSA(SHA256()))
    except InvalidSignature as error:
        raise unsigned("The signature") from error
    refuse_old(instant_of(at), now)


def parse(posted: Posted, now: datetime) -> list[Notice]:
    """Read the events; one that is not as described is left out, not the others with it."""
    notices: list[Notice] = []
    for raw in read_json(posted.body, list[msgspec.Raw]):
        try:
            event = msgspec.json.decode(raw, type=_Event)
        except msgspec.DecodeError:
            continue
        if event.event in WHAT:
            notices.append(_notice(event, now))
    return notices


def _notice(event: _Event, now: datetime) -> Notice:
    what = WHAT[event.event]
    is_gone = event.reason in _GONE if what is What.FAILED else event.type != _BLOCKED
    return Notice(
        what=what,
        at=likely(instant_of(event.timestamp), now),
        message_id=event.message_id,
        # The name that it answered with, and then which of its machines sent which of several.
        provider_message_id=event.sg_message_id.partition(".")[0],
        recipient=event.email,
        code=f"{event.status} {event.reason}".strip(),
        link=event.url,
        is_lasting=is_gone,
        is_machine=event.sg_machine_open,
    )
