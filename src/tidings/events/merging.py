"""Making two people one: all that belongs to the second becomes the first's, in one transaction."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

from tidings.base import clock
from tidings.base.errors import Code, Refused, unavailable
from tidings.base.ids import BrandId
from tidings.events import store
from tidings.events.people import PeopleAreOne
from tidings.events.telling import tell_whole
from tidings.identity import actions as identity
from tidings.identity.actions import ClaimsChanged
from tidings.identity.model import Claim, Identifier, MergeDone, Refusal
from tidings.profiles import actions as profiles
from tidings.profiles.merge import merge
from tidings.profiles.model import ProfileRef
from tidings.storage import locks
from tidings.storage.tx import OpenTransaction, Tx
from tidings.work import queue

T = TypeVar("T")

# How often whoever follows claims begins anew because somebody gave an identifier to a person
# meanwhile. Each time takes a change of its own, so that many in a row are a script's, and the
# callers come again.
MAX_BEGINNINGS = 10


async def settle(
    open_transaction: OpenTransaction, attempt: Callable[[Tx], Awaitable[T]]
) -> tuple[T, int]:
    """Do in one transaction what follows claims, after merging whom they show to be one.

    Shape:  attempt - begun anew after `PeopleAreOne` and `ClaimsChanged`; returns what the one that
            was committed did, and how many people went into others for it.
    Errors: `unavailable` when the people change again and again.
    """
    merges = 0
    for _ in range(MAX_BEGINNINGS):
        try:
            async with open_transaction() as tx:
                return await attempt(tx), merges
        except PeopleAreOne as found:
            merges += await _merge_all(open_transaction, found)
        except ClaimsChanged:
            continue
    raise unavailable("People change faster than this call. Send again shortly.")


async def _merge_all(open_transaction: OpenTransaction, found: PeopleAreOne) -> int:
    # One knot at a time: the fewer slots a merge holds alone, the fewer calls it holds up.
    merges = 0
    for knot in _knots(found.claims, found.refs):
        # Whoever was quicker may have left nothing to merge; if not, the next attempt finds it.
        with suppress(ClaimsChanged):
            async with open_transaction() as tx:
                merged = await merge_claimed(tx, knot)
            merges += merged
    return merges


def _knots(claims: Sequence[Claim], refs: Mapping[Identifier, ProfileRef]) -> list[list[Claim]]:
    """Return the claims that may merge people, parted into those that share nobody and nothing."""
    above: dict[Identifier | ProfileRef, Identifier | ProfileRef] = {}

    def top(one: Identifier | ProfileRef) -> Identifier | ProfileRef:
        while above.setdefault(one, one) != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    for claim in claims:
        for identifier in (claim.identifier, *claim.also):
            above[top(identifier)] = top(claim.identifier)
            if identifier in refs:
                above[top(refs[identifier])] = top(claim.identifier)
    knots: dict[Identifier | ProfileRef, list[Claim]] = {}
    for claim in claims:
        knots.setdefault(top(claim.identifier), []).append(claim)
    people = {top(one): set[ProfileRef]() for one in knots}
    for identifier, ref in refs.items():
        if identifier in above:
            people[top(identifier)].add(ref)
    return [knot for one, knot in knots.items() if len(people[one]) > 1]


async def merge_claimed(tx: Tx, claims: Sequence[Claim]) -> int:
    """Merge the people whom claims show to be one, if the rules let them; return how many went.

    Every ingest that may add to any of them is waited for, and kept away until the end. What claims
    ask beside merging is left to the ingest that comes after.

    Shape:  claims - of one brand, in the order sent.
    Errors: `ClaimsChanged` when somebody else gave them identifiers at this moment: begin anew.
    """
    claimed = [identifier for claim in claims for identifier in (claim.identifier, *claim.also)]
    refs, _ = await identity.find_to_move(tx, claimed)
    plan = await identity.plan_claims(tx, claims, refs)
    for one in plan.merges:
        await merge_two(tx, claimed[0].brand_id, one.kept, one.absorbed, by=one.by)
    return len(plan.merges)


async def merge_two(
    tx: Tx, brand_id: BrandId, kept: ProfileRef, absorbed: ProfileRef, *, by: Identifier | None
) -> None:
    """Make one person of two; the caller holds both against ingest (`identity.find_to_move`).

    Shape:  by - the identifier that led to both, None when an operator decided.
    """
    held = await profiles.hold(tx, [(brand_id, kept), (brand_id, absorbed)])
    now = clock.now()
    merged = merge(held[kept], held[absorbed], at=now)
    await locks.hold_shared(tx, [locks.MONTHS])
    moved = {
        "identifiers": await identity.move(tx, brand_id, of=absorbed, to=kept),
        "events": await store.move_events(tx, brand_id, of=absorbed, to=kept),
        "tasks": await queue.move(tx, of=absorbed, to=kept),
    }
    await profiles.forget(tx, brand_id, [absorbed])
    await profiles.replace(tx, [(brand_id, merged.profile)])
    done = MergeDone(
        kept_person=kept,
        absorbed_person=absorbed,
        absorbed_user_id=held[absorbed].user_id,
        by=by,
        kept=merged.kept,
        filled=merged.filled,
        moved=moved,
        merged_at=now,
    )
    await identity.note_merge(tx, brand_id, done)
    await tell_whole(tx, brand_id, [kept, absorbed])


async def merge_conflict(tx: Tx, brand_id: BrandId, conflict_id: int) -> None:
    """Make one person of two users all the same, as an operator decided: who claimed stays.

    Errors: as `people_of_conflict`; `ClaimsChanged`: begin anew.
    """
    kept, absorbed = await people_of_conflict(tx, brand_id, conflict_id)
    has = await identity.identifiers_of(tx, brand_id, [kept, absorbed])
    _, held = await identity.find_to_move(tx, [*has[kept], *has[absorbed]])
    if held.keys() != {kept, absorbed}:
        raise ClaimsChanged
    await merge_two(tx, brand_id, kept, absorbed, by=None)


async def people_of_conflict(
    tx: Tx, brand_id: BrandId, conflict_id: int
) -> tuple[ProfileRef, ProfileRef]:
    """Return who claimed something, and whose it is: two whom an operator may merge.

    Errors: `not_found` when the brand has no such conflict; `invalid` when nobody has what is
            claimed, or when it must never lead to anybody else.
    """
    conflict = await identity.find_conflict(tx, brand_id, conflict_id)
    why = None
    if conflict.reason is Refusal.PLACEHOLDER:
        why = f"{conflict.claimed.value!r} stands for having no id"
    elif conflict.owner is None:
        why = "nobody has what is claimed"
    if why is not None or conflict.owner is None:
        message = f"Conflict {conflict_id} cannot be merged: {why}. It can be dismissed."
        raise Refused(Code.INVALID, message)
    return conflict.claimant, conflict.owner
