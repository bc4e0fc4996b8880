"""Making two people one: all that belongs to the second becomes the first's, in one transaction."""

from collections.abc import Sequence

from tidings.base import clock
from tidings.base.ids import BrandId
from tidings.events import store
from tidings.identity import actions as identity
from tidings.identity.model import Claim, Identifier, MergeDone
from tidings.profiles import actions as profiles
from tidings.profiles.merge import merge
from tidings.profiles.model import ProfileRef
from tidings.storage import locks
from tidings.storage.tx import Tx
from tidings.work import queue


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
