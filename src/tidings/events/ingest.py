"""Storing a group of batches in one transaction: types, people, profiles, events."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from tidings.base import clock
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId, NameId
from tidings.brands import idempotency
from tidings.events import store
from tidings.events.copy import EventRow, since_epoch
from tidings.events.model import Answer, Batch, Outcome, Stored, Warned
from tidings.identity import actions as identity
from tidings.identity.model import Identifier, IdentifierKind
from tidings.profiles import actions as profiles
from tidings.profiles.model import NewProfile, Patch, ProfileRef
from tidings.schema import actions as schema
from tidings.schema.catalog import PROFILE, BrandTypes, Catalog, Sighting
from tidings.schema.check import AS_SENT, Attributes, Checked, Shape, Verdict, part
from tidings.schema.model import PROFILE_OWNER
from tidings.storage import locks
from tidings.storage.locks import Lock
from tidings.storage.tx import OpenTransaction, Tx

_encode = msgspec.json.Encoder().encode


class TypesChanged(Exception):
    """The types in memory are not the brand's any more: learn them again and begin anew."""


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
    tx: Tx, catalog: Catalog, batches: Sequence[Batch], *, aside: OpenTransaction | None = None
) -> list[Outcome | Refused]:
    """Store batches whose types are learned; all of them become durable together.

    Shape:  aside - opens a transaction beside `tx`, in which people of whom nothing but events is
            known are created and committed at once, so that nobody who meets the same people waits
            for the end of a long `tx`; None for a short one. Returns an outcome for each batch, in
            order. A batch whose idempotency key was used before stores nothing: it gets the first
            answer, or a `conflict` when it asks for something else than the first.
    Errors: `TypesChanged` when an operator changed a type since it was learned.
    """
    repeated = await _repeated(tx, batches)
    fresh = [batch for position, batch in enumerate(batches) if position not in repeated]
    stored = iter(await _store(tx, aside, catalog, fresh) if fresh else [])
    outcomes = [
        repeated[position] if position in repeated else next(stored)
        for position in range(len(batches))
    ]
    answers: list[tuple[idempotency.Key, int, bytes]] = []
    for batch, outcome in zip(batches, outcomes, strict=True):
        if batch.once is not None and isinstance(outcome, Stored):
            answer = batch.once.answer(outcome)
            answers.append(((batch.brand_id, batch.once.key), answer.status, answer.body))
    await idempotency.keep(tx, answers)
    return outcomes


async def _repeated(tx: Tx, batches: Sequence[Batch]) -> dict[int, Outcome | Refused]:
    asked = {
        (batch.brand_id, batch.once.key): batch.once.fingerprint
        for batch in batches
        if batch.once is not None
    }
    if not asked:
        return {}
    kept = await idempotency.claim(tx, asked)
    repeated: dict[int, Outcome | Refused] = {}
    for position, batch in enumerate(batches):
        first = kept.get((batch.brand_id, batch.once.key)) if batch.once is not None else None
        if first is None or batch.once is None:
            continue
        if first.fingerprint == batch.once.fingerprint:
            repeated[position] = Answer(first.status, first.body)
        else:
            repeated[position] = Refused(
                Code.CONFLICT,
                "This Idempotency-Key was used for another request. Use a new key for each call.",
            )
    return repeated


async def _store(
    tx: Tx, aside: OpenTransaction | None, catalog: Catalog, batches: Sequence[Batch]
) -> list[Stored]:
    brand_ids = sorted({batch.brand_id for batch in batches})
    changed = {identifier for batch in batches for identifier, _ in batch.changes}
    identifiers = {event.identifier for batch in batches for event in batch.events} | changed
    await locks.hold_shared(tx, locks_of(brand_ids, identifiers))
    if not await catalog.is_current(tx, brand_ids):
        raise TypesChanged
    refs = await identity.find_many(tx, identifiers)
    unchanged = identifiers - refs.keys() - changed
    if aside is not None and unchanged:
        refs |= await _create_aside(aside, unchanged, created_at(batches))
    created, found = await identity.create(tx, identifiers - refs.keys())
    refs |= created | found

    parting = _Parting(catalog)
    patches = parting.patches(batches, refs)
    await _store_profiles(tx, batches, created, patches)
    rows = await _without_repeated_events(tx, parting.rows(batches, refs))
    await store.insert_events(tx, rows)
    counts = parting.profile_mismatches + _event_mismatches(rows)
    if counts:
        await schema.count_mismatches(tx, counts)
    return [Stored(warnings) for warnings in parting.warnings]


