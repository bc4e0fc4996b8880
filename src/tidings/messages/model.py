"""Messages: what is to be sent to whom, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple, NewType

import msgspec

from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.channels.model import ChannelId
from tidings.devices.model import DeviceId, Platform
from tidings.profiles.model import ProfileRef
from tidings.storage.slots import Slot
from tidings.templates.model import TemplateId, TemplateVersion

LaneId = NewType("LaneId", int)

UNRELEASED = datetime.max.replace(tzinfo=UTC)
"""When a message is due that waits for its template: the driver takes it for infinity."""


class TemplateAt(NamedTuple):
    """One version of a template."""

    template_id: TemplateId
    version: TemplateVersion


class MessageId(NamedTuple):
    """Where a message lies, and its number there, which no other message has either."""

    slot: Slot
    number: int


class Source(StrEnum):
    """Who wanted a message sent."""

    CAMPAIGN = "campaign"
    CALL = "call"


class Status(StrEnum):
    """How far a message is.

    Shape:  queued - it waits for its time or its turn; sending - a process has it in hand; sent -
            the provider took it; failed - it never will be sent; skipped - it was not to be sent.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


class What(StrEnum):
    """What is counted of messages."""

    INTENDED = "intended"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"
    DELIVERED = "delivered"
    OPENED = "opened"
    UNIQUE_OPENED = "unique_opened"
    CLICKED = "clicked"
    UNIQUE_CLICKED = "unique_clicked"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    SCANNED = "scanned"
    CONVERTED = "converted"


class LaneOptions(msgspec.Struct, frozen=True, omit_defaults=True):
    """What all messages of a lane have in common.

    Shape:  is_marketing - whether the rules for what nobody asked for hold; topic - the key of
            what people subscribe to, if any; utm - parameters for its links; platform - on which
            alone pushes are shown, None for all that the channel reaches.
    """

    is_marketing: bool = True
    topic: str | None = None
    utm: dict[str, str] = {}
    platform: Platform | None = None


class MessageOptions(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a call says of its message, beside what is in it.

    Shape:  notification, campaign - what the caller calls it; from_name, reply_to - in the place of
            the channel's; each "" where the call says nothing; platform, device - to which alone
            a push goes, None for all that the channel reaches.
    """

    notification: str = ""
    campaign: str = ""
    from_name: str = ""
    reply_to: str = ""
    platform: Platform | None = None
    device: DeviceId | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """Messages of one channel that are sent in one order and paused as a whole.

    Shape:  source_id - of the campaign; 0 for calls; per_minute - how many may begin in a minute;
            medium - of the channel, also when that was removed.
    """

    lane_id: LaneId
    brand_id: BrandId
    channel_id: ChannelId
    source: Source
    source_id: int
    options: LaneOptions
    per_minute: int | None
    medium: Medium


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message to put into a lane.

    Shape:  template - what it is made of; content - JSON, in the place of a
            template; data - what the call gives the template, JSON; dedupe_key - a person has one
            message of a lane with the same.
    """

    person: ProfileRef
    due_at: datetime
    template: TemplateAt | None = None
    content: bytes | None = None
    data: bytes | None = None
    options: MessageOptions | None = None
    dedupe_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A message that this process has in hand.

    Shape:  data - decoded; attempts - this one counted.
    """

    message_id: MessageId
    person: ProfileRef
    template: TemplateAt | None
    content: bytes | None
    data: Mapping[str, Any]
    options: MessageOptions
    dedupe_key: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Heard:
    """When what came back of a message for the first time, None for what did not.

    Shape:  engaged_at - when it was opened or clicked for the last time.
    """

    delivered_at: datetime | None = None
    opened_at: datetime | None = None
    clicked_at: datetime | None = None
    bounced_at: datetime | None = None
    spam_at: datetime | None = None
    unsubscribed_at: datetime | None = None
    engaged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that was sent, to whom, and what was heard of it so far."""

    person: ProfileRef
    lane: Lane
    template_id: TemplateId | None
    heard: Heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as it is shown.

    Shape:  reason, code - why it failed or was skipped, and the provider's own word for that;
            ended_at - when it was sent, failed or skipped.
    """

    message_id: MessageId
    person: ProfileRef
    lane: Lane
    template_id: TemplateId | None
    data: Mapping[str, Any]
    options: MessageOptions
    status: Status
    reason: str | None
    code: str | None
    provider_message_id: str | None
    created_at: datetime
    due_at: datetime
    ended_at: datetime | None
    heard: Heard


class Ended(NamedTuple):
    """What became of a message that a process had in hand.

    Shape:  status - sent, failed or skipped; or queued, to be tried again at `due_at`; attempts -
            the tries that count.
    """

    message_id: MessageId
    status: Status
    at: datetime
    attempts: int
    reason: str | None = None
    code: str | None = None
    provider_message_id: str | None = None
    due_at: datetime | None = None


class Noted(NamedTuple):
    """What became of a message was noted: whose it is, and of which lane and template."""

    ended: Ended
    person: ProfileRef
    lane_id: LaneId
    template_id: TemplateId | None


class Words(NamedTuple):
    """What the messages of a template share.

    Shape:  key - by which a brand finds the text again.
    """

    key: bytes
    text: bytes


class Packed(NamedTuple):
    """What a message said, as it is kept.

    Shape:  content - compressed; words - without which it cannot be read, None when it can.
    """

    content: bytes
    words: Words | None


class Count(NamedTuple):
    """A number of messages of a lane to be added to what was counted."""

    template_id: TemplateId | None
    what: What
    detail: str = ""
    amount: float = 0.0
