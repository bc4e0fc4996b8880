"""Whom the records of a group are about: found, or created, with what they claim to be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tidings.events.model import Batch
from tidings.identity import actions as identity
from tidings.identity.actions import Refs
from tidings.identity.model import Claim, Identifier, IdentifierKind
from tidings.identity.resolve import NewPerson, Plan, Refused
from tidings.profiles import actions as profiles
from tidings.profiles.model import NewProfile, Patch, ProfileRef
from tidings.storage.tx import OpenTransaction, Tx


class PeopleAreOne(Exception):
    """Claims show people to be one: merge them (`events.merging`), and begin anew."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        super().__init__(f"{len(claims)} claims")
        self.claims = claims


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom a group needs, by what it has of them.

    Shape:  seen - of whom it has events only; changed - of whom it says something; claims - in the
            order of its records.
    """

    seen: set[Identifier]
    changed: set[Identifier]
    claims: Sequence[Claim]


@dataclass(slots=True)
class People:
    """Where everybody of a group lies.

    Shape:  refs - of every record's own identifier; new - those made in this transaction, whose
            profiles are still to be inserted; named - visitors who become users.
    """

    refs: Refs
    new: dict[ProfileRef, NewPerson]
    named: Mapping[ProfileRef, str] = field(default_factory=dict[ProfileRef, str])
    refused: Sequence[Refused] = ()


async def find_or_create(
    tx: Tx, aside: OpenTransaction | None, wanted: Wanted, refs: Refs, *, at: datetime
) -> People:
    """Create whom the group needs and nobody knows, and follow its claims.

    Shape:  aside - see `ingest.store_batches`; refs - whom the identifiers lead to, as far as they
            do; at - from when those created are there.
    Errors: `PeopleAreOne`, `ClaimsChanged`: begin anew.
    """
    open_claims = identity.open_claims(wanted.claims, refs)
    plan = await identity.plan_claims(tx, open_claims, refs) if open_claims else _NOTHING
    if plan.merges:
        raise PeopleAreOne(open_claims)
    claimed = {one for person in plan.people for one in person.identifiers}
    missing = sorted((wanted.seen | wanted.changed) - refs.keys() - claimed - plan.attach.keys())
    new = [*plan.people, *(NewPerson((one,), user_id_of(one)) for one in missing)]
    if aside is not None:
        unchanged = [one for one in new if wanted.changed.isdisjoint(one.identifiers)]
        if unchanged:
            refs |= await _create_aside(aside, unchanged, at)
            new = [one for one in new if not wanted.changed.isdisjoint(one.identifiers)]
    placed, found = await identity.settle(tx, new, plan.attach)
    refs |= {**found, **plan.attach, **_refs_of(placed)}
    return People(refs, placed, plan.named, plan.refused)


async def _create_aside(aside: OpenTransaction, people: Sequence[NewPerson], at: datetime) -> Refs:
    # Before `tx` has written any row of a person, so that no other transaction of ours can wait for
    # one of ours while this one waits for it: PostgreSQL would not see that circle.
    async with aside() as tx:
        placed, found = await identity.settle(tx, people, {})
        new = [
            (person.identifiers[0].brand_id, NewProfile(ref, person.user_id, at), Patch())
            for ref, person in placed.items()
        ]
        await profiles.create(tx, new)
    return _refs_of(placed) | found


def locks_needed(batches: Iterable[Batch]) -> set[Identifier]:
    """Return every identifier that the group names."""
    return {
        identifier
        for batch in batches
        for identifier in (
            *(event.identifier for event in batch.events),
            *(identifier for identifier, _ in batch.changes),
            *(identifier for identifier, _ in batch.operations),
            *(one for claim in batch.claims for one in claim.also),
        )
    }


def user_id_of(identifier: Identifier) -> str | None:
    """Return as which user somebody of this one identifier is created, None for a visitor."""
    return identifier.value if identifier.kind is IdentifierKind.USER_ID else None


def _refs_of(placed: Mapping[ProfileRef, NewPerson]) -> Refs:
    return {one: ref for ref, person in placed.items() for one in person.identifiers}


_NOTHING = Plan(people=(), attach={}, named={}, merges=(), refused=())
