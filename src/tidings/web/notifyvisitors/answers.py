"""The JSON that this wire answers with, as /openapi.json shows it.

`reply` writes them from plain dicts; tests hold what a running server answers against these types.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from tidings.identity.model import Refusal
from tidings.schema.model import AttributeType

Instant = Annotated[
    str,
    Meta(
        description="In the brand's time zone, with its offset.",
        extra_json_schema={"format": "date-time"},
    ),
]
UserIdShown = Annotated[str | None, Meta(description="Null for a visitor without one.")]
AnonymousIdShown = Annotated[str, Meta(description="Of a visitor without a userID.")]
StoredAttributes = Annotated[dict[str, Any], Meta(description="As sent, by name.")]


class RecordWarning(Struct):
    """What was not taken as sent.

    A value that contradicts the type that its attribute's first value set, with both types; or an
    identifier that is not this person's, with the reason.
    """

    index: int
    field: str
    locked_type: AttributeType | UnsetType = UNSET
    got_type: AttributeType | UnsetType = UNSET
    reason: Refusal | UnsetType = UNSET
    message: str | UnsetType = UNSET


class NamedMistake(Struct):
    """One mistake: the record's position in the call, and the field inside it."""

    message: str
    index: int | UnsetType = UNSET
    field: str | UnsetType = UNSET


class BareRefusal(Struct):
    """Why nothing was done, as `user/create` and `user/delete` say it."""

    message: str
    status_code: str
    errors: list[NamedMistake] | UnsetType = UNSET


class Refused(Struct):
    """Why nothing was done."""

    message: str
    status: Literal["error"]
    errors: list[NamedMistake] | UnsetType = UNSET


class WrappedRefusal(Struct):
    """Why nothing was done."""

    response: Refused


class UsersStored(Struct):
    """The users of the call, in its order."""

    userIDs: list[str]
    status_code: Literal["200"]
    processed: int
    warnings: list[RecordWarning] | UnsetType = UNSET


class UsersDeleted(Struct):
    """The users who existed, in the order of the call."""

    userIDs: list[str]
    status_code: Literal["200"]
    processed: int


class Queued(Struct):
    """The events are stored; what follows from them is queued."""

    status: Literal["queued"]
    warnings: list[RecordWarning] | UnsetType = UNSET


class EventsQueued(Struct):
    """The answer to a call with events."""

    response: Queued


class UserShown(Struct):
    """Whose event was stored."""

    userID: str


class UserEventDone(Struct):
    """The user and the event are stored together."""

    data: UserShown
    message: str
    status: Literal["success"]
    warnings: list[RecordWarning] | UnsetType = UNSET


class UserEventStored(Struct):
    """The answer to a user with an event."""

    response: UserEventDone


class ActivityShown(Struct):
    """What a person did, summed up."""

    count: int
    first: Instant | None
    last: Instant | None
    ltv: float


class IdentifierShown(Struct):
    """A value that leads to this person."""

    kind: Literal["user_id", "email", "mobile", "anonymous_id"]
    value: str


class MembershipShown(Struct):
    """A segment that somebody is in."""

    segment_id: int
    name: str
    entered_at: Instant


class UserData(Struct):
    """One user with all that is known of them."""

    userID: UserIdShown
    user_attributes: StoredAttributes
    created_at: Instant
    first_seen: Instant
    last_seen: Instant
    identifiers: list[IdentifierShown]
    segments: list[MembershipShown]
    events: ActivityShown
    anonymousID: AnonymousIdShown | UnsetType = UNSET
    mismatched: StoredAttributes | UnsetType = UNSET


class UserSuccess(Struct):
    """The user was found."""

    data: UserData
    message: str
    status: Literal["success"]


class UserFound(Struct):
    """The answer to a question about one user."""

    response: UserSuccess


class Doer(Struct):
    """A user who did the event, and how often."""

    userID: UserIdShown
    user_attributes: StoredAttributes
    events: ActivityShown
    anonymousID: AnonymousIdShown | UnsetType = UNSET


class DoersPage(Struct):
    """One page of users; the cursor leads to the next, null at the end."""

    users: list[Doer]
    cursor: str | None


class DoersSuccess(Struct):
    """The page was read."""

    data: DoersPage
    message: str
    status: Literal["success"]


class DoersListed(Struct):
    """The answer to a question for users."""

    response: DoersSuccess


class DoersCount(Struct):
    """How many users."""

    count: int


class CountSuccess(Struct):
    """They were counted."""

    data: DoersCount
    message: str
    status: Literal["success"]


class DoersCounted(Struct):
    """The answer to a question for a number of users."""

    response: CountSuccess
