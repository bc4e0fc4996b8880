"""Who a record is about: finding people by their identifiers, and creating the unknown."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from tidings.base import clock, ids, limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId, ProfileId
from tidings.identity import resolve, store
from tidings.identity.claim import ProfileClaim, claim_of_profile
from tidings.identity.model import (
    Claim,
    Conflict,
    Identifier,
    IdentifierKind,
    MergeDone,
    Refusal,
    identifier_of,
)
from tidings.identity.resolve import NewPerson, Person, Plan
from tidings.profiles import actions as profiles
from tidings.profiles.model import ProfileRef
from tidings.storage import locks
from tidings.storage.locks import Lock, LockKind
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx
from tidings.work import queue

Refs = dict[Identifier, ProfileRef]

# Long enough to spare round trips, short enough that nobody waits who wants one of them alone.
_PROFILES_AT_A_TIME = 300


class ClaimsPage(NamedTuple):
    """What some of a brand's people claim by what their profiles hold.

    Shape:  profiles - how many were read; last - where the next page goes on, None after the last.
    """

    profiles: int
    claims: Sequence[ProfileClaim]
    last: ProfileId | None


class ClaimsChanged(Exception):
    """Somebody else was quicker with an identifier: look again, and begin anew."""


def people_locks(identifiers: Iterable[Identifier]) -> list[Lock]:
    """Return the locks that keep the people of these identifiers where they are.

    Whoever moves or forgets a person holds the slots of all their identifiers alone.
    """
    return [Lock(LockKind.PEOPLE, slot) for slot in {found.slot for found in identifiers}]


async def find_many(tx: Tx, identifiers: AbstractSet[Identifier]) -> Refs:
    """Find the people of all these identifiers; an unknown one has no entry.

    The caller holds `people_locks` of the identifiers, so that nobody found can be forgotten or
    moved before the transaction ends.
    """
    return await store.select_links(tx, identifiers)


def open_claims(claims: Iterable[Claim], refs: Mapping[Identifier, ProfileRef]) -> list[Claim]:
    """Return the claims that are not true already: not all identifiers lead to one person."""
    unsettled: list[Claim] = []
    for claim in claims:
        ref = refs.get(claim.identifier)
        for identifier in claim.also:
            if ref is None or refs.get(identifier) != ref:
                unsettled.append(claim)
                break
    return unsettled


async def plan_claims(
    tx: Tx, claims: Sequence[Claim], refs: Mapping[Identifier, ProfileRef]
) -> Plan:
    """Say what open claims make of people.

    Shape:  refs - whom each of their identifiers leads to, as far as it does.
    """
    claimed = {one for claim in claims for one in (claim.identifier, *claim.also) if one in refs}
    if not claimed:
        return resolve.plan(claims, {})
    people = {(identifier.brand_id, refs[identifier]) for identifier in claimed}
    known = await known_people(tx, people)
    return resolve.plan(claims, {identifier: known[refs[identifier]] for identifier in claimed})


async def known_people(
    tx: Tx, people: Iterable[tuple[BrandId, ProfileRef]]
) -> dict[ProfileRef, Person]:
    """Return what matters of these people for merging; who is not there has no entry."""
    ordered = sorted(people)
    origins = await profiles.origins(tx, ordered)
    counts = await store.count_of_profiles(tx, ordered)
    return {
        ref: Person(ref, origin.user_id, origin.created_at, counts.get(ref, 0))
        for ref, origin in origins.items()
    }


async def settle(
    tx: Tx, people: Sequence[NewPerson], attach: Mapping[Identifier, ProfileRef]
) -> tuple[dict[ProfileRef, NewPerson], Refs]:
    """Make identifiers lead to people, new ones and others; the caller holds `people_locks`.

    Shape:  returns the new people by their places, whose profiles are the caller's to insert, and
            where those are whom somebody else made meanwhile, with the same identifiers.
    Errors: `ClaimsChanged` when identifiers lead to somebody else meanwhile.
    """
    placed = {
        ProfileRef(person.identifiers[0].slot, ids.new_profile_id()): person for person in people
    }
    links = dict(attach) | {
        one: ref for ref, person in placed.items() for one in person.identifiers
    }
    if not links:
        return {}, {}
    if await store.insert_links(tx, links):
        return placed, {}
    now = await store.select_links(tx, links)
    if any(now[one] != ref for one, ref in attach.items()):
        raise ClaimsChanged
    found: Refs = {}
    for ref, person in list(placed.items()):
        leads_to = {now[one] for one in person.identifiers}
        if len(leads_to) > 1:
            raise ClaimsChanged
        if ref not in leads_to:
            del placed[ref]
            found.update((one, now[one]) for one in person.identifiers)
    return placed, found


async def find(tx: Tx, identifier: Identifier) -> ProfileRef | None:
    """Find the person of one identifier, None when it is unknown."""
    return (await store.select_links(tx, [identifier])).get(identifier)


async def find_to_move(
    tx: Tx, identifiers: Iterable[Identifier]
) -> tuple[Refs, dict[ProfileRef, list[Identifier]]]:
    """Find people and keep every worker and ingest away from them until the transaction ends.

    Workers first: one that waits for ingest holds its slots meanwhile, and ingest waits for us.

    Shape:  identifiers - of one brand; returns whom they lead to, and every identifier of those.
    Errors: `ClaimsChanged` when identifiers are given to one of them at this moment.
    """
    asked = sorted(set(identifiers))
    refs, has = await _with_all_identifiers(tx, asked)
    places = {one.slot for one in [*has, *asked]}  # whoever is made meanwhile mostly lies there
    await queue.hold(tx, places)
    slots = {one.slot for one in [*asked, *await _concerning(tx, has)]}
    await locks.hold_alone(tx, [Lock(LockKind.PEOPLE, slot) for slot in slots])
    # They are read again now that nobody can change them; an ingest before us may have.
    refs, has = await _with_all_identifiers(tx, asked)
    moved = {ref.slot for ref in has} - places
    if moved or {one.slot for one in await _concerning(tx, has)} - slots:
        raise ClaimsChanged
    return refs, has


async def _with_all_identifiers(
    tx: Tx, asked: Sequence[Identifier]
) -> tuple[Refs, dict[ProfileRef, list[Identifier]]]:
    refs = await store.select_links(tx, asked)
    if not refs:
        return {}, {}
    people = sorted(set(refs.values()))
    return refs, await store.select_of_profiles(tx, asked[0].brand_id, people)


async def _concerning(
    tx: Tx, has: Mapping[ProfileRef, Sequence[Identifier]]
) -> Sequence[Identifier]:
    """Return what leads to people, and what they were refused: to whom that leads must stay too.

    A conflict speaks of both, and is handed on with either.
    """
    leading = [one for identifiers in has.values() for one in identifiers]
    if not leading:
        return []
    return [*leading, *await store.select_refused(tx, leading[0].brand_id, list(has))]


async def identifiers_of(
    tx: Tx, brand_id: BrandId, refs: Sequence[ProfileRef]
) -> dict[ProfileRef, list[Identifier]]:
    """Return every identifier of each of these people, by kind and value."""
    return await store.select_of_profiles(tx, brand_id, refs) if refs else {}


async def names_of(
    tx: Tx, brand_id: BrandId, refs: Iterable[ProfileRef]
) -> dict[ProfileRef, Identifier]:
    """Return by which identifier an operator knows each of these people.

    Shape:  the user id of a user, else the anonymous id, else any; who is not there has no entry.
    """
    ordered = sorted(set(refs))
    if not ordered:
        return {}
    origins = await profiles.origins(tx, [(brand_id, ref) for ref in ordered])
    names: dict[ProfileRef, Identifier] = {}
    for ref, has in (await identifiers_of(tx, brand_id, ordered)).items():
        user_id = origins[ref].user_id if ref in origins else None
        if user_id is not None:
            names[ref] = identifier_of(brand_id, IdentifierKind.USER_ID, user_id)
        elif has:
            visitor = (one for one in has if one.kind is IdentifierKind.ANONYMOUS_ID)
            names[ref] = next(visitor, has[0])
    return names


async def read_claims(tx: Tx, brand_id: BrandId, slot: Slot, *, after: ProfileId) -> ClaimsPage:
    """Read the next people of a slot, and what they claim by what their profiles hold."""
    page = await profiles.read_page(tx, brand_id, slot, after=after, at_most=_PROFILES_AT_A_TIME)
    has = await identifiers_of(tx, brand_id, [profile.ref for profile in page])
    claims = (
        claim_of_profile(brand_id, profile, has[profile.ref], position=position)
        for position, profile in enumerate(page)
    )
    return ClaimsPage(
        profiles=len(page),
        claims=[claim for claim in claims if claim is not None],
        last=page[-1].ref.profile_id if len(page) == _PROFILES_AT_A_TIME else None,
    )


async def forget(tx: Tx, brand_id: BrandId, refs: Iterable[ProfileRef]) -> None:
    """Delete every identifier of these people, and what is said of merging them."""
    await store.delete_of_profiles(tx, brand_id, list(refs))


async def move(tx: Tx, brand_id: BrandId, *, of: ProfileRef, to: ProfileRef) -> int:
    """Make everything that leads to one person lead to another; return how many identifiers."""
    moved = await store.move_links(tx, brand_id, of=of, to=to)
    await store.move_accounts(tx, brand_id, of=of, to=to)
    return moved


async def note_merge(tx: Tx, brand_id: BrandId, done: MergeDone) -> None:
    """Keep the account of a merge."""
    await store.insert_merge(tx, brand_id, done)


async def list_merges(tx: Tx, brand_id: BrandId, ref: ProfileRef) -> list[MergeDone]:
    """Return what was merged into a person, the latest first."""
    return await store.select_merges(tx, brand_id, ref)


async def note_conflicts(
    tx: Tx, refused: Iterable[resolve.Refused], refs: Mapping[Identifier, ProfileRef]
) -> None:
    """Keep the claims that were refused, for an operator to see and decide.

    Shape:  refs - the person of each record's own identifier, and of every other that has one by
            now: an owner may be somebody who was just created.
    """
    counted: dict[tuple[ProfileRef, Identifier], tuple[Refusal, ProfileRef | None, int]] = {}
    for one in refused:
        key = (refs[one.claim.identifier], one.claimed)
        _, _, times = counted.get(key, (one.reason, None, 0))
        counted[key] = (one.reason, refs.get(one.claimed), times + 1)
    if counted:
        await store.upsert_conflicts(tx, counted, at=clock.now())


async def list_conflicts(
    tx: Tx, brand_id: BrandId, *, after: int = 0, at_most: int = limits.MAX_PAGE_SIZE
) -> list[Conflict]:
    """Return a page of the conflicts that nobody has decided, by id."""
    return await store.select_conflicts(tx, brand_id, after=after, at_most=at_most)


async def find_conflict(tx: Tx, brand_id: BrandId, conflict_id: int) -> Conflict:
    """Return one conflict.

    Errors: `not_found` when the brand has none with this id.
    """
    found = await store.select_conflict(tx, brand_id, conflict_id)
    if found is None:
        raise Refused(Code.NOT_FOUND, f"Brand {brand_id} has no conflict {conflict_id}.")
    return found


async def dismiss_conflict(tx: Tx, brand_id: BrandId, conflict_id: int) -> None:
    """Decide that a conflict is none: two people share what one of them claimed.

    Errors: `not_found` when the brand has none with this id.
    """
    await find_conflict(tx, brand_id, conflict_id)
    await store.dismiss_conflict(tx, brand_id, conflict_id, at=clock.now())
