"""A brand to send things to, and ways to see what was kept of them."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from tidings.base.errors import Refused
from tidings.base.ids import BrandId
from tidings.base.metrics import Metrics
from tidings.brands import actions as brands
from tidings.events.committer import Committer
from tidings.events.model import Batch, Event, OnceKey, Outcome
from tidings.identity import actions as identity
from tidings.identity.model import Claim, Identifier, IdentifierKind, identifier_of
from tidings.profiles import actions as profiles
from tidings.profiles.model import Operations, Profile, ProfileChange, ProfileRef
from tidings.profiles.operations import read_operations
from tidings.schema import actions as schema
from tidings.schema.catalog import PROFILE, Catalog
from tidings.schema.check import shape_of
from tidings.schema.model import AttributeRow
from tidings.storage.pool import Database

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)

SELECT_EVENTS = """
SELECT events.slot, events.profile_id, event_names.name, occurred_at, received_at, ltv, event_id,
    attributes, context, mismatched
FROM events
JOIN event_names USING (brand_id, name_id)
WHERE events.brand_id = $1
ORDER BY occurred_at, event_id, attributes
"""

Change = tuple[Identifier, ProfileChange]
Operated = tuple[Identifier, Operations]


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event as the database has it."""

    ref: ProfileRef
    name: str
    occurred_at: datetime
    received_at: datetime
    ltv: float
    event_id: str | None
    attributes: Mapping[str, Any]
    context: Mapping[str, Any] | None
    mismatched: Mapping[str, Any] | None


def _decoded(json: bytes | None) -> Any:
    return None if json is None else msgspec.json.decode(json)


