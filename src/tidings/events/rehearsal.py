"""What becomes of records of operations, played through before anybody is created for them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from tidings.base.ids import ProfileId
from tidings.events.changes import Place, Record, patched, records_of
from tidings.events.model import Batch
from tidings.events.parting import Parting
from tidings.events.people import locks_needed
from tidings.identity import actions as identity
from tidings.identity.actions import Refs
from tidings.identity.model import Claim, Identifier
from tidings.identity.resolve import Person, Plan, plan
from tidings.profiles import actions as profiles
from tidings.profiles.merge import merge
from tidings.profiles.model import CannotApply, Profile, ProfileRef
from tidings.schema.catalog import Catalog
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx

# How often the play begins again to be fair to records that share a person with one that failed. A
# call that needs more is a script's; what fails together then fails.
_MAX_FAIR_PLAYS = 10

_NOWHERE = Slot(-1)
_AT = datetime.min.replace(tzinfo=UTC)
"""An instant that nobody reads: of those who play, only attributes matter."""


async def rehearse(
    tx: Tx,
    catalog: Catalog,
    batches: Sequence[Batch],
    refs: Refs,
    *,
    open_claims: Sequence[tuple[int, Claim]],
) -> dict[Place, CannotApply | None]:
    """Say which records of operations will fail, where that decides who is created or claimed.

    Of a record that fails nothing is stored: nobody is created for it, and it claims nothing. It is
    held against whomever its claim would make its person, as they are now, without holding them.

    Shape:  open_claims - each with the position of its batch; returns an entry for each record by
            whose failure somebody is not created or a claim not followed: why it fails, or None.
    Errors: `TypesUnknown`.
    """
    claim_at = {(position, claim.position): claim for position, claim in open_claims}
    fails: dict[Place, CannotApply | None] = {
        record.place: None
        for record in records_of(batches)
        if record.identifier not in refs or record.place in claim_at
    }
    if not fails:
        return {}
    known = await _known(tx, claim_at.values(), refs)
    there = await _profiles_of(tx, known)
    named = locks_needed(batches)
    plays = 0
    while True:
        plays += 1
        made = plan([one for at, one in claim_at.items() if fails.get(at) is None], known)
        whom, people = _as_planned(made, refs, there, named)
        failed = _play(Parting(catalog, batches), batches, fails, whom=whom, people=people)
        if not failed:
            return fails
        # Without its claim, others may not be the same person, and not fail.
        parted: set[ProfileRef] = set()
        for record, failure in failed:
            if whom[record.identifier] in parted and plays <= _MAX_FAIR_PLAYS:
                continue
            fails[record.place] = failure
            if record.place in claim_at:
                parted.add(whom[record.identifier])


def _as_planned(
    made: Plan, refs: Refs, there: Mapping[ProfileRef, Profile], named: Iterable[Identifier]
) -> tuple[Refs, dict[ProfileRef, Profile]]:
    """Return whom each identifier leads to once a plan is followed, and the people known then."""
    people = dict(there)
    went: dict[ProfileRef, ProfileRef] = {}
    for one in made.merges:
        people[one.kept] = merge(people[one.kept], people.pop(one.absorbed), at=_AT).profile
        went = {ref: one.kept if to == one.absorbed else to for ref, to in went.items()}
        went[one.absorbed] = one.kept
    whom = {identifier: went.get(ref, ref) for identifier, ref in refs.items()}
    whom.update(made.attach)
    planned = {one for new in made.people for one in new.identifiers}
    alone = [(one,) for one in named if one not in whom and one not in planned]
    for number, identifiers in enumerate([*(new.identifiers for new in made.people), *alone]):
        whom |= dict.fromkeys(identifiers, ProfileRef(_NOWHERE, ProfileId(number)))
    return whom, people


def _play(
    parting: Parting,
    batches: Sequence[Batch],
    fails: Mapping[Place, CannotApply | None],
    *,
    whom: Refs,
    people: dict[ProfileRef, Profile],
) -> list[tuple[Record, CannotApply]]:
    """Return which further records fail of those by whose failure somebody is not created."""
    patches = parting.patches(whom)
    records = [record for record in records_of(batches) if fails.get(record.place) is None]
    stages = {whom[record.identifier] for record in records if record.place in fails}
    failed: list[tuple[Record, CannotApply]] = []
    for record in records:
        ref = whom[record.identifier]
        if ref not in stages:
            continue
        person = people.get(ref) or Profile(ref, None, {}, {}, _AT, _AT)
        if ref in patches:
            person = patched(person, patches.pop(ref)[1])
        try:
            person = parting.operate(*record.place, record.operations, person, at=_AT)
        except CannotApply as failure:
            if record.place in fails:
                failed.append((record, failure))
        people[ref] = person
    parting.raise_if_unknown()
    return failed


async def _known(tx: Tx, claims: Iterable[Claim], refs: Refs) -> dict[Identifier, Person]:
    named = {one for claim in claims for one in (claim.identifier, *claim.also) if one in refs}
    if not named:
        return {}
    people = await identity.known_people(tx, {(one.brand_id, refs[one]) for one in named})
    return {one: people[refs[one]] for one in named}


async def _profiles_of(tx: Tx, known: Mapping[Identifier, Person]) -> dict[ProfileRef, Profile]:
    there: dict[ProfileRef, Profile] = {}
    for brand_id in {identifier.brand_id for identifier in known}:
        refs = {person.ref for one, person in known.items() if one.brand_id == brand_id}
        read = await profiles.read_many(tx, brand_id, sorted(refs))
        there |= {profile.ref: profile for profile in read}
    return there
