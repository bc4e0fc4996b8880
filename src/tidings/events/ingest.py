"""Storing a group of batches in one transaction: types, people, profiles, events."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from tidings.base.errors import Refused
from tidings.base.ids import BrandId, NameId
from tidings.events import once, store
from tidings.events.changes import Place, change_people, records_of
from tidings.events.copy import EventRow
from tidings.events.model import Batch, Outcome, RefusedClaim, Stored
from tidings.events.parting import Parting, TypesChanged
from tidings.events.people import Aside, Wanted, find_or_create, locks_needed, whose
from tidings.events.rehearsal import rehearse
from tidings.events.telling import Telling
from tidings.identity import actions as identity
from tidings.identity.model import Claim, Identifier
from tidings.identity.resolve import Refused as RefusedByRules
from tidings.profiles.model import CannotApply
from tidings.schema import actions as schema
from tidings.schema.catalog import PROFILE, BrandTypes, Catalog, Sighting
from tidings.schema.check import Shape
from tidings.storage import locks
from tidings.storage.locks import Lock
from tidings.storage.tx import OpenTransaction, Tx


def unknown_shapes(catalog: Catalog, batches: Sequence[Batch]) -> dict[BrandId, list[Sighting]]:
    """Return what these batches hold that the process has no types for, in the order sent."""
    unknown: dict[BrandId, list[Sighting]] = {}
    for batch in batches:
        types = catalog.known(batch.brand_id)
        if types is None:
            unknown.setdefault(batch.brand_id, [])
        for sighting in _sightings(batch, types):
            if types is None or types.find(sighting) is None:
                unknown.setdefault(batch.brand_id, []).append(sighting)
    return unknown


async def store_batches(
    tx: Tx,
    catalog: Catalog,
    batches: Sequence[Batch],
    *,
    aside: OpenTransaction | None = None,
    telling: Telling | None = None,
) -> list[Outcome | Refused]:
    """Store batches whose types are learned; all of them become durable together.

    Shape:  aside - opens a transaction beside `tx`, in which people of whom nothing but events is
            known are created and committed at once, so that nobody who meets the same people waits
            for the end of a long `tx`; None for a short one. telling - says afterwards whether
            anybody was told. Returns an outcome for each batch, in order. A batch that was done
            before stores nothing (`events.once`).
    Errors: what asks to begin anew: `TypesChanged` when an operator changed a type since it was
            learned, `TypesUnknown`, `PeopleAreOne`, `ClaimsChanged`.
    """
    answered = await once.answered_before(tx, batches)
    fresh = [batch for position, batch in enumerate(batches) if position not in answered]
    telling = telling or Telling(catalog)
    stored = iter(await _store(tx, aside, telling, fresh) if fresh else [])
    outcomes = [
        answered[position] if position in answered else next(stored)
        for position in range(len(batches))
    ]
    await once.keep_answers(tx, batches, outcomes)
    return outcomes


async def _store(
    tx: Tx, aside: OpenTransaction | None, telling: Telling, batches: Sequence[Batch]
) -> list[Stored]:
    catalog = telling.catalog
    brand_ids = sorted({batch.brand_id for batch in batches})
    identifiers = locks_needed(batches)
    await locks.hold_shared(tx, locks_of(brand_ids, identifiers))
    if not await catalog.is_current(tx, brand_ids):
        raise TypesChanged
    refs = await identity.find_many(tx, identifiers)
    open_claims = [
        (position, claim)
        for position, batch in enumerate(batches)
        for claim in identity.open_claims(batch.claims, refs)
    ]
    fails = await rehearse(tx, catalog, batches, refs, open_claims=open_claims)
    at = created_at(batches)
    wanted = _wanted(batches, open_claims, fails)
    people = await find_or_create(tx, aside and Aside(aside, telling), wanted, refs, at=at)
    parting = Parting(catalog, batches)
    operated = await change_people(tx, batches, people, parting, fails=fails, at=at)
    rows = await _without_repeated_events(tx, parting.rows(people.refs))
    await store.insert_events(tx, rows)
    if telling.is_heard(brand_ids):
        telling.born(whose(people.new))
        telling.changed(batches, people.refs)
        telling.did(rows)
        await telling.tell(tx)
    counts = parting.profile_mismatches + _event_mismatches(rows)
    if counts:
        await schema.count_mismatches(tx, counts)
    await identity.note_conflicts(tx, people.refused, people.refs)
    return [
        Stored(warnings, tuple(outcomes), tuple(refused))
        for warnings, outcomes, refused in zip(
            parting.warnings, operated, _refused_of(batches, people.refused), strict=True
        )
    ]


def _wanted(
    batches: Sequence[Batch],
    open_claims: Sequence[tuple[int, Claim]],
    fails: Mapping[Place, CannotApply | None],
) -> Wanted:
    doomed = {place for place, failure in fails.items() if failure is not None}
    changed = {identifier for batch in batches for identifier, _ in batch.changes}
    changed.update(
        record.identifier for record in records_of(batches) if record.place not in doomed
    )
    return Wanted(
        seen={event.identifier for batch in batches for event in batch.events},
        changed=changed,
        claims=[
            claim for position, claim in open_claims if (position, claim.position) not in doomed
        ],
    )


def _refused_of(
    batches: Sequence[Batch], refused: Sequence[RefusedByRules]
) -> list[list[RefusedClaim]]:
    told: list[list[RefusedClaim]] = [[] for _ in batches]
    if not refused:
        return told
    # By the claim itself: two calls may claim the same.
    position_of = {
        id(claim): position for position, batch in enumerate(batches) for claim in batch.claims
    }
    for one in refused:
        told[position_of[id(one.claim)]].append(
            RefusedClaim(one.claim.position, one.claimed, one.reason)
        )
    return told


def locks_of(brand_ids: Iterable[BrandId], people: Iterable[Identifier]) -> list[Lock]:
    """Return what ingest holds still while it stores records of these people, rising."""
    return sorted([*schema.type_locks(brand_ids), *identity.people_locks(people), locks.MONTHS])


def created_at(batches: Iterable[Batch]) -> datetime:
    """Return the instant from which the people that these batches create are there.

    Clients write event times in whole seconds. A person created by an event that happened "now"
    must not be younger than the event by a fraction, or no journey would start for it.
    """
    return min(batch.received_at for batch in batches).replace(microsecond=0)


async def _without_repeated_events(tx: Tx, rows: Sequence[EventRow]) -> Sequence[EventRow]:
    named = {
        (row.ref, row.event.event_id): row
        for row in reversed(rows)
        if row.event.event_id is not None
    }
    if not named:
        return rows
    new = await store.insert_event_ids(
        tx, [(ref, named[ref, event_id].brand_id, event_id) for ref, event_id in sorted(named)]
    )
    return [
        row
        for row in rows
        if row.event.event_id is None
        or ((row.ref, row.event.event_id) in new and named[row.ref, row.event.event_id] is row)
    ]


def _event_mismatches(rows: Sequence[EventRow]) -> Counter[tuple[BrandId, NameId, str]]:
    # Counted off what is stored: a repeated event changes nothing, not even this count.
    return Counter(
        (row.brand_id, row.name_id, wrong.attribute) for row in rows for wrong in row.mismatches
    )


def _sightings(batch: Batch, types: BrandTypes | None) -> list[Sighting]:
    # One record stands for all of its shape, except where arrays are: an empty one teaches
    # nothing, and the next record of the shape may hold the first full one.
    known = {} if types is None else types.verdicts
    records = [(PROFILE, change.shape, change.attributes) for _, change in batch.changes]
    records += [
        (event.name, event.shape, event.attributes)
        for event in batch.events
        if event.shape not in known
    ]
    seen: set[Shape] = set()
    sightings: list[Sighting] = []
    for name, shape, attributes in records:
        if shape in known or (shape in seen and list not in shape):
            continue
        seen.add(shape)
        sightings.append(Sighting(name, shape, attributes))
    return sightings
