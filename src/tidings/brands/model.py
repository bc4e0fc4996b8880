"""Brands: the houses people belong to, their keys and how often they may call."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tidings.base.ids import BrandId, CallId, KeyId


class Api(StrEnum):
    """The groups of calls that are counted together.

    Source: NotifyVisitors documentation, "API rate limit".
    """

    USER = "user"
    EVENT = "event"
    CAMPAIGN = "campaign"
    REPORTING = "reporting"


@dataclass(frozen=True, slots=True)
class Brand:
    """One house: its people, events and types are seen by no other.

    Shape:  time_zone - where times without an offset are; calls_per_minute - has every `Api`.
    """

    brand_id: BrandId
    name: str
    time_zone: ZoneInfo
    merging: bool
    calls_per_minute: Mapping[Api, int]

    @property
    def clock_zone(self) -> tzinfo:
        """Return the time zone to read times in; UTC as Python's own, which costs nothing."""
        return UTC if self.time_zone.key == "UTC" else self.time_zone


@dataclass(frozen=True, slots=True)
class SentCall:
    """A call that its client may send again without a key.

    Shape:  fingerprint - SHA-256 over the client's key and all that it asks.
    Units:  received_at - an aware UTC instant.
    """

    brand_id: BrandId
    fingerprint: bytes
    call_id: CallId
    received_at: datetime


class UnreadAnswer(NamedTuple):
    """An answer to keep, or one that was kept.

    Shape:  is_unread - whether it is known already that nobody is there to read it.
    """

    call: SentCall
    status: int
    body: bytes
    is_unread: bool


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. The secret is shown to its owner now and exists nowhere afterwards."""

    key_id: KeyId
    prefix: str
    secret: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as the operator sees it: recognisable, not usable."""

    key_id: KeyId
    brand_id: BrandId
    name: str
    prefix: str
    created_at: datetime
    revoked_at: datetime | None
