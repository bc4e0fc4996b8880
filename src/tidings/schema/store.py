"""The tables of event names and attribute types: rows in, models out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from tidings.base.ids import BrandId, NameId
from tidings.schema.model import (
    ANY_EVENT,
    MERGES,
    PROFILE_OWNER,
    AttributeRow,
    AttributeType,
    EventKind,
    Lock,
    Status,
    Watched,
)
from tidings.storage.sql import Queries
from tidings.storage.tx import Tx

SQL = Queries(__file__)

Attribute = tuple[NameId, str]


@dataclass(frozen=True, slots=True)
class TypeProposal:
    """The type that a first value would lock."""

    owner: NameId
    attribute: str
    type: AttributeType


async def select_versions(tx: Tx, brand_ids: Sequence[BrandId]) -> dict[BrandId, int]:
    """Return the version of each brand's types."""
    rows = await tx.fetch(SQL["select_versions"], brand_ids)
    return {BrandId(row["brand_id"]): row["schema_version"] for row in rows}


async def raise_version(tx: Tx, brand_id: BrandId) -> None:
    """Make every process read the brand's types anew."""
    await tx.execute(SQL["raise_version"], brand_id)


async def insert_names(
    tx: Tx, brand_id: BrandId, names: Mapping[str, EventKind], *, at: datetime
) -> None:
    """Record the event names that are new."""
    kinds = [kind.value for kind in names.values()]
    await tx.execute(SQL["insert_names"], brand_id, list(names), kinds, at)


async def select_names(tx: Tx, brand_id: BrandId) -> dict[str, NameId]:
    """Return the id of every event name of a brand."""
    return {
        row["name"]: NameId(row["name_id"]) for row in await tx.fetch(SQL["select_names"], brand_id)
    }


async def insert_types(
    tx: Tx, brand_id: BrandId, proposals: Sequence[TypeProposal], *, at: datetime
) -> None:
    """Lock the types that are not locked yet."""
    await tx.execute(
        SQL["insert_types"],
        brand_id,
        [proposal.owner for proposal in proposals],
        [proposal.attribute for proposal in proposals],
        [proposal.type.value for proposal in proposals],
        at,
    )


async def select_locks(tx: Tx, brand_id: BrandId) -> dict[NameId, dict[str, Lock]]:
    """Return every lock of a brand, by owner and attribute."""
    locks: dict[NameId, dict[str, Lock]] = {}
    for row in await tx.fetch(SQL["select_types"], brand_id):
        of_owner = locks.setdefault(NameId(row["owner"]), {})
        of_owner[row["attribute"]] = Lock(AttributeType(row["type"]), Status(row["status"]))
    return locks


async def select_attributes(tx: Tx, brand_id: BrandId) -> list[AttributeRow]:
    """Return every attribute of a brand as the operator sees it, by owner and name."""
    events = {name_id: name for name, name_id in (await select_names(tx, brand_id)).items()}
    return [
        AttributeRow(
            event=None if row["owner"] == PROFILE_OWNER else events[NameId(row["owner"])],
            attribute=row["attribute"],
            type=AttributeType(row["type"]),
            status=Status(row["status"]),
            locked_at=row["locked_at"],
            mismatches=row["mismatches"],
            last_mismatch_at=row["last_mismatch_at"],
        )
        for row in await tx.fetch(SQL["select_types"], brand_id)
    ]


async def count_mismatches(
    tx: Tx, counts: Mapping[tuple[BrandId, NameId, str], int], *, at: datetime
) -> None:
    """Add to the mismatches of each attribute."""
    await tx.execute(
        SQL["count_mismatches"],
        [brand_id for brand_id, _, _ in counts],
        [owner for _, owner, _ in counts],
        [attribute for _, _, attribute in counts],
        list(counts.values()),
        at,
    )


async def update_type(
    tx: Tx, brand_id: BrandId, attribute: Attribute, *, to: AttributeType, at: datetime
) -> None:
    """Lock an attribute to another type."""
    await tx.execute(SQL["update_type"], brand_id, *attribute, to.value, at)


async def update_status(tx: Tx, brand_id: BrandId, attribute: Attribute, *, to: Status) -> bool:
    """Change the status of an attribute; say whether it exists."""
    return await tx.execute(SQL["update_status"], brand_id, *attribute, to.value) == "UPDATE 1"


async def insert_watches(tx: Tx, brand_id: BrandId, listener: str, watched: Watched) -> None:
    """Note what a listener wants to hear of, who wanted nothing before."""
    rows = [(MERGES, ""), *((name_id, "") for name_id in watched.names)]
    rows += [(PROFILE_OWNER, attribute) for attribute in watched.attributes]
    rows += [(ANY_EVENT, "")] * watched.any_event + [(PROFILE_OWNER, "")] * watched.births
    owners, attributes = [owner for owner, _ in rows], [attribute for _, attribute in rows]
    await tx.execute(SQL["insert_watches"], brand_id, listener, owners, attributes)


async def delete_watches(tx: Tx, brand_id: BrandId, listener: str) -> None:
    """Forget what a listener wanted to hear of."""
    await tx.execute(SQL["delete_watches"], brand_id, listener)


async def select_watched(tx: Tx, brand_id: BrandId) -> Watched | None:
    """Return what all listeners of a brand want to hear of, None when there are none."""
    rows = await tx.fetch(SQL["select_watched"], brand_id)
    if not rows:
        return None
    owners = {NameId(row["owner"]) for row in rows}
    of_profiles = {row["attribute"] for row in rows if row["owner"] == PROFILE_OWNER}
    return Watched(
        names=frozenset(owners - {PROFILE_OWNER, ANY_EVENT, MERGES}),
        any_event=ANY_EVENT in owners,
        attributes=frozenset(of_profiles - {""}),
        births="" in of_profiles,
    )


async def is_watched(tx: Tx, brand_id: BrandId) -> bool:
    """Say whether anybody listens to anything in a brand."""
    return cast("bool", await tx.fetchval(SQL["is_watched"], brand_id))
