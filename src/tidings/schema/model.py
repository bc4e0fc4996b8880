"""Types: what an attribute holds, decided by its first value."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tidings.base.ids import NameId

PROFILE_OWNER = NameId(0)
"""The owner of profile attributes; any other owner is an event's name."""

ANY_EVENT = NameId(-1)
"""Stands for events of every name where somebody listens to them all."""

MERGES = NameId(-2)
"""Stands for people who become one, of which everybody hears who listens to anything."""


class AttributeType(StrEnum):
    """The types of the wire, spelled as there."""

    STRING = "String"
    NUMBER = "Number"
    BOOLEAN = "Boolean"
    DATE = "Date"
    OBJECT = "Object"
    OBJECT_ARRAY = "Array of Objects"
    ARRAY = "Array"


class Status(StrEnum):
    """What becomes of an attribute's values.

    Shape:  active - kept and offered; inactive - kept, not offered for segments; discarded - not
            kept from now on.
    Source: the names are NotifyVisitors'; their effects are ours.
    """

    ACTIVE = "active"
    INACTIVE = "inactive"
    DISCARDED = "discarded"


class EventKind(StrEnum):
    """Who gave an event its name: we, the vendor's SDK, or the client."""

    SYSTEM = "system"
    DEFAULT = "default"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Lock:
    """The type that an attribute has for good, until an operator changes it."""

    type: AttributeType
    status: Status


@dataclass(frozen=True, slots=True)
class Watched:
    """What somebody upstairs wants to hear of a brand's people; ingest tells that and no more.

    Shape:  names - of events; any_event - events of every name; attributes - of profiles; births -
            that somebody was created.
    """

    names: frozenset[NameId] = frozenset()
    any_event: bool = False
    attributes: frozenset[str] = frozenset()
    births: bool = False


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A value that contradicts its attribute's lock; kept aside, never among the attributes."""

    attribute: str
    locked: AttributeType
    got: AttributeType


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """An attribute as the operator sees it.

    Shape:  event - None for profile attributes; mismatches - values ever put aside.
    """

    event: str | None
    attribute: str
    type: AttributeType
    status: Status
    locked_at: datetime
    mismatches: int
    last_mismatch_at: datetime | None


@dataclass(frozen=True, slots=True)
class TypeChange:
    """What changing a lock would do to the values stored.

    Shape:  stored - values of the attribute, put aside or not; becoming_mismatches and
            becoming_valid - those that would change sides.
    """

    stored: int
    becoming_mismatches: int
    becoming_valid: int


# The vendor's own attributes have their type before the first value: a person named
# "2020-01-01" must not turn every name into a date.
RESERVED_PROFILE_TYPES: Mapping[str, AttributeType] = {
    "name": AttributeType.STRING,
    "first_name": AttributeType.STRING,
    "last_name": AttributeType.STRING,
    "email": AttributeType.STRING,
    "mobile": AttributeType.STRING,
    "birth_date": AttributeType.DATE,
    "gender": AttributeType.STRING,
    "email_opt_in": AttributeType.NUMBER,
    "sms_opt_in": AttributeType.NUMBER,
    "whatsapp_opt_in": AttributeType.NUMBER,
}

# NotifyVisitors documentation, "System events", spelled exactly so.
SYSTEM_EVENT_NAMES = frozenset(
    {
        "Push Registered",
        "Push Delivered",
        "Push Clicked",
        "Push Dismissed",
        "Push Unregistered",
        "Email Sent",
        "Email Delivered",
        "Email Opened",
        "Email Clicked",
        "Email Unsubscribe",
        "Email Bounced",
        "Email Rejected",
        "Sms Sent",
        "SMS Delivered",
        "Sms Clicked",
        "Sms Rejected",
        "Whatsapp Sent",
        "Whatsapp Delivered",
        "Whatsapp Read",
    }
)
