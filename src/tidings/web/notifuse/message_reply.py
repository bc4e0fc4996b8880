"""From what is known of messages to this wire's words: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from tidings.brands.model import Brand
from tidings.channels.model import ShutChannel
from tidings.messages.contents import Kept
from tidings.messages.model import UNRELEASED, Message, Source, Status
from tidings.messages.naming import public_id
from tidings.web.gate import Reply
from tidings.web.notifuse.message_parse import NotSent
from tidings.web.notifuse.reply import contact_id, written

_HIDDEN = "_"  # begins the names of what can never be read again

Json = dict[str, Any]

_encode = msgspec.json.Encoder().encode


class WireStatus(StrEnum):
    """How far a message is, in this wire's words.

    Source: Notifuse documentation, "message".
    """

    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    DELIVERED = "delivered"
    DROPPED = "dropped"
    BOUNCED = "bounced"
    SPAM = "spam"
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True)
class Around:
    """What stands beside a message: what it names, as far as it is there still.

    Shape:  template_key, time_zone - None where there is none; kept - None before it is sent, and
            when it is not kept.
    """

    channel: ShutChannel | None
    template_key: str | None
    time_zone: str | None
    kept: Kept | None = None


def status_of(message: Message, now: datetime) -> WireStatus:
    """Say how far a message is: of what came back, what weighs most.

    One that is put off, for quiet hours or another try, is scheduled anew.
    """
    heard = message.heard
    came_back = (
        (heard.spam_at, WireStatus.SPAM),
        (heard.unsubscribed_at, WireStatus.UNSUBSCRIBED),
        (heard.bounced_at, WireStatus.BOUNCED),
        (heard.clicked_at, WireStatus.CLICKED),
        (heard.opened_at, WireStatus.OPENED),
        (heard.delivered_at, WireStatus.DELIVERED),
    )
    match message.status:
        case Status.QUEUED:
            return WireStatus.SCHEDULED if message.due_at > now else WireStatus.QUEUED
        case Status.SENDING:
            return WireStatus.QUEUED
        case Status.FAILED:
            return WireStatus.FAILED
        case Status.SKIPPED:
            return WireStatus.DROPPED
        case Status.SENT:
            return next((word for at, word in came_back if at is not None), WireStatus.SENT)


def message_object(brand: Brand, message: Message, around: Around, *, now: datetime) -> Json:
    """Return a message as this wire shows it."""
    status, heard = status_of(message, now), message.heard
    channel, source_id = around.channel, message.lane.source_id
    is_campaign = message.lane.source is Source.CAMPAIGN
    ended_at = _written(message.ended_at)
    # One that waits, or waited, for the winner of a test has no time yet.
    due_at = None if message.due_at == UNRELEASED else message.due_at
    return {
        "id": public_id(message.message_id),
        "project": str(brand.brand_id),
        "channel": {
            "id": str(message.lane.channel_id),
            "kind": None if channel is None else channel.medium.value,
            "key": None if channel is None else channel.key,
            "data": _options(message),
        },
        "contact": {
            "id": contact_id(brand, message.person),
            "timeZone": around.time_zone,
        },
        "notification": message.options.notification or None,
        "template": None
        if message.template_id is None
        else {"id": str(message.template_id), "key": around.template_key},
        "campaign": {"id": str(source_id)} if is_campaign else None,
        "templateData": {
            name: value for name, value in message.data.items() if not name.startswith(_HIDDEN)
        },
        "compiledTemplates": _compiled(message, around.kept),
        "status": status.value,
        "error": _error(message),
        "createdAt": written(message.created_at),
        "sendAt": _written(due_at),
        "queuedAt": None
        if status is WireStatus.SCHEDULED or due_at is None
        else written(max(message.created_at, due_at)),
        "sentAt": ended_at if message.status is Status.SENT else None,
        "deliveredAt": _written(heard.delivered_at),
        "droppedAt": ended_at if message.status is Status.SKIPPED else None,
        "bouncedAt": _written(heard.bounced_at),
        "spamAt": _written(heard.spam_at),
        "openedAt": _written(heard.opened_at),
        "clickedAt": _written(heard.clicked_at),
        "unsubscribedAt": _written(heard.unsubscribed_at),
    }


def messages_sent(queued: Sequence[Json], failed: Sequence[NotSent]) -> Reply:
    """Answer `messages.send`."""
    return Reply(
        200,
        _encode(
            {
                "statusCode": 200,
                "success": not failed,
                "queued": queued,
                "failed": [_failed(one) for one in failed],
            }
        ),
    )


def message_found(shown: Json) -> Reply:
    """Answer a question about one message."""
    return Reply(200, _encode({"statusCode": 200, "message": shown}))


def _failed(one: NotSent) -> Json:
    said: Json = {"contact": one.user_id, "error": one.error}
    return said if one.reason is None else said | {"reason": one.reason}


def _options(message: Message) -> Mapping[str, Any]:
    options = message.options
    said: Json = {"from_name": options.from_name, "reply_to": options.reply_to}
    given = {name: value for name, value in said.items() if value}
    return given | ({"marketing": True} if message.lane.options.is_marketing else {})


def _compiled(message: Message, kept: Kept | None) -> Json | None:
    # What was made of a secret tells it.
    if kept is None or any(name.startswith(_HIDDEN) for name in message.data):
        return None
    return {"subject": kept.subject, "text": kept.text, "html": kept.html}


def _error(message: Message) -> str | None:
    if message.status not in {Status.FAILED, Status.SKIPPED} or message.reason is None:
        return None
    return message.reason if message.code is None else f"{message.reason}: {message.code}"


def _written(at: datetime | None) -> str | None:
    return None if at is None else written(at)
