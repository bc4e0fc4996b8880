"""What is done with segments: looked at, saved, published, deleted."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from tidings.base import clock, limits
from tidings.base.errors import Code, Refused, unavailable
from tidings.base.ids import BrandId, ProfileId
from tidings.profiles.model import ProfileRef
from tidings.segments import build, store, store_members
from tidings.segments.compile import compile_preview
from tidings.segments.editions import BrandEditions, read_editions, read_vocabulary, segments_lock
from tidings.segments.interest import cycle_through, interest_of, names_segments
from tidings.segments.model import Node, Preview, SegmentId
from tidings.segments.parse import first_of, parse
from tidings.segments.saved import Member, Segment
from tidings.storage import locks
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx, ran_too_long

_encode = msgspec.json.Encoder().encode

NOBODY = ProfileRef(Slot(0), ProfileId(-1))
"""Comes before everybody where people are paged through."""

NO_SEGMENT = SegmentId(0)
"""Comes before every segment."""


async def read_definition(tx: Tx, brand_id: BrandId, definition: object) -> Node:
    """Read a definition with what the brand has now.

    Shape:  definition - decoded JSON.
    Errors: `invalid` with every mistake and its path; `not_found` for an unknown brand.
    """
    read = parse(definition, await read_vocabulary(tx, brand_id))
    if isinstance(read, list):
        raise Refused(Code.INVALID, first_of(read), mistakes=read)
    return read


async def preview(
    tx: Tx, brand_id: BrandId, node: Node, *, within_seconds: float = limits.PREVIEW_SECONDS
) -> Preview:
    """Count who a definition has at this moment, and return some of them; nothing is stored.

    Errors: `unavailable` when it takes too long, after which the transaction cannot go on;
            `not_found` for an unknown brand, or when the definition names an unknown segment.
    """
    editions = await read_editions(tx, brand_id)
    scope = editions.scope(clock.now())
    statement = compile_preview(node, scope, examples=limits.SEGMENT_EXAMPLES)
    await store_members.limit_statements(tx, seconds=within_seconds)
    try:
        return await store_members.select_preview(tx, statement)
    except Exception as error:
        if ran_too_long(error):
            message = f"The preview took longer than {within_seconds:g} s and was given up."
            raise unavailable(message, retry_after_seconds=limits.PREVIEW_SECONDS) from error
        raise


async def create(tx: Tx, brand_id: BrandId, name: str, definition: object) -> SegmentId:
    """Save a new segment as a draft.

    Shape:  definition - decoded JSON.
    Errors: `invalid` for a definition, with every mistake and its path, or a name; `conflict` for a
            name that another segment has; `not_found` for an unknown brand.
    """
    await locks.hold_alone(tx, [segments_lock(brand_id)])
    await _check_room(tx, brand_id)
    node = await read_definition(tx, brand_id, definition)
    _check_named(await read_editions(tx, brand_id), node, of=None)
    return await _insert(tx, brand_id, name, _encode(definition))


async def update(tx: Tx, brand_id: BrandId, segment_id: SegmentId, definition: object) -> None:
    """Save another definition; who is in the segment changes when it is published.

    Shape:  definition - decoded JSON.
    Errors: as `create`; `not_found` for an unknown segment.
    """
    await locks.hold_alone(tx, [segments_lock(brand_id)])
    await find(tx, brand_id, segment_id)
    node = await read_definition(tx, brand_id, definition)
    _check_named(await read_editions(tx, brand_id), node, of=segment_id)
    await store.update_definition(tx, brand_id, segment_id, _encode(definition), at=clock.now())


async def publish(tx: Tx, brand_id: BrandId, segment_id: SegmentId) -> None:
    """Begin to build a segment by what was saved last; its members change once all are found.

    Errors: `not_found` for an unknown segment; `invalid` when the definition means nothing any
            more.
    """
    await locks.hold_alone(tx, [segments_lock(brand_id)])
    segment = await find(tx, brand_id, segment_id)
    node = await read_definition(tx, brand_id, msgspec.json.decode(segment.definition))
    editions = await read_editions(tx, brand_id)
    _check_named(editions, node, of=segment_id)
    await build.begin(
        tx,
        editions,
        segment_id,
        definition=segment.definition,
        interest=interest_of(node, editions.definitions),
    )


async def delete(tx: Tx, brand_id: BrandId, segment_id: SegmentId) -> None:
    """Delete a segment; nobody is announced to have left it.

    Errors: `not_found` for an unknown segment; `conflict` when another one names it.
    """
    await locks.hold_alone(tx, [segments_lock(brand_id)])
    await find(tx, brand_id, segment_id)
    for one in (await read_editions(tx, brand_id)).followed:
        if segment_id in names_segments(one.node):
            other = one.edition.edition_id.segment_id
            raise Refused(Code.CONFLICT, f"Segment {other} names segment {segment_id}: change it.")
    await build.give_up(tx, brand_id, segment_id, but=None)
    await store.delete_segment(tx, brand_id, segment_id)


async def find(tx: Tx, brand_id: BrandId, segment_id: SegmentId) -> Segment:
    """Return a segment.

    Errors: `not_found` when the brand has none with this id.
    """
    page = await list_page(tx, brand_id, after=SegmentId(segment_id - 1), at_most=1)
    if not page or page[0].segment_id != segment_id:
        raise Refused(Code.NOT_FOUND, f"Brand {brand_id} has no segment {segment_id}.")
    return page[0]


async def list_page(
    tx: Tx,
    brand_id: BrandId,
    *,
    after: SegmentId = NO_SEGMENT,
    at_most: int = limits.MAX_SEGMENTS_PER_BRAND,
) -> list[Segment]:
    """Return segments by id, each with how fresh it is."""
    now = clock.now()
    waits_since = await store.oldest_told(tx, brand_id, now=now)
    return [
        segment if segment.live_version is None else replace(segment, fresh_at=waits_since or now)
        for segment in await store.select_segments(tx, brand_id, after=after, at_most=at_most)
    ]


async def count(tx: Tx, brand_id: BrandId, segment: Segment) -> int:
    """Count who is in a segment."""
    which = segment.live
    return 0 if which is None else await store_members.count_members(tx, brand_id, which)


async def members(
    tx: Tx,
    brand_id: BrandId,
    segment: Segment,
    *,
    after: ProfileRef = NOBODY,
    at_most: int = limits.MAX_PAGE_SIZE,
) -> list[Member]:
    """Return a page of who is in a segment, by where they are stored."""
    which = segment.live
    if which is None:
        return []
    return await store_members.select_members(tx, brand_id, which, after=after, at_most=at_most)


async def forget(tx: Tx, brand_id: BrandId, people: Sequence[ProfileRef]) -> None:
    """Delete every membership of people who are forgotten.

    The caller holds their slots, so that no worker finds them to be members a moment later.
    """
    await store_members.delete_of_people(tx, brand_id, people)


async def _insert(tx: Tx, brand_id: BrandId, name: str, definition: bytes) -> SegmentId:
    _check_name(name)
    segment_id = await store.insert_segment(tx, brand_id, name, definition, at=clock.now())
    if segment_id is None:
        raise Refused(Code.CONFLICT, f"Brand {brand_id} has a segment {name!r} already.")
    return segment_id


async def _check_room(tx: Tx, brand_id: BrandId) -> None:
    if await store.count_segments(tx, brand_id) >= limits.MAX_SEGMENTS_PER_BRAND:
        most = limits.MAX_SEGMENTS_PER_BRAND
        raise Refused(Code.INVALID, f"A brand has at most {most:,} segments; delete one.")


def _check_named(editions: BrandEditions, node: Node, *, of: SegmentId | None) -> None:
    definitions = editions.definitions
    for named in sorted(names_segments(node)):
        if named not in definitions:
            raise Refused(Code.INVALID, f"There is no published segment {named} to name.")
    way = None if of is None else cycle_through(of, node, definitions)
    if way is not None:
        names = " names ".join(map(str, way))
        raise Refused(Code.INVALID, f"A segment cannot name itself: {names}.")


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > limits.MAX_SEGMENT_NAME_CHARACTERS:
        most = limits.MAX_SEGMENT_NAME_CHARACTERS
        raise Refused(Code.INVALID, f"A name has 1 to {most} characters.")
