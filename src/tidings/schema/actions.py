"""What is done with types: counted against at ingest, shown to and changed by an operator."""

from collections.abc import Iterable, Mapping

from tidings.base import clock
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId, NameId
from tidings.schema import store
from tidings.schema.model import (
    PROFILE_OWNER,
    RESERVED_PROFILE_TYPES,
    AttributeRow,
    AttributeType,
    Lock,
    Status,
    Watched,
)
from tidings.storage import locks
from tidings.storage.locks import LockKind
from tidings.storage.tx import Tx


def type_locks(brand_ids: Iterable[BrandId]) -> list[locks.Lock]:
    """Return the locks that hold these brands' types still."""
    return [locks.Lock(LockKind.TYPES, brand_id) for brand_id in brand_ids]


async def count_mismatches(tx: Tx, counts: Mapping[tuple[BrandId, NameId, str], int]) -> None:
    """Count values that were put aside, by brand, owner and attribute."""
    await store.count_mismatches(tx, counts, at=clock.now())


async def name_id_of(tx: Tx, brand_id: BrandId, event: str) -> NameId | None:
    """Return the id of an event's name, None when the brand never had such an event."""
    return (await store.select_names(tx, brand_id)).get(event)


async def read_version(tx: Tx, brand_id: BrandId) -> int:
    """Return the version of a brand's types and of what is watched; it rises with every change."""
    return (await store.select_versions(tx, [brand_id])).get(brand_id, 0)


async def read_names(tx: Tx, brand_id: BrandId) -> dict[str, NameId]:
    """Return the id of every event name of a brand."""
    return await store.select_names(tx, brand_id)


async def read_locks(tx: Tx, brand_id: BrandId) -> dict[NameId, dict[str, Lock]]:
    """Return every lock of a brand, by owner and attribute."""
    return await store.select_locks(tx, brand_id)


async def list_attributes(tx: Tx, brand_id: BrandId) -> list[AttributeRow]:
    """Return every attribute of a brand, by owner and name."""
    return await store.select_attributes(tx, brand_id)


async def find_lock(
    tx: Tx, brand_id: BrandId, event: str | None, attribute: str
) -> tuple[NameId, Lock]:
    """Return the owner and lock of an attribute.

    Shape:  event - None for a profile attribute.
    Errors: `not_found` when the brand has no such event or attribute.
    """
    owner = PROFILE_OWNER if event is None else await name_id_of(tx, brand_id, event)
    lock = None
    if owner is not None:
        lock = (await store.select_locks(tx, brand_id)).get(owner, {}).get(attribute)
    if owner is None or lock is None:
        what = "profiles have" if event is None else f"event {event!r} has"
        raise Refused(Code.NOT_FOUND, f"In brand {brand_id}, {what} no attribute {attribute!r}.")
    return owner, lock


async def change_lock(
    tx: Tx, brand_id: BrandId, event: str | None, attribute: str, *, to: AttributeType
) -> NameId:
    """Lock an attribute to another type, for every value from now on; it may have it already.

    Waits for every ingest in flight of the brand, and holds off later ones until the end: so the
    transaction must be short, and the stored values are moved after it.

    Errors: `not_found` for an unknown attribute; `conflict` for one of the vendor's own, whose
            types are given.
    """
    await locks.hold_alone(tx, type_locks([brand_id]))
    owner, lock = await find_lock(tx, brand_id, event, attribute)
    if owner == PROFILE_OWNER and attribute in RESERVED_PROFILE_TYPES:
        raise Refused(Code.CONFLICT, f"The type of {attribute!r} is given and cannot be changed.")
    if lock.type is not to:
        await store.update_type(tx, brand_id, (owner, attribute), to=to, at=clock.now())
        await store.raise_version(tx, brand_id)
    return owner


async def change_status(
    tx: Tx, brand_id: BrandId, event: str | None, attribute: str, *, to: Status
) -> None:
    """Change what becomes of an attribute's values from now on.

    Errors: `not_found` for an unknown attribute.
    """
    await locks.hold_alone(tx, type_locks([brand_id]))
    owner, _ = await find_lock(tx, brand_id, event, attribute)
    await store.update_status(tx, brand_id, (owner, attribute), to=to)
    await store.raise_version(tx, brand_id)


async def watch(tx: Tx, brand_id: BrandId, listener: str, watched: Watched | None) -> None:
    """Let a listener hear of these things and no others; None for nothing any more.

    Waits for every ingest in flight of the brand: whatever is committed later is told, and what was
    committed before, whoever listens can see from now on. The transaction must be short.

    Shape:  listener - a name of the caller's choice, unique in the brand.
    """
    await locks.hold_alone(tx, type_locks([brand_id]))
    await store.delete_watches(tx, brand_id, listener)
    if watched is not None:
        await store.insert_watches(tx, brand_id, listener, watched)
    await store.raise_version(tx, brand_id)


async def is_watched(tx: Tx, brand_id: BrandId) -> bool:
    """Say whether anybody wants to hear of anything in a brand."""
    return await store.is_watched(tx, brand_id)
