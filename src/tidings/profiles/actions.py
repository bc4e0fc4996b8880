"""What happens to profiles."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter

from tidings.base.ids import BrandId, ProfileId
from tidings.profiles import store
from tidings.profiles.model import NewProfile, Origin, Patch, Profile, ProfileRef
from tidings.schema.model import AttributeType, TypeChange
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx


async def create(tx: Tx, new: Sequence[tuple[BrandId, NewProfile, Patch]]) -> None:
    """Create people with their first attributes."""
    if new:
        await store.insert_profiles(tx, new)


async def patch(
    tx: Tx, patches: Mapping[ProfileRef, tuple[BrandId, Patch]], *, at: datetime
) -> None:
    """Change people who exist; the caller holds them still (`identity.actions.resolve`)."""
    if patches:
        await store.patch_profiles(tx, patches, at=at)


async def origins(tx: Tx, people: Sequence[tuple[BrandId, ProfileRef]]) -> dict[ProfileRef, Origin]:
    """Return from when these people are there, and as which user."""
    return await store.select_origins(tx, people)


async def name(tx: Tx, users: Mapping[ProfileRef, tuple[BrandId, str]]) -> None:
    """Make visitors the users of these ids."""
    if users:
        await store.update_user_ids(tx, users)


async def hold(tx: Tx, people: Iterable[tuple[BrandId, ProfileRef]]) -> dict[ProfileRef, Profile]:
    """Read people and hold their rows until the transaction ends."""
    ordered = sorted(people, key=itemgetter(1))
    return await store.select_for_update(tx, ordered) if ordered else {}


async def replace(tx: Tx, changed: Sequence[tuple[BrandId, Profile]]) -> None:
    """Write people anew whom the transaction holds (`hold`)."""
    if changed:
        await store.update_profiles(tx, sorted(changed, key=lambda row: row[1].ref))


async def read(tx: Tx, brand_id: BrandId, ref: ProfileRef) -> Profile | None:
    """Return one person, None when the brand has none there."""
    return await store.select_profile(tx, brand_id, ref)


async def read_many(tx: Tx, brand_id: BrandId, refs: Sequence[ProfileRef]) -> list[Profile]:
    """Return these people, by slot and id."""
    return await store.select_profiles(tx, brand_id, refs)


async def has_any(tx: Tx, brand_id: BrandId) -> bool:
    """Say whether a brand has anybody."""
    return await store.has_profiles(tx, brand_id)


async def read_page(
    tx: Tx, brand_id: BrandId, slot: Slot, *, after: ProfileId, at_most: int
) -> list[Profile]:
    """Return the next people of a slot, by id.

    Shape:  after - the last id of the page before; 0 for the first.
    """
    return await store.select_page(tx, brand_id, slot, after=after, at_most=at_most)


async def forget(tx: Tx, brand_id: BrandId, refs: Sequence[ProfileRef]) -> None:
    """Delete these people."""
    await store.delete_profiles(tx, brand_id, refs)


async def count_retyped(tx: Tx, brand_id: BrandId, attribute: str, to: AttributeType) -> TypeChange:
    """Count the values that would change sides if an attribute had another type."""
    return await store.count_retyped(tx, brand_id, attribute, to)


async def retype(
    tx: Tx, brand_id: BrandId, attribute: str, *, to: AttributeType, slots: range
) -> list[ProfileRef]:
    """Move the values of an attribute to the sides on which a type has them.

    Shape:  returns whose value moved.
    """
    return await store.retype(tx, brand_id, attribute, to=to, slots=slots)
