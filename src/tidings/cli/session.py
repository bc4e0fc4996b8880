"""A command's way to the database: beside a running server or without one."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from tidings.base import log
from tidings.base.errors import Code, Refused
from tidings.config import Config
from tidings.storage.embedded import EmbeddedPostgres
from tidings.storage.migrate import migrate, pending
from tidings.storage.pool import Database

Answer = TypeVar("Answer")


@contextmanager
def joined_database(config: Config, *, is_started_by_parent: bool = False) -> Generator[str]:
    """Lend the URL of the database; the embedded one runs as long as somebody holds it.

    Shape:  is_started_by_parent - leave it to the supervisor to start the embedded server; it may
            be away, now as at any later time.
    Errors: `Refused(unavailable)` when the embedded server cannot start.
    """
    if config.database_url:
        yield config.database_url
        return
    embedded = EmbeddedPostgres(config.data_dir)
    try:
        yield embedded.join() if is_started_by_parent else embedded.start_or_join()
    finally:
        embedded.leave()


async def bring_up_to_date(database: Database, config: Config) -> None:
    """Apply what is pending to the embedded database; on another one, only its owner does.

    Errors: `Refused(conflict)` when another database has pending migrations.
    """
    if not config.database_url:
        for migration in await migrate(database):
            log.info(log.Action.MIGRATION_APPLIED, number=migration.number, name=migration.name)
        return
    waiting = await pending(database)
    if waiting:
        raise Refused(
            Code.CONFLICT,
            f"The database lacks {len(waiting)} migration(s), the first is "
            f"{waiting[0].number:04d}_{waiting[0].name}. Apply them with: tidings migrate",
        )


@asynccontextmanager
async def open_database(config: Config) -> AsyncGenerator[Database]:
    """Lend the database with every migration applied.

    Errors: `Refused` as `joined_database` and `bring_up_to_date` say.
    """
    with joined_database(config) as url:
        async with Database(url) as database:
            await bring_up_to_date(database, config)
            yield database


def in_database(config: Config, work: Callable[[Database], Coroutine[Any, Any, Answer]]) -> Answer:
    """Run one command's work in the database and return its answer."""

    async def opened() -> Answer:
        async with open_database(config) as database:
            return await work(database)

    return asyncio.run(opened())
