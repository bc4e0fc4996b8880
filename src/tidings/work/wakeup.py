"""Hearing that work was committed, so that it need not wait for the next poll."""

import asyncio

from tidings.storage.pool import connect, database_away, is_unavailable
from tidings.storage.tx import Connection
from tidings.work.store import CHANNEL


class Wakeup:
    """An event that rings when somebody commits work.

    It may miss a ring, and it may ring for nothing: whoever waits for it polls as well.

    Shape:  rung - set by a ring, cleared by whoever waits.
    """

    def __init__(self, url: str) -> None:
        self.rung = asyncio.Event()
        self._url = url
        self._connection: Connection | None = None

    async def listen(self) -> None:
        """Make sure that we listen: connect at first, and again after the connection broke.

        Asked before every poll, this needs no task of its own: what was rung while the
        connection was broken, the poll finds.

        Errors: `Refused(unavailable)` when the database cannot be reached.
        """
        if self._connection is not None and not self._connection.is_closed():
            return
        self._connection = None
        connection = await connect(self._url)
        try:
            await connection.add_listener(CHANNEL, self._ring)
        except Exception as error:
            connection.terminate()
            if is_unavailable(error):
                raise database_away(error) from error
            raise
        self._connection = connection

    def close(self) -> None:
        """Stop listening, at once: there is nothing to wait for."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def _ring(self, *_: object) -> None:
        self.rung.set()
