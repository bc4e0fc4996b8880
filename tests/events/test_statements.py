"""However many records a commit has, it costs the same few round trips."""

from collections.abc import Sequence

import pytest

from tests.shop import Change, Shop
from tidings.events import ingest
from tidings.events.model import Answer, Event, OnceKey, Stored
from tidings.storage.tx import Row, Tx

# What every commit does: hold the locks, compare the versions of types, find the people.
ALWAYS = 3


class CountingTx:
    """A transaction that counts what is sent to the database, and sends it."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.statements = 0

    async def fetch(self, query: str, *args: object) -> Sequence[Row]:
        """Count and pass on."""
        self.statements += 1
        return await self._tx.fetch(query, *args)

    async def fetchrow(self, query: str, *args: object) -> Row | None:
        """Count and pass on."""
        self.statements += 1
        return await self._tx.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: object) -> object:
        """Count and pass on."""
        self.statements += 1
        return await self._tx.fetchval(query, *args)

    async def execute(self, query: str, *args: object) -> str:
        """Count and pass on."""
        self.statements += 1
        return await self._tx.execute(query, *args)

    async def copy_to_table(
        self,
        table_name: str,
        *,
        source: memoryview,
        columns: Sequence[str],
        format: str,  # noqa: A002 - asyncpg's name
    ) -> str:
        """Count and pass on."""
        self.statements += 1
        return await self._tx.copy_to_table(
            table_name, source=source, columns=columns, format=format
        )


async def statements_for(shop: Shop, *records: Event | Change, once: OnceKey | None = None) -> int:
    """Store records in a transaction of their own; their types are known. Count its statements."""
    async with shop.database.transaction() as tx:
        counting = CountingTx(tx)
        outcomes = await ingest.store_batches(
            counting, shop.catalog, [shop.batch(*records, once=once)]
        )
    assert outcomes == [Stored([])]
    return counting.statements


@pytest.mark.parametrize("count", [1, 1_000])
async def test_events_of_known_people_take_one_statement_more(shop: Shop, count: int) -> None:
    """The COPY; the people's own rows are not touched at all."""
    events = [shop.event(f"user {n % 50}", attributes={"n": n}) for n in range(count)]
    await shop.send(*events)
    before = await shop.profile("user 0")

    assert await statements_for(shop, *events) == ALWAYS + 1

    assert await shop.profile("user 0") == before
    assert len(await shop.events()) == 2 * count


@pytest.mark.parametrize("count", [1, 1_000])
async def test_events_of_new_people_take_two_statements_more(shop: Shop, count: int) -> None:
    """Their identifiers and their profiles are inserted, however many they are."""
    await shop.send(shop.event("known", attributes={"n": 0}))
    events = [shop.event(f"user {n}", attributes={"n": n}) for n in range(count)]

    assert await statements_for(shop, *events) == ALWAYS + 1 + 2

    assert len(await shop.events()) == count + 1


@pytest.mark.parametrize("count", [1, 100])
async def test_changes_of_known_people_take_one_statement_more(shop: Shop, count: int) -> None:
    """All of them are patched at once."""
    changes = [shop.change(f"user {n}", {"n": n}) for n in range(count)]
    await shop.send(*changes)

    assert await statements_for(shop, *changes) == ALWAYS + 1


async def test_event_ids_take_one_statement_more(shop: Shop) -> None:
    """Which of them are new is asked and noted in one."""
    await shop.send(shop.event("ada"))
    events = [shop.event("ada", event_id=f"e{n}") for n in range(1_000)]

    assert await statements_for(shop, *events) == ALWAYS + 1 + 1


async def test_an_idempotency_key_takes_two_statements_more(shop: Shop) -> None:
    """It is claimed first, and its answer is kept last."""
    await shop.send(shop.event("ada"))
    once = OnceKey("k", b"", lambda _stored: Answer(200, b""))

    assert await statements_for(shop, shop.event("ada"), once=once) == ALWAYS + 1 + 2


async def test_mismatches_take_one_statement_more(shop: Shop) -> None:
    """They are counted together, whatever they are of."""
    await shop.send(shop.event("ada", attributes={"n": 1, "m": 1}), shop.change("ada", {"a": 1}))
    wrong = [shop.event("ada", attributes={"n": "x", "m": "y"}) for _ in range(100)]
    async with shop.database.transaction() as tx:
        counting = CountingTx(tx)
        await ingest.store_batches(
            counting, shop.catalog, [shop.batch(*wrong, shop.change("ada", {"a": "x"}))]
        )

    assert counting.statements == ALWAYS + 2 + 1
    assert [row.mismatches for row in await shop.attribute_rows()] == [1, 100, 100]
