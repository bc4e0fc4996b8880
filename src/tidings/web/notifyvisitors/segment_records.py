"""The JSON of the calls about segments, as /openapi.json shows it; its names are what they may say.

`segment_parse` reads them, field by field, so that every mistake is told with its path.
"""

from typing import Annotated, Any

from msgspec import Meta, Struct

from tidings.base import limits

LARGEST_ID = 2**63 - 1

SegmentIdSent = Annotated[int, Meta(ge=1, le=LARGEST_ID, description="As `create` answered it.")]
Name = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=limits.MAX_SEGMENT_NAME_CHARACTERS,
        description="Unique in the brand.",
        examples=["Buyers"],
    ),
]
Definition = Annotated[
    dict[str, Any],
    Meta(
        description="Who is meant: a tree of nodes, as the page about segments tells.",
        examples=[{"event": {"name": "Order Placed", "in_last": "30 days"}}],
    ),
]
Draft = Annotated[bool, Meta(description="True saves the definition only; `publish` builds it.")]
Cursor = Annotated[str, Meta(description="From an earlier answer: where to go on.")]


class SegmentCreation(Struct, forbid_unknown_fields=True):
    """The body of `segment/create`."""

    name: Name
    definition: Definition
    draft: Draft = False


class SegmentChange(Struct, forbid_unknown_fields=True):
    """The body of `segment/update`: a name, a definition, or both; `draft` beside a definition."""

    segment_id: SegmentIdSent
    name: Name | None = None
    definition: Definition | None = None
    draft: Draft | None = None


class SegmentReference(Struct, forbid_unknown_fields=True):
    """One segment."""

    segment_id: SegmentIdSent


class SegmentsQuery(Struct, forbid_unknown_fields=True):
    """The body of `segment/list`."""

    limit: Annotated[
        int,
        Meta(ge=1, le=limits.MAX_SEGMENTS_PER_PAGE, description="How many segments a page has."),
    ] = limits.MAX_SEGMENTS_PER_PAGE
    cursor: Cursor | None = None


class MembersQuery(Struct, forbid_unknown_fields=True):
    """The body of `segment/members`."""

    segment_id: SegmentIdSent
    limit: Annotated[
        int, Meta(ge=1, le=limits.MAX_PAGE_SIZE, description="How many people a page has.")
    ] = limits.MAX_PAGE_SIZE
    cursor: Cursor | None = None


class PreviewCall(Struct, forbid_unknown_fields=True):
    """The body of `segment/preview`."""

    definition: Definition
