"""A push is handed over for all devices of a person or for none, whatever the channel's pace."""

from datetime import UTC, datetime

import pytest

from tests.channels.lines import Told, channel
from tidings.base import clock, limits
from tidings.base.ids import ProfileId
from tidings.base.media import Medium
from tidings.channels.line import Line
from tidings.channels.message import Push
from tidings.channels.outcome import Deferred, Outcome, Reason, Rejected, Sent
from tidings.devices.model import Device, DeviceId, Platform, Token
from tidings.messages.handing import HandedOver, hand_over
from tidings.profiles.model import ProfileRef
from tidings.storage.slots import Slot

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
A_BURST = 5  # turns of a second, which come at once
ADA = ProfileRef(Slot(1), ProfileId(1))


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for a turn that does not come at once."""
    monkeypatch.setattr(limits, "LONGEST_PACE_SECONDS", 0.05)


def pushes(count: int) -> tuple[list[Push], list[Device]]:
    """Make so many devices of a person, and a push to each."""
    tokens = [Token(f"t{number}") for number in range(count)]
    devices = [
        Device(DeviceId(number), ADA, Platform.IOS, token, NOON, NOON)
        for number, token in enumerate(tokens)
    ]
    return [Push("m", token, "Hello", "World") for token in tokens], devices


async def handed(line: Line, count: int) -> HandedOver:
    """Hand a push over to so many devices."""
    messages, devices = pushes(count)
    return await hand_over(line, messages, devices, before=clock.monotonic() + 5)


async def test_a_push_that_has_its_turn_goes_to_all_devices_though_others_would_wait() -> None:
    """A device that missed it would never get it, since the person has it."""
    provider = Told()
    line = Line(channel(medium=Medium.PUSH, per_second=A_BURST), provider)

    started = clock.monotonic()

    assert await handed(line, A_BURST + 2) == HandedOver(Sent(), [])

    assert len(provider.got) == A_BURST + 2
    # They wait, and are no burst beyond the pace.
    assert clock.monotonic() - started > 1.5 / A_BURST


async def test_a_push_that_has_no_turn_goes_to_no_device() -> None:
    """It comes again as a whole, and was not tried."""
    provider = Told()
    line = Line(channel(medium=Medium.PUSH, per_second=A_BURST), provider)
    await handed(line, A_BURST)

    outcome, gone = await handed(line, 2)

    assert isinstance(outcome, Deferred)
    assert (outcome.reason, gone) == (Reason.PACED, [])
    assert len(provider.got) == A_BURST


async def test_a_push_that_is_too_late_goes_to_no_device() -> None:
    """Somebody else may have it in hand by now."""
    provider = Told()
    line = Line(channel(medium=Medium.PUSH), provider)
    messages, devices = pushes(2)

    outcome, gone = await hand_over(line, messages, devices, before=clock.monotonic() - 1)

    assert (outcome, gone) == (Deferred(Reason.PACED, retry_after_seconds=0.0), [])
    assert provider.got == []


async def test_devices_that_are_gone_are_named() -> None:
    """Whatever came of the others."""
    answers: list[Outcome] = [Rejected(Reason.RECIPIENT), Sent("1"), Rejected(Reason.RECIPIENT)]
    provider = Told(lambda: answers.pop(0))
    line = Line(channel(medium=Medium.PUSH), provider)

    assert await handed(line, 3) == HandedOver(Sent("1"), [DeviceId(0), DeviceId(2)])
