"""The table of identifiers: rows in, models out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from tidings.base.ids import BrandId, ProfileId
from tidings.identity.model import (
    Conflict,
    Identifier,
    IdentifierKind,
    MergeDone,
    Refusal,
    columns_of,
    identifier_of,
)
from tidings.profiles.model import ProfileRef
from tidings.storage.slots import Slot
from tidings.storage.sql import Queries
from tidings.storage.tx import Row, Tx, rows_of

SQL = Queries(__file__)

_encode = msgspec.json.Encoder().encode
_decode_names = msgspec.json.Decoder(tuple[str, ...]).decode
_decode_counts = msgspec.json.Decoder(dict[str, int]).decode


async def select_links(tx: Tx, identifiers: Iterable[Identifier]) -> dict[Identifier, ProfileRef]:
    """Return where the profile of each identifier lies, for those that are known.

    Ingest asks this of every record, so what goes in and comes out is packed: the driver looks at
    each element of an array several times, and makes an object of every row.
    """
    found: dict[Identifier, ProfileRef] = {}
    for brand_id, asked in _by_brand(identifiers).items():
        row = await tx.fetchrow(SQL["select_links"], brand_id, *_packed(asked))
        if row is not None and row["positions"] is not None:
            known = map(asked.__getitem__, row["positions"])
            found.update(zip(known, map(ProfileRef, row["slots"], row["ids"]), strict=True))
    return found


async def insert_links(tx: Tx, new: Mapping[Identifier, ProfileRef]) -> bool:
    """Insert identifiers that lead to these people; say whether all were unknown until now.

    One that leads to somebody already is left as it is.
    """
    inserted = 0
    for brand_id, ordered in _by_brand(sorted(new)).items():
        refs = [new[identifier] for identifier in ordered]
        tag = await tx.execute(
            SQL["insert_links"],
            brand_id,
            *_packed(ordered),
            bytes(ref.slot for ref in refs),
            _encode([ref.profile_id for ref in refs]),
        )
        inserted += rows_of(tag)
    return inserted == len(new)


def _by_brand(identifiers: Iterable[Identifier]) -> dict[BrandId, list[Identifier]]:
    of_brand: dict[BrandId, list[Identifier]] = {}
    for identifier in identifiers:
        of_brand.setdefault(identifier.brand_id, []).append(identifier)
    return of_brand


def _packed(identifiers: Sequence[Identifier]) -> tuple[bytes, bytes, bytes]:
    # Slots and kinds are bytes each; values one JSON array.
    return (
        bytes([one.slot for one in identifiers]),
        bytes([one.kind for one in identifiers]),
        _encode([one.value for one in identifiers]),
    )


async def count_of_profiles(
    tx: Tx, refs: Sequence[tuple[BrandId, ProfileRef]]
) -> dict[ProfileRef, int]:
    """Return how many identifiers lead to each of these people."""
    rows = await tx.fetch(
        SQL["count_of_profiles"],
        [brand_id for brand_id, _ in refs],
        [ref.slot for _, ref in refs],
        [ref.profile_id for _, ref in refs],
    )
    return {
        ProfileRef(Slot(row["profile_slot"]), ProfileId(row["profile_id"])): row["identifiers"]
        for row in rows
    }


async def move_links(tx: Tx, brand_id: BrandId, *, of: ProfileRef, to: ProfileRef) -> int:
    """Make every identifier of one person lead to another; return how many."""
    return rows_of(await tx.execute(SQL["move_links"], brand_id, *of, *to))


async def select_of_profiles(
    tx: Tx, brand_id: BrandId, refs: Sequence[ProfileRef]
) -> dict[ProfileRef, list[Identifier]]:
    """Return every identifier of each of these people, by kind and value."""
    slots = [ref.slot for ref in refs]
    rows = await tx.fetch(
        SQL["select_of_profiles"], brand_id, slots, [ref.profile_id for ref in refs]
    )
    found: dict[ProfileRef, list[Identifier]] = {ref: [] for ref in refs}
    for row in rows:
        ref = ProfileRef(Slot(row["profile_slot"]), ProfileId(row["profile_id"]))
        kind = IdentifierKind(row["kind"])
        found[ref].append(identifier_of(brand_id, kind, row["value"]))
    return found


async def select_refused(tx: Tx, brand_id: BrandId, refs: Sequence[ProfileRef]) -> list[Identifier]:
    """Return every identifier that any of these people claimed and was refused."""
    slots, ids = [ref.slot for ref in refs], [ref.profile_id for ref in refs]
    rows = await tx.fetch(SQL["select_refused"], brand_id, slots, ids)
    return [identifier_of(brand_id, IdentifierKind(row["kind"]), row["value"]) for row in rows]


async def delete_of_profiles(tx: Tx, brand_id: BrandId, refs: Sequence[ProfileRef]) -> None:
    """Delete every identifier of these people, and what is said of merging them."""
    slots, ids = [ref.slot for ref in refs], [ref.profile_id for ref in refs]
    await tx.execute(SQL["delete_of_profiles"], brand_id, slots, ids)
    await tx.execute(SQL["delete_merges"], brand_id, slots, ids)
    await tx.execute(SQL["delete_conflicts"], brand_id, slots, ids)


async def insert_merge(tx: Tx, brand_id: BrandId, done: MergeDone) -> None:
    """Insert the account of one merge."""
    await tx.execute(
        SQL["insert_merge"],
        *done.kept_person,
        brand_id,
        *done.absorbed_person,
        done.absorbed_user_id,
        None if done.by is None else done.by.kind,
        None if done.by is None else done.by.value,
        _encode(done.kept),
        _encode(done.filled),
        _encode(done.moved),
        done.merged_at,
    )


async def select_merges(tx: Tx, brand_id: BrandId, ref: ProfileRef) -> list[MergeDone]:
    """Return what was merged into a person, the latest first."""
    return [
        MergeDone(
            kept_person=ref,
            absorbed_person=ProfileRef(Slot(row["absorbed_slot"]), ProfileId(row["absorbed_id"])),
            absorbed_user_id=row["absorbed_user_id"],
            by=None
            if row["kind"] is None
            else identifier_of(brand_id, IdentifierKind(row["kind"]), row["value"]),
            kept=_decode_names(row["kept"]),
            filled=_decode_names(row["filled"]),
            moved=_decode_counts(row["moved"]),
            merged_at=row["merged_at"],
        )
        for row in await tx.fetch(SQL["select_merges"], brand_id, *ref)
    ]


async def upsert_conflicts(
    tx: Tx,
    refused: Mapping[tuple[ProfileRef, Identifier], tuple[Refusal, ProfileRef | None, int]],
    *,
    at: datetime,
) -> None:
    """Record refused claims: who claimed what, why not, whose it is, and how often."""
    rows = [
        (claimant, claimed, *what)
        for (claimant, claimed), what in sorted(refused.items(), key=_by_key)
    ]
    await tx.execute(
        SQL["upsert_conflicts"],
        [claimant.slot for claimant, *_ in rows],
        [claimant.profile_id for claimant, *_ in rows],
        [claimed.brand_id for _, claimed, *_ in rows],
        [claimed.kind for _, claimed, *_ in rows],
        [claimed.value for _, claimed, *_ in rows],
        [reason.value for _, _, reason, _, _ in rows],
        [owner and owner.slot for *_, owner, _ in rows],
        [owner and owner.profile_id for *_, owner, _ in rows],
        [times for *_, times in rows],
        at,
    )


async def select_conflicts(
    tx: Tx, brand_id: BrandId, *, after: int, at_most: int
) -> list[Conflict]:
    """Return conflicts that nobody has decided, by id."""
    rows = await tx.fetch(SQL["select_conflicts"], brand_id, after, at_most)
    return [_conflict(brand_id, row) for row in rows]


async def select_conflict(tx: Tx, brand_id: BrandId, conflict_id: int) -> Conflict | None:
    """Return one conflict, decided or not."""
    row = await tx.fetchrow(SQL["select_conflict"], brand_id, conflict_id)
    return None if row is None else _conflict(brand_id, row)


async def dismiss_conflict(tx: Tx, brand_id: BrandId, conflict_id: int, *, at: datetime) -> None:
    """Show a conflict no more."""
    await tx.execute(SQL["dismiss_conflict"], brand_id, conflict_id, at)


async def select_heirs(
    tx: Tx, brand_id: BrandId, gone: Sequence[ProfileRef]
) -> dict[ProfileRef, ProfileRef]:
    """Return into whom each of these people went, of those who went into anybody."""
    slots, ids = [ref.slot for ref in gone], [ref.profile_id for ref in gone]
    rows = await tx.fetch(SQL["select_heirs"], brand_id, slots, ids)
    return {
        ProfileRef(Slot(row["absorbed_slot"]), ProfileId(row["absorbed_id"])): ProfileRef(
            Slot(row["slot"]), ProfileId(row["profile_id"])
        )
        for row in rows
    }


async def move_accounts(tx: Tx, brand_id: BrandId, *, of: ProfileRef, to: ProfileRef) -> None:
    """Hand on what is said of merging one person to another, who is the same from now on."""
    await tx.execute(SQL["move_merges"], brand_id, *of, *to)
    await tx.execute(SQL["copy_conflicts"], brand_id, *of, *to)
    await tx.execute(SQL["move_owned_conflicts"], brand_id, *of, *to)
    slots, ids = [of.slot], [of.profile_id]
    await tx.execute(SQL["delete_conflicts"], brand_id, slots, ids)
    await tx.execute(SQL["delete_settled_conflicts"], brand_id, *to)


async def create_survey(tx: Tx) -> None:
    """Make the connection's own table of whom identifiers would lead to."""
    await tx.execute(SQL["create_survey"])
    await tx.execute(SQL["index_survey"])


