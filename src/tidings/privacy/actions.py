"""Forgetting people."""

from collections.abc import Sequence

from tidings.base.ids import BrandId
from tidings.consent import actions as consent
from tidings.devices import actions as devices
from tidings.events import actions as events
from tidings.identity import actions as identity
from tidings.identity.model import Identifier
from tidings.messages import actions as messages
from tidings.profiles import actions as profiles
from tidings.segments import actions as segments
from tidings.storage.tx import Tx
from tidings.work import queue


async def forget(tx: Tx, brand_id: BrandId, asked: Sequence[Identifier]) -> list[Identifier]:
    """Forget people: who they are, what they did, said and were sent, and queued work.

    Waits for every ingest in flight that may add to them. Record after record sent later makes a
    new person of the same id, who has nothing of the old; but an address that was suppressed is so
    for whoever comes with it.

    Shape:  returns the identifiers that led to somebody, in the order asked.
    Errors: `ClaimsChanged` when one of them is given an identifier at this moment: begin anew.
    """
    found, _ = await identity.find_to_move(tx, asked)
    refs = sorted(set(found.values()))
    if refs:
        # First: whoever sends holds messages, and then their people.
        await messages.forget(tx, brand_id, refs)
        await consent.forget(tx, brand_id, refs)
        await devices.forget(tx, brand_id, refs)
        await events.forget(tx, brand_id, refs)
        await identity.forget(tx, brand_id, refs)
        await profiles.forget(tx, brand_id, refs)
        await segments.forget(tx, brand_id, refs)
        for ref in refs:
            await queue.forget(tx, ref.slot, ref.profile_id)
    return [identifier for identifier in asked if identifier in found]
