"""Who may enter: a copy in every process, never so old that a revoked key still opens."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support import wait_until
from tidings.base import clock
from tidings.base.errors import Code, Refused
from tidings.brands import actions as brands
from tidings.brands.actions import hash_key
from tidings.brands.directory import MAX_AGE_SECONDS, MISS_REFRESH_SECONDS, Directory
from tidings.brands.model import Brand, NewKey
from tidings.storage.pool import Database
from tidings.storage.tx import Tx


async def brand_with_key(database: Database) -> tuple[Brand, NewKey]:
    """Create a brand that can be entered."""
    async with database.transaction() as tx:
        brand = await brands.create_brand(tx, name="Shop")
        return brand, await brands.create_key(tx, brand.brand_id)


async def enter(directory: Directory, secret: str, brand_id: int | None) -> Brand | Code:
    """Try a key."""
    try:
        return await directory.authenticate(hash_key(secret), brand_id)
    except Refused as refused:
        return refused.code


class OwnClock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def monotonic(self) -> float:
        """Return the reading set last."""
        return self.seconds


@pytest.fixture
def own_clock(monkeypatch: pytest.MonkeyPatch) -> OwnClock:
    """Give this test the only clock there is."""
    own = OwnClock()
    monkeypatch.setattr(clock, "monotonic", own.monotonic)
    return own


async def test_a_key_opens_its_own_brand_only(database: Database) -> None:
    """With the brand's id beside it, or alone; every other combination is refused alike."""
    brand, key = await brand_with_key(database)
    other, _ = await brand_with_key(database)
    directory = Directory(database)

    assert await enter(directory, key.secret, brand.brand_id) == brand
    assert await enter(directory, key.secret, None) == brand
    assert [
        await enter(directory, key.secret, other.brand_id),
        await enter(directory, key.secret, 0),
        await enter(directory, key.secret + "x", brand.brand_id),
        await enter(directory, key.prefix, brand.brand_id),
        await enter(directory, "", brand.brand_id),
        await enter(directory, "\udc80", brand.brand_id),
    ] == [Code.UNAUTHENTICATED] * 6


async def test_a_key_made_a_moment_ago_opens_at_once(
    database: Database, own_clock: OwnClock
) -> None:
    """The operator pastes it into his terminal; it is looked for when it is not in the copy."""
    directory = Directory(database)
    await directory.refresh()
    brand, key = await brand_with_key(database)
    own_clock.seconds += MISS_REFRESH_SECONDS + 0.01

    assert await enter(directory, key.secret, brand.brand_id) == brand


class CountingDatabase(Database):
    """Counts the transactions that are opened."""

    opened = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Tx]:
        """Open one more."""
        self.opened += 1
        async with super().transaction() as tx:
            yield tx


async def test_wrong_keys_do_not_become_a_flood_of_reads(
    database_url: str, own_clock: OwnClock
) -> None:
    """Whoever guesses would otherwise ask the database once a guess."""
    async with CountingDatabase(database_url) as database:
        directory = Directory(database)
        await directory.refresh()
        own_clock.seconds += MISS_REFRESH_SECONDS + 0.01

        guesses = [enter(directory, f"guess {number}", 1001) for number in range(50)]
        answers = await asyncio.gather(*guesses)

    assert answers == [Code.UNAUTHENTICATED] * 50
    assert database.opened == 2, "the first reading, and one for all who guess at one time"


async def test_a_new_key_is_found_although_a_wrong_one_was_just_tried(
    database: Database, own_clock: OwnClock
) -> None:
    """Who asks too soon after a reading waits for the next one, and is not turned away."""
    directory = Directory(database)
    await directory.refresh()
    brand, key = await brand_with_key(database)
    own_clock.seconds += MISS_REFRESH_SECONDS - 0.01

    assert await enter(directory, key.secret, brand.brand_id) == brand


async def test_a_revoked_key_is_shut_out_when_the_copy_is_too_old(
    database: Database, own_clock: OwnClock
) -> None:
    """Effective within 5 s in every process, also in one whose refreshing hangs."""
    brand, key = await brand_with_key(database)
    directory = Directory(database)
    await directory.refresh()
    async with database.transaction() as tx:
        await brands.revoke_key(tx, brand.brand_id, key.key_id)

    own_clock.seconds += MAX_AGE_SECONDS - 0.01
    still = await enter(directory, key.secret, brand.brand_id)
    own_clock.seconds += 0.02

    assert still == brand
    assert await enter(directory, key.secret, brand.brand_id) is Code.UNAUTHENTICATED


async def test_without_a_database_nobody_enters_when_the_copy_is_too_old(
    own_clock: OwnClock, tmp_path: Path
) -> None:
    """We could not know whether the key was revoked; the client is told to come back."""
    async with Database(f"postgresql://tidings@/tidings?host={tmp_path}") as away:
        own_clock.seconds += 1

        assert await enter(Directory(away), "tdk_x", None) is Code.UNAVAILABLE


async def test_the_copy_is_kept_fresh_until_the_process_stops(database: Database) -> None:
    """Nobody has to call for a revocation to be known."""
    directory = Directory(database)
    stop = asyncio.Event()
    keeping = asyncio.create_task(directory.keep_fresh(stop))
    brand, key = await brand_with_key(database)
    await wait_until(lambda: is_open(directory, brand, key))
    async with database.transaction() as tx:
        await brands.revoke_key(tx, brand.brand_id, key.key_id)

    await wait_until(lambda: is_shut(directory, brand, key), within_seconds=5)

    stop.set()
    await asyncio.wait_for(keeping, timeout=5)


async def is_open(directory: Directory, brand: Brand, key: NewKey) -> bool:
    """Say whether a key opens."""
    return await enter(directory, key.secret, brand.brand_id) == brand


async def is_shut(directory: Directory, brand: Brand, key: NewKey) -> bool:
    """Say whether a key does not open."""
    return await enter(directory, key.secret, brand.brand_id) is Code.UNAUTHENTICATED
