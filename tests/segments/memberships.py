"""Who is in which version of a segment: put there by hand, brought up to date, and read back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.segments.world import NOON
from tidings.base.ids import BrandId
from tidings.profiles.model import ProfileRef
from tidings.segments.compile import Statement
from tidings.segments.model import SegmentId
from tidings.storage.pool import Database

Change = tuple[ProfileRef, bool]


async def enlist(
    database: Database,
    brand_id: BrandId,
    segment_id: SegmentId,
    members: Mapping[int, Sequence[ProfileRef]],
    *,
    at: datetime = NOON,
) -> None:
    """Put people into versions of a segment, whatever its definition is."""
    async with database.connection() as connection:
        await connection.copy_records_to_table(
            "memberships",
            records=[
                (one.slot, segment_id, version, one.profile_id, brand_id, at)
                for version, people in members.items()
                for one in people
            ],
            columns=["slot", "segment_id", "version", "profile_id", "brand_id", "entered_at"],
        )


async def change(database: Database, statement: Statement) -> list[Change]:
    """Run a statement of `compile_change`; return what it tells, by slot and id."""
    async with database.transaction() as tx:
        rows: Sequence[Any] = await tx.fetch(statement.text, *statement.parameters)
    return sorted((ProfileRef(row["slot"], row["profile_id"]), row["is_member"]) for row in rows)


async def members(
    database: Database, segment_id: SegmentId, version: int
) -> dict[ProfileRef, datetime]:
    """Return who is in a version, and since when."""
    async with database.connection() as connection:
        rows: Sequence[Any] = await connection.fetch(
            "SELECT slot, profile_id, entered_at FROM memberships"
            " WHERE segment_id = $1 AND version = $2 ORDER BY slot, profile_id",
            segment_id,
            version,
        )
    return {ProfileRef(row["slot"], row["profile_id"]): row["entered_at"] for row in rows}
