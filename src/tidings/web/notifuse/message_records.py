"""The JSON of the calls about messages: the types that they are read into, and /openapi.json has.

What is wrong with one message must not fail its neighbours, so only the contact has a type here;
the rest is looked at message by message (`message_parse`).
"""

from typing import Annotated, Any

from msgspec import Meta, Struct

from tidings.base import limits
from tidings.web.notifuse.records import ContactId, CreatedAt, ProfileOperations

Word = Annotated[Any, Meta(extra_json_schema={"type": ["string", "null"]})]


class MessageRecord(Struct):
    """One message of `messages.send`."""

    contact: ContactId = ""
    contactProfile: ProfileOperations = None
    contactCreatedAt: CreatedAt = None
    notification: Annotated[
        Word, Meta(description="The caller's own word for why it is sent.", examples=["shipped"])
    ] = None
    channel: Annotated[Word, Meta(description="The key of a channel.", examples=["mail"])] = None
    channelOptions: Annotated[
        Any,
        Meta(
            description="In the place of the channel's own: `from_name`, `reply_to`. And "
            "`marketing`: true for what only who wants it gets.",
            examples=[{"from_name": "Ada of the shop"}],
            extra_json_schema={"type": ["object", "array", "null"], "maxItems": 0},
        ),
    ] = None
    template: Annotated[
        Word,
        Meta(
            description="The key of a template. One that ends in `*` stands for any template whose "
            "key begins so, drawn at random.",
            examples=["order-shipped"],
        ),
    ] = None
    templateData: Annotated[
        Any,
        Meta(
            description="What the template is given as `data`. What begins with `_` is secret: it "
            "can never be read again.",
            examples=[{"orderId": 12345, "_token": "s3cret"}],
            extra_json_schema={"type": ["object", "array", "null"], "maxItems": 0},
        ),
    ] = None
    sendAt: Annotated[
        Word,
        Meta(
            description=f"When, ISO 8601, at most {limits.MAX_SEND_AHEAD_DAYS} days ahead. Left "
            "out: now.",
            examples=["2026-11-25T18:00:00.000Z"],
        ),
    ] = None


class SendCall(Struct):
    """The body of `messages.send`."""

    messages: Annotated[list[MessageRecord], Meta(max_length=limits.MAX_NOTIFUSE_MESSAGES_PER_CALL)]


class MessageQuery(Struct):
    """The URL of `messages.info`."""

    message: Annotated[str, Meta(description="As `messages.send` answered it.")] = ""
