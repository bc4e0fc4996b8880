"""Handing a message over: to its one recipient, or for each device of a person."""

from collections.abc import Sequence
from typing import NamedTuple

from tidings.channels.line import Line
from tidings.channels.message import Message
from tidings.channels.outcome import Outcome
from tidings.devices.model import Device, DeviceId
from tidings.messages.verdict import is_gone, summed


class HandedOver(NamedTuple):
    """What came of a message, and which of the devices that it was for are gone."""

    outcome: Outcome
    gone: Sequence[DeviceId] = ()


async def hand_over(
    line: Line, messages: Sequence[Message], devices: Sequence[Device], *, before: float
) -> HandedOver:
    """Hand a message over, which is not begun any more after a time.

    Shape:  devices - those of a push, each with its message; none for what has one recipient.
    Units:  before - a reading of `clock.monotonic`.
    """
    if not devices:
        return HandedOver(await line.send(messages[0], before=before))
    outcomes = await line.send_each(messages, before=before)
    pairs = zip(devices, outcomes, strict=True)
    gone = [device.device_id for device, outcome in pairs if is_gone(outcome)]
    return HandedOver(summed(outcomes), gone)
