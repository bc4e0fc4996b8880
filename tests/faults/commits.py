"""Commits that keep an answer, held or slowed at their very end: sent, and not yet done."""

from collections.abc import Generator
from contextlib import contextmanager

from tests.cli.conftest import Server
from tests.web.server import Backstage
from tidings.base import limits
from tidings.storage.embedded import EmbeddedPostgres

_DO_AT_THE_END = """
CREATE FUNCTION do_at_the_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('tests.done_in', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
        PERFORM set_config('tests.done_in', pg_current_xact_id()::text, true);
        PERFORM {what};
    END IF;
    RETURN NULL;
END $$
"""
# Deferred: it runs within the COMMIT of whoever has kept an answer, for the first of them only.
_AT_THE_END = """
CREATE CONSTRAINT TRIGGER at_the_end AFTER INSERT ON unread_answers
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION do_at_the_end()
"""
_COUNT_HELD = """
SELECT count(*) AS held FROM pg_stat_activity
WHERE query = 'COMMIT' AND state = 'active' AND wait_event_type = 'Lock'
    AND clock_timestamp() - xact_start >= $1 * interval '1 ms'
"""
_COUNT_WAITING = """
SELECT count(*) AS waiting FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
_LIST_KEPT = """
SELECT read_at IS NOT NULL AS is_read,
    clock_timestamp() - received_at >= $1 * interval '1 ms' AS is_late
FROM unread_answers
"""


class Answers:
    """The answers that a server keeps, and who waits in its database."""

    def __init__(self, database: Backstage) -> None:
        self._database = database

    def are_kept(self) -> bool:
        """Say whether a call is stored, for everybody to see."""
        return self._listed("is_read") != []

    def are_read(self) -> bool:
        """Say whether every answer is marked as read."""
        return all(self._listed("is_read"))

    def are_late(self) -> bool:
        """Say whether the same call, if it comes now, is taken for one sent again."""
        return all(self._listed("is_late"))

    def are_waiting(self, count: int) -> bool:
        """Say whether so many wait for a lock."""
        [row] = self._database.rows(_COUNT_WAITING)
        return row["waiting"] == count

    def is_held(self, *, for_milliseconds: int = 0) -> bool:
        """Say whether a commit is held at its end, of a call that was received so long ago."""
        [row] = self._database.rows(_COUNT_HELD, for_milliseconds)
        return row["held"] == 1

    def let_go(self) -> None:
        """Let the commits that are held go on."""
        self._database.rows("SELECT pg_advisory_unlock_all()")

    def _listed(self, field: str) -> list[bool]:
        rows = self._database.rows(_LIST_KEPT, limits.RESENT_AFTER_MILLISECONDS)
        return [row[field] for row in rows]


@contextmanager
def database_of(server: Server) -> Generator[Backstage]:
    """Open a connection to the database of a running server."""
    database = Backstage(EmbeddedPostgres(server.data_dir).url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def commits_held(server: Server) -> Generator[Answers]:
    """Hold the commits that keep an answer, until they are let go or the block ends."""
    with database_of(server) as database:
        database.rows("SELECT pg_advisory_lock(1)")
        _do_at_the_end(database, "pg_advisory_xact_lock_shared(1)")
        yield Answers(database)


def make_commits_slow(database: Backstage, *, by_seconds: float) -> None:
    """Make every commit that keeps an answer take its time, as on a slow disk."""
    _do_at_the_end(database, f"pg_sleep({by_seconds})")


def _do_at_the_end(database: Backstage, what: str) -> None:
    database.rows(_DO_AT_THE_END.format(what=what))
    database.rows(_AT_THE_END)
