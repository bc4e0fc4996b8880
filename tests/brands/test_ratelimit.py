"""Calls are counted exactly, for all processes together."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tidings.base import clock
from tidings.base.errors import Code, Refused
from tidings.brands import actions as brands
from tidings.brands.model import Api, Brand
from tidings.brands.ratelimit import Allowance, RateLimiter, over_limit
from tidings.storage.pool import Database

HALF_PAST = datetime(2026, 3, 29, 12, 0, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no minute end in the middle of a test."""
    monkeypatch.setattr(clock, "now", lambda: HALF_PAST)


async def create(database: Database, **limits: int) -> Brand:
    """Create a brand with limits of its own."""
    async with database.transaction() as tx:
        brand = await brands.create_brand(tx, name="Shop")
        calls = {Api(api): limit for api, limit in limits.items()}
        return await brands.change_limits(tx, brand.brand_id, calls)


async def test_each_call_has_its_number_and_the_rest_is_told(database: Database) -> None:
    """`X-RateLimit-Remaining` is exact, down to nothing."""
    brand = await create(database, user=3)
    limiter = RateLimiter(database.url)

    taken = [await limiter.take(brand, Api.USER) for _ in range(5)]
    await limiter.close()

    assert taken == [
        Allowance(limit=3, remaining=remaining, reset_seconds=30, is_over=is_over)
        for remaining, is_over in ((2, False), (1, False), (0, False), (0, True), (0, True))
    ]


async def test_calls_of_many_processes_at_once_pass_up_to_the_limit(database: Database) -> None:
    """No more than the limit, however many come at once; each number is given once."""
    brand = await create(database, event=100)
    limiters = [RateLimiter(database.url) for _ in range(4)]

    taken = await asyncio.gather(
        *(limiter.take(brand, Api.EVENT) for _ in range(40) for limiter in limiters)
    )
    await asyncio.gather(*(limiter.close() for limiter in limiters))

    passed = [allowance.remaining for allowance in taken if not allowance.is_over]
    assert sorted(passed) == list(range(100))
    assert len(taken) == 160


async def test_brands_and_groups_of_calls_are_counted_apart(database: Database) -> None:
    """One brand's load is not another's, and reports do not use up events."""
    one, other = await create(database, user=10, event=10), await create(database, user=10)
    limiter = RateLimiter(database.url)

    taken = await asyncio.gather(
        limiter.take(one, Api.USER),
        limiter.take(one, Api.USER),
        limiter.take(one, Api.EVENT),
        limiter.take(other, Api.USER),
    )
    await limiter.close()

    assert [allowance.remaining for allowance in taken] == [9, 8, 9, 9]


async def test_each_minute_begins_anew(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Minutes are those of the clock, in every time zone; a slow clock never begins one twice."""
    brand = await create(database, user=10)
    limiter = RateLimiter(database.url)
    taken: list[tuple[int, int]] = []
    for seconds in (0, 29, 30, 31, 5, 90):
        instant = HALF_PAST + timedelta(seconds=seconds)
        monkeypatch.setattr(clock, "now", lambda: instant)  # noqa: B023 - called at once
        allowance = await limiter.take(brand, Api.USER)
        taken.append((allowance.remaining, allowance.reset_seconds))
    await limiter.close()

    assert taken == [(9, 30), (8, 1), (9, 60), (8, 59), (7, 25), (9, 60)]


async def test_a_used_up_minute_is_refused_with_when_it_ends(database: Database) -> None:
    """The client comes back then, and not before."""
    brand = await create(database, user=1)
    limiter = RateLimiter(database.url)
    await limiter.take(brand, Api.USER)
    allowance = await limiter.take(brand, Api.USER)
    await limiter.close()

    refused = over_limit(Api.USER, allowance)

    assert (refused.code, refused.message, refused.retry_after_seconds) == (
        Code.RATE_LIMITED,
        "The limit of 1 user calls a minute is used up; it starts anew in 30 s.",
        30,
    )


async def test_without_a_database_calls_are_refused_at_once_and_counted_again_later(
    database: Database, tmp_path: Path
) -> None:
    """A call that cannot be counted cannot be let in; the next one is tried anew."""
    brand = await create(database)
    away = RateLimiter(f"postgresql://tidings@/tidings?host={tmp_path}")

    for _ in range(2):
        with pytest.raises(Refused) as raised:
            await away.take(brand, Api.USER)
        assert raised.value.code is Code.UNAVAILABLE
    await away.close()
