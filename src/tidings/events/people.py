"""Whom the records of a group are about: found, or created, with what they claim to be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from tidings.base.ids import BrandId
from tidings.events.model import Batch
from tidings.events.telling import Telling
from tidings.identity import actions as identity
from tidings.identity.actions import ClaimsChanged, Refs
from tidings.identity.model import Claim, Identifier, IdentifierKind
from tidings.identity.resolve import NewPerson, Plan, Refused
from tidings.profiles import actions as profiles
from tidings.profiles.model import NewProfile, Patch, ProfileRef
from tidings.storage.tx import OpenTransaction, Tx


class PeopleAreOne(Exception):
    """Claims show people to be one: merge them (`events.merging`), and begin anew.

    Shape:  claims - all that are open, in the order sent; refs - whom their identifiers lead to.
    """

    def __init__(self, claims: Sequence[Claim], refs: Refs) -> None:
        super().__init__(f"{len(claims)} claims")
        self.claims = claims
        self.refs = refs


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom a group needs, by what it has of them.

    Shape:  seen - of whom it has events only; changed - of whom it says something; claims - those
            that do not hold already, in the order of its records.
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


class Aside(NamedTuple):
    """How people are created in a transaction beside the one that stores the rest.

    Shape:  telling - tells in it that they were.
    """

    opened: OpenTransaction
    telling: Telling


async def find_or_create(
    tx: Tx, aside: Aside | None, wanted: Wanted, refs: Refs, *, at: datetime
) -> People:
    """Create whom the group needs and nobody knows, and follow its claims.

    Shape:  aside - see `ingest.store_batches`; refs - whom the identifiers lead to, as far as they
            do; at - from when those created are there.
    Errors: `PeopleAreOne`, `ClaimsChanged`: begin anew.
    """
    plan, new = await _plan(tx, wanted, refs)
    while aside is not None:
        unchanged = [one for one in new if wanted.changed.isdisjoint(one.identifiers)]
        if not unchanged:
            break
        try:
            made, found = await _create_aside(aside, unchanged, at)
        except ClaimsChanged:
            meant = {one for person in unchanged for one in person.identifiers}
            made, found = {}, await identity.find_many(tx, meant)
        refs |= {**made, **found}
        if sum(len(person.identifiers) for person in unchanged) == len(made):
            new = [one for one in new if one.identifiers[0] not in made]
            break
        # Somebody else made some of them, with the same claims or others. Each time somebody is
        # known who was not, so this ends.
        plan, new = await _plan(tx, wanted, refs)
    placed, found = await identity.settle(tx, new, plan.attach)
    if any(one.claim.identifier in found for one in plan.refused):
        # Refused to somebody new, who is known by now: perhaps as the one whose it is.
        raise ClaimsChanged
    refs |= {**found, **plan.attach, **_refs_of(placed)}
    return People(refs, placed, plan.named, plan.refused)


async def _plan(tx: Tx, wanted: Wanted, refs: Refs) -> tuple[Plan, list[NewPerson]]:
    """Say what the claims make of people, and who is to be created for them and for the rest."""
    open_claims = identity.open_claims(wanted.claims, refs)
    plan = await identity.plan_claims(tx, open_claims, refs) if open_claims else _NOTHING
    if plan.merges:
        raise PeopleAreOne(open_claims, refs)
    claimed = {one for person in plan.people for one in person.identifiers}
    missing = (wanted.seen | wanted.changed) - refs.keys() - claimed - plan.attach.keys()
    alone = [NewPerson((one,), user_id_of(one)) for one in missing]
    return plan, [*plan.people, *alone]


async def _create_aside(
    aside: Aside, people: Sequence[NewPerson], at: datetime
) -> tuple[Refs, Refs]:
    """Create people; return whom identifiers lead to by this, and by somebody who was quicker."""
    # Before `tx` has written any row of a person, so that no other transaction of ours can wait for
    # one of ours while this one waits for it: PostgreSQL would not see that circle.
    async with aside.opened() as tx:
        placed, found = await identity.settle(tx, people, {})
        new = [
            (person.identifiers[0].brand_id, NewProfile(ref, person.user_id, at), Patch())
            for ref, person in placed.items()
        ]
        await profiles.create(tx, new)
        aside.telling.born(whose(placed))
        await aside.telling.tell(tx)
    return _refs_of(placed), found


def whose(new: Mapping[ProfileRef, NewPerson]) -> list[tuple[BrandId, ProfileRef]]:
    """Return new people with their brands."""
    return [(person.identifiers[0].brand_id, ref) for ref, person in new.items()]


def locks_needed(batches: Iterable[Batch]) -> set[Identifier]:
    """Return every identifier that the group names."""
    named: set[Identifier] = set()
    for batch in batches:
        named.update([event.identifier for event in batch.events])
        named.update([identifier for identifier, _ in batch.changes])
        named.update([identifier for identifier, _ in batch.operations])
        named.update([identifier for claim in batch.claims for identifier in claim.also])
    return named


def user_id_of(identifier: Identifier) -> str | None:
    """Return as which user somebody of this one identifier is created, None for a visitor."""
    return identifier.value if identifier.kind is IdentifierKind.USER_ID else None


def _refs_of(placed: Mapping[ProfileRef, NewPerson]) -> Refs:
    return {one: ref for ref, person in placed.items() for one in person.identifiers}


_NOTHING = Plan(people=(), attach={}, named={}, merges=(), refused=())
