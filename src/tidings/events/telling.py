"""What ingest tells whoever listens: that people were created, changed, or did something.

One task a slot and commit, however many of its people that concerns; who listens looks at them as
they are by then. Nothing is written for what nobody watches (`schema.actions.watch`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from tidings.base import clock
from tidings.base.ids import BrandId, NameId, ProfileId
from tidings.events.copy import EventRow
from tidings.events.model import Batch
from tidings.identity.actions import Refs
from tidings.profiles.model import ProfileRef
from tidings.schema import actions as schema
from tidings.schema.catalog import Catalog
from tidings.schema.model import PROFILE_OWNER, Watched
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx
from tidings.work import queue
from tidings.work.model import NewTask

PEOPLE_CHANGED = "people.changed"
"""The name of the tasks, whose payload is `PeopleChanged`."""


class PeopleChanged(msgspec.Struct, omit_defaults=True):
    """What happened to some people of the task's slot.

    Shape:  told_at - when this was told; did - who did which event, of those that are watched;
            people - of whom the rest is said, each once; attributes - that any of them changed,
            likewise of those watched; births - whether any was created; is_whole - whether anything
            may be other than before, as after a merge.
    """

    told_at: datetime
    people: list[ProfileId] = []
    did: dict[NameId, list[ProfileId]] = {}
    attributes: list[str] = []
    births: bool = False
    is_whole: bool = False


class _Gathered(msgspec.Struct):
    people: set[ProfileId]
    did: dict[NameId, set[ProfileId]]
    attributes: set[str]
    births: bool = False

    def told(self, now: datetime) -> PeopleChanged:
        return PeopleChanged(
            now,
            sorted(self.people),
            {name_id: sorted(people) for name_id, people in self.did.items()},
            sorted(self.attributes),
            births=self.births,
        )


_encode = msgspec.json.Encoder().encode


class Telling:
    """Gathers what a transaction did, and tells it.

    Shape:  catalog - knows what is watched in each brand; has_told - whether anything was ever
            told: workers are to be woken once that is committed.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._gathered: dict[tuple[BrandId, Slot], _Gathered] = {}
        self.has_told = False

    def is_heard(self, brand_ids: Iterable[BrandId]) -> bool:
        """Say whether anybody listens in any of these brands."""
        return any(self._watched(brand_id) is not None for brand_id in brand_ids)

    def born(self, people: Iterable[tuple[BrandId, ProfileRef]]) -> None:
        """Note who was created."""
        for brand_id, ref in people:
            watched = self._watched(brand_id)
            if watched is not None and watched.births:
                self._of(brand_id, ref).births = True

    def changed(self, batches: Sequence[Batch], refs: Refs) -> None:
        """Note whose attributes the changes and operations of these batches are about."""
        for batch in batches:
            watched = self._watched(batch.brand_id)
            if watched is None or not watched.attributes:
                continue
            for identifier, change in batch.changes:
                names = watched.attributes.intersection((*change.attributes, *change.removed))
                if names:
                    self._of(batch.brand_id, refs[identifier]).attributes |= names
            for identifier, operations in batch.operations:
                names = watched.attributes.intersection(step.path[0] for step in operations.steps)
                # Whoever failed may be nobody.
                if names and identifier in refs:
                    self._of(batch.brand_id, refs[identifier]).attributes |= names

    def altered(self, brand_id: BrandId, ref: ProfileRef, names: Iterable[str]) -> None:
        """Note which attributes of somebody have other values."""
        watched = self._watched(brand_id)
        heard = watched.attributes.intersection(names) if watched is not None else None
        if heard:
            self._of(brand_id, ref).attributes |= heard

    def did(self, rows: Iterable[EventRow]) -> None:
        """Note who did what is watched."""
        for row in rows:
            watched = self._watched(row.brand_id)
            if watched is not None and (watched.any_event or row.name_id in watched.names):
                did = self._in(row.brand_id, row.ref.slot).did
                did.setdefault(row.name_id, set()).add(row.ref.profile_id)

    async def tell(self, tx: Tx) -> None:
        """Tell what was noted, when the transaction commits."""
        gathered, self._gathered = self._gathered, {}
        if gathered:
            now = clock.now()
            await _tell(tx, {place: noted.told(now) for place, noted in gathered.items()})
            self.has_told = True

    def _watched(self, brand_id: BrandId) -> Watched | None:
        types = self.catalog.known(brand_id)
        return None if types is None else types.watched

    def _of(self, brand_id: BrandId, ref: ProfileRef) -> _Gathered:
        noted = self._in(brand_id, ref.slot)
        noted.people.add(ref.profile_id)
        return noted

    def _in(self, brand_id: BrandId, slot: Slot) -> _Gathered:
        noted = self._gathered.get((brand_id, slot))
        if noted is None:
            noted = self._gathered[brand_id, slot] = _Gathered(set(), {}, set())
        return noted


async def tell_whole(tx: Tx, brand_id: BrandId, refs: Iterable[ProfileRef]) -> None:
    """Tell that anything of some people may be other than before, if anybody listens."""
    now = clock.now()
    await _tell_of(tx, brand_id, refs, lambda people: PeopleChanged(now, people, is_whole=True))


async def tell_retyped(
    tx: Tx, brand_id: BrandId, refs: Iterable[ProfileRef], *, owner: NameId, attribute: str
) -> None:
    """Tell that values of an attribute count for some people, or do not any more.

    Shape:  owner - the event's name, or the profiles.
    """
    now = clock.now()

    def retyped(people: list[ProfileId]) -> PeopleChanged:
        if owner == PROFILE_OWNER:
            return PeopleChanged(now, people, attributes=[attribute])
        return PeopleChanged(now, did={owner: people})

    await _tell_of(tx, brand_id, refs, retyped)
    await queue.ring(tx)


async def _tell_of(
    tx: Tx,
    brand_id: BrandId,
    refs: Iterable[ProfileRef],
    what: Callable[[list[ProfileId]], PeopleChanged],
) -> None:
    people: dict[Slot, list[ProfileId]] = {}
    for ref in refs:
        people.setdefault(ref.slot, []).append(ref.profile_id)
    if people and await schema.is_watched(tx, brand_id):
        await _tell(tx, {(brand_id, slot): what(ids) for slot, ids in people.items()})


async def _tell(tx: Tx, told: Mapping[tuple[BrandId, Slot], PeopleChanged]) -> None:
    tasks = [
        NewTask(
            slot=slot,
            name=PEOPLE_CHANGED,
            brand_id=brand_id,
            run_at=changed.told_at,
            payload=_encode(changed),
        )
        for (brand_id, slot), changed in told.items()
    ]
    await queue.leave(tx, tasks)
