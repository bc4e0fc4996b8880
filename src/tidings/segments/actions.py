"""What is done with segments: looked at, saved, published, deleted."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import msgspec

from tidings.base import clock, limits
from tidings.base.errors import Code, Mistake, Refused, unavailable
from tidings.base.ids import BrandId, ProfileId
from tidings.profiles.model import ProfileRef
from tidings.segments import build, store, store_members
from tidings.segments.compile_preview import compile_preview
from tidings.segments.editions import read_editions, read_vocabulary
from tidings.segments.interest import interest_of, names_segments
from tidings.segments.model import Node, Preview, SegmentId
from tidings.segments.naming import leads_back, places_of_segments, unpublished
from tidings.segments.parse import first_of, parse
from tidings.segments.reading import in_order
from tidings.segments.saved import Member, Membership, Segment
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
    Errors: `invalid` with every mistake and its path, also for naming a segment that is not
            published; `not_found` for an unknown brand.
    """
    read = parse(definition, await read_vocabulary(tx, brand_id))
    mistakes = read if isinstance(read, list) else []
    if places_of_segments(definition):
        nameable = (await read_editions(tx, brand_id)).nameable
        mistakes = [*mistakes, *unpublished(definition, nameable, mistakes=mistakes)]
    _check(mistakes, definition)
    return cast("Node", read)


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
    await locks.hold_alone(tx, [locks.segments_lock(brand_id)])
    await _check_room(tx, brand_id)
    await read_definition(tx, brand_id, definition)
    return await _insert(tx, brand_id, name, _encode(definition))


async def create_list(tx: Tx, brand_id: BrandId, name: str) -> SegmentId:
    """Save a new custom list, which has nobody before it is imported.

    Errors: `invalid` for a name; `conflict` for one that another segment has.
    """
    await locks.hold_alone(tx, [locks.segments_lock(brand_id)])
    await _check_room(tx, brand_id)
    return await _insert(tx, brand_id, name, None)


async def update(tx: Tx, brand_id: BrandId, segment_id: SegmentId, definition: object) -> None:
    """Save another definition; who is in the segment changes when it is published.

    Shape:  definition - decoded JSON.
    Errors: as `create`; `not_found` for an unknown segment; `conflict` for a custom list.
    """
    await locks.hold_alone(tx, [locks.segments_lock(brand_id)])
    _definition_of(await find(tx, brand_id, segment_id))
    node = await read_definition(tx, brand_id, definition)
    nameable = (await read_editions(tx, brand_id)).nameable
    _check(leads_back(segment_id, node, definition, nameable=nameable), definition)
    await store.update_definition(tx, brand_id, segment_id, _encode(definition), at=clock.now())


async def rename(tx: Tx, brand_id: BrandId, segment_id: SegmentId, name: str) -> None:
    """Call a segment something else; nothing is built.

    Errors: `not_found` for an unknown segment; `conflict` for a name that another segment has;
            `invalid` for what is no name.
    """
    # Held by everybody who gives a name, so that nobody takes this one between the two statements.
    await locks.hold_alone(tx, [locks.segments_lock(brand_id)])
    await find(tx, brand_id, segment_id)
    _check_name(name)
    if not await store.update_name(tx, brand_id, segment_id, name, at=clock.now()):
        raise _name_taken(brand_id, name)


async def publish(tx: Tx, brand_id: BrandId, segment_id: SegmentId) -> None:
    """Begin to build a segment by what was saved last; its members change once all are found.

    Errors: `not_found` for an unknown segment; `invalid` when the definition means nothing any
            more; `conflict` for a custom list.
    """
    await locks.hold_alone(tx, [locks.segments_lock(brand_id)])
    saved = _definition_of(await find(tx, brand_id, segment_id))
    definition = msgspec.json.decode(saved)
    node = await read_definition(tx, brand_id, definition)
    editions = await read_editions(tx, brand_id)
    _check(leads_back(segment_id, node, definition, nameable=editions.nameable), definition)
    await build.begin(
        tx,
        editions,
        segment_id,
        definition=saved,
        interest=interest_of(node, editions.nameable),
    )


