"""Noting openings and clicks while whoever opened or clicked has got their answer already."""

import asyncio
from typing import NamedTuple

from tidings.base import limits, log
from tidings.base.ids import BrandId
from tidings.base.log import Action
from tidings.messages.feedback import Feedback, hear
from tidings.messages.model import MessageId
from tidings.storage.pool import Database

# The pool's other connections are for pages, which somebody waits for.
_AT_ONCE = 2
_CLOSING_SECONDS = 5.0


class _Waiting(NamedTuple):
    brand_id: BrandId
    message_id: MessageId
    feedback: Feedback


class Noting:
    """What one process has seen and not noted yet.

    Nobody waits for it, so nobody can be told when it does not work out: what comes while the
    database is away, or too fast for it, is lost, and the log says so. A picture that is late, or a
    link that leads nowhere for a while, would cost more than a number that is a little too low.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting = asyncio.Queue[_Waiting](limits.MAX_WAITING_FEEDBACK)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to note."""
        self._tasks = [asyncio.create_task(self._run()) for _ in range(_AT_ONCE)]

    def note(self, brand_id: BrandId, message_id: MessageId, feedback: Feedback) -> None:
        """Note what came back of a message, soon."""
        try:
            self._waiting.put_nowait(_Waiting(brand_id, message_id, feedback))
        except asyncio.QueueFull:
            log.error(Action.FEEDBACK_LOST, reason="too much waits to be noted", number=1)

    async def close(self) -> None:
        """Note what waits, unless that takes too long."""
        try:
            async with asyncio.timeout(_CLOSING_SECONDS):
                await self._waiting.join()
        except TimeoutError:
            number = self._waiting.qsize()
            log.error(Action.FEEDBACK_LOST, reason="the process stops", number=number)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            one = await self._waiting.get()
            try:
                async with self._database.transaction() as tx:
                    await hear(tx, one.brand_id, one.message_id, one.feedback)
            except Exception as error:
                # It is one of many, and the next may be noted again.
                log.error(Action.FEEDBACK_LOST, cause=error, number=1)
            finally:
                self._waiting.task_done()
