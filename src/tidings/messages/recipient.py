"""Whose a message is by now: whom it was sent to, or who they became."""

from tidings.base.ids import BrandId
from tidings.identity.heirs import heirs_of
from tidings.profiles import actions as profiles
from tidings.profiles.model import Profile, ProfileRef
from tidings.storage.tx import Tx


async def find_recipient(tx: Tx, brand_id: BrandId, person: ProfileRef) -> Profile | None:
    """Return whom a message of this person belongs to now, None when they were forgotten."""
    found = await profiles.read(tx, brand_id, person)
    if found is not None:
        return found
    heir = (await heirs_of(tx, brand_id, [person])).get(person)
    return None if heir is None else await profiles.read(tx, brand_id, heir)


async def hold_recipient(tx: Tx, brand_id: BrandId, person: ProfileRef) -> Profile | None:
    """Return the same, and hold them until the transaction ends."""
    held = await profiles.hold(tx, [(brand_id, person)])
    if not held:
        heirs = await heirs_of(tx, brand_id, [person])
        held = await profiles.hold(tx, [(brand_id, heir) for heir in heirs.values()])
    return next(iter(held.values()), None)