async def delete(tx: Tx, brand_id: BrandId, segment_id: SegmentId) -> None:
    """Delete a segment; nobody is announced to have left it.

    Errors: `not_found` for an unknown segment; `conflict` when another one names it.
    """
    await locks.hold_alone(tx, [locks.segments_lock(brand_id)])
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
    waits_since = await store.oldest_told(tx, brand_id)
    return [
        segment if segment.live_version is None else replace(segment, fresh_at=waits_since or now)
        for segment in await store.select_segments(tx, brand_id, after=after, at_most=at_most)
    ]


async def count_each(
    tx: Tx,
    brand_id: BrandId,
    segments: Sequence[Segment],
    *,
    within_seconds: float = limits.PREVIEW_SECONDS,
) -> dict[SegmentId, int]:
    """Count who is in each of these segments.

    Errors: `unavailable` when it takes too long, after which the transaction cannot go on.
    """
    asked = [one.segment_id for one in segments]
    await store_members.limit_statements(tx, seconds=within_seconds)
    try:
        return await store_members.count_members_of_each(tx, brand_id, asked)
    except Exception as error:
        if ran_too_long(error):
            message = f"Counting took longer than {within_seconds:g} s; ask for fewer at a time."
            raise unavailable(message, retry_after_seconds=limits.PREVIEW_SECONDS) from error
        raise


async def members(
    tx: Tx,
    brand_id: BrandId,
    segment: Segment,
    *,
    after: ProfileRef = NOBODY,
    at_most: int = limits.MAX_PAGE_SIZE,
) -> list[Member]:
    """Return a page of who is in a segment, by where they are stored."""
    return await store_members.select_members(
        tx, brand_id, segment.segment_id, after=after, at_most=at_most
    )


async def of_person(tx: Tx, brand_id: BrandId, person: ProfileRef) -> list[Membership]:
    """Return the segments that somebody is in, by id."""
    return await store_members.select_of_person(tx, brand_id, person)


async def forget(tx: Tx, brand_id: BrandId, people: Sequence[ProfileRef]) -> None:
    """Delete every membership of people who are forgotten.

    The caller holds their slots, so that no worker finds them to be members a moment later.
    """
    await store_members.delete_of_people(tx, brand_id, people)


def _definition_of(segment: Segment) -> bytes:
    if segment.definition is None:
        message = f"Segment {segment.segment_id} is a custom list: import it again to change it."
        raise Refused(Code.CONFLICT, message)
    return segment.definition


async def _insert(tx: Tx, brand_id: BrandId, name: str, definition: bytes | None) -> SegmentId:
    _check_name(name)
    segment_id = await store.insert_segment(tx, brand_id, name, definition, at=clock.now())
    if segment_id is None:
        raise _name_taken(brand_id, name)
    return segment_id


def _name_taken(brand_id: BrandId, name: str) -> Refused:
    return Refused(Code.CONFLICT, f"Brand {brand_id} has a segment {name!r} already.")


async def _check_room(tx: Tx, brand_id: BrandId) -> None:
    if await store.count_segments(tx, brand_id) >= limits.MAX_SEGMENTS_PER_BRAND:
        most = limits.MAX_SEGMENTS_PER_BRAND
        raise Refused(Code.INVALID, f"A brand has at most {most:,} segments; delete one.")


def _check(mistakes: Sequence[Mistake], definition: object) -> None:
    if mistakes:
        told = in_order(mistakes, definition)[: limits.MAX_MISTAKES_REPORTED]
        raise Refused(Code.INVALID, first_of(told), mistakes=told)


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > limits.MAX_SEGMENT_NAME_CHARACTERS:
        most = limits.MAX_SEGMENT_NAME_CHARACTERS
        raise Refused(Code.INVALID, f"A name has 1 to {most} characters.")
