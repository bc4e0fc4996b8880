"""The group commit: requests that wait at the same time become durable in one transaction."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from tidings.base import clock, limits, log
from tidings.base.errors import Code, Refused, unavailable
from tidings.base.ids import BrandId
from tidings.base.log import Action
from tidings.base.metrics import Metrics
from tidings.events import ingest
from tidings.events.merging import MAX_BEGINNINGS, settle
from tidings.events.model import Batch, Outcome
from tidings.events.once import cannot_share
from tidings.events.parting import TypesChanged, TypesUnknown
from tidings.events.plain import MAX_PLAIN_RECORDS, store_plain
from tidings.events.telling import Telling
from tidings.schema.catalog import Catalog, Sighting
from tidings.storage.pool import (
    BY_KEY_SETTINGS,
    connect,
    database_away,
    is_unavailable,
    is_unstorable,
    transaction,
)
from tidings.storage.tx import Connection, Tx
from tidings.work import queue

# Two commits under way keep the database busy while this process prepares the next. But a commit
# costs its round trips whatever it holds, so beside one under way a second begins only when so many
# records wait; small calls wait for each other instead, and share.
LANES = 2
WORTH_A_SECOND_LANE_RECORDS = 16

_SETTINGS = {"application_name": "tidings ingest", **BY_KEY_SETTINGS}


@dataclass(slots=True, eq=False)
class _Waiting:
    batch: Batch
    outcome: asyncio.Future[Outcome]

    def refuse(self, error: Exception) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(error)

    def answer(self, outcome: Outcome | Refused) -> None:
        if isinstance(outcome, Refused):
            self.refuse(outcome)
        elif not self.outcome.done():
            self.outcome.set_result(outcome)


class Committer:
    """Makes batches durable, many in one commit.

    A batch waits until a lane is free; what waits then goes into one transaction. When that fails
    for another reason than an absent database, each of its batches is tried alone, so that one
    that cannot be stored fails by itself.
    """

    def __init__(self, url: str, catalog: Catalog, metrics: Metrics) -> None:
        self._url = url
        self._catalog = catalog
        self._metrics = metrics
        self._waiting: deque[_Waiting] = deque()
        self._waiting_records = 0
        self._arrived = asyncio.Event()
        self._is_closing = False
        self._lanes: list[asyncio.Task[None]] = []
        self._busy_lanes = 0

    def start(self) -> None:
        """Begin to commit what is submitted."""
        self._lanes = [asyncio.create_task(self._run_lane()) for _ in range(LANES)]

    async def close(self) -> None:
        """Commit what was accepted, accept no more, and close the connections."""
        self._is_closing = True
        self._arrived.set()
        await asyncio.gather(*self._lanes)

    async def submit(self, batch: Batch) -> Outcome:
        """Store a batch; returns once it is durable.

        Errors: `unavailable` when too much waits already, when the server stops, or when the
                database is away; `invalid` when PostgreSQL cannot hold a value of the batch;
                `conflict` for a used idempotency key.
        """
        if self._is_closing:
            raise unavailable("The server is stopping; nothing was stored. Send again shortly.")
        if self._waiting_records + batch.record_count > limits.MAX_QUEUED_RECORDS:
            raise unavailable("Too much is waiting to be stored; nothing was. Send again shortly.")
        waiting = _Waiting(batch, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._waiting_records += batch.record_count
        self._arrived.set()
        return await waiting.outcome

    async def _run_lane(self) -> None:
        lane = _Lane(self._url, self._catalog)
        try:
            while True:
                if self._is_worth_a_lane():
                    self._busy_lanes += 1
                    await self._commit(lane, self._next_group())
                    self._busy_lanes -= 1
                elif self._is_closing:
                    return
                else:
                    self._arrived.clear()
                    await self._arrived.wait()
        finally:
            await lane.close()

    def _is_worth_a_lane(self) -> bool:
        if self._busy_lanes == 0:
            return bool(self._waiting)
        return self._waiting_records >= WORTH_A_SECOND_LANE_RECORDS

    def _next_group(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        records = 0
        special: list[Batch] = []
        while self._waiting:
            batch = self._waiting[0].batch
            is_full = records + batch.record_count > limits.MAX_COMMIT_RECORDS
            if group and (is_full or cannot_share(batch, special)):
                break
            if batch.once is not None or batch.resendable is not None:
                special.append(batch)
            group.append(self._waiting.popleft())
            records += batch.record_count
        self._waiting_records -= records
        self._metrics.queued_records.set(self._waiting_records)
        return group

    async def _commit(self, lane: "_Lane", group: list[_Waiting]) -> None:
        started = clock.monotonic()
        try:
            outcomes = await lane.store([waiting.batch for waiting in group])
        except Exception as error:
            await self._retry_alone(lane, group, error)
        else:
            for waiting, outcome in zip(group, outcomes, strict=True):
                waiting.answer(outcome)
            self._metrics.commit_seconds.observe(clock.monotonic() - started)
            self._metrics.commit_batches.observe(len(group))
            self._metrics.commit_records.observe(sum(w.batch.record_count for w in group))

    async def _retry_alone(self, lane: "_Lane", group: list[_Waiting], error: Exception) -> None:
        if isinstance(error, Refused) and error.code is Code.UNAVAILABLE:
            log.error(Action.COMMIT_FAILED, batches=len(group), cause=error.__cause__)
            for waiting in group:
                waiting.refuse(error)
        elif len(group) > 1:
            for waiting in group:
                await self._commit(lane, [waiting])
        else:
            group[0].refuse(_refusal_of_one(error))


class _Lane:
    """A connection on which one group after the other is stored, and one to create people aside."""

    def __init__(self, url: str, catalog: Catalog) -> None:
        self._url = url
        self._catalog = catalog
        self._connection: Connection | None = None
        self._second: Connection | None = None

    async def close(self) -> None:
        for connection in (self._connection, self._second):
            if connection is not None:
                await connection.close()

    async def store(self, batches: Sequence[Batch]) -> Sequence[Outcome | Refused]:
        try:
            connection = await self._connected()
            is_long = sum(batch.record_count for batch in batches) > MAX_PLAIN_RECORDS
            aside = self._aside if is_long else None
            telling = Telling(self._catalog)
            for _ in range(MAX_BEGINNINGS):
                await self._learn(connection, ingest.unknown_shapes(self._catalog, batches))
                stored = await store_plain(connection, self._catalog, batches)
                if stored is not None:
                    return stored
                store = partial(
                    ingest.store_batches,
                    catalog=self._catalog,
                    batches=batches,
                    aside=aside,
                    telling=telling,
                )
                try:
                    outcomes, _ = await settle(self._opened, store)
                except TypesUnknown as unknown:
                    await self._learn(connection, unknown.sightings)
                except TypesChanged:
                    continue
                else:
                    if telling.has_told:
                        await queue.ring(connection)
                    return outcomes
        except Exception as error:
            if is_unavailable(error):
                raise database_away(error) from error
            raise
        raise unavailable("Types change faster than this call. Send again shortly.")

    async def _learn(
        self, connection: Connection, unknown: Mapping[BrandId, Sequence[Sighting]]
    ) -> None:
        for brand_id, sightings in unknown.items():
            async with transaction(connection):
                types = await self._catalog.learn(connection, brand_id, sightings)
            self._catalog.remember(brand_id, types)

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self._url, settings=_SETTINGS)
        return self._connection

    @asynccontextmanager
    async def _opened(self) -> AsyncGenerator[Tx]:
        connection = await self._connected()
        async with transaction(connection):
            yield connection

    @asynccontextmanager
    async def _aside(self) -> AsyncGenerator[Tx]:
        if self._second is None or self._second.is_closed():
            # What is committed here is flushed to the disk by the commit that builds on it.
            settings = {**_SETTINGS, "synchronous_commit": "off"}
            self._second = await connect(self._url, settings=settings)
        async with transaction(self._second):
            yield self._second


def _refusal_of_one(error: Exception) -> Exception:
    if is_unstorable(error):
        refusal = Refused(Code.INVALID, "A value of this call cannot be stored; nothing was.")
        refusal.__cause__ = error
        return refusal
    return error
