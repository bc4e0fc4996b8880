"""Who somebody became that is not there any more."""

from collections.abc import Sequence

from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.identity import store
from tidings.profiles import actions as profiles
from tidings.profiles.model import ProfileRef
from tidings.storage.tx import Tx


async def heirs_of(
    tx: Tx, brand_id: BrandId, gone: Sequence[ProfileRef]
) -> dict[ProfileRef, ProfileRef]:
    """Return into whom each of these people went, however many merges ago.

    It may be out of date when it is read: whoever finds the heir gone, too, asks anew.

    Shape:  who was forgotten, before a merge or after one, has no entry.
    """
    return await store.select_heirs(tx, brand_id, gone) if gone else {}


async def hold_or_heir(tx: Tx, brand_id: BrandId, person: ProfileRef) -> ProfileRef:
    """Hold a person, or whom they became, until the transaction ends; return which of the two.

    Who read of somebody before, or was given an old link, may name one who is not there any more.

    Errors: `not_found` when neither is there.
    """
    if await profiles.hold(tx, [(brand_id, person)]):
        return person
    heir = (await heirs_of(tx, brand_id, [person])).get(person)
    if heir is None or not await profiles.hold(tx, [(brand_id, heir)]):
        raise Refused(Code.NOT_FOUND, f"Brand {brand_id} does not have this person any more.")
    return heir
