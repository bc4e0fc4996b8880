"""Who is in segments: the table of memberships, and the people of compiled statements."""

from collections.abc import Sequence

from tidings.base.ids import BrandId, ProfileId
from tidings.profiles.model import ProfileRef
from tidings.segments.compile import Statement
from tidings.segments.model import Preview, SegmentId
from tidings.segments.saved import Change, EditionId, Member, Membership, Version
from tidings.storage.slots import ALL_SLOTS, Slot
from tidings.storage.sql import Queries
from tidings.storage.tx import Row, Tx

SQL = Queries(__file__)


async def limit_statements(tx: Tx, *, seconds: float) -> None:
    """Let no later statement of this transaction take longer."""
    await tx.execute(SQL["limit_statements"], str(round(seconds * 1000)))


async def select_preview(tx: Tx, statement: Statement) -> Preview:
    """Run a statement of `compile_preview`."""
    rows = await tx.fetch(statement.text, *statement.parameters)
    return Preview(
        count=rows[0]["count"],
        examples=tuple(_person(row) for row in rows if row["slot"] is not None),
    )


async def change_members(tx: Tx, statement: Statement) -> list[Change]:
    """Run a statement of `compile_change`; return who entered and who left, in no order."""
    rows = await tx.fetch(statement.text, *statement.parameters)
    return [Change(_person(row), row["is_member"]) for row in rows]


async def count_members_of_each(
    tx: Tx, brand_id: BrandId, segment_ids: Sequence[SegmentId]
) -> dict[SegmentId, int]:
    """Count who is in each of these segments."""
    rows = await tx.fetch(SQL["count_members_of_each"], brand_id, segment_ids, ALL_SLOTS)
    return {SegmentId(row["segment_id"]): row["count"] for row in rows}


async def select_of_person(tx: Tx, brand_id: BrandId, person: ProfileRef) -> list[Membership]:
    """Return the segments that somebody is in, by id."""
    rows = await tx.fetch(SQL["select_of_person"], brand_id, *person)
    return [
        Membership(SegmentId(row["segment_id"]), row["name"], row["entered_at"]) for row in rows
    ]


async def select_members(
    tx: Tx,
    brand_id: BrandId,
    segment_id: SegmentId,
    *,
    after: ProfileRef,
    at_most: int,
) -> list[Member]:
    """Return a page of who is in a segment, by slot and id."""
    slots = ALL_SLOTS[after.slot :]
    rows = await tx.fetch(SQL["select_members"], brand_id, segment_id, *after, at_most, slots)
    return [Member(_person(row), row["entered_at"]) for row in rows]


async def delete_members(
    tx: Tx, brand_id: BrandId, which: EditionId, *, slots: Sequence[Slot]
) -> None:
    """Delete who is in a version, in some slots."""
    await tx.execute(SQL["delete_members_of_slots"], brand_id, *which, slots)


async def delete_of_people(tx: Tx, brand_id: BrandId, people: Sequence[ProfileRef]) -> None:
    """Delete every membership of these people."""
    slots, ids = _columns(people)
    await tx.execute(SQL["delete_of_people"], brand_id, slots, ids)


async def select_differences(
    tx: Tx, brand_id: BrandId, segment_id: SegmentId, *, old: Version, new: Version
) -> list[Change]:
    """Return who is in only one of two versions, as a change from the old to the new."""
    rows = await tx.fetch(SQL["select_differences"], brand_id, segment_id, old, new, ALL_SLOTS)
    return [Change(_person(row), row["is_member"]) for row in rows]


def _person(row: Row) -> ProfileRef:
    return ProfileRef(Slot(row["slot"]), ProfileId(row["profile_id"]))


def _columns(people: Sequence[ProfileRef]) -> tuple[list[Slot], list[ProfileId]]:
    return [ref.slot for ref in people], [ref.profile_id for ref in people]


async def select_audience(
    tx: Tx,
    brand_id: BrandId,
    *,
    include: Sequence[EditionId] | None,
    exclude: Sequence[EditionId],
    slots: Sequence[Slot],
    with_zones: bool,
) -> list[tuple[ProfileRef, str | None]]:
    """Return who is in some slots and in any of some versions, and in none of others, each once.

    Shape:  include - None for everybody; each with the time zone they say they are in, if wanted.
    """
    out = [one.segment_id for one in exclude], [one.version for one in exclude]
    if include is None:
        rows = await tx.fetch(SQL["select_everybody_but"], brand_id, *out, with_zones, slots)
    else:
        into = [one.segment_id for one in include], [one.version for one in include]
        rows = await tx.fetch(
            SQL["select_members_of_any"], brand_id, *into, *out, with_zones, slots
        )
    return [(_person(row), row["zone"]) for row in rows]
