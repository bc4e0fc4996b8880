"""A million people and what they did in ninety days, as segments are asked about them.

Made the same each time, but for the moment at which it ends. Names of events are as unequal as
words are; people differ in how much they do, and little of what is done is done by the newest.
"""

import asyncio
import itertools
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bench import material
from bench.load import Target
from tidings.base import clock
from tidings.base.ids import BrandId, NameId
from tidings.events.jobs import make_months
from tidings.identity.model import IdentifierKind, identifier_of
from tidings.schema.model import PROFILE_OWNER, AttributeType
from tidings.storage.pool import Database, connect
from tidings.storage.tx import Connection

PROFILES = 1_000_000
EVENTS = 10_000_000
NAMES = 50
DAYS = 90
PEOPLE_YEARS = 2

_SEED = 7
_STEEPNESS = 1.3  # of Zipf's law: the rarest name has some 20,000 events, the commonest a third
_CHUNK = 5_000
_CONNECTIONS = 2
_CITIES = ["Mumbai", "Delhi", "Pune", "Chennai", "Kolkata", "Jaipur", "Surat", "Nagpur"]
_PLANS = ["free", "free", "free", "basic", "basic", "gold"]
_TYPES_OF_PROFILES = {
    **dict.fromkeys(("city", "plan", "email", "name", "mobile"), AttributeType.STRING),
    **dict.fromkeys(("age", "email_opt_in", "sms_opt_in"), AttributeType.NUMBER),
}
_TYPES_OF_EVENTS = {
    **dict.fromkeys(("price", "quantity", "order_id"), AttributeType.NUMBER),
    "product_name": AttributeType.STRING,
}
_TABLES = {
    "identifiers": "slot, brand_id, kind, value, profile_slot, profile_id",
    "profiles": "slot, profile_id, brand_id, user_id, attributes, created_at, updated_at",
    "events": "slot, profile_id, brand_id, name_id, occurred_at, received_at, ltv, attributes,"
    " context",
}
_STATEMENT_SECONDS = 3_600.0


@dataclass(frozen=True)
class Crowd:
    """Everybody, once they are loaded.

    Shape:  name_ids - of `name_of` 1 to `NAMES`, from the commonest to the rarest; ended_at - up
            to when they did something.
    """

    brand_id: BrandId
    name_ids: Sequence[NameId]
    ended_at: datetime


def name_of(number: int) -> str:
    """Return what an event is called, 1 for the commonest, `NAMES` for the rarest."""
    return f"Event {number}"


def event(number: int, name: str, chance: random.Random) -> dict[str, Any]:
    """Make an event of a random one of the crowd, as it is sent: as large as others are."""
    made = material.event(number, chance)
    made |= {"userID": user_id(chance.randrange(PROFILES)), "event_name": name}
    made["attributes"] = {
        "price": chance.randrange(10_000) / 100,
        "quantity": number % 5 + 1,
        "product_name": f"Test Product {number % 997}",
        "order_id": number,
    }
    del made["event_time"]  # it happens now
    return made


def user_id(number: int) -> str:
    """Return the id by which one of the crowd is known."""
    return f"user-{number}"


async def load(url: str, target: Target) -> Crowd:
    """Load everybody and everything into the tables of a brand, unless they are there."""
    brand_id = BrandId(target.brand_id)
    connection = await connect(url, statement_seconds=_STATEMENT_SECONDS)
    try:
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM events)"):
            name_ids = await _name(connection, brand_id)
            async with Database(url) as database, database.transaction() as tx:
                await make_months(tx)
            people = list(_people(brand_id))
            began = time.perf_counter()
            await _copy(url, "identifiers", _identifiers(brand_id, people))
            await _copy(url, "profiles", _profiles(brand_id, people))
            await _copy(url, "events", _events(brand_id, people, name_ids))
            print(f"loaded in {time.perf_counter() - began:,.0f} s", flush=True)
            await connection.execute("VACUUM (ANALYZE) identifiers, profiles, events")
        rows = await connection.fetch(
            "SELECT name_id FROM event_names WHERE brand_id = $1 AND name LIKE 'Event %'"
            " ORDER BY name_id",
            brand_id,
        )
        ended_at = await connection.fetchval("SELECT max(occurred_at) FROM events")
        return Crowd(brand_id, [NameId(row["name_id"]) for row in rows], ended_at)
    finally:
        await connection.close()


