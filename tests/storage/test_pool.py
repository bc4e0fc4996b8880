"""An absent database is a refusal that says when to come back; a bug stays a bug."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from tests.conftest import Postgres
from tidings.base.errors import Code, Refused
from tidings.storage.pool import Database, connect, is_unavailable, is_unstorable, transaction
from tidings.storage.tx import Tx

AWAY = "The database cannot be reached; nothing was stored. Send again shortly."
LOST_IN_COMMIT = (
    "The database was lost while it stored this call, so it may or may not be stored. "
    "Send again; with an Idempotency-Key or event_ids nothing is stored twice."
)


def told(refused: Refused) -> tuple[Code, str, int | None]:
    """Return what a client is told."""
    return refused.code, refused.message, refused.retry_after_seconds


async def kill_connection(postgres: Postgres, tx: Tx) -> None:
    """End a connection as a restart of the server does."""
    pid: int = await tx.fetchval("SELECT pg_backend_pid()")
    assert postgres.execute(f"SELECT pg_terminate_backend({pid}, 5000)") == [True]


async def delete_slots_and(database: Database, *statements: str) -> None:
    """Change something in a transaction before other statements."""
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM slots")
        for statement in statements:
            await tx.execute(statement)


async def count_slots(database: Database) -> int:
    """Ask something that every migrated database can answer."""
    async with database.transaction() as tx:
        return await tx.fetchval("SELECT count(*) FROM slots")


async def test_an_absent_database_is_unavailable(tmp_path: Path) -> None:
    """The client is told to come back, and no word of what is wrong with our machines."""
    async with Database(f"postgresql://tidings@/tidings?host={tmp_path}") as database:
        with pytest.raises(Refused) as raised:
            async with database.transaction():
                pytest.fail("there is no database")

    assert told(raised.value) == (Code.UNAVAILABLE, AWAY, 2)
    assert isinstance(raised.value.__cause__, OSError)


async def test_an_absent_database_is_unavailable_outside_the_pool_too(tmp_path: Path) -> None:
    """Ingest and counting have connections of their own."""
    with pytest.raises(Refused) as raised:
        await connect(f"postgresql://tidings@/tidings?host={tmp_path}")

    assert told(raised.value) == (Code.UNAVAILABLE, AWAY, 2)


async def test_a_pool_opened_before_its_database_finds_it_later(
    postgres: Postgres, database_url: str
) -> None:
    """The server is started first and the database a second later, or restarted under us."""
    name = database_url.partition("@/")[2].partition("?")[0]
    postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    async with Database(database_url) as database:
        with pytest.raises(asyncpg.PostgresError):
            await count_slots(database)
        postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

        assert await count_slots(database) == 256


async def test_a_connection_lost_in_a_transaction_is_unavailable_and_the_next_call_works(
    postgres: Postgres, database: Database
) -> None:
    """A restart of the database costs the calls in flight, and nobody has to restart us."""

    async def delete_and_be_killed() -> None:
        async with database.transaction() as tx:
            await tx.execute("DELETE FROM slots")
            await kill_connection(postgres, tx)
            await tx.execute("DELETE FROM heartbeats")

    with pytest.raises(Refused) as raised:
        await delete_and_be_killed()

    assert told(raised.value) == (Code.UNAVAILABLE, AWAY, 2)
    assert await count_slots(database) == 256


async def test_a_connection_lost_while_idle_costs_nobody_anything_but_one_refusal(
    postgres: Postgres, database_url: str
) -> None:
    """The pool may lend a connection that died meanwhile; the call after that has a new one."""
    async with Database(database_url, size=1) as database:
        async with database.connection() as connection:
            pid: int = await connection.fetchval("SELECT pg_backend_pid()")
        postgres.execute(f"SELECT pg_terminate_backend({pid}, 5000)")
        try:
            first = await count_slots(database)
        except Refused as refused:
            first = told(refused)

        assert first in (256, (Code.UNAVAILABLE, AWAY, 2))
        assert await count_slots(database) == 256


async def test_a_connection_lost_in_the_commit_says_that_nobody_knows(
    postgres: Postgres, database: Database
) -> None:
    """ "Nothing was stored" would be a promise we cannot keep."""

    async def delete_and_be_killed() -> None:
        async with database.transaction() as tx:
            await tx.execute("DELETE FROM slots")
            await kill_connection(postgres, tx)

    with pytest.raises(Refused) as raised:
        await delete_and_be_killed()

    assert told(raised.value) == (Code.UNAVAILABLE, LOST_IN_COMMIT, 2)


async def test_a_lost_connection_of_our_own_is_told_the_same_way(
    postgres: Postgres, database_url: str
) -> None:
    """The committer's transactions are these."""
    connection = await connect(database_url)
    with pytest.raises(Refused) as raised:
        async with transaction(connection):
            await kill_connection(postgres, connection)

    assert told(raised.value) == (Code.UNAVAILABLE, LOST_IN_COMMIT, 2)
    assert connection.is_closed()


