"""Noting which answers were read, beside the calls: many in one statement, a moment late."""

import asyncio
from contextlib import suppress

from tidings.base import clock
from tidings.base.errors import Refused
from tidings.brands import store
from tidings.brands.model import SentCall
from tidings.storage.pool import Database


class Reading:
    """Marks which answers were sent, and which found nobody."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ended: dict[SentCall, bool] = {}
        self._writing: asyncio.Task[None] | None = None

    def note(self, call: SentCall, *, is_read: bool) -> None:
        """Note that a call's answer was sent, or that nobody was there; returns at once."""
        self._ended[call] = is_read
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())

    async def close(self) -> None:
        """Write what was noted."""
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        while self._ended:
            ended, self._ended = self._ended, {}
            # Without a database the answers stay as they are, and are forgotten when they are old.
            with suppress(Refused):
                async with self._database.transaction() as tx:
                    await store.mark_unread(tx, [call for call, read in ended.items() if not read])
                    read = [call for call, read in ended.items() if read]
                    await store.mark_read(tx, read, at=clock.now())
        self._writing = None