async def _name(connection: Connection, brand_id: BrandId) -> list[NameId]:
    names = [name_of(number) for number in range(1, NAMES + 1)]
    rows = await connection.fetch(
        "INSERT INTO event_names (brand_id, name, kind, first_seen_at)"
        " SELECT $1, name, 'custom', now() FROM unnest($2::text[]) WITH ORDINALITY AS n (name, at)"
        " ORDER BY at RETURNING name_id",
        brand_id,
        names,
    )
    name_ids = [NameId(row["name_id"]) for row in rows]
    await connection.copy_records_to_table(
        "attribute_types",
        records=[
            (brand_id, owner, attribute, kind.value, clock.now())
            for owner in (PROFILE_OWNER, *name_ids)
            for attribute, kind in (
                _TYPES_OF_PROFILES if owner == PROFILE_OWNER else _TYPES_OF_EVENTS
            ).items()
        ],
        columns=["brand_id", "owner", "attribute", "type", "locked_at"],
    )
    return name_ids


async def _copy(url: str, table: str, rows: Iterator[str]) -> None:
    # Two at a time, as ingest has it, so that what happened lies about in the order of time.
    chunks = iter(lambda: list(itertools.islice(rows, _CHUNK)), [])
    connections = [
        await connect(url, statement_seconds=_STATEMENT_SECONDS) for _ in range(_CONNECTIONS)
    ]

    async def work(connection: Connection) -> None:
        for chunk in chunks:
            await connection.copy_to_table(
                table,
                source=memoryview("".join(sorted(chunk)).encode()),
                columns=_TABLES[table].split(", "),
                format="text",
            )

    await asyncio.gather(*(work(connection) for connection in connections))
    for connection in connections:
        await connection.close()


def _people(brand_id: BrandId) -> Iterator[tuple[int, int, datetime]]:
    """Yield slot, id and creation of everybody, from the oldest to the newest."""
    first = clock.now() - timedelta(days=365 * PEOPLE_YEARS)
    apart = timedelta(days=365 * PEOPLE_YEARS) / PROFILES
    for number in range(PROFILES):
        created_at = first + number * apart
        # As the house draws them: the millisecond above, so that ids rise with time.
        profile_id = (int(created_at.timestamp() * 1000) << 22) | (number & 0x3FFFFF)
        slot = identifier_of(brand_id, IdentifierKind.USER_ID, user_id(number)).slot
        yield slot, profile_id, created_at


def _identifiers(brand_id: BrandId, people: list[tuple[int, int, datetime]]) -> Iterator[str]:
    for number, (slot, profile_id, _) in enumerate(people):
        yield f"{slot}\t{brand_id}\t1\t{user_id(number)}\t{slot}\t{profile_id}\n"


def _profiles(brand_id: BrandId, people: list[tuple[int, int, datetime]]) -> Iterator[str]:
    chance = random.Random(_SEED)
    for number, (slot, profile_id, created_at) in enumerate(people):
        attributes = (
            f'{{"age": {chance.randrange(16, 80)}, "city": "{chance.choice(_CITIES)}",'
            f' "plan": "{chance.choice(_PLANS)}", "email": "user{number}@example.com",'
            f' "name": "Michael Smith {number}", "mobile": "+9198{number:08}",'
            f' "email_opt_in": {int(chance.random() < 0.7)},'
            f' "sms_opt_in": {int(chance.random() < 0.4)}}}'
        )
        at = created_at.isoformat()
        yield f"{slot}\t{profile_id}\t{brand_id}\t{user_id(number)}\t{attributes}\t{at}\t{at}\n"


def _events(
    brand_id: BrandId, people: list[tuple[int, int, datetime]], name_ids: Sequence[NameId]
) -> Iterator[str]:
    chance = random.Random(_SEED)
    weights = [1 / rank**_STEEPNESS for rank in range(1, NAMES + 1)]
    names = random.Random(_SEED).choices(name_ids, weights, k=1_000_003)
    start = (clock.now() - timedelta(days=DAYS)).timestamp()
    apart = DAYS * 86_400 / EVENTS
    context = (
        '{"language": "en-GB", "platform": "website", "ip_address": "", "page": {"url": '
        '"https://www.example.com/products/%d", "referrer": "https://www.google.com"}}'
    )
    for number, name_id in zip(range(EVENTS), itertools.cycle(names), strict=False):
        slot, profile_id, _ = people[int(PROFILES * chance.random() ** 1.5)]
        at = datetime.fromtimestamp(start + number * apart, UTC).isoformat()
        yield (
            f"{slot}\t{profile_id}\t{brand_id}\t{name_id}\t{at}\t{at}\t10\t"
            f'{{"price": {int(chance.random() * 10_000) / 100}, "quantity": {number % 5 + 1},'
            f' "product_name": "Test Product {number % 997}", "order_id": {number}}}\t'
            f"{context % (number % 9_973)}\n"
        )