async def select_surveyed(
    tx: Tx, identifiers: Sequence[Identifier]
) -> dict[Identifier, ProfileRef]:
    """Return whom these identifiers would lead to, as far as the survey has them."""
    _, _, kinds, values = columns_of(identifiers)
    rows = await tx.fetch(SQL["select_surveyed"], kinds, values)
    return {
        identifiers[position - 1]: ProfileRef(slot, profile_id)
        for position, slot, profile_id in (row.values() for row in rows)
    }


async def insert_surveyed(tx: Tx, new: Mapping[Identifier, ProfileRef]) -> None:
    """Note whom identifiers of nobody would lead to."""
    _, _, kinds, values = columns_of(list(new))
    slots, ids = [ref.slot for ref in new.values()], [ref.profile_id for ref in new.values()]
    await tx.execute(SQL["insert_surveyed"], kinds, values, slots, ids)


async def count_surveyed(tx: Tx, refs: Sequence[ProfileRef]) -> dict[ProfileRef, int]:
    """Return how many identifiers more would lead to these people."""
    slots, ids = [ref.slot for ref in refs], [ref.profile_id for ref in refs]
    rows = await tx.fetch(SQL["count_surveyed"], slots, ids)
    return {
        ProfileRef(Slot(row["profile_slot"]), ProfileId(row["profile_id"])): row["identifiers"]
        for row in rows
    }


async def merge_surveyed(tx: Tx, brand_id: BrandId, *, of: ProfileRef, to: ProfileRef) -> None:
    """Note that all that leads to one person, or would, would lead to another."""
    await tx.execute(SQL["copy_to_survey"], brand_id, *of, *to)
    await tx.execute(SQL["move_surveyed"], *of, *to)


def _by_key(item: tuple[tuple[ProfileRef, Identifier], object]) -> tuple[object, ...]:
    (claimant, claimed), _ = item
    return (*claimant, claimed.kind, claimed.value)


def _conflict(brand_id: BrandId, row: Row) -> Conflict:
    owner = None
    if row["owner_id"] is not None:
        owner = ProfileRef(Slot(row["owner_slot"]), ProfileId(row["owner_id"]))
    return Conflict(
        conflict_id=row["conflict_id"],
        claimant=ProfileRef(Slot(row["slot"]), ProfileId(row["profile_id"])),
        claimed=identifier_of(brand_id, IdentifierKind(row["kind"]), row["value"]),
        reason=Refusal(row["reason"]),
        owner=owner,
        times=row["times"],
        first_at=row["first_at"],
        last_at=row["last_at"],
    )
