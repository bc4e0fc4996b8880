"""What /openapi.json says of each URL of this wire."""

from collections.abc import Mapping, Sequence

from tidings.base import limits
from tidings.base.errors import Code
from tidings.web.notifyvisitors import examples
from tidings.web.notifyvisitors.answers import (
    BareRefusal,
    DoersCounted,
    DoersListed,
    EventsQueued,
    UserEventStored,
    UserFound,
    UsersDeleted,
    UsersStored,
    WrappedRefusal,
)
from tidings.web.notifyvisitors.records import (
    DeleteCall,
    EventCall,
    EventQuery,
    EventRecord,
    UserCall,
    UserEventCall,
    UserReference,
)
from tidings.web.openapi import Description, StructType

_EVENTS = f"1 to {limits.MAX_EVENTS_PER_CALL:,} events a call"
_OF_EVENT: Mapping[StructType, Sequence[str]] = {EventRecord: ("event_name", "attributes")}
_OF_QUERY: Mapping[StructType, Sequence[str]] = {EventQuery: ("event_name",)}

_LIST = Description(
    summary="List the users who did an event",
    text="Users by page; send the answer's `cursor` with the same question to get the next one. "
    "The fields may come in the body or in the URL.",
    body=EventQuery,
    query=EventQuery,
    answer=DoersListed,
    refusal=WrappedRefusal,
    mandatory=_OF_QUERY,
    examples=examples.QUERY,
    answer_example=examples.DOERS_LISTED,
)
_COUNT = Description(
    summary="Count the users who did an event",
    text="The same question as for the list, answered with a number.",
    body=EventQuery,
    query=EventQuery,
    answer=DoersCounted,
    refusal=WrappedRefusal,
    mandatory=_OF_QUERY,
    examples=examples.QUERY,
    answer_example=examples.DOERS_COUNTED,
)

DESCRIPTIONS: Mapping[str, Description] = {
    "/api/v1/user/create": Description(
        summary="Create and update users",
        text=f"1 to {limits.MAX_USERS_PER_CALL} users a call; several records of one user apply in "
        "their order. Each needs `userID`, or `anonymousID` (also read as `nv_uid`).",
        body=UserCall,
        answer=UsersStored,
        refusal=BareRefusal,
        examples=examples.USERS,
        answer_example=examples.USERS_STORED,
        refused_with=(Code.FORBIDDEN,),
        is_repeatable=True,
    ),
    "/api/v1/user/delete": Description(
        summary="Forget users",
        text=f"Deletes 1 to {limits.MAX_USERS_PER_CALL} users with their events, each named by "
        "`userID`, or by `anonymousID` (also read as `nv_uid`). Unknown users are left out of the "
        "answer; when none is known it is a 404.",
        body=DeleteCall,
        query=UserReference,
        answer=UsersDeleted,
        refusal=BareRefusal,
        examples=examples.DELETION,
        answer_example=examples.USERS_DELETED,
        refused_with=(Code.FORBIDDEN, Code.NOT_FOUND),
    ),
    "/api/v1/user/userData": Description(
        summary="Read one user",
        text="All that is known of a user. `userID`, or `anonymousID` (also read as `nv_uid`), may "
        "come in the body or in the URL.",
        body=UserReference,
        query=UserReference,
        answer=UserFound,
        refusal=WrappedRefusal,
        examples=examples.REFERENCE,
        answer_example=examples.USER_FOUND,
        refused_with=(Code.NOT_FOUND,),
    ),
    "/api/v1/user/profile": _LIST,
    "/api/v1/user/count": _COUNT,
    "/api/v1/user_event/create": Description(
        summary="Store a user and an event of theirs",
        text="`user_params` are stored first, then the event; both or neither.",
        body=UserEventCall,
        answer=UserEventStored,
        refusal=WrappedRefusal,
        mandatory=_OF_EVENT,
        examples=examples.USER_EVENT,
        answer_example=examples.USER_EVENT_STORED,
        is_repeatable=True,
    ),
    "/api/event": Description(
        summary="Store events",
        text=f"{_EVENTS}. A user who does not exist is created. Attributes of users "
        "(`user_params`) are refused here.",
        body=EventCall,
        answer=EventsQueued,
        refusal=WrappedRefusal,
        mandatory=_OF_EVENT,
        examples=examples.EVENTS,
        answer_example=examples.EVENTS_QUEUED,
        is_repeatable=True,
    ),
    "/api/v1/event/create": Description(
        summary="Store events, with attributes of their users",
        text=f"{_EVENTS}, as `/api/event`; `user_params` are taken too.",
        body=EventCall,
        answer=EventsQueued,
        refusal=WrappedRefusal,
        mandatory=_OF_EVENT,
        examples=examples.EVENTS_WITH_USERS,
        answer_example=examples.EVENTS_QUEUED,
        is_repeatable=True,
    ),
    "/api/v1/event/get": _LIST,
    "/api/v1/event/count": _COUNT,
}
