"""Keys of calls that are to be done once are claimed in one order, whatever the order asked."""

import asyncio

from tests.storage.waiting import count_waiting
from tests.support import wait_until
from tidings.base.ids import BrandId
from tidings.brands import idempotency
from tidings.brands.idempotency import KeptAnswer, Key
from tidings.storage.pool import Database

FIRST: Key = (BrandId(1001), "a")
LAST: Key = (BrandId(1001), "z")


async def claim(database: Database, *keys: Key) -> dict[Key, KeptAnswer]:
    """Claim keys in a transaction of its own."""
    async with database.transaction() as tx:
        return await idempotency.claim(tx, dict.fromkeys(keys, b"asked"))


async def test_who_claims_the_same_keys_in_other_orders_does_not_wait_in_a_circle(
    database: Database,
) -> None:
    """One holds the first and then wants the last; the other asks for the last before the first."""
    async with database.transaction() as tx:
        await idempotency.claim(tx, {FIRST: b"asked"})
        waiting = asyncio.create_task(claim(database, LAST, FIRST))
        await wait_until(lambda: count_waiting(database))
        await idempotency.claim(tx, {LAST: b"asked"})
        await idempotency.keep(tx, [(FIRST, 200, b"one"), (LAST, 403, b"two")])

    assert await asyncio.wait_for(waiting, timeout=30) == {
        FIRST: KeptAnswer(b"asked", 200, b"one"),
        LAST: KeptAnswer(b"asked", 403, b"two"),
    }


async def test_a_claim_that_was_rolled_back_is_free_for_whoever_waited(database: Database) -> None:
    """A call that failed has no answer, so it must not look as if it had one."""

    async def give_up() -> "asyncio.Task[dict[Key, KeptAnswer]]":
        async with database.transaction() as tx:
            await idempotency.claim(tx, {FIRST: b"asked"})
            second = asyncio.create_task(claim(database, FIRST))
            await wait_until(lambda: count_waiting(database))
            await tx.execute("ROLLBACK")
            await tx.execute("BEGIN")
        return second

    second = await give_up()

    assert await asyncio.wait_for(second, timeout=30) == {}
