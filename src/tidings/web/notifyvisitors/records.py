"""The JSON of this wire: the types that calls are read into, and that /openapi.json is made from.

Field names are the vendor's, hence not in our spelling.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from tidings.base import limits
from tidings.web.reading import RawObject

UserId = (
    Annotated[
        str,
        Meta(
            max_length=limits.MAX_USER_ID_CHARACTERS,
            description="The client's own id of the user. A number is taken as its text.",
            examples=["XYZ4421"],
        ),
    ]
    | int
    | float
)
Attributes = Annotated[
    dict[str, Any],
    Meta(
        description="Attributes of the profile; null removes one. name, first_name, last_name, "
        "email, mobile (E.164), birth_date (YYYY-MM-DD), gender (male, female, other), "
        "email_opt_in, sms_opt_in and whatsapp_opt_in (0, 1, 2) have their meaning; any other "
        "name is a custom attribute.",
        examples=[{"first_name": "Ada", "email": "ada@example.com", "email_opt_in": 1}],
    ),
]
EventName = Annotated[
    str,
    Meta(
        description="Case-sensitive; letters, digits, spaces, underscores and hyphens.",
        examples=["Order Placed"],
    ),
]
EventTime = Annotated[
    str,
    Meta(
        description="When it happened; without offset in the brand's time zone. Left out: now.",
        examples=["2022-03-27 04:08:18"],
    ),
]
EventId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=limits.MAX_EVENT_ID_CHARACTERS,
        description="The client's own id of the event: a repeated one is stored once.",
    ),
]
AnonymousId = Annotated[
    str,
    Meta(
        max_length=limits.MAX_USER_ID_CHARACTERS,
        description="The id of a visitor without a userID; `nv_uid` is another name for it.",
        examples=["visitor-7"],
    ),
]


class UserRecord(Struct):
    """One user of `user/create`."""

    userID: UserId | None = None
    anonymousID: AnonymousId | None = None
    nv_uid: AnonymousId | None = None
    user_attributes: Attributes | None = None


class EventRecord(Struct):
    """One event. `user_params` is for the older `event/create` and `user_event/create` only."""

    userID: UserId | None = None
    anonymousID: AnonymousId | None = None
    nv_uid: AnonymousId | None = None
    email: str | None = None
    mobile: str | None = None
    event_name: EventName | None = None
    ltv: float | str | None = None
    attributes: RawObject = msgspec.field(default_factory=msgspec.Raw)
    context: RawObject = msgspec.field(default_factory=msgspec.Raw)
    event_time: EventTime | None = None
    event_id: EventId | None = None
    user_params: Attributes | None = None


class UserReference(Struct):
    """A user by `userID`, or a visitor without one by the anonymous id; with merging by any.

    The first one that is given counts, in the order of the fields, the anonymous id last.
    """

    userID: UserId | None = None
    anonymousID: AnonymousId | None = None
    nv_uid: AnonymousId | None = None
    email: str | None = None
    mobile: str | None = None


class UserCall(Struct):
    """The body of `user/create`."""

    nv: Annotated[list[UserRecord], Meta(max_length=limits.MAX_USERS_PER_CALL)] | UserRecord


class EventCall(Struct):
    """The body of `/api/event`."""

    nv: Annotated[list[EventRecord], Meta(max_length=limits.MAX_EVENTS_PER_CALL)] | EventRecord


class UserEventCall(Struct):
    """The body of `user_event/create`: an object, or an array of one."""

    nv: Annotated[list[EventRecord], Meta(max_length=1)] | EventRecord


class DeleteCall(Struct):
    """The body of `user/delete`: `nv`, or one user."""

    nv: (
        Annotated[list[UserReference], Meta(max_length=limits.MAX_USERS_PER_CALL)]
        | UserReference
        | None
    ) = None
    userID: UserId | None = None
    anonymousID: AnonymousId | None = None
    nv_uid: AnonymousId | None = None
    email: str | None = None
    mobile: str | None = None


class EventQuery(Struct):
    """The body of the older query calls: who did an event, and when."""

    event_name: EventName | None = None
    from_: (
        Annotated[
            str,
            Meta(
                description="The earliest time of the event, or a date. Left out: any.",
                examples=["2022-03-01"],
            ),
        ]
        | None
    ) = msgspec.field(default=None, name="from")
    to: (
        Annotated[
            str,
            Meta(
                description="The time before which it happened, or the last date, whole. "
                "Left out: until now.",
                examples=["2022-03-31"],
            ),
        ]
        | None
    ) = None
    batch_size: (
        Annotated[
            int, Meta(ge=1, le=limits.MAX_PAGE_SIZE, description="How many users a page has.")
        ]
        | Annotated[str, Meta(pattern="^[0-9]+$")]
    ) = limits.MAX_PAGE_SIZE
    cursor: Annotated[str, Meta(description="From an earlier answer: where to go on.")] | None = (
        None
    )
