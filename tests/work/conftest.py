"""A table of what was done, handlers that write to it, and a clock that the test owns."""

from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.work.doing import CREATE_DONE
from tidings.base import clock
from tidings.storage.pool import Database

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)


class OwnClock:
    """What time it is, until the test says otherwise."""

    def __init__(self) -> None:
        self.instant = NOON

    def now(self) -> datetime:
        """Return the instant set last."""
        return self.instant

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.instant += timedelta(seconds=seconds)


@pytest.fixture
def own_clock(monkeypatch: pytest.MonkeyPatch) -> OwnClock:
    """Give this test the only clock there is, standing at noon."""
    own = OwnClock()
    monkeypatch.setattr(clock, "now", own.now)
    return own


@pytest.fixture
async def done_table(database: Database) -> None:
    """Make the table that the handlers write to."""
    async with database.connection() as connection:
        await connection.execute(CREATE_DONE)


@pytest.fixture
async def pools(database_url: str) -> AsyncGenerator[Callable[[], Database]]:
    """Open further pools to the same database, as other processes would."""
    opened: list[Database] = []

    def another() -> Database:
        opened.append(Database(database_url, size=3))
        return opened[-1]

    yield another
    for pool in opened:
        await pool.close()
