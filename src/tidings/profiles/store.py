"""The table of profiles: rows in, models out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from tidings.base.ids import BrandId, ProfileId
from tidings.profiles.model import NewProfile, Origin, Patch, Profile, ProfileRef
from tidings.schema.model import AttributeType, TypeChange
from tidings.storage.slots import Slot
from tidings.storage.sql import Queries
from tidings.storage.tx import Row, Tx

SQL = Queries(__file__)

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


async def insert_profiles(tx: Tx, new: Sequence[tuple[BrandId, NewProfile, Patch]]) -> None:
    """Insert people with their first attributes."""
    rows = [
        (
            profile.ref.slot,
            profile.ref.profile_id,
            brand_id,
            profile.user_id,
            patch.kept,
            patch.aside or None,
            profile.created_at,
            profile.updated_at or profile.created_at,
        )
        for brand_id, profile, patch in new
    ]
    await tx.execute(SQL["insert_profiles"], _encode(rows))


async def patch_profiles(
    tx: Tx, patches: Mapping[ProfileRef, tuple[BrandId, Patch]], *, at: datetime
) -> None:
    """Apply the changes of known people, one patch a person."""
    rows = sorted(patches.items())
    await tx.execute(
        SQL["patch_profiles"],
        [ref.slot for ref, _ in rows],
        [ref.profile_id for ref, _ in rows],
        [brand_id for _, (brand_id, _) in rows],
        [_encode(patch.kept) for _, (_, patch) in rows],
        [_encode(patch.aside) if patch.aside else None for _, (_, patch) in rows],
        [_encode(sorted(patch.removed)) if patch.removed else None for _, (_, patch) in rows],
        at,
    )


async def select_origins(
    tx: Tx, people: Sequence[tuple[BrandId, ProfileRef]]
) -> dict[ProfileRef, Origin]:
    """Return from when these people are there, and as which user."""
    rows = await tx.fetch(SQL["select_origins"], *_columns_of(people))
    return {
        ProfileRef(Slot(row["slot"]), ProfileId(row["profile_id"])): Origin(
            row["user_id"], row["created_at"]
        )
        for row in rows
    }


async def update_user_ids(tx: Tx, users: Mapping[ProfileRef, tuple[BrandId, str]]) -> None:
    """Make visitors the users of these ids."""
    rows = sorted(users.items())
    columns = _columns_of([(brand_id, ref) for ref, (brand_id, _) in rows])
    await tx.execute(SQL["update_user_ids"], *columns, [user_id for _, (_, user_id) in rows])


async def select_for_update(
    tx: Tx, people: Sequence[tuple[BrandId, ProfileRef]]
) -> dict[ProfileRef, Profile]:
    """Return people, given by slot and id, and hold their rows."""
    rows = await tx.fetch(SQL["select_for_update"], *_columns_of(people))
    found: dict[ProfileRef, Profile] = {}
    for row in rows:
        ref = ProfileRef(Slot(row["slot"]), ProfileId(row["profile_id"]))
        found[ref] = _profile(ref, row)
    return found


async def update_profiles(tx: Tx, changed: Sequence[tuple[BrandId, Profile]]) -> None:
    """Write people anew, given by slot and id."""
    await tx.execute(
        SQL["update_profiles"],
        *_columns_of([(brand_id, profile.ref) for brand_id, profile in changed]),
        [profile.user_id for _, profile in changed],
        [_encode(profile.attributes) for _, profile in changed],
        [_encode(profile.mismatched) if profile.mismatched else None for _, profile in changed],
        [profile.created_at for _, profile in changed],
        [profile.updated_at for _, profile in changed],
    )


async def select_profile(tx: Tx, brand_id: BrandId, ref: ProfileRef) -> Profile | None:
    """Return one person, None when the brand has none there."""
    row = await tx.fetchrow(SQL["select_profile"], brand_id, ref.slot, ref.profile_id)
    return None if row is None else _profile(ref, row)


async def select_profiles(tx: Tx, brand_id: BrandId, refs: Sequence[ProfileRef]) -> list[Profile]:
    """Return these people, by slot and id."""
    slots = [ref.slot for ref in refs]
    rows = await tx.fetch(SQL["select_profiles"], brand_id, slots, [ref.profile_id for ref in refs])
    return [
        _profile(ProfileRef(Slot(row["slot"]), ProfileId(row["profile_id"])), row) for row in rows
    ]


async def has_profiles(tx: Tx, brand_id: BrandId) -> bool:
    """Say whether a brand has anybody."""
    return await tx.fetchval(SQL["has_profiles"], brand_id)


async def select_page(
    tx: Tx, brand_id: BrandId, slot: Slot, *, after: ProfileId, at_most: int
) -> list[Profile]:
    """Return the next people of a slot, by id."""
    rows = await tx.fetch(SQL["select_page"], brand_id, slot, after, at_most)
    return [_profile(ProfileRef(slot, ProfileId(row["profile_id"])), row) for row in rows]


async def delete_profiles(tx: Tx, brand_id: BrandId, refs: Sequence[ProfileRef]) -> None:
    """Delete these people."""
    slots = [ref.slot for ref in refs]
    await tx.execute(SQL["delete_profiles"], brand_id, slots, [ref.profile_id for ref in refs])


async def count_retyped(tx: Tx, brand_id: BrandId, attribute: str, to: AttributeType) -> TypeChange:
    """Count the values that would change sides if an attribute had another type."""
    row = await tx.fetchrow(SQL["count_retyped"], brand_id, attribute, to.value)
    return TypeChange(**(row or {}))


async def retype(
    tx: Tx, brand_id: BrandId, attribute: str, *, to: AttributeType, slots: range
) -> list[ProfileRef]:
    """Move the values of an attribute to the sides on which a type has them.

    Shape:  returns whose value moved.
    """
    rows = await tx.fetch(SQL["retype"], brand_id, attribute, to.value, slots.start, slots.stop)
    return [ProfileRef(row["slot"], row["profile_id"]) for row in rows]


def _columns_of(
    people: Sequence[tuple[BrandId, ProfileRef]],
) -> tuple[list[BrandId], list[Slot], list[ProfileId]]:
    return (
        [brand_id for brand_id, _ in people],
        [ref.slot for _, ref in people],
        [ref.profile_id for _, ref in people],
    )


def _profile(ref: ProfileRef, row: Row) -> Profile:
    return Profile(
        ref=ref,
        user_id=row["user_id"],
        attributes=_decode(row["attributes"]),
        mismatched={} if row["mismatched"] is None else _decode(row["mismatched"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
