"""The JSON that the calls about devices are answered with, as /openapi.json shows it."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class SubscriberShown(Struct):
    """Which device."""

    subscriberID: Annotated[
        str,
        Meta(pattern="^[0-9]+$", description="To take the device back, or to send to it."),
    ]


class SubscriberSuccess(Struct):
    """It was done."""

    data: SubscriberShown
    message: str
    status: Literal["success"]


class Subscribed(Struct):
    """The answer to a call that registered a device or took one back."""

    response: SubscriberSuccess
