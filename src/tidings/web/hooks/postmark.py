"""What Postmark posts: one record, with a password. Pure.

Source: Postmark Developer Documentation, "Webhooks", "Bounce webhook" and its sisters,
"Bounce types".
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from tidings.channels.kinds import Postmark
from tidings.messages.model import What
from tidings.messages.notice import Notice
from tidings.web.hooks.posted import (
    Posted,
    decoded,
    is_same,
    likely,
    read_json,
    text_of,
    unconfigured,
    unsigned,
)

WHAT: Mapping[str, What] = {
    "Delivery": What.DELIVERED,
    "SpamComplaint": What.COMPLAINED,
    "Open": What.OPENED,
    "Click": What.CLICKED,
}
# What is left out is tried again (Transient), was written by a program (AutoResponder,
# ChallengeVerification) or says nothing of the mailbox.
WHAT_OF_BOUNCE: Mapping[str, tuple[What, bool]] = {
    "HardBounce": (What.BOUNCED, True),
    "BadEmailAddress": (What.BOUNCED, True),
    "SoftBounce": (What.BOUNCED, False),
    "DnsError": (What.BOUNCED, False),
    "Blocked": (What.BOUNCED, False),
    "SpamNotification": (What.BOUNCED, False),
    "DMARCPolicy": (What.BOUNCED, False),
    "ManuallyDeactivated": (What.FAILED, False),
    "SMTPApiError": (What.FAILED, False),
    "SpamComplaint": (What.COMPLAINED, True),
    "Unsubscribe": (What.UNSUBSCRIBED, True),
}
_WHAT_OF_SUPPRESSION: Mapping[str, tuple[What, bool]] = {
    "HardBounce": (What.BOUNCED, True),
    "SpamComplaint": (What.COMPLAINED, True),
    "ManualSuppression": (What.UNSUBSCRIBED, True),
}
_BY_RECIPIENT = "Recipient"


class _Record(msgspec.Struct, frozen=True, rename="pascal"):
    record_type: str
    message_id: str = msgspec.field(default="", name="MessageID")
    metadata: object = None
    recipient: str | None = None
    email: str | None = None
    type: str = ""
    details: str | None = None
    delivered_at: datetime | None = None
    bounced_at: datetime | None = None
    received_at: datetime | None = None
    changed_at: datetime | None = None
    original_link: str | None = None
    suppress_sending: bool = False
    suppression_reason: str | None = None
    origin: str | None = None


def verify(posted: Posted, settings: Postmark, _now: datetime) -> None:
    """Refuse who does not have the password; Postmark signs nothing."""
    if not settings.webhook_password:
        raise unconfigured("webhook_password")
    scheme, _, given = posted.headers.get("authorization", "").partition(" ")
    _, _, password = decoded(given.strip()).decode("utf-8", "replace").partition(":")
    if scheme.lower() != "basic" or not is_same(password, settings.webhook_password):
        raise unsigned("The password")


def parse(posted: Posted, now: datetime) -> list[Notice]:
    """Read the record."""
    record = read_json(posted.body, _Record)
    what = _what(record)
    if what is None:
        return []
    times = record.delivered_at, record.bounced_at, record.changed_at, record.received_at
    return [
        Notice(
            what=what[0],
            at=likely(next(filter(None, times), None), now),
            message_id=text_of(record.metadata, "message_id"),
            provider_message_id=record.message_id,
            recipient=record.recipient or record.email or "",
            code=f"{record.type} {record.details or ''}".strip(),
            link=record.original_link or "",
            is_lasting=what[1],
        )
    ]


def _what(record: _Record) -> tuple[What, bool] | None:
    if record.record_type == "Bounce":
        return WHAT_OF_BOUNCE.get(record.type)
    if record.record_type == "SubscriptionChange":
        what = _WHAT_OF_SUPPRESSION.get(record.suppression_reason or "")
        is_ours = what is not None and what[0] is What.UNSUBSCRIBED
        # An operator of ours who suppresses somebody there has their own reasons.
        if not record.suppress_sending or (is_ours and record.origin != _BY_RECIPIENT):
            return None
        return what
    found = WHAT.get(record.record_type)
    return None if found is None else (found, True)
