"""From what is known of segments to this wire's words: pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tidings.base.errors import Mistake, Refused
from tidings.brands.model import Brand
from tidings.identity.model import Identifier, IdentifierKind
from tidings.profiles.model import ProfileRef
from tidings.segments.model import Preview, SegmentId
from tidings.segments.saved import Member, Membership, Segment
from tidings.web.gate import Reply
from tidings.web.notifyvisitors.naming import FIELD_OF_KIND
from tidings.web.notifyvisitors.reply import instant, success
from tidings.web.notifyvisitors.segment_parse import DEFINITION
from tidings.web.reading import refuse

Json = dict[str, Any]
Names = Mapping[ProfileRef, Identifier]


def saved(segment: Segment) -> Reply:
    """Answer a call that changed a segment."""
    return success({"segment_id": segment.segment_id, "state": segment.state.value})


def deleted(segment_id: SegmentId) -> Reply:
    """Answer `segment/delete`."""
    return success({"segment_id": segment_id})


def found(brand: Brand, segment: Segment, *, members: int) -> Reply:
    """Answer `segment/get`; a custom list has no definition."""
    saved_last = None if segment.definition is None else msgspec.Raw(segment.definition)
    return success({**_shown(brand, segment, members), DEFINITION: saved_last})


def listed(
    brand: Brand,
    segments: Sequence[Segment],
    *,
    counts: Mapping[SegmentId, int],
    cursor: str | None,
) -> Reply:
    """Answer `segment/list`.

    Shape:  counts - of the members of each of these segments; cursor - None after the last page.
    """
    # Somebody may have deleted one since they were read.
    shown = [_shown(brand, one, counts.get(one.segment_id, 0)) for one in segments]
    return success({"segments": shown, "cursor": cursor})


def members_listed(
    brand: Brand, members: Sequence[Member], names: Names, *, cursor: str | None
) -> Reply:
    """Answer `segment/members`; who is forgotten meanwhile has no name and is left out."""
    people = [
        {**_named(names[one.person]), "entered_at": instant(brand, one.entered_at)}
        for one in members
        if one.person in names
    ]
    return success({"members": people, "cursor": cursor})


def counted(count: int) -> Reply:
    """Answer `segment/count`."""
    return success({"count": count})


def previewed(preview: Preview, names: Names) -> Reply:
    """Answer `segment/preview`."""
    examples = [_named(names[ref]) for ref in preview.examples if ref in names]
    return success({"count": preview.count, "examples": examples})


def membership(brand: Brand, one: Membership) -> Json:
    """Tell of a segment that somebody is in."""
    return {
        "segment_id": one.segment_id,
        "name": one.name,
        "entered_at": instant(brand, one.entered_at),
    }


def placed(refused: Refused) -> Refused:
    """Say where in a call the mistakes of its definition are; another refusal stays as it is."""
    if not refused.mistakes:
        return refused
    return refuse(
        [
            Mistake(one.message, f"{DEFINITION}.{one.field}" if one.field else DEFINITION)
            for one in refused.mistakes
        ]
    )


def _shown(brand: Brand, segment: Segment, members: int) -> Json:
    return {
        "segment_id": segment.segment_id,
        "name": segment.name,
        "kind": "list" if segment.definition is None else "definition",
        "state": segment.state.value,
        "error": segment.error,
        "percent_built": segment.percent_built,
        "members": members,
        "fresh_at": instant(brand, segment.fresh_at),
        "created_at": instant(brand, segment.created_at),
        "updated_at": instant(brand, segment.updated_at),
    }


def _named(identifier: Identifier) -> Json:
    if identifier.kind is IdentifierKind.USER_ID:
        return {"userID": identifier.value}
    return {"userID": None, FIELD_OF_KIND[identifier.kind]: identifier.value}
