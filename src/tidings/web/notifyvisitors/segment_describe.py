"""What /openapi.json says of the calls about segments."""

from collections.abc import Mapping
from functools import partial

from tidings.base import limits
from tidings.base.errors import Code
from tidings.web.notifyvisitors import segment_examples as examples
from tidings.web.notifyvisitors.answers import DoersCounted, WrappedRefusal
from tidings.web.notifyvisitors.segment_answers import (
    MembersListed,
    SegmentChanged,
    SegmentDeleted,
    SegmentFound,
    SegmentPreviewed,
    SegmentsListed,
)
from tidings.web.notifyvisitors.segment_records import (
    MembersQuery,
    PreviewCall,
    SegmentChange,
    SegmentCreation,
    SegmentReference,
    SegmentsQuery,
)
from tidings.web.openapi import Description

TAG = "segment"

_MISTAKES = "Every mistake of the definition is told with its path, such as `definition.all[0]`."
_IN_URL = "The fields may come in the body or in the URL."
_say = partial(
    Description,
    refusal=WrappedRefusal,
    tag=TAG,
    reasons={Code.CONFLICT: "What is stored does not allow it; nothing was changed."},
    messages={
        Code.INVALID: "Error: definition.event.name is unknown: the brand never had an event "
        "'Bought'.",
        Code.NOT_FOUND: "Brand 1001 has no segment 7.",
        Code.CONFLICT: "Brand 1001 has a segment 'Buyers' already.",
        Code.TOO_LARGE: f"A call about a segment has at most {limits.MAX_SEGMENT_BYTES:,} bytes.",
    },
)

DESCRIPTIONS: Mapping[str, Description] = {
    "/api/v1/segment/create": _say(
        summary="Create a segment",
        text=f"Saves a segment and has it built, unless it is a draft. {_MISTAKES}",
        body=SegmentCreation,
        answer=SegmentChanged,
        examples=examples.CREATION,
        answer_example=examples.CREATED,
        refused_with=(Code.CONFLICT,),
    ),
    "/api/v1/segment/update": _say(
        summary="Rename a segment, or give it another definition",
        text="A name alone builds nothing. With another definition the members stay until the new "
        f"ones are found. {_MISTAKES}",
        body=SegmentChange,
        answer=SegmentChanged,
        examples=examples.CHANGE,
        answer_example=examples.UPDATED,
        refused_with=(Code.NOT_FOUND, Code.CONFLICT),
    ),
    "/api/v1/segment/publish": _say(
        summary="Build a draft",
        text="Has a segment built by the definition that was saved last.",
        body=SegmentReference,
        answer=SegmentChanged,
        examples=examples.REFERENCE,
        answer_example=examples.CREATED,
        refused_with=(Code.NOT_FOUND, Code.CONFLICT),
    ),
    "/api/v1/segment/delete": _say(
        summary="Delete a segment",
        text=f"Its people stay. One that another segment names cannot be deleted. {_IN_URL}",
        body=SegmentReference,
        query=SegmentReference,
        answer=SegmentDeleted,
        examples=examples.REFERENCE,
        answer_example=examples.DELETED,
        refused_with=(Code.NOT_FOUND, Code.CONFLICT),
    ),
    "/api/v1/segment/get": _say(
        summary="Read one segment",
        text=f"With its definition, its state and how many are in it. {_IN_URL}",
        body=SegmentReference,
        query=SegmentReference,
        answer=SegmentFound,
        examples=examples.REFERENCE,
        answer_example=examples.FOUND,
        refused_with=(Code.NOT_FOUND,),
    ),
    "/api/v1/segment/list": _say(
        summary="List segments",
        text=f"By id, without their definitions; send the answer's `cursor` to go on. {_IN_URL}",
        body=SegmentsQuery,
        query=SegmentsQuery,
        answer=SegmentsListed,
        examples=examples.SEGMENTS_QUERY,
        answer_example=examples.LISTED,
    ),
    "/api/v1/segment/count": _say(
        summary="Count who is in a segment",
        text=f"Its members, as they are now. {_IN_URL}",
        body=SegmentReference,
        query=SegmentReference,
        answer=DoersCounted,
        examples=examples.REFERENCE,
        answer_example=examples.COUNTED,
        refused_with=(Code.NOT_FOUND,),
    ),
    "/api/v1/segment/members": _say(
        summary="List who is in a segment",
        text="By page; send the answer's `cursor` with the same segment to get the next one. It "
        f"stays good while people enter and leave. {_IN_URL}",
        body=MembersQuery,
        query=MembersQuery,
        answer=MembersListed,
        examples=examples.MEMBERS_QUERY,
        answer_example=examples.MEMBERS_LISTED,
        refused_with=(Code.NOT_FOUND,),
    ),
    "/api/v1/segment/preview": _say(
        summary="Count who a definition has now",
        text=f"And show up to {limits.SEGMENT_EXAMPLES} of them; nothing is stored. {_MISTAKES}",
        body=PreviewCall,
        answer=SegmentPreviewed,
        examples=examples.PREVIEW,
        answer_example=examples.PREVIEWED,
    ),
}
