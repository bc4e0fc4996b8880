"""Migrations: each once, in order, whoever migrates; and fresh tables are the same as old ones."""

import asyncio
import hashlib
from collections.abc import Generator

import asyncpg
import pytest

from tests.conftest import Postgres
from tests.storage import tables
from tests.storage.rows import ROWS_AFTER
from tidings.base.errors import Code, Refused
from tidings.events.jobs import make_months
from tidings.storage import migrate as migrations
from tidings.storage.embedded import DATABASE
from tidings.storage.migrate import Migration, all_migrations, migrate, pending
from tidings.storage.pool import Database

NUMBERS = [migration.number for migration in all_migrations()]


@pytest.fixture
def empty_url(postgres: Postgres, request: pytest.FixtureRequest) -> Generator[str]:
    """Lend the address of a database that nobody has migrated."""
    name = f"empty_{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:12]}"
    postgres.execute(f"CREATE DATABASE {name} OWNER {DATABASE}")
    yield postgres.url_of(name)
    postgres.drop(name)


async def remembered(database: Database) -> list[tuple[int, str, str]]:
    """Return what the database says was applied."""
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT number, name, sha256 FROM migrations ORDER BY number")
    return [(row["number"], row["name"], row["sha256"]) for row in rows]


def numbers(applied: list[Migration]) -> list[int]:
    """Return the numbers of migrations."""
    return [migration.number for migration in applied]


def test_the_files_are_numbered_from_one_without_a_gap() -> None:
    """A gap is a migration that somebody forgot to commit."""
    assert list(range(1, len(NUMBERS) + 1)) == NUMBERS


@pytest.mark.parametrize("migration", all_migrations(), ids=lambda found: found.name)
def test_the_first_line_of_a_migration_says_why(migration: Migration) -> None:
    """An operator reads it before he lets it into his database."""
    assert migration.sql.startswith("-- ")


async def test_a_new_database_gets_every_migration_once(empty_url: str) -> None:
    """The second start finds nothing to do."""
    async with Database(empty_url) as database:
        waiting = numbers(await pending(database))
        first, second = await migrate(database), await migrate(database)

        assert (waiting, numbers(first), second) == (NUMBERS, NUMBERS, [])
        assert await pending(database) == []
        assert await remembered(database) == [
            (migration.number, migration.name, migration.sha256) for migration in all_migrations()
        ]


async def test_a_database_can_stop_at_a_number(empty_url: str) -> None:
    """This is how the tests make databases of older releases."""
    async with Database(empty_url) as database:
        first = await migrate(database, up_to=2)
        waiting = await pending(database)
        rest = await migrate(database)

    assert (numbers(first), numbers(waiting), numbers(rest)) == ([1, 2], NUMBERS[2:], NUMBERS[2:])


async def test_processes_that_migrate_at_once_apply_each_migration_once(empty_url: str) -> None:
    """Several servers of one installation are updated and started at the same moment."""
    servers = [Database(empty_url) for _ in range(6)]

    applied = await asyncio.gather(*(migrate(server) for server in servers))

    assert sorted(number for one in applied for number in numbers(one)) == NUMBERS
    assert [number for number, _, _ in await remembered(servers[0])] == NUMBERS
    await asyncio.gather(*(server.close() for server in servers))


async def test_a_migration_that_was_edited_is_refused(database: Database) -> None:
    """The database has the old text, the release the new: nobody knows what the tables are."""
    async with database.transaction() as tx:
        await tx.execute("UPDATE migrations SET sha256 = repeat('0', 64) WHERE number = 3")

    for attempt in (pending, migrate):
        with pytest.raises(Refused) as raised:
            await attempt(database)

        assert (raised.value.code, raised.value.message) == (
            Code.CONFLICT,
            "Migration 0003 was changed after it was applied. Install an unmodified release.",
        )


async def test_a_database_of_a_later_release_is_refused(database: Database) -> None:
    """The older program does not know what the later one has changed, and would write past it."""
    async with database.transaction() as tx:
        await tx.execute("INSERT INTO migrations VALUES (9001, 'later', repeat('0', 64), now())")

    for attempt in (pending, migrate):
        with pytest.raises(Refused) as raised:
            await attempt(database)

        assert (raised.value.code, raised.value.message) == (
            Code.CONFLICT,
            "The database has migration 9001, which this release does not know: "
            "it was used by a later release. Install that release, or restore a backup.",
        )


async def test_a_migration_that_fails_leaves_nothing_of_itself(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator mends what is wrong and starts again."""
    good = Migration(1, "good", "CREATE TABLE good ();")
    bad = Migration(2, "bad", "CREATE TABLE half (); SELECT nonsense;")
    monkeypatch.setattr(migrations, "all_migrations", lambda: [good, bad])
    async with Database(empty_url) as database:
        with pytest.raises(asyncpg.PostgresError, match="nonsense"):
            await migrate(database)

        assert await remembered(database) == [(1, "good", good.sha256)]
        async with database.connection() as connection:
            names = "SELECT to_regclass('good')::text AS good, to_regclass('half')::text AS half"
            assert dict(await connection.fetchrow(names) or {}) == {"good": "good", "half": None}


async def test_a_migration_waits_four_seconds_for_a_lock_and_runs_five(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer, and the server stands still behind it; a file that needs more argues for it."""
    limits = (
        "SELECT current_setting('lock_timeout') AS l, current_setting('statement_timeout') AS s"
    )
    looking = Migration(1, "looking", f"CREATE TABLE seen AS {limits};")
    monkeypatch.setattr(migrations, "all_migrations", lambda: [looking])
    async with Database(empty_url) as database, database.connection() as connection:
        before = dict(await connection.fetchrow(limits) or {})
        await migrate(database)

        assert dict(await connection.fetchrow("SELECT l, s FROM seen") or {}) == {
            "l": "4s",
            "s": "5s",
        }
        assert dict(await connection.fetchrow(limits) or {}) == before


def test_every_migration_has_rows_to_meet_the_next_one() -> None:
    """A migration that works on empty tables only is noticed here, not by the first customer."""
    assert sorted(ROWS_AFTER) == NUMBERS


async def test_fresh_tables_are_the_same_as_migrated_ones(
    empty_url: str, database: Database
) -> None:
    """Known bug 25: new installations lacked what migrations had given the old ones."""
    async with Database(empty_url) as grown:
        for number in NUMBERS:
            await migrate(grown, up_to=number)
            async with grown.transaction() as tx:
                for statement in ROWS_AFTER[number]:
                    await tx.execute(statement)
        async with grown.transaction() as tx:
            await make_months(tx)

    assert tables.tables_of(empty_url) == tables.tables_of(database.url)


def test_the_tables_at_one_sight_are_those_of_the_migrations(database_url: str) -> None:
    """People read that file instead of replaying migrations in their heads: `make schema`."""
    assert tables.FILE.read_text("utf-8") == f"{tables.HEAD}\n{tables.tables_of(database_url)}"


async def test_every_slot_has_its_row(database: Database) -> None:
    """A worker claims a slot by its row; a slot without one would never be worked off."""
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT slot FROM slots ORDER BY slot")

    assert [row["slot"] for row in rows] == list(range(256))
