"""Segments of the crowd, published and taken away again, as an operator does it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

from bench.crowd import Crowd
from tidings.segments import actions
from tidings.segments.model import SegmentId
from tidings.segments.saved import State
from tidings.storage.pool import Database, connect
from tidings.storage.tx import Tx

T = TypeVar("T")

STATEMENT_SECONDS = 600.0
_WAIT_SECONDS = 900
_LOOK_SECONDS = 0.1


class Publisher:
    """Publishes segments beside a server whose worker builds them."""

    def __init__(self, url: str, crowd: Crowd) -> None:
        self.url = url
        self.crowd = crowd

    def publish(self, definitions: dict[str, object]) -> list[SegmentId]:
        """Save and publish segments; return them once all are built."""
        brand_id = self.crowd.brand_id

        async def publish(tx: Tx) -> list[SegmentId]:
            made = [
                await actions.create(tx, brand_id, name, definition)
                for name, definition in definitions.items()
            ]
            for one in made:
                await actions.publish(tx, brand_id, one)
            return made

        async def built(tx: Tx) -> bool:
            page = await actions.list_page(tx, brand_id)
            return all(one.state is State.PUBLISHED for one in page)

        made = self._in_database(publish)
        wait(lambda: self._in_database(built))
        return made

    def count(self, segment_id: SegmentId) -> int:
        """Count who is in a segment."""

        async def count(tx: Tx) -> int:
            segment = await actions.find(tx, self.crowd.brand_id, segment_id)
            return (await actions.count_each(tx, self.crowd.brand_id, [segment]))[segment_id]

        return self._in_database(count)

    def waiting(self) -> int:
        """Count what is left to do."""
        return self._in_database(lambda tx: tx.fetchval("SELECT count(*) FROM tasks"))

    def settle(self) -> None:
        """Wait until nothing is left to do."""
        wait(lambda: self.waiting() == 0)

    def clear(self) -> None:
        """Delete every segment, and what was sent since the crowd was loaded."""
        brand_id = self.crowd.brand_id

        async def clear(tx: Tx) -> None:
            # The last first, since only earlier ones are named.
            for one in reversed(await actions.list_page(tx, brand_id)):
                await actions.delete(tx, brand_id, one.segment_id)

        self._in_database(clear)
        self.settle()
        asyncio.run(self._forget_sent())

    async def _forget_sent(self) -> None:
        connection = await connect(self.url, statement_seconds=STATEMENT_SECONDS)
        ended_at = self.crowd.ended_at
        await connection.execute("DELETE FROM events WHERE occurred_at > $1", ended_at)
        await connection.execute("VACUUM ANALYZE events, memberships")
        await connection.close()

    def run(self, work: Coroutine[None, None, T]) -> T:
        """Run something to its end."""
        return asyncio.run(work)

    def _in_database(self, ask: Callable[[Tx], Awaitable[T]]) -> T:
        async def run() -> T:
            async with Database(self.url) as database, database.transaction() as tx:
                return await ask(tx)

        return asyncio.run(run())


def wait(is_done: Callable[[], bool]) -> None:
    """Wait until something is done.

    Errors: RuntimeError when it takes a quarter of an hour.
    """
    deadline = time.monotonic() + _WAIT_SECONDS
    while not is_done():
        if time.monotonic() > deadline:
            raise RuntimeError("the worker did not come to an end")
        time.sleep(_LOOK_SECONDS)
