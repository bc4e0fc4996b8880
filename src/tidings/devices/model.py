"""Devices: where a person gets pushes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, NewType

from tidings.profiles.model import ProfileRef

DeviceId = NewType("DeviceId", int)

DEVICES = "$devices"
"""Stands for a person's devices among the attributes of which is told that they changed."""


class Platform(StrEnum):
    """What runs on a device: a browser, or an app."""

    WEB = "web"
    ANDROID = "android"
    IOS = "ios"


class Browser(NamedTuple):
    """Where a browser listens: its `PushSubscription`, both keys in URL-safe base 64."""

    endpoint: str
    p256dh: str
    auth: str


class Token(NamedTuple):
    """The token of an app on a device."""

    token: str


@dataclass(frozen=True, slots=True)
class Device:
    """Where one person gets pushes.

    Shape:  person - whoever it was registered for, or whom they became; where - a `Browser` on the
            web, else a `Token`; added_at - from when on this person has it; seen_at - when it was
            registered last.
    """

    device_id: DeviceId
    person: ProfileRef
    platform: Platform
    where: Browser | Token
    added_at: datetime
    seen_at: datetime
