"""The types that a process holds in memory, and how it learns new ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tidings.base import clock, limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId, NameId
from tidings.schema import store
from tidings.schema.check import Attributes, Shape, Verdict, judge, type_of
from tidings.schema.model import (
    PROFILE_OWNER,
    RESERVED_PROFILE_TYPES,
    SYSTEM_EVENT_NAMES,
    AttributeType,
    EventKind,
    Lock,
    Watched,
)
from tidings.schema.store import TypeProposal
from tidings.storage.tx import Tx

PROFILE = ""
"""The name that stands for profiles where events have theirs; no event can be called so."""

# Shapes are remembered up to this number a brand, then forgotten all at once: more shapes than
# this means that names are made of data, and nothing is gained by remembering them.
MAX_REMEMBERED_SHAPES = 5_000


@dataclass(slots=True)
class Sighting:
    """Attributes whose shape a process has no verdict for."""

    name: str
    shape: Shape
    attributes: Attributes


@dataclass(slots=True)
class BrandTypes:
    """One brand's names and locks as of a version, and the verdicts that follow from them.

    Shape:  watched - what is to be told of its people, None when nobody listens.
    """

    version: int
    name_ids: dict[str, NameId]
    locks: dict[NameId, dict[str, Lock]]
    watched: Watched | None = None
    verdicts: dict[Shape, Verdict] = field(default_factory=dict[Shape, Verdict])

    def find(self, seen: Sighting) -> Verdict | None:
        """Return the verdict for a shape not met before, None when there is something to learn."""
        owner = self.name_ids.get(seen.name)
        if owner is None:
            return None
        locks = self.locks.get(owner, {})
        verdict = judge(owner, seen.attributes, locks)
        if verdict is not None:
            if len(self.verdicts) >= MAX_REMEMBERED_SHAPES:
                self.verdicts.clear()
            self.verdicts[seen.shape] = verdict
            return verdict
        unlocked = {name: value for name, value in seen.attributes.items() if name not in locks}
        if any(type_of(value) is not None for value in unlocked.values()):
            return None
        # Only empty arrays have no lock: they fit and teach nothing. The next record of this
        # shape may hold a full one, so this verdict is not remembered.
        locked = {name: value for name, value in seen.attributes.items() if name in locks}
        return judge(owner, locked, locks)


class Catalog:
    """Every brand's types that this process has needed so far.

    A version that is no longer the brand's is thrown away: ingest compares versions while it
    holds the lock that changes of types wait for (`LockKind.TYPES`).
    """

    def __init__(self) -> None:
        self._brands: dict[BrandId, BrandTypes] = {}

    def known(self, brand_id: BrandId) -> BrandTypes | None:
        """Return what is in memory of a brand's types."""
        return self._brands.get(brand_id)

    async def is_current(self, tx: Tx, brand_ids: Iterable[BrandId]) -> bool:
        """Say whether the types in memory are the latest; the caller holds them still.

        What is not is forgotten, so that the next `learn` reads it.
        """
        wanted = list(brand_ids)
        versions = await store.select_versions(tx, wanted)
        stale = [
            brand_id
            for brand_id in wanted
            if (held := self._brands.get(brand_id)) is None
            or held.version != versions.get(brand_id)
        ]
        for brand_id in stale:
            self._brands.pop(brand_id, None)
        return not stale

    async def learn(self, tx: Tx, brand_id: BrandId, sightings: Iterable[Sighting]) -> BrandTypes:
        """Record the names and first types in these sightings, and return the brand's types.

        Runs in a transaction of its own, before the one that stores the values: a lock is then
        held for a moment only, and one that is learned for a batch that fails does no harm.

        Shape:  sightings - in the order sent: the first value of an attribute locks it.
        Errors: `invalid` when the brand would have more names or attributes than is allowed.
        """
        at = clock.now()
        types = await self._read(tx, brand_id)
        waiting = list(sightings)
        new_names = {
            seen.name: EventKind.SYSTEM if seen.name in SYSTEM_EVENT_NAMES else EventKind.CUSTOM
            for seen in waiting
            if seen.name not in types.name_ids
        }
        if new_names:
            room = limits.MAX_EVENT_NAMES_PER_BRAND - (len(types.name_ids) - 1)  # less PROFILE
            if len(new_names) > room:
                raise _too_many(
                    f"{limits.MAX_EVENT_NAMES_PER_BRAND} event names", list(new_names)[room:]
                )
            await store.insert_names(tx, brand_id, new_names, at=at)
            types = await self._read(tx, brand_id)
        proposals = _proposals(types, waiting)
        if proposals:
            await store.insert_types(tx, brand_id, proposals, at=at)
            types = await self._read(tx, brand_id)
        return types

    def remember(self, brand_id: BrandId, types: BrandTypes) -> None:
        """Keep what was learned, once the transaction it was learned in is committed."""
        held = self._brands.get(brand_id)
        # Who began to read before an operator's change may come here after those who read it, and
        # must not bring back the old types under an ingest that has just compared versions.
        if held is None or held.version <= types.version:
            self._brands[brand_id] = types

    async def _read(self, tx: Tx, brand_id: BrandId) -> BrandTypes:
        versions = await store.select_versions(tx, [brand_id])
        names = await store.select_names(tx, brand_id)
        return BrandTypes(
            version=versions.get(brand_id, 0),
            name_ids={PROFILE: PROFILE_OWNER, **names},
            locks=await store.select_locks(tx, brand_id),
            watched=await store.select_watched(tx, brand_id),
        )


def _proposals(types: BrandTypes, sightings: Iterable[Sighting]) -> list[TypeProposal]:
    proposals: dict[tuple[NameId, str], AttributeType] = {}
    added: dict[NameId, int] = {}
    for seen in sightings:
        owner = types.name_ids[seen.name]
        locked: Mapping[str, Lock] = types.locks.get(owner, {})
        reserved: Mapping[str, AttributeType] = (
            RESERVED_PROFILE_TYPES if owner == PROFILE_OWNER else {}
        )
        for attribute, value in seen.attributes.items():
            if attribute in locked or (owner, attribute) in proposals:
                continue
            first_type = reserved.get(attribute) or type_of(value)
            if value is None or first_type is None:
                continue
            added[owner] = added.get(owner, 0) + 1
            if len(locked) + added[owner] > limits.MAX_ATTRIBUTES_PER_OWNER:
                raise _too_many(f"{limits.MAX_ATTRIBUTES_PER_OWNER} attributes", [attribute])
            proposals[owner, attribute] = first_type
    return [TypeProposal(owner, name, first) for (owner, name), first in proposals.items()]


def _too_many(limit: str, names: Iterable[str]) -> Refused:
    return Refused(
        Code.INVALID,
        f"The limit of {limit} is reached; {next(iter(names))!r} would be one more. "
        "Names must not be made of data: put what varies into values.",
    )
