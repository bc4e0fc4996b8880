"""The table of heartbeats: rows in, models out."""

from datetime import datetime
from typing import cast

from tidings.storage.sql import Queries
from tidings.storage.tx import Tx
from tidings.work.model import Process, ProcessKind

SQL = Queries(__file__)


async def upsert_heartbeat(tx: Tx, process: Process, now: datetime) -> None:
    """Note that a process is alive."""
    await tx.execute(
        SQL["upsert_heartbeat"],
        process.process_id,
        process.kind,
        process.host,
        process.pid,
        process.started_at,
        now,
    )


async def delete_heartbeat(tx: Tx, process: Process) -> None:
    """Note that a process stopped as it should."""
    await tx.execute(SQL["delete_heartbeat"], process.process_id)


async def delete_old_heartbeats(tx: Tx, before: datetime) -> None:
    """Forget processes that were killed."""
    await tx.execute(SQL["delete_old_heartbeats"], before)


async def newest_heartbeat(tx: Tx, kind: ProcessKind) -> datetime | None:
    """Say when a process of this kind was last seen."""
    return cast("datetime | None", await tx.fetchval(SQL["newest_heartbeat"], kind))


async def select_heartbeats(tx: Tx, since: datetime) -> list[Process]:
    """Return the processes that were seen at this time or later."""
    return [
        Process(
            process_id=row["process_id"],
            kind=row["kind"],
            host=row["host"],
            pid=row["pid"],
            started_at=row["started_at"],
        )
        for row in await tx.fetch(SQL["select_heartbeats"], since)
    ]
