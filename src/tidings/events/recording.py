"""Recording what we know ourselves of people: that they were sent something, that they opened it.

Unlike what a wire brings, it is about people who are there, in slots that a worker holds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from tidings.base import clock
from tidings.base.errors import unavailable
from tidings.base.ids import BrandId
from tidings.events import store
from tidings.events.copy import EventRow, since_epoch
from tidings.events.model import Event
from tidings.events.telling import Telling
from tidings.identity.model import IdentifierKind, identifier_of
from tidings.profiles.model import ProfileRef
from tidings.schema import actions as schema
from tidings.schema.catalog import BrandTypes, Catalog, Sighting
from tidings.schema.check import Attributes, part, shape_of
from tidings.storage import locks
from tidings.storage.tx import OpenTransaction, Tx
from tidings.work import queue

_MAX_BEGINNINGS = 5  # types that change more often than that, within one call, do not exist
_NO_VALUE = 0.0

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Happening:
    """A system event of somebody.

    Shape:  name - of `schema.model.SYSTEM_EVENT_NAMES`; ltv - what it was worth.
    Units:  occurred_at - an aware UTC instant.
    """

    person: ProfileRef
    name: str
    occurred_at: datetime
    attributes: Attributes
    ltv: float = _NO_VALUE


class Recorder:
    """Records in the transactions of one process.

    Shape:  learning - opens a transaction beside, in which new names and types are learned.
    """

    def __init__(self, catalog: Catalog, learning: OpenTransaction) -> None:
        self._catalog = catalog
        self._learning = learning

    async def record(
        self,
        tx: Tx,
        brand_id: BrandId,
        happenings: Sequence[Happening],
        changed: Mapping[ProfileRef, Iterable[str]],
    ) -> None:
        """Store what happened to people; whoever listens is told, also of attributes changed by it.

        The caller holds the people's slots, so that each stays where they are. People who are not
        there are the caller's to leave out.

        Errors: `unavailable` when types change faster than that.
        """
        types = await self._held_types(tx, brand_id, happenings)
        rows = [_row(types, brand_id, one) for one in happenings]
        await store.insert_events(tx, rows)
        telling = Telling(self._catalog)
        telling.did(rows)
        for person, names in changed.items():
            telling.altered(brand_id, person, names)
        await telling.tell(tx)
        if telling.has_told:
            await queue.ring(tx)

    async def _held_types(
        self, tx: Tx, brand_id: BrandId, happenings: Sequence[Happening]
    ) -> BrandTypes:
        """Hold a brand's types still, and return them with all that is needed learned."""
        sightings = list(_sightings(happenings))
        await locks.hold_shared(tx, [*schema.type_locks([brand_id]), locks.MONTHS])
        for _ in range(_MAX_BEGINNINGS):
            if await self._catalog.is_current(tx, [brand_id]):
                types = self._catalog.known(brand_id)
                if types is not None and all(types.find(one) is not None for one in sightings):
                    return types
            async with self._learning() as other:
                learned = await self._catalog.learn(other, brand_id, sightings)
            self._catalog.remember(brand_id, learned)
        raise unavailable("Types change faster than what happened can be recorded.")


def _sightings(happenings: Iterable[Happening]) -> Iterable[Sighting]:
    seen = {shape_of(one.name, one.attributes): one for one in happenings}
    return (Sighting(one.name, shape, one.attributes) for shape, one in seen.items())


def _row(types: BrandTypes, brand_id: BrandId, one: Happening) -> EventRow:
    shape = shape_of(one.name, one.attributes)
    verdict = types.verdicts.get(shape) or types.find(Sighting(one.name, shape, one.attributes))
    if verdict is None:
        raise AssertionError("what is recorded was learned before")
    checked = part(verdict, one.attributes)
    event = Event(
        # A row is stored under its person; by whom a wire named them does not matter any more.
        identifier=identifier_of(brand_id, IdentifierKind.USER_ID, ""),
        name=one.name,
        occurred_at=one.occurred_at,
        ltv=one.ltv,
        attributes=one.attributes,
        attributes_json=b"",
        context_json=None,
        event_id=None,
        shape=(),
    )
    return EventRow(
        one.person,
        brand_id,
        verdict.owner,
        since_epoch(clock.now()),
        event,
        _encode(one.attributes if checked.kept is None else checked.kept),
        _encode(checked.aside) if checked.aside else None,
        checked.mismatches,
    )
