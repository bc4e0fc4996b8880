"""Channels: the ways on which a brand speaks to people."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.channels.settings import Settings

ChannelId = NewType("ChannelId", int)

HOOK_PATH = "/hooks/{}"
"""Where a channel's provider reports to, below the server's public URL."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard a channel may be worked.

    Shape:  per_second - messages, None for as many as it takes; connections - at one time.
    """

    per_second: float | None
    connections: int


@dataclass(frozen=True, slots=True)
class Channel:
    """One way of a brand, ready to be opened.

    Shape:  key - what messages name it by; settings - of the class that its provider wants,
            secrets and all.
    Units:  updated_at - an aware UTC instant; another one means other settings.
    """

    channel_id: ChannelId
    brand_id: BrandId
    key: str
    medium: Medium
    provider: str
    settings: Settings
    pace: Pace
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ShutChannel:
    """A channel as it is stored, its secrets sealed.

    Shape:  settings - those that are no secret, as JSON.
    """

    channel_id: ChannelId
    brand_id: BrandId
    key: str
    medium: Medium
    provider: str
    settings: bytes
    sealed: bytes
    pace: Pace
    updated_at: datetime
