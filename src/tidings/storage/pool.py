"""The way to PostgreSQL: pools, transactions, and telling an absent database from a bug."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Self

import asyncpg

from tidings.base.errors import Refused, unavailable
from tidings.storage.tx import Connection, Tx

# Long sums over a few rows: compiling them costs more than running them.
_SERVER_SETTINGS = {"jit": "off", "application_name": "tidings"}
# For those who look rows up by key and nothing else. A plan made while the tables were empty would
# scan them, and would be kept while they grow.
BY_KEY_SETTINGS: Mapping[str, str] = {
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
CONNECT_TIMEOUT_SECONDS = 5.0
# Whoever sent a call has given up by then, so the statement meets a database that hangs.
STATEMENT_LIMIT_SECONDS = 30.0
RETRY_AFTER_SECONDS = 2


class Database:
    """One pool of connections to the database; ingest, pages and work each have their own.

    Shape:  url - a PostgreSQL connection string; size - connections at most, opened when needed;
            statement_seconds - how long one statement may take; None where nobody waits for an
            answer and a long one is no mistake, as in a migration; settings - of every connection.
    Errors: `Refused(unavailable)` from every method when the database cannot be reached.
    """

    def __init__(
        self,
        url: str,
        *,
        size: int = 4,
        statement_seconds: float | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.url = url
        self._settings = {**_SERVER_SETTINGS, **(settings or {})}
        self._size = size
        self._statement_seconds = statement_seconds
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection; what runs is waited for."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Tx]:
        """Open a transaction; commit at the end of the block, roll back when it raises."""
        async with self.connection() as connection, transaction(connection):
            yield connection

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection]:
        """Lend a connection without a transaction: each statement commits by itself."""
        try:
            pool = await self._open_pool()
            async with pool.acquire(timeout=CONNECT_TIMEOUT_SECONDS) as connection:
                yield connection
        except Exception as error:
            if is_unavailable(error):
                raise database_away(error) from error
            raise

    async def _open_pool(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self.url,
                    min_size=0,
                    max_size=self._size,
                    init=_prepare,
                    reset=_keep_as_is,
                    server_settings=self._settings,
                    timeout=CONNECT_TIMEOUT_SECONDS,
                    command_timeout=self._statement_seconds,
                )
            return self._pool


@asynccontextmanager
async def transaction(connection: Connection) -> AsyncGenerator[None]:
    """Open a transaction on a connection; commit at the end of the block, roll back on an error."""
    await _execute(connection, "BEGIN")
    try:
        yield
    except _GIVEN_UP:
        connection.terminate()
        raise
    except BaseException:
        if not connection.is_closed():
            await _execute(connection, "ROLLBACK")
        raise
    with committing(connection):
        await _execute(connection, "COMMIT")


@contextmanager
def committing(connection: Connection) -> Generator[None]:
    """Send a statement that ends a transaction, or is one by itself, and tell how it went.

    A statement that the server refuses is rolled back. When no answer comes, nobody knows.

    Errors: `unavailable`, saying so, when the connection is lost meanwhile.
    """
    try:
        yield
    except BaseException as error:
        if isinstance(error, _GIVEN_UP):
            connection.terminate()
        if isinstance(error, asyncpg.PostgresConnectionError | OSError | TimeoutError):
            raise unavailable(
                "The database was lost while it stored this call, so it may or may not be stored. "
                "Send again; with an Idempotency-Key or event_ids nothing is stored twice.",
                retry_after_seconds=RETRY_AFTER_SECONDS,
            ) from error
        raise


# A statement that was given up still runs, and asyncpg waits for its end before it sends another
# one: on a server that hangs, for ever. We drop the connection instead. The server ends the
# transaction of a client that is gone, as soon as it can do anything at all.
_GIVEN_UP = (TimeoutError, asyncio.CancelledError)


async def _execute(connection: Connection, statement: str) -> None:
    try:
        await connection.execute(statement)
    except _GIVEN_UP:
        connection.terminate()
        raise


async def connect(
    url: str,
    *,
    settings: Mapping[str, str] | None = None,
    statement_seconds: float = STATEMENT_LIMIT_SECONDS,
) -> Connection:
    """Open a connection outside any pool.

    Shape:  statement_seconds - how long one statement may take.
    Errors: `Refused(unavailable)` when the database cannot be reached.
    """
    try:
        connection = await asyncpg.connect(
            url,
            server_settings={**_SERVER_SETTINGS, **(settings or {})},
            timeout=CONNECT_TIMEOUT_SECONDS,
            command_timeout=statement_seconds,
        )
        await _prepare(connection)
    except Exception as error:
        if is_unavailable(error):
            raise database_away(error) from error
        raise
    return connection


def is_unavailable(error: BaseException) -> bool:
    """Say whether an error means that the database is away, full or starting, not that we erred."""
    return isinstance(
        error,
        asyncpg.PostgresConnectionError
        | asyncpg.OperatorInterventionError
        | asyncpg.InsufficientResourcesError
        | asyncpg.CannotConnectNowError
        | asyncpg.InterfaceError
        # For a moment after PostgreSQL ended an idle connection, asyncpg finds itself confused.
        | asyncpg.InternalClientError
        | asyncpg.PostgresIOError
        | OSError
        | TimeoutError,
    )


def is_unstorable(error: BaseException) -> bool:
    """Say whether an error means that PostgreSQL cannot hold a value, such as 20,000 digits."""
    return isinstance(error, asyncpg.DataError)


def database_away(error: BaseException) -> Refused:
    """Put an absent database into words for a client; the cause stays in the log."""
    # A server that cannot write its log any more says so with its last words.
    if any(isinstance(said, asyncpg.DiskFullError) for said in (error, error.__cause__)):
        message = "The database's disk is full; nothing was stored. Free some space and send again."
    else:
        message = "The database cannot be reached; nothing was stored. Send again shortly."
    return unavailable(message, retry_after_seconds=RETRY_AFTER_SECONDS)


async def _prepare(connection: Connection) -> None:
    # JSON stays bytes on both sides: whoever needs it decoded says to which type.
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=_jsonb_to_wire,
        decoder=_jsonb_from_wire,
    )


async def _keep_as_is(_connection: Connection) -> None:
    # asyncpg would send DISCARD-like statements at every release: a round trip for nothing,
    # since the house sets no session state in transactions.
    return


def _jsonb_to_wire(text: bytes) -> bytes:
    return b"\x01" + text  # the version of PostgreSQL's binary jsonb


def _jsonb_from_wire(wire: bytes) -> bytes:
    return bytes(wire[1:])
