"""Who is meant by several segments at once, for whoever speaks to them."""

from collections.abc import Sequence
from typing import NamedTuple

from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.profiles.model import ProfileRef
from tidings.segments import actions, store_members
from tidings.segments.model import SegmentId
from tidings.segments.saved import EditionId
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx


class Somebody(NamedTuple):
    """A person, and the time zone they say they are in, as it is stored."""

    person: ProfileRef
    zone: str | None


async def people_of(
    tx: Tx,
    brand_id: BrandId,
    *,
    include: Sequence[SegmentId] | None,
    exclude: Sequence[SegmentId],
    slots: Sequence[Slot],
    with_zones: bool = False,
) -> list[Somebody]:
    """Return who is in some slots and in any of some segments, and in none of others, each once.

    Shape:  include - None for everybody; with_zones - whether zones are wanted: else all are None.
    Errors: `conflict` for a segment that is not published any more.
    """
    live = {one.segment_id: one.live for one in await actions.list_page(tx, brand_id)}
    return [
        Somebody(ref, zone)
        for ref, zone in await store_members.select_audience(
            tx,
            brand_id,
            include=None if include is None else [_edition(live, one) for one in include],
            exclude=[_edition(live, one) for one in exclude],
            slots=slots,
            with_zones=with_zones,
        )
    ]


def _edition(live: dict[SegmentId, EditionId | None], segment_id: SegmentId) -> EditionId:
    which = live.get(segment_id)
    if which is None:
        raise Refused(Code.CONFLICT, f"Segment {segment_id} is not published any more.")
    return which
