"""What Mailgun posts: one event, signed. Pure.

Source: Mailgun documentation, "Webhooks", "Securing Webhooks", and "Events", "Event Structure".
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from tidings.channels.kinds import Mailgun
from tidings.messages.model import What
from tidings.messages.notice import Notice
from tidings.messages.smtp_status import is_lasting
from tidings.web.hooks.posted import (
    Posted,
    instant_of,
    is_signed,
    likely,
    read_json,
    refuse_old,
    text_of,
    unconfigured,
    unsigned,
)

_WHAT: Mapping[str, What] = {
    "delivered": What.DELIVERED,
    "failed": What.BOUNCED,
    "rejected": What.FAILED,
    "complained": What.COMPLAINED,
    "unsubscribed": What.UNSUBSCRIBED,
    "opened": What.OPENED,
    "clicked": What.CLICKED,
}
_TRIED_AGAIN = "temporary"
_NOT_TRIED = "suppress-"
_BOUNCED_BEFORE = "suppress-bounce"


class _Signature(msgspec.Struct, frozen=True):
    timestamp: str | int = ""
    token: str = ""
    signature: str = ""


class _Status(msgspec.Struct, frozen=True, rename="kebab"):
    code: int | str | None = None
    enhanced_code: str | None = None
    message: str | None = None
    description: str | None = None


class _Event(msgspec.Struct, frozen=True, rename="kebab"):
    event: str
    timestamp: float = 0.0
    severity: str | None = None
    reason: str | None = None
    recipient: str | None = None
    url: str | None = None
    delivery_status: _Status | None = None
    message: object = None
    user_variables: object = None
    client_info: object = None


class _Body(msgspec.Struct, frozen=True, rename="kebab"):
    event_data: _Event
    signature: _Signature = _Signature()


def verify(posted: Posted, settings: Mailgun, now: datetime) -> None:
    """Refuse what Mailgun did not sign for this account, or long ago."""
    if not settings.signing_key:
        raise unconfigured("signing_key")
    said = read_json(posted.body, _Body).signature
    signed = f"{said.timestamp}{said.token}".encode()
    if not is_signed(said.signature, settings.signing_key, signed):
        raise unsigned("The signature")
    refuse_old(instant_of(said.timestamp), now)


def parse(posted: Posted, now: datetime) -> list[Notice]:
    """Read the event; what failed for now is tried again and says nothing yet."""
    event = read_json(posted.body, _Body).event_data
    what = _WHAT.get(event.event)
    reason = event.reason or ""
    if what is None or (what is What.BOUNCED and event.severity == _TRIED_AGAIN):
        return []
    code = _code(event.delivery_status)
    lasts = is_lasting(code)
    if what is What.BOUNCED and reason.startswith(_NOT_TRIED):
        what, lasts, code = What.FAILED, reason == _BOUNCED_BEFORE, reason
    return [
        Notice(
            what=what,
            at=likely(instant_of(event.timestamp), now),
            message_id=text_of(event.user_variables, "message_id"),
            provider_message_id=text_of(event.message, "headers", "message-id"),
            recipient=event.recipient or "",
            code=code,
            link=event.url or "",
            is_lasting=lasts and what in {What.BOUNCED, What.FAILED},
            is_machine=bool(text_of(event.client_info, "bot")),
        )
    ]


def _code(status: _Status | None) -> str:
    if status is None:
        return ""
    words = status.message or status.description or ""
    parts = str(status.code or ""), status.enhanced_code or "", words
    return " ".join(part for part in parts if part)
