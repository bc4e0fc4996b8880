"""What is asked of events, and done with them outside ingest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tidings.base.ids import BrandId
from tidings.events import store
from tidings.events.model import Activity
from tidings.events.telling import tell_retyped
from tidings.profiles import actions as profiles
from tidings.profiles.model import ProfileRef
from tidings.schema import actions as schema
from tidings.schema.model import AttributeType, TypeChange
from tidings.storage import locks
from tidings.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Doers:
    """Whom a query asks for: people who did an event from `since` to before `until`."""

    event: str
    since: datetime
    until: datetime


async def summarize(tx: Tx, brand_id: BrandId, ref: ProfileRef) -> Activity:
    """Sum up what a person did."""
    return await store.summarize(tx, brand_id, ref)


async def count_doers(tx: Tx, brand_id: BrandId, doers: Doers) -> int:
    """Count the people who did an event; an event nobody ever did has none."""
    name_id = await schema.name_id_of(tx, brand_id, doers.event)
    if name_id is None:
        return 0
    return await store.count_people(tx, brand_id, name_id, since=doers.since, until=doers.until)


async def page_of_doers(
    tx: Tx, brand_id: BrandId, doers: Doers, *, after: ProfileRef, size: int
) -> list[tuple[ProfileRef, Activity]]:
    """Return the next people who did an event, by slot and id, with what each did of it."""
    name_id = await schema.name_id_of(tx, brand_id, doers.event)
    if name_id is None:
        return []
    return await store.select_people(
        tx, brand_id, name_id, since=doers.since, until=doers.until, after=after, size=size
    )


async def forget(tx: Tx, brand_id: BrandId, refs: Sequence[ProfileRef]) -> None:
    """Delete everything these people did."""
    await locks.hold_shared(tx, [locks.MONTHS])
    await store.delete_of_profiles(tx, brand_id, refs)


async def preview_type_change(
    tx: Tx, brand_id: BrandId, event: str | None, attribute: str, *, to: AttributeType
) -> TypeChange:
    """Count what changing an attribute's type would do to the values stored.

    Shape:  event - None for a profile attribute.
    Errors: `not_found` when the brand has no such event or attribute.
    """
    owner, _ = await schema.find_lock(tx, brand_id, event, attribute)
    if event is None:
        return await profiles.count_retyped(tx, brand_id, attribute, to)
    return await store.count_retyped(tx, brand_id, owner, attribute, to=to)


async def change_type(
    tx: Tx, brand_id: BrandId, event: str | None, attribute: str, *, to: AttributeType
) -> None:
    """Lock an attribute to another type, for every value from now on.

    What is stored stays where it is until `move_values` has gone through every slot; doing both
    again is harmless, so a change that was broken off is finished by repeating it.

    Errors: as `schema.actions.change_lock`.
    """
    await schema.change_lock(tx, brand_id, event, attribute, to=to)


async def move_values(
    tx: Tx, brand_id: BrandId, event: str | None, attribute: str, *, slots: range
) -> None:
    """Move the stored values of an attribute to the side on which its type has them.

    Whose values moved is told to whoever listens. A few slots at a time: ingest that changes a
    person moved here waits for the end.

    Errors: `not_found` when the brand has no such event or attribute.
    """
    owner, lock = await schema.find_lock(tx, brand_id, event, attribute)
    await locks.hold_shared(tx, [locks.MONTHS])
    if event is None:
        moved = await profiles.retype(tx, brand_id, attribute, to=lock.type, slots=slots)
    else:
        moved = await store.retype(tx, brand_id, owner, attribute, to=lock.type, slots=slots)
    await tell_retyped(tx, brand_id, moved, owner=owner, attribute=attribute)
