"""Who a record is about: finding people by their identifiers, and creating the unknown."""

from collections.abc import Iterable, Sequence

from tidings.base import ids
from tidings.base.ids import BrandId
from tidings.identity import store
from tidings.identity.model import Identifier
from tidings.profiles.model import ProfileRef
from tidings.storage import locks
from tidings.storage.locks import Lock, LockKind
from tidings.storage.tx import Tx


def people_locks(identifiers: Iterable[Identifier]) -> list[Lock]:
    """Return the locks that keep the people of these identifiers where they are."""
    return [Lock(LockKind.PEOPLE, slot) for slot in {found.slot for found in identifiers}]


async def find_many(tx: Tx, identifiers: Iterable[Identifier]) -> dict[Identifier, ProfileRef]:
    """Find the people of all these identifiers; an unknown one has no entry.

    The caller holds `people_locks` of the identifiers, so that nobody found can be forgotten or
    moved before the transaction ends.
    """
    return await store.select_links(tx, sorted(set(identifiers)))


async def create(
    tx: Tx, unknown: Iterable[Identifier]
) -> tuple[dict[Identifier, ProfileRef], dict[Identifier, ProfileRef]]:
    """Make room for people who were not found; the caller holds `people_locks`, as for finding.

    Shape:  returns those who are new, whose profiles are the caller's to insert, and those whom
            somebody else made meanwhile.
    """
    new = {who: ProfileRef(who.slot, ids.new_profile_id()) for who in sorted(set(unknown))}
    if not new:
        return {}, {}
    won = await store.insert_links(tx, {who: ref.profile_id for who, ref in new.items()})
    lost = [who for who, ref in new.items() if ref.profile_id not in won]
    for who in lost:
        del new[who]
    return new, await store.select_links(tx, lost) if lost else {}


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
