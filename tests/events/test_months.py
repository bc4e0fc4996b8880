"""Months have their partitions before anything happens in them, and lose none of their events."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.shop import Shop
from tests.storage.waiting import count_waiting
from tests.support import wait_until
from tidings.base import clock
from tidings.events.jobs import MONTHS_AHEAD, MONTHS_BACK, make_months
from tidings.privacy import actions as privacy
from tidings.storage.pool import Database

PARTITIONS = """
SELECT relname, pg_get_expr(relpartbound, oid) AS bounds
FROM pg_class
WHERE relispartition AND relkind = 'r' AND relname LIKE 'events\\_%'
ORDER BY relname
"""
INDEXES = """
SELECT count(*)
FROM pg_inherits
JOIN pg_class ON pg_class.oid = inhrelid
WHERE inhparent IN ('events_of_profile'::regclass, 'events_of_name'::regclass)
"""
WHERE_THEY_LIE = """
SELECT tableoid::regclass::text AS place, count(*) AS count
FROM events
GROUP BY place
ORDER BY place
"""


async def make(database: Database) -> None:
    """Make months, as the worker does once a day."""
    async with database.transaction() as tx:
        await make_months(tx)


async def partitions(database: Database) -> dict[str, str]:
    """Return the bounds of each partition."""
    async with database.connection() as connection:
        return {row["relname"]: row["bounds"] for row in await connection.fetch(PARTITIONS)}


async def places(shop: Shop) -> dict[str, int]:
    """Return how many events lie in which partition."""
    async with shop.database.connection() as connection:
        return {row["place"]: row["count"] for row in await connection.fetch(WHERE_THEY_LIE)}


class MovedClock:
    """What time it is, in a month of the test's choice."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 3, 29, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the instant set last."""
        return self.instant


@pytest.fixture
def own_clock(monkeypatch: pytest.MonkeyPatch) -> MovedClock:
    """Give this test the only clock there is, standing in March 2026."""
    own = MovedClock()
    monkeypatch.setattr(clock, "now", own.now)
    return own


@pytest.mark.usefixtures("own_clock")
async def test_a_new_database_gets_the_past_year_and_the_coming_months(database: Database) -> None:
    """A history sent on the first day lies in its months, and the worker may fail for a quarter."""
    await make(database)

    made = await partitions(database)
    assert list(made) == [
        *(f"events_2025_{month:02}" for month in range(3, 13)),
        *(f"events_2026_{month:02}" for month in range(1, 8)),
        "events_default",
    ]
    assert made["events_2026_03"] == (
        "FOR VALUES FROM ('2026-03-01 00:00:00+00') TO ('2026-04-01 00:00:00+00')"
    )
    assert made["events_2025_12"] == (
        "FOR VALUES FROM ('2025-12-01 00:00:00+00') TO ('2026-01-01 00:00:00+00')"
    )
    assert len(made) == MONTHS_BACK + 1 + MONTHS_AHEAD + 1


@pytest.mark.usefixtures("own_clock")
async def test_making_months_again_makes_nothing(database: Database) -> None:
    """It is done every day, and by every process at its start."""
    await make(database)
    before = await partitions(database)

    await asyncio.gather(*(make(database) for _ in range(4)))

    assert await partitions(database) == before


async def test_processes_that_start_at_once_make_the_months_once(
    database: Database, own_clock: MovedClock
) -> None:
    """The first start of a server has several processes and no month."""
    await asyncio.gather(*(make(database) for _ in range(4)))

    assert len(await partitions(database)) == MONTHS_BACK + 1 + MONTHS_AHEAD + 1
    assert own_clock.instant.year == 2026


async def test_each_month_the_next_one_is_made(database: Database, own_clock: MovedClock) -> None:
    """Ahead, also over the turn of the year; months of the past are made once only."""
    await make(database)
    before = set(await partitions(database))

    own_clock.instant = datetime(2026, 10, 1, tzinfo=UTC)
    await make(database)

    assert sorted(set(await partitions(database)) - before) == [
        "events_2026_10",
        "events_2026_11",
        "events_2026_12",
        "events_2027_01",
        "events_2027_02",
    ]


@pytest.mark.usefixtures("own_clock")
async def test_every_month_has_the_indexes(database: Database) -> None:
    """An index that one month lacks is a scan of that month."""
    await make(database)

    async with database.connection() as connection:
        assert await connection.fetchval(INDEXES) == 2 * len(await partitions(database))


@pytest.mark.usefixtures("own_clock")
async def test_events_lie_in_the_month_in_which_they_happened(shop: Shop) -> None:
    """In UTC; to the microsecond. What no month was made for lies in the default partition."""
    await make(shop.database)
    turn = datetime(2026, 3, 1, tzinfo=UTC)
    microsecond = timedelta(microseconds=1)

    await shop.send(
        *(
            shop.event("ada", at=at)
            for at in (turn - microsecond, turn, turn + microsecond, turn.replace(year=2001))
        )
    )

    assert await places(shop) == {"events_2026_02": 1, "events_2026_03": 2, "events_default": 1}


async def test_events_that_came_before_their_month_was_made_move_into_it(
    shop: Shop, own_clock: MovedClock
) -> None:
    """The worker was off for long, or the first events came before the first month."""
    late, later = datetime(2026, 11, 5, tzinfo=UTC), datetime(2026, 12, 5, tzinfo=UTC)
    await shop.send(
        *(shop.event("ada", attributes={"n": n}, at=late, context=b"{}") for n in range(5)),
        shop.event("ada", attributes={"n": "x"}, at=late, event_id="a"),
        shop.event("ada", at=later),
        shop.event("ada", at=datetime(2001, 1, 1, tzinfo=UTC)),
    )
    before, lay = await shop.events(), await places(shop)

    own_clock.instant = datetime(2026, 11, 6, tzinfo=UTC)
    await make(shop.database)

    assert lay == {"events_default": 8}
    assert await places(shop) == {"events_2026_11": 6, "events_2026_12": 1, "events_default": 1}
    assert await shop.events() == before


async def test_events_that_come_while_their_month_is_made_are_kept(
    shop: Shop, own_clock: MovedClock
) -> None:
    """Ingest goes on in several processes while partitions come under it."""
    first = own_clock.instant
    turns = [first + timedelta(days=31 * number) for number in range(8)]

    async def send_many(each: Shop) -> None:
        for number in range(40):
            at = turns[number % len(turns)]
            await each.send(each.event("ada", attributes={"n": number}, at=at))

    async def make_often() -> None:
        for instant in turns:
            own_clock.instant = instant
            await make(shop.database)

    async with shop.another_process() as other:
        await asyncio.gather(send_many(shop), send_many(other), make_often())

    kept = [(one.occurred_at, one.attributes["n"]) for one in await shop.events()]
    assert sorted(kept) == sorted((turns[n % len(turns)], n) for n in range(40) for _ in range(2))
    assert "events_default" not in await places(shop)


async def test_who_is_forgotten_while_a_month_is_made_leaves_no_event(
    shop: Shop, own_clock: MovedClock
) -> None:
    """Their events move from one table to another while they are being deleted."""
    await shop.send(
        shop.event("ada", at=own_clock.instant), shop.event("bob", at=own_clock.instant)
    )

    async def forget() -> None:
        async with shop.database.transaction() as tx:
            await privacy.forget(tx, shop.brand_id, [shop.user("ada")])

    async with shop.database.transaction() as tx:
        await make_months(tx)
        forgetting = asyncio.create_task(forget())
        await wait_until(lambda: count_waiting(shop.database))
    await forgetting

    assert await shop.count_orphans() == 0
    assert len(await shop.events()) == 1