async def _create_aside(
    aside: OpenTransaction, unknown: Iterable[Identifier], at: datetime
) -> dict[Identifier, ProfileRef]:
    # Before `tx` has written any row of a person, so that no other transaction of ours can wait for
    # one of ours while this one waits for it: PostgreSQL would not see that circle.
    async with aside() as tx:
        created, found = await identity.create(tx, unknown)
        await profiles.create(
            tx,
            [(who.brand_id, _new_profile(who, ref, at), Patch()) for who, ref in created.items()],
        )
    return created | found


def _new_profile(who: Identifier, ref: ProfileRef, at: datetime) -> NewProfile:
    return NewProfile(ref, who.value if who.kind is IdentifierKind.USER_ID else None, at)


async def _store_profiles(
    tx: Tx,
    batches: Sequence[Batch],
    created: Mapping[Identifier, ProfileRef],
    patches: dict[ProfileRef, tuple[BrandId, Patch]],
) -> None:
    at = created_at(batches)
    new: list[tuple[BrandId, NewProfile, Patch]] = []
    for identifier, ref in created.items():
        _, patch = patches.pop(ref, (identifier.brand_id, Patch()))
        new.append((identifier.brand_id, _new_profile(identifier, ref, at), patch))
    await profiles.create(tx, new)
    await profiles.patch(tx, patches, at=clock.now())


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


class _Parting:
    """Holds every record against the types of its brand and gathers what is said of it."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.warnings: list[list[Warned]] = []
        self.profile_mismatches: Counter[tuple[BrandId, NameId, str]] = Counter()

    def patches(
        self, batches: Sequence[Batch], refs: Mapping[Identifier, ProfileRef]
    ) -> dict[ProfileRef, tuple[BrandId, Patch]]:
        """Fold the profile changes of all batches into one patch a person."""
        patches: dict[ProfileRef, tuple[BrandId, Patch]] = {}
        for batch in batches:
            types = self._types(batch)
            warnings: list[Warned] = []
            for index, (identifier, change) in enumerate(batch.changes):
                checked = self._check(types, PROFILE, change.shape, change.attributes)
                kept = change.attributes if checked.kept is None else checked.kept
                _, patch = patches.setdefault(refs[identifier], (batch.brand_id, Patch()))
                patch.add(kept, checked.aside, change.removed)
                for wrong in checked.mismatches:
                    warnings.append(Warned(index, is_profile=True, mismatch=wrong))
                    self.profile_mismatches[batch.brand_id, PROFILE_OWNER, wrong.attribute] += 1
            self.warnings.append(warnings)
        return patches

    def rows(
        self, batches: Sequence[Batch], refs: Mapping[Identifier, ProfileRef]
    ) -> list[EventRow]:
        """Turn the events of all batches into rows."""
        rows: list[EventRow] = []
        for batch, warnings in zip(batches, self.warnings, strict=True):
            types = self._types(batch)
            verdicts = types.verdicts
            received_at = since_epoch(batch.received_at)
            for index, event in enumerate(batch.events):
                verdict = verdicts.get(event.shape)
                if verdict is None:
                    verdict = _found(types, Sighting(event.name, event.shape, event.attributes))
                attributes, mismatched = event.attributes_json, None
                checked = AS_SENT if verdict.is_clean else part(verdict, event.attributes)
                if checked.kept is not None:
                    attributes = _encode(checked.kept)
                    mismatched = _encode(checked.aside) if checked.aside else None
                rows.append(
                    EventRow(
                        refs[event.identifier],
                        batch.brand_id,
                        verdict.owner,
                        received_at,
                        event,
                        attributes,
                        mismatched,
                        checked.mismatches,
                    )
                )
                for wrong in checked.mismatches:
                    warnings.append(Warned(index, is_profile=False, mismatch=wrong))
        return rows

    def _types(self, batch: Batch) -> BrandTypes:
        types = self._catalog.known(batch.brand_id)
        if types is None:
            raise TypesChanged
        return types

    def _check(self, types: BrandTypes, name: str, shape: Shape, attributes: Attributes) -> Checked:
        verdict = types.verdicts.get(shape) or _found(types, Sighting(name, shape, attributes))
        return part(verdict, attributes)


def _event_mismatches(rows: Sequence[EventRow]) -> Counter[tuple[BrandId, NameId, str]]:
    # Counted off what is stored: a repeated event changes nothing, not even this count.
    return Counter(
        (row.brand_id, row.name_id, wrong.attribute) for row in rows for wrong in row.mismatches
    )


def _found(types: BrandTypes, sighting: Sighting) -> Verdict:
    verdict = types.find(sighting)
    if verdict is None:
        raise TypesChanged
    return verdict


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