async def test_an_error_rolls_back_and_stays_what_it_is(database: Database) -> None:
    """A bug that is told as "database away" is looked for in the wrong place."""
    with pytest.raises(asyncpg.PostgresError) as raised:
        await delete_slots_and(database, "SELECT nonsense")

    assert raised.value.sqlstate == "42703"
    assert await count_slots(database) == 256


async def test_a_value_that_the_database_cannot_hold_is_not_unavailable(
    database: Database,
) -> None:
    """Sending it again would end the same way for ever."""
    async with database.connection() as connection:
        with pytest.raises(asyncpg.DataError) as raised:
            await connection.fetchval("SELECT $1::jsonb", b"1e200000")

    assert (is_unstorable(raised.value), is_unavailable(raised.value)) == (True, False)


async def test_an_address_that_cannot_be_read_is_told_like_an_absent_database() -> None:
    """There is nothing a client could do about it; the cause is in the log."""
    with pytest.raises(Refused) as raised:
        await connect("mysql://tidings@localhost/tidings")

    assert told(raised.value) == (Code.UNAVAILABLE, AWAY, 2)


async def test_a_statement_that_was_cut_off_is_unavailable(database: Database) -> None:
    """A statement limit set by an operator means that the database is too slow now."""
    with pytest.raises(Refused) as raised:
        await delete_slots_and(
            database, "SET LOCAL statement_timeout = '20ms'", "SELECT pg_sleep(60)"
        )

    assert told(raised.value) == (Code.UNAVAILABLE, AWAY, 2)


async def test_a_call_that_was_given_up_leaves_nothing_half_done(database: Database) -> None:
    """A client that hangs up cancels its call in the middle of a transaction."""

    async def delete_and_hang() -> None:
        async with database.transaction() as tx:
            await tx.execute("DELETE FROM slots")
            deleted.set()
            await tx.execute("SELECT pg_sleep(60)")

    deleted = asyncio.Event()
    call = asyncio.create_task(delete_and_hang())
    await deleted.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert await count_slots(database) == 256


async def test_a_pool_lends_no_more_connections_than_its_size(database_url: str) -> None:
    """Known bug 30: a send took every connection; pools have their own number and keep to it."""
    async with Database(database_url, size=2) as database:
        pids: set[int] = set()

        async def ask() -> None:
            async with database.connection() as connection:
                pids.add(await connection.fetchval("SELECT pg_backend_pid()"))

        await asyncio.gather(*(ask() for _ in range(50)))

    assert 1 <= len(pids) <= 2


async def test_json_comes_and_goes_as_bytes(database: Database) -> None:
    """Whoever needs it decoded says to which type; most only pass it on."""
    json = b'{"a": [1, "\xc3\xa9"]}'

    async with database.transaction() as tx:
        assert await tx.fetchval("SELECT $1::jsonb", json) == json


async def test_long_sums_are_not_compiled(database: Database) -> None:
    """Compiling them takes longer than they do; the operator's own server may have it on."""
    async with database.transaction() as tx:
        assert await tx.fetchval("SELECT current_setting('jit')") == "off"
