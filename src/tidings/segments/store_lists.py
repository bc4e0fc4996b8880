"""The members of custom lists, who come from a file and from merges and not from a definition."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from tidings.base.ids import BrandId, ProfileId
from tidings.profiles.model import ProfileRef
from tidings.segments.model import SegmentId
from tidings.segments.saved import EditionId, Place, Version
from tidings.storage.slots import Slot
from tidings.storage.sql import Queries
from tidings.storage.tx import Row, Tx, rows_of

SQL = Queries(__file__)


async def is_importing(tx: Tx, brand_id: BrandId, which: EditionId) -> bool:
    """Say whether rows of a file may come into a version."""
    return cast("bool", await tx.fetchval(SQL["is_importing"], brand_id, *which))


async def end_import(tx: Tx, brand_id: BrandId, which: EditionId) -> bool:
    """Note that all rows are in a version; say whether they might come in until now."""
    return rows_of(await tx.execute(SQL["end_import"], brand_id, *which)) == 1


async def insert_imported(
    tx: Tx, brand_id: BrandId, which: EditionId, people: Sequence[ProfileRef], *, at: datetime
) -> int:
    """Insert people, given by slot and id, into a version; return how many were not in it."""
    slots, ids = [ref.slot for ref in people], [ref.profile_id for ref in people]
    return rows_of(await tx.execute(SQL["insert_imported"], brand_id, *which, slots, ids, at))


async def take_places(
    tx: Tx, brand_id: BrandId, people: Sequence[ProfileRef]
) -> dict[ProfileRef, list[Place]]:
    """Delete the places of those of some people who are not there any more; return them."""
    slots, ids = [ref.slot for ref in people], [ref.profile_id for ref in people]
    return _places(await tx.fetch(SQL["take_places"], brand_id, slots, ids))


async def take_places_in(
    tx: Tx, brand_id: BrandId, which: EditionId, *, slots: Sequence[Slot]
) -> dict[ProfileRef, list[Place]]:
    """Delete the places in a version, in some slots, of who is not there any more; return them."""
    return _places(await tx.fetch(SQL["take_places_in"], brand_id, *which, slots))


async def insert_places(
    tx: Tx, brand_id: BrandId, places: Mapping[ProfileRef, Sequence[Place]]
) -> list[tuple[ProfileRef, EditionId]]:
    """Insert people into versions, those that are gone left out; return who was not in which."""
    rows = [(ref, one) for ref, of_person in sorted(places.items()) for one in of_person]
    come = await tx.fetch(
        SQL["insert_places"],
        brand_id,
        [ref.slot for ref, _ in rows],
        [ref.profile_id for ref, _ in rows],
        [one.segment_id for _, one in rows],
        [one.version for _, one in rows],
        [one.entered_at for _, one in rows],
    )
    return [(_person(row), _edition_id(row)) for row in come]


def _places(rows: Sequence[Row]) -> dict[ProfileRef, list[Place]]:
    places: dict[ProfileRef, list[Place]] = {}
    for row in rows:
        place = Place(*_edition_id(row), row["entered_at"])
        places.setdefault(_person(row), []).append(place)
    return places


def _edition_id(row: Row) -> EditionId:
    return EditionId(SegmentId(row["segment_id"]), Version(row["version"]))


def _person(row: Row) -> ProfileRef:
    return ProfileRef(Slot(row["slot"]), ProfileId(row["profile_id"]))
