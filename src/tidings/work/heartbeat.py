"""The sign of life of every web and worker process, which `ready` reports."""

import asyncio
import os
import platform
from contextlib import suppress
from datetime import datetime, timedelta

from tidings.base import clock, limits
from tidings.base.errors import Refused
from tidings.storage.pool import Database
from tidings.storage.tx import Tx
from tidings.work import store_processes as store
from tidings.work.loop import take_turns
from tidings.work.model import Process, ProcessKind


class Heartbeat:
    """This process's sign of life, from when it is made until it stops.

    Shape:  database - any pool of the process.
    """

    def __init__(self, database: Database, kind: ProcessKind) -> None:
        self._database = database
        started_at = clock.now()
        host, pid = platform.node(), os.getpid()
        self._process = Process(
            process_id=f"{host}/{pid}/{started_at.isoformat()}",
            kind=kind,
            host=host,
            pid=pid,
            started_at=started_at,
        )

    @property
    def name(self) -> str:
        """Return what tells this process from all others, of all machines and times."""
        return self._process.process_id

    async def run(self, stop: asyncio.Event) -> None:
        """Say every few seconds that we live, until told to stop; then take the sign away."""
        await take_turns(self.turn, name="heartbeat", stop=stop)
        # Without a database the sign stays, and grows old like that of a killed process.
        with suppress(Refused):
            async with self._database.transaction() as tx:
                await store.delete_heartbeat(tx, self._process)

    async def turn(self) -> float:
        """Say that we live; say in how many seconds to say it again.

        Errors: `Refused(unavailable)` when the database is away.
        """
        now = clock.now()
        forgotten_before = now - timedelta(seconds=limits.HEARTBEAT_KEPT_SECONDS)
        async with self._database.transaction() as tx:
            await store.upsert_heartbeat(tx, self._process, now)
            await store.delete_old_heartbeats(tx, forgotten_before)
        return limits.HEARTBEAT_SECONDS


async def newest(tx: Tx, kind: ProcessKind) -> datetime | None:
    """Say when a process of this kind was last alive, None when none has been for an hour."""
    return await store.newest_heartbeat(tx, kind)


async def seen_since(tx: Tx, since: datetime) -> list[Process]:
    """Return the processes that were alive at this time or later."""
    return await store.select_heartbeats(tx, since)
