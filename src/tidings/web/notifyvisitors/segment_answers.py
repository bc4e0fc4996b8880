"""The JSON that the calls about segments are answered with, as /openapi.json shows it.

`segment_reply` writes them from plain dicts; tests hold what a running server answers against these
types.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from tidings.web.notifyvisitors.answers import AnonymousIdShown, Instant, UserIdShown

StateShown = Literal["draft", "processing", "updating", "error", "published"]
Definition = Annotated[
    dict[str, Any] | None, Meta(description="As saved last; null for a custom list.")
]
NextPage = Annotated[str | None, Meta(description="Leads to the next page; null after the last.")]


class SegmentSaved(Struct):
    """Which segment, and how far it is."""

    segment_id: int
    state: StateShown


class SavedSuccess(Struct):
    """It was saved."""

    data: SegmentSaved
    message: str
    status: Literal["success"]


class SegmentChanged(Struct):
    """The answer to a call that saved something."""

    response: SavedSuccess


class SegmentNamed(Struct):
    """Which segment it was."""

    segment_id: int


class DeletedSuccess(Struct):
    """It was deleted."""

    data: SegmentNamed
    message: str
    status: Literal["success"]


class SegmentDeleted(Struct):
    """The answer to `segment/delete`."""

    response: DeletedSuccess


class SegmentShown(Struct):
    """A segment without its definition."""

    segment_id: int
    name: str
    kind: Literal["definition", "list"]
    state: StateShown
    error: Annotated[str | None, Meta(description="Why it could not be built or followed.")]
    percent_built: Annotated[
        int | None, Meta(description="Of what is being built; null when nothing is.")
    ]
    members: int
    fresh_at: Annotated[
        Instant | None, Meta(description="All that happened before is in the members.")
    ]
    created_at: Instant
    updated_at: Instant


class SegmentWhole(SegmentShown):
    """A segment."""

    definition: Definition


class SegmentSuccess(Struct):
    """It was found."""

    data: SegmentWhole
    message: str
    status: Literal["success"]


class SegmentFound(Struct):
    """The answer to `segment/get`."""

    response: SegmentSuccess


class SegmentsPage(Struct):
    """One page of segments, by id."""

    segments: list[SegmentShown]
    cursor: NextPage


class SegmentsSuccess(Struct):
    """The page was read."""

    data: SegmentsPage
    message: str
    status: Literal["success"]


class SegmentsListed(Struct):
    """The answer to `segment/list`."""

    response: SegmentsSuccess


class PersonShown(Struct):
    """Somebody, by the userID or else by another identifier."""

    userID: UserIdShown
    anonymousID: AnonymousIdShown | UnsetType = UNSET
    email: str | UnsetType = UNSET
    mobile: str | UnsetType = UNSET


class MemberShown(PersonShown, kw_only=True):
    """Somebody in a segment, and since when."""

    entered_at: Instant


class MembersPage(Struct):
    """One page of members, in an order that is fixed but means nothing."""

    members: list[MemberShown]
    cursor: NextPage


class MembersSuccess(Struct):
    """The page was read."""

    data: MembersPage
    message: str
    status: Literal["success"]


class MembersListed(Struct):
    """The answer to `segment/members`."""

    response: MembersSuccess


class PreviewShown(Struct):
    """How many people a definition has now, and some of them."""

    count: int
    examples: list[PersonShown]


class PreviewSuccess(Struct):
    """They were counted."""

    data: PreviewShown
    message: str
    status: Literal["success"]


class SegmentPreviewed(Struct):
    """The answer to `segment/preview`."""

    response: PreviewSuccess
