"""A brand with made-up types, and a way to store whole histories at once."""

import itertools
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

import msgspec

from tests.segments.reference import Somebody
from tidings.base.ids import BrandId, NameId, ProfileId
from tidings.profiles.model import ProfileRef
from tidings.schema.model import PROFILE_OWNER, AttributeType, Lock, Status
from tidings.segments.compile import Statement
from tidings.segments.model import Node
from tidings.segments.parse import parse
from tidings.segments.reading import Vocabulary
from tidings.storage.pool import Database
from tidings.storage.slots import Slot

BOUGHT, VIEWED = NameId(71), NameId(72)
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)

_TYPES = {
    PROFILE_OWNER: {
        "city": AttributeType.STRING,
        "age": AttributeType.NUMBER,
        "vip": AttributeType.BOOLEAN,
        "renewal": AttributeType.DATE,
        "tags": AttributeType.ARRAY,
        "address": AttributeType.OBJECT,
        "children": AttributeType.OBJECT_ARRAY,
    },
    BOUGHT: {
        "price": AttributeType.NUMBER,
        "sku": AttributeType.STRING,
        "delivery": AttributeType.DATE,
        "gift": AttributeType.BOOLEAN,
    },
    VIEWED: {"price": AttributeType.NUMBER, "sku": AttributeType.STRING},
}
_brands = itertools.count(5_000)


def words(zone: tzinfo = UTC) -> Vocabulary:
    """Return what definitions may name."""
    return Vocabulary(
        zone=zone,
        name_ids={"Bought": BOUGHT, "Viewed": VIEWED},
        locks={
            owner: {name: Lock(kind, Status.ACTIVE) for name, kind in types.items()}
            | {"old": Lock(AttributeType.STRING, Status.INACTIVE)}
            for owner, types in _TYPES.items()
        },
    )


def tree(definition: object, zone: tzinfo = UTC) -> Node:
    """Read a definition that has no mistakes."""
    read = parse(definition, words(zone))
    assert not isinstance(read, list), read
    return read


def ref(number: int) -> ProfileRef:
    """Return where the person with a number lies."""
    return ProfileRef(Slot(number % 256), ProfileId(number))


async def store(
    database: Database, people: Iterable[Somebody], *, brand_id: BrandId | None = None
) -> BrandId:
    """Store people and what they did, as a brand of their own if none is given."""
    brand_id = BrandId(next(_brands)) if brand_id is None else brand_id
    known = list(people)
    async with database.connection() as connection:
        await connection.copy_records_to_table(
            "profiles",
            records=[
                (*who.ref, brand_id, _json(who.attributes), who.created_at, who.created_at)
                for who in known
            ],
            columns=["slot", "profile_id", "brand_id", "attributes", "created_at", "updated_at"],
        )
        await connection.copy_records_to_table(
            "events",
            records=[
                (
                    *who.ref,
                    brand_id,
                    one.name_id,
                    one.occurred_at,
                    one.occurred_at,
                    10.0,
                    _json(one.attributes),
                    None if one.context is None else _json(one.context),
                )
                for who in known
                for one in who.history
            ],
            columns=[
                *("slot", "profile_id", "brand_id", "name_id", "occurred_at", "received_at"),
                *("ltv", "attributes", "context"),
            ],
        )
        await connection.copy_records_to_table(
            "devices",
            records=[
                (*who.ref, brand_id, "ios", b"{}", b"%d" % who.ref.profile_id, NOON, NOON)
                for who in known
                if who.has_device
            ],
            columns=[
                *("slot", "profile_id", "brand_id", "platform", "place", "place_key"),
                *("added_at", "seen_at"),
            ],
        )
    return brand_id


async def clear(database: Database) -> None:
    """Forget everybody, so that people can have the same ids again."""
    async with database.connection() as connection:
        await connection.execute("TRUNCATE profiles, events, devices")


async def found(database: Database, statement: Statement) -> list[ProfileRef]:
    """Run a statement that returns people."""
    async with database.connection() as connection:
        rows: Sequence[Any] = await connection.fetch(statement.text, *statement.parameters)
    return sorted(ProfileRef(row["slot"], row["profile_id"]) for row in rows)


def _json(value: object) -> bytes:
    return msgspec.json.encode(value)
