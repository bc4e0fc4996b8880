"""What a group's records make of its people: changes folded, operations applied, then written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from tidings.base import clock
from tidings.base.ids import BrandId
from tidings.events.model import Batch, Operated
from tidings.events.parting import Parting
from tidings.events.people import People
from tidings.identity.actions import ClaimsChanged, Refs
from tidings.identity.model import Identifier
from tidings.profiles import actions as profiles
from tidings.profiles.model import (
    CannotApply,
    NewProfile,
    Operations,
    Patch,
    Profile,
    ProfileRef,
)
from tidings.storage.tx import Tx

Place = tuple[int, int]
"""Of a record of operations: its batch in the group, and its index in the batch."""


class Record(NamedTuple):
    """One record of operations."""

    place: Place
    brand_id: BrandId
    identifier: Identifier
    operations: Operations


def records_of(batches: Sequence[Batch]) -> Iterator[Record]:
    """Return every record of operations, in the order in which they apply."""
    for position, batch in enumerate(batches):
        for index, (identifier, operations) in enumerate(batch.operations):
            yield Record((position, index), batch.brand_id, identifier, operations)


async def change_people(
    tx: Tx,
    batches: Sequence[Batch],
    people: People,
    parting: Parting,
    *,
    fails: Mapping[Place, CannotApply | None],
    at: datetime,
) -> list[list[Operated]]:
    """Write what the group says of its people; return what became of each record of operations.

    Shape:  fails - what `rehearsal.rehearse` said; at - from when those created are there; returns
            a list for each batch.
    Errors: `ClaimsChanged` when a record fails that was not to; `TypesUnknown`.
    """
    patches = parting.patches(people.refs)
    held = await _hold(tx, batches, people, [*patches, *_refs_of(batches, people.refs, fails)])
    touched: dict[ProfileRef, tuple[BrandId, Profile]] = {}
    outcomes: list[list[Operated]] = [[] for _ in batches]
    fresh = set(people.new)
    for record in records_of(batches):
        failure, is_new = fails.get(record.place), False
        if failure is None:
            ref = people.refs[record.identifier]
            person = touched[ref][1] if ref in touched else held.get(ref)
            person = person or _nobody(ref, people, at)
            if ref in patches:
                person = patched(person, patches.pop(ref)[1])
                touched[ref] = (record.brand_id, person)
            person, failure = _operate(parting, record, person)
            if failure is not None and record.place in fails:
                raise ClaimsChanged
            if failure is None:
                is_new = ref in fresh
                fresh.discard(ref)
                if is_new and record.operations.created_at is not None:
                    person = replace(person, created_at=record.operations.created_at)
                touched[ref] = (record.brand_id, person)
        outcomes[record.place[0]].append(Operated(is_new=is_new, failure=failure))
    parting.raise_if_unknown()
    await _write(tx, people, patches, touched, at=at)
    return outcomes


async def _hold(
    tx: Tx, batches: Sequence[Batch], people: People, changed: Sequence[ProfileRef]
) -> dict[ProfileRef, Profile]:
    # Only operations need to see a person; but once some rows are held, the rest must be too, or
    # two transactions would take them in different orders.
    if not people.named and not any(batch.operations for batch in batches):
        return {}
    brand_of = {people.refs[one]: one.brand_id for one in people.refs}
    wanted = ({*changed, *people.named}) - people.new.keys()
    held = await profiles.hold(tx, [(brand_of[ref], ref) for ref in wanted])
    if any(held[ref].user_id is not None for ref in people.named):
        # Somebody else named them meanwhile: two users must not become one.
        raise ClaimsChanged
    await profiles.name(
        tx, {ref: (brand_of[ref], user_id) for ref, user_id in people.named.items()}
    )
    return {
        ref: replace(person, user_id=people.named.get(ref, person.user_id))
        for ref, person in held.items()
    }


def _operate(
    parting: Parting, record: Record, person: Profile
) -> tuple[Profile, CannotApply | None]:
    try:
        return parting.operate(*record.place, record.operations, person, at=clock.now()), None
    except CannotApply as failure:
        return person, failure


async def _write(
    tx: Tx,
    people: People,
    patches: dict[ProfileRef, tuple[BrandId, Patch]],
    touched: Mapping[ProfileRef, tuple[BrandId, Profile]],
    *,
    at: datetime,
) -> None:
    now = clock.now()
    new: list[tuple[BrandId, NewProfile, Patch]] = []
    for ref, person in people.new.items():
        brand_id = person.identifiers[0].brand_id
        if ref in touched:
            _, whole = touched[ref]
            profile = NewProfile(ref, whole.user_id, whole.created_at, updated_at=now)
            patch = Patch(dict(whole.attributes), dict(whole.mismatched))
        else:
            profile = NewProfile(ref, person.user_id, at)
            _, patch = patches.pop(ref, (brand_id, Patch()))
        new.append((brand_id, profile, patch))
    await profiles.create(tx, new)
    known = [changed for ref, changed in touched.items() if ref not in people.new]
    await profiles.replace(tx, known)
    await profiles.patch(tx, patches, at=now)


def _nobody(ref: ProfileRef, people: People, at: datetime) -> Profile:
    return Profile(ref, people.new[ref].user_id, {}, {}, at, at)


def _refs_of(
    batches: Sequence[Batch], refs: Refs, fails: Mapping[Place, CannotApply | None]
) -> Iterator[ProfileRef]:
    return (
        refs[record.identifier] for record in records_of(batches) if fails.get(record.place) is None
    )


def patched(person: Profile, patch: Patch) -> Profile:
    """Return a person after a patch, as `patch_profiles` makes it in the database."""
    gone = patch.removed | patch.kept.keys()
    attributes = {
        name: value for name, value in person.attributes.items() if name not in patch.removed
    }
    aside = {name: value for name, value in person.mismatched.items() if name not in gone}
    return replace(person, attributes=attributes | patch.kept, mismatched=aside | patch.aside)
