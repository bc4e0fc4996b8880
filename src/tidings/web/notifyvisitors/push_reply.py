"""From devices to this wire's words: pure."""

from tidings.devices.model import DeviceId
from tidings.web.gate import Reply
from tidings.web.notifyvisitors.reply import success


def subscriber(device_id: DeviceId) -> Reply:
    """Answer a call that registered a device or took one back."""
    return success({"subscriberID": str(device_id)})
