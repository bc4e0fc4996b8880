"""Importing custom lists: members come batch after batch, beside those of the version before.

An import holds nobody. It may put somebody on the list who is merged or forgotten at that moment,
or was since they were found; its rows are looked at by nobody until all are there. Then every part
is built, as of any segment, by who holds its slot, and whoever is not there leaves their place
(`inheritance`).
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from tidings.base import clock
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.brands import actions as brands
from tidings.identity import actions as identity
from tidings.identity.model import Identifier, IdentifierKind
from tidings.segments import actions, build, store, store_lists
from tidings.segments.editions import read_editions
from tidings.segments.interest import Interest
from tidings.segments.model import SegmentId
from tidings.segments.saved import EditionId, Segment, State
from tidings.storage import locks
from tidings.storage.tx import Tx

_ALWAYS = {IdentifierKind.USER_ID, IdentifierKind.ANONYMOUS_ID}


class Import(NamedTuple):
    """An import that has begun.

    Shape:  which - the version that gets its members; is_new - whether the list was made for it.
    """

    which: EditionId
    is_new: bool


class Added(NamedTuple):
    """What became of a batch of rows.

    Shape:  is_known - for each row, whether it led to somebody; members - how many of these were
            not on the list yet.
    """

    is_known: Sequence[bool]
    members: int


async def begin(
    tx: Tx, brand_id: BrandId, wanted: str, kinds: Collection[IdentifierKind]
) -> Import:
    """Begin to import a list, whose members stay as they are until `finish`.

    An import of the same list that has not come to its end is given up.

    Shape:  wanted - the id of a list, or the name of one, which is made if there is none; kinds -
            by which people are found.
    Errors: `not_found` for an unknown brand or id; `conflict` for a segment that is no list;
            `invalid` for a name, and for kinds that identify nobody as long as people do not merge.
    """
    await locks.hold_alone(tx, [locks.segments_lock(brand_id)])
    brand = await brands.find_brand(tx, brand_id)
    idle = sorted(set(kinds) - _ALWAYS)
    if idle and not brand.merging:
        raise Refused(
            Code.INVALID,
            f"Brand {brand_id} does not merge people, so no {idle[0].name.lower()} leads to "
            f"anybody. Import by user_id or anonymous_id, or switch merging on: tidings brand "
            f"merging {brand_id} on",
        )
    found = await _find(tx, brand_id, wanted)
    segment_id = await actions.create_list(tx, brand_id, wanted) if found is None else found
    editions = await read_editions(tx, brand_id)
    which = await build.begin_version(
        tx, editions, segment_id, definition=None, interest=Interest()
    )
    return Import(which, is_new=found is None)


async def add(
    tx: Tx, brand_id: BrandId, which: EditionId, rows: Sequence[Sequence[Identifier]]
) -> Added:
    """Put people on a list that is being imported.

    Shape:  rows - the identifiers of each, of which the first that is known counts.
    Errors: `conflict` when the list was deleted meanwhile, or is imported by somebody else.
    """
    await locks.hold_shared(tx, [locks.segments_lock(brand_id)])
    if not await store_lists.is_importing(tx, brand_id, which):
        raise _given_up(which)
    refs = await identity.find_many(tx, {one for row in rows for one in row})
    found = [next((refs[one] for one in row if one in refs), None) for row in rows]
    people = sorted({ref for ref in found if ref is not None})
    members = await store_lists.insert_imported(tx, brand_id, which, people, at=clock.now())
    return Added([ref is not None for ref in found], members)


async def finish(tx: Tx, brand_id: BrandId, which: EditionId) -> None:
    """Have the version built of which all rows are there; its members then count, all at once.

    Errors: as `add`.
    """
    await locks.hold_alone(tx, [locks.segments_lock(brand_id)])
    if not await store_lists.end_import(tx, brand_id, which):
        raise _given_up(which)
    await build.build_again(tx, brand_id, which, at=clock.now())


async def give_up(tx: Tx, brand_id: BrandId, begun: Import) -> None:
    """Leave everything as it was before an import, if that is still under way."""
    await locks.hold_alone(tx, [locks.segments_lock(brand_id)])
    if not await store_lists.is_importing(tx, brand_id, begun.which):
        return
    segment_id = begun.which.segment_id
    if begun.is_new:
        await actions.delete(tx, brand_id, segment_id)
        return
    live = (await actions.find(tx, brand_id, segment_id)).live_version
    await build.give_up(tx, brand_id, segment_id, but=live)
    state = State.DRAFT if live is None else State.PUBLISHED
    await store.update_state(tx, brand_id, segment_id, state)


async def _find(tx: Tx, brand_id: BrandId, wanted: str) -> SegmentId | None:
    if wanted.isdecimal():
        return _only_list(await actions.find(tx, brand_id, SegmentId(int(wanted))))
    for segment in await actions.list_page(tx, brand_id):
        if segment.name == wanted:
            return _only_list(segment)
    return None


def _only_list(segment: Segment) -> SegmentId:
    if segment.definition is not None:
        message = f"Segment {segment.segment_id} has a definition: it is no list to import."
        raise Refused(Code.CONFLICT, message)
    return segment.segment_id


def _given_up(which: EditionId) -> Refused:
    return Refused(
        Code.CONFLICT,
        f"List {which.segment_id} was deleted, or somebody else imports it; this import is given "
        "up.",
    )
