"""The tables of events: rows in, models out."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from operator import itemgetter
from typing import cast

import msgspec

from tidings.base.ids import BrandId, NameId, ProfileId
from tidings.events.copy import COLUMNS, EventRow, pack_rows
from tidings.events.model import Activity, Batch, Event
from tidings.profiles.model import ProfileRef
from tidings.schema.model import AttributeType, TypeChange
from tidings.storage.locks import Lock
from tidings.storage.slots import Slot
from tidings.storage.sql import Queries
from tidings.storage.tx import Tx, rows_of

SQL = Queries(__file__)

_PERSON = itemgetter(0)
_encode = msgspec.json.Encoder().encode


async def insert_events(tx: Tx, rows: Sequence[EventRow]) -> None:
    """Store events by binary COPY, sorted by person so that index pages are touched in order."""
    if rows:
        # A view, since asyncpg takes bytes for the name of a file.
        packed = memoryview(pack_rows(sorted(rows, key=_PERSON)))
        await tx.copy_to_table("events", source=packed, columns=COLUMNS, format="binary")


class PlainEvents(msgspec.Struct):
    """The document of `store_plain_events` (migration 0007): people, and what each did.

    Shape:  locks - rising; versions - of each brand's types; people - by primary key, with an id
            for each in case they are new; events - see `plain_event`.
    """

    locks: Sequence[Lock]
    versions: list[tuple[BrandId, int]]
    people: Sequence[tuple[object, ...]]
    created_at: datetime
    events: list[tuple[object, ...]]


def plain_event(person: int, name_id: NameId, batch: Batch, event: Event) -> tuple[object, ...]:
    """Write an event for `PlainEvents`; `person` is a position among its people, 0-based."""
    context = event.context_json
    return (
        person,
        batch.brand_id,
        name_id,
        event.occurred_at,
        batch.received_at,
        event.ltv,
        msgspec.Raw(event.attributes_json),
        None if context is None else msgspec.Raw(context),
    )


async def insert_plain_events(connection: Tx, plain: PlainEvents) -> bool:
    """Store events and their new people as one transaction; False when the types are others now."""
    return cast("bool", await connection.fetchval(SQL["store_plain_events"], _encode(plain)))


async def insert_event_ids(
    tx: Tx, keys: Sequence[tuple[ProfileRef, BrandId, str]]
) -> set[tuple[ProfileRef, str]]:
    """Record event ids, given in the order of the primary key; return the new ones."""
    rows = await tx.fetch(
        SQL["insert_event_ids"],
        [ref.slot for ref, _, _ in keys],
        [ref.profile_id for ref, _, _ in keys],
        [brand_id for _, brand_id, _ in keys],
        [event_id for _, _, event_id in keys],
    )
    return {
        (ProfileRef(Slot(row["slot"]), ProfileId(row["profile_id"])), row["event_id"])
        for row in rows
    }


async def summarize(tx: Tx, brand_id: BrandId, ref: ProfileRef) -> Activity:
    """Sum up what a person did."""
    row = await tx.fetchrow(SQL["summarize"], brand_id, ref.slot, ref.profile_id)
    if row is None:
        raise AssertionError("an aggregate without GROUP BY returns a row")
    return Activity(count=row["count"], first=row["first"], last=row["last"], ltv=row["ltv"])


async def count_people(
    tx: Tx, brand_id: BrandId, name_id: NameId, *, since: datetime, until: datetime
) -> int:
    """Count the people who did an event between two instants."""
    return cast("int", await tx.fetchval(SQL["count_people"], brand_id, name_id, since, until))


async def select_people(
    tx: Tx,
    brand_id: BrandId,
    name_id: NameId,
    *,
    since: datetime,
    until: datetime,
    after: ProfileRef,
    size: int,
) -> list[tuple[ProfileRef, Activity]]:
    """Return a page of the people who did an event, by slot and id, with what each did."""
    rows = await tx.fetch(
        SQL["select_people"], brand_id, name_id, since, until, after.slot, after.profile_id, size
    )
    return [
        (
            ProfileRef(Slot(row["slot"]), ProfileId(row["profile_id"])),
            Activity(count=row["count"], first=row["first"], last=row["last"], ltv=row["ltv"]),
        )
        for row in rows
    ]


async def delete_of_profiles(tx: Tx, brand_id: BrandId, refs: Sequence[ProfileRef]) -> None:
    """Delete everything these people did."""
    slots = [ref.slot for ref in refs]
    profile_ids = [ref.profile_id for ref in refs]
    await tx.execute(SQL["delete_events"], brand_id, slots, profile_ids)
    await tx.execute(SQL["delete_event_ids"], brand_id, slots, profile_ids)


async def move_events(tx: Tx, brand_id: BrandId, *, of: ProfileRef, to: ProfileRef) -> int:
    """Make everything one person did another's; return how many events.

    Written anew and deleted, not updated: where tables are spread over machines by slot, a row
    cannot change its slot.
    """
    moved = await tx.execute(SQL["copy_events"], brand_id, *of, *to)
    await tx.execute(SQL["copy_event_ids"], brand_id, *of, *to)
    await delete_of_profiles(tx, brand_id, [of])
    return rows_of(moved)


async def count_retyped(
    tx: Tx, brand_id: BrandId, name_id: NameId, attribute: str, *, to: AttributeType
) -> TypeChange:
    """Count the values that would change sides if an event's attribute had another type."""
    row = await tx.fetchrow(SQL["count_retyped"], brand_id, name_id, attribute, to.value)
    return TypeChange(**(row or {}))


async def retype(
    tx: Tx, brand_id: BrandId, name_id: NameId, attribute: str, *, to: AttributeType, slots: range
) -> set[ProfileRef]:
    """Move the values of an event's attribute to the sides on which a type has them.

    Shape:  returns whose events had a value that moved.
    """
    bounds = (slots.start, slots.stop)
    rows = await tx.fetch(SQL["retype"], brand_id, name_id, attribute, to.value, *bounds)
    return {ProfileRef(row["slot"], row["profile_id"]) for row in rows}


async def has_months(tx: Tx) -> bool:
    """Say whether any month has its partition."""
    return cast("bool", await tx.fetchval(SQL["has_months"]))


async def make_month(tx: Tx, first_day: date, next_first_day: date) -> bool:
    """Make the partition of a month; say whether it was missing.

    Events of the month that came before it was made lie in the default partition; they move.
    """
    table = f"events_{first_day:%Y_%m}"
    if await tx.fetchval(SQL["has_partition"], table):
        return False
    start, end = (datetime.combine(day, time(), UTC) for day in (first_day, next_first_day))
    # A table's name and bounds cannot be parameters; both come from dates of our own making.
    await tx.execute(f"CREATE TABLE {table} (LIKE events INCLUDING DEFAULTS)")
    await tx.execute("LOCK TABLE events_default IN SHARE ROW EXCLUSIVE MODE")
    await tx.execute(
        f"WITH moved AS (DELETE FROM events_default "  # noqa: S608 - as above
        f"WHERE occurred_at >= $1 AND occurred_at < $2 RETURNING {', '.join(COLUMNS)}) "
        f"INSERT INTO {table} ({', '.join(COLUMNS)}) SELECT {', '.join(COLUMNS)} FROM moved",
        start,
        end,
    )
    await tx.execute(
        f"ALTER TABLE events ATTACH PARTITION {table} FOR VALUES FROM ('{start}') TO ('{end}')"
    )
    return True
