"""Which of a person's devices a message goes to: those that everybody who says something allows."""

from datetime import UTC, datetime
from itertools import product

import pytest

from tidings.base.ids import ProfileId
from tidings.base.media import Medium
from tidings.consent.model import Facts
from tidings.devices.model import Device, DeviceId, Platform, Token
from tidings.messages.model import MessageOptions
from tidings.messages.reach import narrowed
from tidings.profiles.model import ProfileRef
from tidings.storage.slots import Slot

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
ADA = ProfileRef(Slot(1), ProfileId(1))
# Two of each platform, so that a device is not named by its platform.
DEVICES = tuple(
    Device(DeviceId(number), ADA, platform, Token(str(number)), NOON, NOON)
    for number, platform in enumerate([*Platform, *Platform])
)
APPS = frozenset({Platform.ANDROID, Platform.IOS})
ANY = [None, *Platform]


@pytest.mark.parametrize("channel", [frozenset({Platform.WEB}), APPS, frozenset[Platform]()])
@pytest.mark.parametrize(
    ("lane", "message", "device"), list(product(ANY, ANY, [None, 0, 4])), ids=str
)
def test_a_push_goes_to_what_its_channel_lane_and_call_allow(
    channel: frozenset[Platform],
    lane: Platform | None,
    message: Platform | None,
    device: int | None,
) -> None:
    """None of them says nothing."""
    options = MessageOptions(platform=message, device=None if device is None else DeviceId(device))
    allowed = {*channel}
    for only in (lane, message):
        if only is not None:
            allowed &= {only}
    expected = [
        one.device_id
        for one in DEVICES
        if one.platform in allowed and (device is None or one.device_id == device)
    ]

    reached = narrowed(Facts(Medium.PUSH, None, devices=DEVICES), channel, lane, options)

    assert [one.device_id for one in reached.devices] == expected


def test_what_is_known_of_other_media_stays_as_it_is() -> None:
    """It is asked of each message; a mail goes to no device."""
    facts = Facts(Medium.EMAIL, "ada@example.com")
    assert narrowed(facts, frozenset(), Platform.WEB, MessageOptions()) is facts
