"""The table of identifiers: rows in, models out."""

from collections.abc import Mapping, Sequence

from tidings.base.ids import BrandId, ProfileId
from tidings.identity.model import Identifier, IdentifierKind, columns_of, identifier_of
from tidings.profiles.model import ProfileRef
from tidings.storage.slots import Slot
from tidings.storage.sql import Queries
from tidings.storage.tx import Tx

SQL = Queries(__file__)


async def select_links(tx: Tx, identifiers: Sequence[Identifier]) -> dict[Identifier, ProfileRef]:
    """Return where the profile of each identifier lies, for those that are known."""
    rows = await tx.fetch(SQL["select_links"], *columns_of(identifiers))
    return {
        identifiers[position - 1]: ProfileRef(slot, profile_id)
        for position, slot, profile_id in (row.values() for row in rows)
    }


async def insert_links(tx: Tx, new: Mapping[Identifier, ProfileId]) -> set[ProfileId]:
    """Insert identifiers, given in the order of the primary key, for profiles in their own slots.

    Shape:  returns the profiles whose identifier was unknown until now.
    """
    rows = await tx.fetch(SQL["insert_links"], *columns_of(list(new)), list(new.values()))
    return {ProfileId(row["profile_id"]) for row in rows}


async def select_of_profiles(
    tx: Tx, brand_id: BrandId, refs: Sequence[ProfileRef]
) -> dict[ProfileRef, list[Identifier]]:
    """Return every identifier of each of these people, by kind and value."""
    slots = [ref.slot for ref in refs]
    rows = await tx.fetch(
        SQL["select_of_profiles"], brand_id, slots, [ref.profile_id for ref in refs]
    )
    found: dict[ProfileRef, list[Identifier]] = {ref: [] for ref in refs}
    for row in rows:
        ref = ProfileRef(Slot(row["profile_slot"]), ProfileId(row["profile_id"]))
        kind = IdentifierKind(row["kind"])
        found[ref].append(identifier_of(brand_id, kind, row["value"]))
    return found


async def delete_of_profiles(tx: Tx, brand_id: BrandId, refs: Sequence[ProfileRef]) -> None:
    """Delete every identifier of these people."""
    slots = [ref.slot for ref in refs]
    await tx.execute(SQL["delete_of_profiles"], brand_id, slots, [ref.profile_id for ref in refs])
