"""The tables of segments and of their versions: rows in, models out."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import cast

from tidings.base.ids import BrandId, NameId, ProfileId
from tidings.segments.model import SegmentId
from tidings.segments.saved import Edition, EditionId, Segment, State, Version
from tidings.storage.slots import SLOT_COUNT, Slot
from tidings.storage.sql import Queries
from tidings.storage.tx import Row, Tx, rows_of

SQL = Queries(__file__)


async def insert_segment(
    tx: Tx, brand_id: BrandId, name: str, definition: bytes | None, *, at: datetime
) -> SegmentId | None:
    """Insert a draft; return its id, None when the brand has the name already."""
    found = await tx.fetchval(SQL["insert_segment"], brand_id, name, definition, at)
    return None if found is None else SegmentId(found)


async def count_segments(tx: Tx, brand_id: BrandId) -> int:
    """Count a brand's segments."""
    return cast("int", await tx.fetchval(SQL["count_segments"], brand_id))


async def update_definition(
    tx: Tx, brand_id: BrandId, segment_id: SegmentId, definition: bytes, *, at: datetime
) -> None:
    """Write what a segment is to be built by."""
    await tx.execute(SQL["update_definition"], brand_id, segment_id, definition, at)


async def update_name(
    tx: Tx, brand_id: BrandId, segment_id: SegmentId, name: str, *, at: datetime
) -> bool:
    """Write what a segment is called; False when another one is called so.

    The caller keeps everybody else from giving names meanwhile.
    """
    tag = await tx.execute(SQL["update_name"], brand_id, segment_id, name, at)
    return rows_of(tag) == 1


async def update_state(
    tx: Tx, brand_id: BrandId, segment_id: SegmentId, state: State, *, error: str | None = None
) -> None:
    """Write a segment's state."""
    await tx.execute(SQL["update_state"], brand_id, segment_id, state.value, error)


async def set_live(tx: Tx, brand_id: BrandId, which: EditionId) -> None:
    """Make the members of a version the segment's."""
    await tx.execute(SQL["set_live"], brand_id, *which)


async def delete_segment(tx: Tx, brand_id: BrandId, segment_id: SegmentId) -> bool:
    """Delete a segment and its versions, not their members; say whether there was one."""
    return rows_of(await tx.execute(SQL["delete_segment"], brand_id, segment_id)) == 1


async def select_segments(
    tx: Tx, brand_id: BrandId, *, after: SegmentId, at_most: int
) -> list[Segment]:
    """Return segments by id."""
    rows = await tx.fetch(SQL["select_segments"], brand_id, after, at_most)
    return [_segment(row) for row in rows]


async def oldest_told(tx: Tx, brand_id: BrandId) -> datetime | None:
    """Say since when something that happened waits to be looked at, None when nothing does."""
    return cast("datetime | None", await tx.fetchval(SQL["oldest_told"], brand_id))


# --- versions ----------------------------------------------------------------------------


async def insert_version(
    tx: Tx,
    brand_id: BrandId,
    segment_id: SegmentId,
    definition: bytes | None,
    *,
    at: datetime,
    day: date,
) -> EditionId:
    """Insert a version of which no slot is built, and return which it is.

    Shape:  definition - None for a version of a custom list, which begins to be imported.
    """
    which = EditionId(
        segment_id, Version(await tx.fetchval(SQL["next_version"], brand_id, segment_id))
    )
    await tx.execute(
        SQL["insert_version"],
        brand_id,
        *which,
        definition,
        SLOT_COUNT,
        at,
        day,
    )
    return which


async def select_editions(tx: Tx, brand_id: BrandId) -> list[Edition]:
    """Return every version of a brand's segments that is kept up to date."""
    return [
        Edition(
            EditionId(SegmentId(row["segment_id"]), Version(row["version"])),
            row["definition"],
            is_live=bool(row["is_live"]),
            slots_left=row["slots_left"],
            state=State(row["state"]),
            swept_until=row["swept_until"],
            swept_day=row["swept_day"],
        )
        for row in await tx.fetch(SQL["select_editions"], brand_id)
    ]


async def count_built(tx: Tx, brand_id: BrandId, which: EditionId, *, slots: int) -> int | None:
    """Note that so many slots more are built; return how many are left, None when it is gone."""
    return cast("int | None", await tx.fetchval(SQL["count_built"], brand_id, *which, slots))


async def delete_versions(
    tx: Tx, brand_id: BrandId, segment_id: SegmentId, *, but: Version | None
) -> list[Version]:
    """Delete versions of a segment, not their members; return which."""
    rows = await tx.fetch(SQL["delete_versions"], brand_id, segment_id, but or 0)
    return [Version(row["version"]) for row in rows]


# --- what time changes -------------------------------------------------------------------


async def select_brands(tx: Tx) -> list[BrandId]:
    """Return every brand that has a version to keep up to date."""
    return [BrandId(row["brand_id"]) for row in await tx.fetch(SQL["select_to_sweep"])]


async def mark_swept(
    tx: Tx, brand_id: BrandId, which: EditionId, *, at: datetime, day: date
) -> None:
    """Note up to when a version was looked after."""
    await tx.execute(SQL["mark_swept"], brand_id, *which, at, day)


async def select_lapsed_events(
    tx: Tx, brand_id: BrandId, name_ids: Sequence[NameId], *, since: datetime, until: datetime
) -> dict[Slot, list[ProfileId]]:
    """Return who did one of these events between two instants."""
    return _of_slots(await tx.fetch(SQL["select_lapsed_events"], brand_id, name_ids, since, until))


async def select_lapsed_people(
    tx: Tx, brand_id: BrandId, *, since: datetime, until: datetime
) -> dict[Slot, list[ProfileId]]:
    """Return who was created between two instants."""
    return _of_slots(await tx.fetch(SQL["select_lapsed_people"], brand_id, since, until))


def _of_slots(rows: Sequence[Row]) -> dict[Slot, list[ProfileId]]:
    return {Slot(row["slot"]): list(map(ProfileId, row["people"])) for row in rows}


def _segment(row: Row) -> Segment:
    return Segment(
        segment_id=SegmentId(row["segment_id"]),
        name=row["name"],
        definition=row["definition"],
        state=State(row["state"]),
        live_version=row["live_version"],
        error=row["error"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        slots_left=row["slots_left"],
    )
