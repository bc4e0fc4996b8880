"""Migrations: numbered SQL files, forward only, each applied once and remembered."""

import hashlib
import re
from dataclasses import dataclass
from importlib import resources

from tidings.base import clock
from tidings.base.errors import Code, Refused
from tidings.storage.pool import Database
from tidings.storage.sql import Queries
from tidings.storage.tx import Tx

SQL = Queries(__file__)

_FILE_NAME = re.compile(r"(?P<number>\d{4})_(?P<name>[a-z0-9_]+)\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of `storage/migrations`."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Return the hash by which a file that was edited after its release is noticed."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def all_migrations() -> list[Migration]:
    """Read every migration of this release, in the order of their numbers."""
    found: list[Migration] = []
    for file in resources.files("tidings.storage").joinpath("migrations").iterdir():
        match = _FILE_NAME.fullmatch(file.name)
        if match is None:
            continue
        found.append(Migration(int(match["number"]), match["name"], file.read_text("utf-8")))
    return sorted(found, key=lambda migration: migration.number)


async def pending(database: Database) -> list[Migration]:
    """List the migrations this release has and the database lacks.

    Errors: `Refused(conflict)` when the database was migrated by a later release, or when a
            migration that it has was edited since.
    """
    async with database.transaction() as tx:
        return await _pending(tx)


async def migrate(database: Database, *, up_to: int | None = None) -> list[Migration]:
    """Apply what is pending, each file in its own transaction, one process at a time.

    Shape:  up_to - the last number to apply, None for all; returns what was applied, in order.
    Units:  a statement waits at most 4 s for a lock and runs at most 5 s, unless the file says
            otherwise.
    """
    applied: list[Migration] = []
    while True:
        async with database.transaction() as tx:
            await tx.execute(SQL["one_migrator_at_a_time"])
            waiting = [m for m in await _pending(tx) if up_to is None or m.number <= up_to]
            if not waiting:
                return applied
            await _apply(tx, waiting[0])
            applied.append(waiting[0])


async def _pending(tx: Tx) -> list[Migration]:
    ours = all_migrations()
    if await tx.fetchval(SQL["has_migrations_table"]) is None:
        return ours
    done = {row["number"]: row for row in await tx.fetch(SQL["applied_migrations"])}
    unknown = sorted(done.keys() - {migration.number for migration in ours})
    if unknown:
        raise Refused(
            Code.CONFLICT,
            f"The database has migration {unknown[-1]:04d}, which this release does not know: "
            "it was used by a later release. Install that release, or restore a backup.",
        )
    for migration in ours:
        row = done.get(migration.number)
        if row is not None and row["sha256"] != migration.sha256:
            raise Refused(
                Code.CONFLICT,
                f"Migration {migration.number:04d} was changed after it was applied. "
                "Install an unmodified release.",
            )
    return [migration for migration in ours if migration.number not in done]


async def _apply(tx: Tx, migration: Migration) -> None:
    await tx.execute(SQL["create_migrations_table"])
    await tx.execute("SET LOCAL lock_timeout = '4s'")
    await tx.execute("SET LOCAL statement_timeout = '5s'")
    await tx.execute(migration.sql)
    await tx.execute(
        SQL["remember_migration"],
        migration.number,
        migration.name,
        migration.sha256,
        clock.now(),
    )