class Shop:
    """One brand, as one web process serves it: with a committer and a memory of types."""

    def __init__(self, database: Database, brand_id: BrandId) -> None:
        self.database = database
        self.brand_id = brand_id
        self.catalog = Catalog()
        self.registry = CollectorRegistry()
        self.committer = Committer(database.url, self.catalog, Metrics(self.registry))

    async def __aenter__(self) -> Self:
        self.committer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.committer.close()

    def another_process(self) -> "Shop":
        """Make another process that serves the same brand."""
        return Shop(self.database, self.brand_id)

    def user(self, user_id: str) -> Identifier:
        """Make the identifier of a user."""
        return identifier_of(self.brand_id, IdentifierKind.USER_ID, user_id)

    def email(self, address: str) -> Identifier:
        """Make the identifier of a mailbox."""
        return identifier_of(self.brand_id, IdentifierKind.EMAIL, address)

    def anonymous(self, anonymous_id: str) -> Identifier:
        """Make the identifier of a browser."""
        return identifier_of(self.brand_id, IdentifierKind.ANONYMOUS_ID, anonymous_id)

    def event(
        self,
        whom: str | Identifier,
        name: str = "Bought",
        attributes: Mapping[str, Any] | None = None,
        *,
        at: datetime = NOON,
        ltv: float = 10.0,
        event_id: str | None = None,
        context: bytes | None = None,
        json: bytes | None = None,
    ) -> Event:
        """Make an event as a wire parses it.

        Shape:  whom - a user id, or any identifier; json - its attributes as sent, when they are
                not what an encoder would write.
        """
        given = dict(attributes or {}) if json is None else msgspec.json.decode(json)
        return Event(
            identifier=self._identifier(whom),
            name=name,
            occurred_at=at,
            ltv=ltv,
            attributes=given,
            attributes_json=msgspec.json.encode(given) if json is None else json,
            context_json=context,
            event_id=event_id,
            shape=shape_of(name, given),
        )

    def change(
        self, whom: str | Identifier, attributes: Mapping[str, Any], *, removed: Sequence[str] = ()
    ) -> Change:
        """Make a profile change as a wire parses it."""
        given = dict(attributes)
        change = ProfileChange(given, list(removed), shape_of(PROFILE, given))
        return self._identifier(whom), change

    def operations(
        self,
        whom: str | Identifier,
        profile: Mapping[str, Mapping[str, Any]],
        *,
        created_at: datetime | None = None,
    ) -> Operated:
        """Make a record of operations as a wire parses it, from what it would be sent."""
        steps = read_operations(dict(profile), stored_name={}, read_only=frozenset())
        return self._identifier(whom), Operations(steps, created_at)

    def batch(
        self,
        *records: Event | Change | Operated,
        claims: Sequence[Claim] = (),
        once: OnceKey | None = None,
        received_at: datetime = NOON,
    ) -> Batch:
        """Make what one call asks to store."""
        said = [record for record in records if not isinstance(record, Event)]
        return Batch(
            brand_id=self.brand_id,
            received_at=received_at,
            changes=[(one, what) for one, what in said if isinstance(what, ProfileChange)],
            operations=[(one, what) for one, what in said if isinstance(what, Operations)],
            events=[record for record in records if isinstance(record, Event)],
            claims=claims,
            once=once,
        )

    async def send(
        self, *records: Event | Change | Operated, claims: Sequence[Claim] = ()
    ) -> Outcome:
        """Store records as one call does, and wait until they are durable."""
        return await self.committer.submit(self.batch(*records, claims=claims))

    async def send_all(self, *batches: Batch) -> list[Outcome | Refused]:
        """Submit batches at once, and return what each gets."""
        got = await asyncio.gather(
            *(self.committer.submit(batch) for batch in batches), return_exceptions=True
        )
        outcomes: list[Outcome | Refused] = []
        for outcome in got:
            if isinstance(outcome, BaseException) and not isinstance(outcome, Refused):
                raise outcome
            outcomes.append(outcome)
        return outcomes

    async def profile(self, whom: str | Identifier) -> Profile | None:
        """Read a person as stored."""
        async with self.database.transaction() as tx:
            ref = await identity.find(tx, self._identifier(whom))
            return None if ref is None else await profiles.read(tx, self.brand_id, ref)

    async def attributes(
        self, whom: str | Identifier
    ) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Read a person's attributes, and those put aside; the person exists."""
        profile = await self.profile(whom)
        assert profile is not None
        return profile.attributes, profile.mismatched

    async def events(self) -> list[KeptEvent]:
        """Read all events of the brand, by time, id and attributes."""
        async with self.database.connection() as connection:
            rows = await connection.fetch(SELECT_EVENTS, self.brand_id)
        return [
            KeptEvent(
                ref=ProfileRef(row["slot"], row["profile_id"]),
                name=row["name"],
                occurred_at=row["occurred_at"],
                received_at=row["received_at"],
                ltv=row["ltv"],
                event_id=row["event_id"],
                attributes=_decoded(row["attributes"]),
                context=_decoded(row["context"]),
                mismatched=_decoded(row["mismatched"]),
            )
            for row in rows
        ]

    async def types(self) -> dict[tuple[str | None, str], tuple[str, int]]:
        """Read the type and the number of mismatches of each event's (or profile's) attribute."""
        return {
            (row.event, row.attribute): (row.type.value, row.mismatches)
            for row in await self.attribute_rows()
        }

    async def attribute_rows(self) -> list[AttributeRow]:
        """Read every attribute as the operator sees it."""
        async with self.database.transaction() as tx:
            return await schema.list_attributes(tx, self.brand_id)

    async def count_orphans(self) -> int:
        """Count the events and event ids of all brands whose person is not there."""
        async with self.database.connection() as connection:
            return await connection.fetchval(
                """
                SELECT count(*)
                FROM (
                    SELECT slot, profile_id, brand_id FROM events
                    UNION ALL
                    SELECT slot, profile_id, brand_id FROM event_ids
                    UNION ALL
                    SELECT profile_slot, profile_id, brand_id FROM identifiers
                ) AS kept
                WHERE NOT EXISTS (
                    SELECT
                    FROM profiles
                    WHERE profiles.slot = kept.slot
                        AND profiles.profile_id = kept.profile_id
                        AND profiles.brand_id = kept.brand_id
                )
                """
            )

    def _identifier(self, whom: str | Identifier) -> Identifier:
        return self.user(whom) if isinstance(whom, str) else whom

    def measured(self, name: str) -> float:
        """Read one of the committer's own counts."""
        return self.registry.get_sample_value(name) or 0.0


async def open_shop(database: Database, *, name: str = "Shop") -> Shop:
    """Create a brand and a process that serves it, not yet started."""
    async with database.transaction() as tx:
        brand = await brands.create_brand(tx, name=name)
    return Shop(database, brand.brand_id)


@pytest.fixture
async def shop(database: Database) -> AsyncGenerator[Shop]:
    """Lend a brand with a committer that runs."""
    async with await open_shop(database) as opened:
        yield opened


@pytest.fixture
async def other_shop(database: Database) -> AsyncGenerator[Shop]:
    """Lend another brand in the same database, in another process."""
    async with await open_shop(database, name="Other") as opened:
        yield opened
