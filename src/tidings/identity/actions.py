"""Who a record is about: finding people by their identifiers, and creating the unknown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tidings.base import ids
from tidings.base.ids import BrandId
from tidings.identity import store
from tidings.identity.model import Identifier
from tidings.profiles.model import ProfileRef
from tidings.storage import locks
from tidings.storage.locks import Lock, LockKind
from tidings.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Resolved:
    """Where the person of each identifier lies.

    Shape:  refs - every identifier asked for; created - those that were unknown: their rows of
            identifiers exist now, their profiles are the caller's to insert.
    """

    refs: Mapping[Identifier, ProfileRef]
    created: Mapping[Identifier, ProfileRef]


def people_locks(identifiers: Iterable[Identifier]) -> list[Lock]:
    """Return the locks that keep the people of these identifiers where they are."""
    return [Lock(LockKind.PEOPLE, slot) for slot in {found.slot for found in identifiers}]


async def resolve(tx: Tx, wanted: Iterable[Identifier]) -> Resolved:
    """Find the people of all these identifiers, and make room for those who are unknown.

    The caller holds `people_locks` of the identifiers, so that nobody found can be forgotten or
    moved before the transaction ends.
    """
    identifiers = sorted(set(wanted))
    refs = await store.select_links(tx, identifiers)
    if len(refs) == len(identifiers):
        return Resolved(refs=refs, created={})

    created = {
        identifier: ProfileRef(identifier.slot, ids.new_profile_id())
        for identifier in identifiers
        if identifier not in refs
    }
    won = await store.insert_links(tx, {key: ref.profile_id for key, ref in created.items()})
    if len(won) < len(created):
        # Somebody else created these people between our look and our insert.
        lost = [key for key, ref in created.items() if ref.profile_id not in won]
        refs.update(await store.select_links(tx, lost))
        created = {key: ref for key, ref in created.items() if ref.profile_id in won}
    refs.update(created)
    return Resolved(refs=refs, created=created)


async def find(tx: Tx, identifier: Identifier) -> ProfileRef | None:
    """Find the person of one identifier, None when it is unknown."""
    return (await store.select_links(tx, [identifier])).get(identifier)


async def find_to_forget(tx: Tx, identifiers: Iterable[Identifier]) -> dict[Identifier, ProfileRef]:
    """Find people and keep every ingest away from them until the transaction ends."""
    asked = list(identifiers)
    await locks.hold_alone(tx, people_locks(asked))
    return await store.select_links(tx, asked)


async def identifiers_of(
    tx: Tx, brand_id: BrandId, refs: Sequence[ProfileRef]
) -> dict[ProfileRef, list[Identifier]]:
    """Return every identifier of each of these people, by kind and value."""
    return await store.select_of_profiles(tx, brand_id, refs) if refs else {}


async def forget(tx: Tx, brand_id: BrandId, refs: Iterable[ProfileRef]) -> None:
    """Delete every identifier of these people."""
    await store.delete_of_profiles(tx, brand_id, list(refs))
