"""Who somebody became that is not there any more."""

from collections.abc import Sequence

from tidings.base.ids import BrandId
from tidings.identity import store
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
