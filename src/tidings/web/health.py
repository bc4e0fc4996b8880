"""What the server says about itself: that it lives, whether it can work, and its figures."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from tidings.base import clock
from tidings.base.errors import Refused
from tidings.storage import migrate
from tidings.storage.pool import Database, database_away
from tidings.work import heartbeat, queue

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# A worker says that it lives every 5 s; three times missed, something is wrong with it.
_WORKER_SILENCE = timedelta(seconds=20)
# Probes wait some seconds for an answer, and take none for a dead process.
_PROOF_LIMIT_SECONDS = 5.0


class Health:
    """The pages of operators and their probes; they need no key and tell nothing of any brand."""

    def __init__(
        self, database: Database, registry: CollectorRegistry, metrics_folder: Path | None
    ) -> None:
        self._database = database
        self._registry = registry
        self._metrics_folder = metrics_folder

    def routes(self) -> list[BaseRoute]:
        """Return the URLs of these pages."""
        return [
            Route("/health/live", self.live, methods=["GET"]),
            Route("/health/ready", self.ready, methods=["GET"]),
            Route("/metrics", self.metrics, methods=["GET"]),
        ]

    async def live(self, _request: Request) -> Response:
        """Say that the process answers; proves nothing else."""
        return _json(200, {"status": "live"})

    async def ready(self, _request: Request) -> Response:
        """Say whether calls can be served, and what was tried to know it.

        A silent worker is told but is no reason to send callers away: what they send is kept, and
        worked off when the worker is back.
        """
        proved: dict[str, Any] = {}
        try:
            async with asyncio.timeout(_PROOF_LIMIT_SECONDS):
                async with self._database.transaction() as tx:
                    newest = await heartbeat.newest(tx, "worker")
                    proved["database"] = "answered a query"
                waiting = await migrate.pending(self._database)
        except Refused as refused:
            return _json(503, {"status": "unavailable", "reason": refused.message} | proved)
        except TimeoutError as error:
            reason = database_away(error).message
            return _json(503, {"status": "unavailable", "reason": reason} | proved)
        if waiting:
            reason = f"{len(waiting)} migrations are pending: run `tidings migrate`"
            return _json(503, {"status": "unavailable", "reason": reason} | proved)
        proved["migrations"] = "all applied"
        proved["worker"] = "none was heard in the last hour"
        if newest is not None:
            silence = clock.now() - newest
            word = "lives" if silence < _WORKER_SILENCE else "is silent"
            proved["worker"] = f"{word}: heard {silence.total_seconds():.0f} s ago"
        return _json(200, {"status": "ready"} | proved)

    async def metrics(self, _request: Request) -> Response:
        """Give the figures of all processes of this server in Prometheus' text format."""
        registry = self._registry
        if self._metrics_folder is not None:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, path=str(self._metrics_folder))
        text = generate_latest(registry) + generate_latest(_Fixed(await self._queue_gauges()))
        return PlainTextResponse(text, headers={"content-type": _METRICS_TYPE})

    async def _queue_gauges(self) -> list[GaugeMetricFamily]:
        try:
            async with self._database.transaction() as tx:
                depth = await queue.depth(tx, clock.now())
        except Refused:
            return [_gauge("tidings_database_up", "Whether the database answers.", 0)]
        return [
            _gauge("tidings_database_up", "Whether the database answers.", 1),
            _gauge("tidings_tasks", "Tasks in the queue.", depth.tasks),
            _gauge("tidings_tasks_due", "Tasks whose time has come.", depth.due),
            _gauge(
                "tidings_oldest_task_seconds",
                "How long the oldest due task has waited.",
                depth.oldest_due_seconds,
            ),
            _gauge("tidings_tasks_dead", "Tasks that failed for good.", depth.dead),
        ]


class _Fixed(CollectorRegistry):
    """A registry of figures that are known already."""

    def __init__(self, families: Iterable[GaugeMetricFamily]) -> None:
        super().__init__()
        self._families = families

    def collect(self) -> Iterable[GaugeMetricFamily]:
        return self._families


def _gauge(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, documentation, value=value)


def _json(status: int, body: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
