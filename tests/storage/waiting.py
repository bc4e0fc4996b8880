"""Seeing that somebody waits for a lock, instead of sleeping until he probably does."""

from tidings.storage.pool import Database

_COUNT_WAITING = """
SELECT count(*)
FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


async def count_waiting(database: Database) -> int:
    """Count the connections to this database that wait for a lock of any kind."""
    async with database.connection() as connection:
        return await connection.fetchval(_COUNT_WAITING)
