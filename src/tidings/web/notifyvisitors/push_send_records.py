"""The JSON of the calls that send pushes: the types that they are read into.

Field names are the vendor's where it names any, hence not in our spelling.
"""

from typing import Annotated

from msgspec import Meta, Struct

from tidings.base import limits
from tidings.web.notifyvisitors.campaign_records import ChannelKey, Transactional
from tidings.web.notifyvisitors.push_records import SubscriberId
from tidings.web.notifyvisitors.records import AnonymousId, UserId

Said = Annotated[str, Meta(max_length=limits.MAX_TEMPLATE_PART_CHARACTERS)]
SegmentId = (
    Annotated[
        str,
        Meta(
            description="As `segment/create` answered it; a number is taken, too.", examples=["3"]
        ),
    ]
    | int
)


class PushSaid(Struct, forbid_unknown_fields=True):
    """What a push says, and by which channel it goes. Its texts are templates."""

    title: Annotated[Said, Meta(examples=["Hello {{ first_name }}"])] | None = None
    message: Annotated[Said, Meta(examples=["The sale begins today."])] | None = None
    url: (
        Annotated[
            Said,
            Meta(description="Where it leads; clicks are counted.", examples=["https://shop.test"]),
        ]
        | None
    ) = None
    icon: Annotated[Said, Meta(description="A URL.")] | None = None
    image: Annotated[Said, Meta(description="A URL.")] | None = None
    channel: (
        Annotated[
            ChannelKey,
            Meta(description="The key of a channel to this platform; left out: the first by key."),
        ]
        | None
    ) = None


class PushRecord(PushSaid, forbid_unknown_fields=True):
    """One push: to a user, as `user/userData` names them, on all their devices of the platform; or
    to one subscriber.
    """

    userID: UserId | None = None
    anonymousID: AnonymousId | None = None
    nv_uid: AnonymousId | None = None
    email: str | None = None
    mobile: str | None = None
    subscriberID: SubscriberId | None = None
    transactional: Transactional = False


class PushCall(PushRecord, forbid_unknown_fields=True):
    """The body of `send`: `nv`, or one push."""

    nv: (
        Annotated[list[PushRecord], Meta(max_length=limits.MAX_MESSAGES_PER_CALL)]
        | PushRecord
        | None
    ) = None


class PushToAll(PushSaid, forbid_unknown_fields=True):
    """A push to everybody who has a device of the platform."""


class PushToSegment(PushSaid, forbid_unknown_fields=True):
    """A push to everybody in a segment who has a device of the platform."""

    segmentID: SegmentId | None = None


class PushToAllCall(PushToAll, forbid_unknown_fields=True):
    """The body of `broadcast/all`: `nv`, or the push itself."""

    nv: PushToAll | None = None


class PushToSegmentCall(PushToSegment, forbid_unknown_fields=True):
    """The body of `broadcast/segment`: `nv`, or the push itself."""

    nv: PushToSegment | None = None
