"""Consent: whether a person may be sent a message, and everything that is asked for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from zoneinfo import ZoneInfo

from tidings.base.media import Medium
from tidings.consent.quiet import QuietHours
from tidings.devices.model import Device


class Purpose(StrEnum):
    """Why a message is sent: because we want it, or because of something the person did."""

    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"


class OptIn(IntEnum):
    """What an opt-in attribute says.

    Source: NotifyVisitors documentation, "email_opt_in".
    """

    NO = 0
    YES = 1
    UNDELIVERABLE = 2


class Reason(StrEnum):
    """Why a message is not sent, or not now."""

    FORGOTTEN = "forgotten"
    NO_ADDRESS = "no_address"
    INVALID_ADDRESS = "invalid_address"
    TEST_MODE = "test_mode"
    HARD_BOUNCED = "hard_bounced"
    SUPPRESSED = "suppressed"
    OPTED_OUT = "opted_out"
    NOT_OPTED_IN = "not_opted_in"
    PENDING_CONFIRMATION = "pending_confirmation"
    NOT_SUBSCRIBED = "not_subscribed"
    QUIET_HOURS = "quiet_hours"
    FREQUENCY_CAPPED = "frequency_capped"

    @property
    def sentence(self) -> str:
        """Say it for people."""
        return _SENTENCES[self]


_SENTENCES: Mapping[Reason, str] = {
    Reason.FORGOTTEN: "The person is not there any more.",
    Reason.NO_ADDRESS: "The person has no address for this medium.",
    Reason.INVALID_ADDRESS: "The address does not have the form of one.",
    Reason.TEST_MODE: "The brand is in test mode, and this address is not on its list.",
    Reason.HARD_BOUNCED: "The opt-in is 2: what was sent to this address could not be delivered.",
    Reason.SUPPRESSED: "The address is on the suppression list.",
    Reason.OPTED_OUT: "The opt-in is 0: the person does not want this medium.",
    Reason.NOT_OPTED_IN: "The person has not opted in to this medium, where the brand wants that.",
    Reason.PENDING_CONFIRMATION: "The person has not confirmed the subscription.",
    Reason.NOT_SUBSCRIBED: "The person is not subscribed to the topic.",
    Reason.QUIET_HOURS: "It is in the quiet hours of the person.",
    Reason.FREQUENCY_CAPPED: "The person was sent enough of late.",
}


class SuppressionReason(StrEnum):
    """Why nothing is sent to an address."""

    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    MANUAL = "manual"
    SOFT_BOUNCES = "soft_bounces"


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address that is not written to, in the whole brand.

    Shape:  address - None when its owner was forgotten: it is still known when it comes again;
            medium - None for all.
    """

    suppression_id: int
    address: str | None
    medium: Medium | None
    reason: SuppressionReason
    added_at: datetime


class TopicKind(StrEnum):
    """Who gets what a topic is about: who asked, who asked and confirmed, or who did not object."""

    OPT_IN = "opt_in"
    DOUBLE_OPT_IN = "double_opt_in"
    OPT_OUT = "opt_out"


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that people subscribe to.

    Shape:  key - what messages name it by.
    """

    key: str
    name: str
    kind: TopicKind


class SubscriptionState(StrEnum):
    """How a person stands to a topic, from the strictest on: of two, the first holds."""

    UNSUBSCRIBED = "unsubscribed"
    PENDING = "pending"
    SUBSCRIBED = "subscribed"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a person said of a topic last.

    Shape:  source - where it was said, such as `form`; confirmed_at - None where nothing was to be
            confirmed, and before it is.
    """

    topic: Topic
    state: SubscriptionState
    source: str
    changed_at: datetime
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person stands to the topic of a message.

    Shape:  kind - None when there is no such topic any more; state - None when the person has
            said nothing of it.
    """

    topic: str
    kind: TopicKind | None
    state: SubscriptionState | None


@dataclass(frozen=True, slots=True)
class Sending:
    """A marketing message that a person was sent."""

    medium: Medium
    at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a person for one medium, and for the topic of one message.

    Shape:  address - as it is stored; zone - None when the person has none; topic - None for a
            message about no topic; is_unconfirmed - whether a subscription to anything waits to be
            confirmed; devices - where pushes go, none for other media; recent - what was sent of
            late (`decide.remembers`), in no order: messages are kept upstairs, so the caller adds
            it.
    """

    medium: Medium
    address: str | None
    opt_in: OptIn | None = None
    zone: ZoneInfo | None = None
    suppressed: frozenset[SuppressionReason] = frozenset()
    topic: Standing | None = None
    is_unconfirmed: bool = False
    recent: tuple[Sending, ...] = ()
    devices: tuple[Device, ...] = ()


@dataclass(frozen=True, slots=True)
class Cap:
    """How much a person is sent at most.

    Shape:  messages - on so many days, today included; None for any number of them.
    Units:  days - of the person's calendar; gap_seconds - from one message to the next.
    """

    messages: int | None = None
    days: int = 1
    gap_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """What a brand has decided for everybody.

    Shape:  zone - for who has no time zone; caps - of a medium, and with None for all of them
            together; test_addresses - normal addresses and domains such as `@example.com`, to which
            alone is written, None outside of test mode; opt_in_required - media on which a person
            must have said yes.
    """

    zone: ZoneInfo
    quiet: QuietHours = field(default_factory=QuietHours)
    caps: Mapping[Medium | None, Cap] = field(default_factory=dict[Medium | None, Cap])
    test_addresses: frozenset[str] | None = None
    opt_in_required: frozenset[Medium] = frozenset({Medium.SMS, Medium.WHATSAPP})


@dataclass(frozen=True, slots=True)
class Allowed:
    """It may be sent.

    Shape:  address - where to; None where a medium's address is no attribute of a person.
    """

    address: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """It may not be sent before an instant, at which is asked again."""

    until: datetime
    reason: Reason = Reason.QUIET_HOURS


@dataclass(frozen=True, slots=True)
class Denied:
    """It is not to be sent.

    Shape:  detail - the reason for people, more closely; names no address.
    """

    reason: Reason
    detail: str


Decision = Allowed | Held | Denied
