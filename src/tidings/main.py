"""The assembly of the house: the only place that knows every room.

What runs by the clock and what listens on the queue stands in the tables here.
"""

import asyncio
import gc
import socket
from collections.abc import Mapping
from datetime import timedelta

from prometheus_client import CollectorRegistry

from tidings.base import log
from tidings.base.errors import Code, Refused
from tidings.base.metrics import Metrics
from tidings.brands import idempotency, unread
from tidings.brands.directory import Directory
from tidings.brands.ratelimit import RateLimiter
from tidings.brands.reading import Reading
from tidings.config import Config, metrics_folder
from tidings.events import jobs as events
from tidings.events.committer import Committer
from tidings.schema.catalog import Catalog
from tidings.segments.jobs import Jobs
from tidings.segments.sweep import EVERY as SWEEP_EVERY
from tidings.segments.sweep import Sweep
from tidings.storage.pool import STATEMENT_LIMIT_SECONDS, Database
from tidings.web.app import App
from tidings.web.body import BodyBudget
from tidings.web.documentation import Documentation
from tidings.web.gate import Gate
from tidings.web.health import Health
from tidings.web.notifuse.describe import DESCRIPTIONS as NOTIFUSE_DESCRIPTIONS
from tidings.web.notifuse.reply import refuse
from tidings.web.notifuse.routes import URLS as NOTIFUSE_URLS
from tidings.web.notifuse.routes import Notifuse
from tidings.web.notifyvisitors.describe import DESCRIPTIONS
from tidings.web.notifyvisitors.reply import refuse_wrapped
from tidings.web.notifyvisitors.routes import NotifyVisitors
from tidings.web.server import serve_http
from tidings.work.heartbeat import Heartbeat
from tidings.work.model import Handler
from tidings.work.periodic import PeriodicJob, PeriodicJobs
from tidings.work.worker import Worker

PERIODIC_JOBS = (
    PeriodicJob("events.make_months", timedelta(days=1), events.make_months),
    PeriodicJob("brands.forget_idempotency_keys", timedelta(hours=1), idempotency.forget_old),
    PeriodicJob("brands.forget_unread_answers", timedelta(minutes=1), unread.forget_old),
)

SEGMENT_LISTENERS: Mapping[str, Handler] = {}
"""Who hears that somebody entered a segment or left it (`segments.follow`): nobody so far."""

# Queries and pages; ingest and counting have connections of their own, so that neither can
# keep the other waiting.
_PAGE_CONNECTIONS = 4
_WORK_CONNECTIONS = 4

_OBJECTS_PER_COLLECTION = 20_000


async def run_web(config: Config, url: str, listener: socket.socket, stop: asyncio.Event) -> None:
    """Answer calls until told to stop; then finish what was accepted."""
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    async with Database(
        url, size=_PAGE_CONNECTIONS, statement_seconds=STATEMENT_LIMIT_SECONDS
    ) as database:
        await _make_months(database)
        directory = Directory(database)
        limiter = RateLimiter(url)
        committer = Committer(url, Catalog(), metrics)
        notifyvisitors = NotifyVisitors(committer, database)
        reading = Reading(database)
        notifuse = Notifuse(committer, database, reading)
        documentation = Documentation(
            [*notifyvisitors.endpoints(), *notifuse.contacts()],
            {**DESCRIPTIONS, **NOTIFUSE_DESCRIPTIONS},
        )
        app = App(
            [*notifyvisitors.endpoints(), *notifuse.endpoints()],
            Gate(directory, limiter, BodyBudget(), metrics),
            pages=[
                *Health(database, registry, metrics_folder()).routes(),
                *documentation.routes(),
            ],
            refuse=refuse_wrapped,
            refuse_at=[(NOTIFUSE_URLS, refuse)],
            metrics=metrics,
        )
        committer.start()
        _collect_garbage_rarely()
        beside = [
            asyncio.create_task(directory.keep_fresh(stop)),
            asyncio.create_task(Heartbeat(database, "web").run(stop)),
        ]
        try:
            await serve_http(
                app,
                listener,
                stop,
                tls=(config.tls_cert, config.tls_key)
                if config.tls_cert is not None and config.tls_key is not None
                else None,
                shutdown_seconds=config.shutdown_seconds,
            )
        finally:
            stop.set()
            await committer.close()
            await reading.close()
            await limiter.close()
            await asyncio.gather(*beside)


def _collect_garbage_rarely() -> None:
    # Requests make many objects and hardly any cycles. By default the collector would look at
    # them all every 700 objects, several times a call; and what was made until here, which is
    # most of what it looks at, lives as long as the process.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_PER_COLLECTION, 20, 50)


async def _make_months(database: Database) -> None:
    try:
        async with database.transaction() as tx:
            await events.make_months(tx)
    except Refused as refused:
        if refused.code is not Code.UNAVAILABLE:
            raise
        # We start all the same, to answer that the database is away. A worker makes the months
        # when it is back; what comes before waits in the partition for everything else.
        log.error(log.Action.DATABASE_LOST, cause=refused.__cause__)


async def run_worker(_config: Config, url: str, stop: asyncio.Event) -> None:
    """Do queued and periodic work until told to stop; then finish what is in hand."""
    handlers = {**Jobs(SEGMENT_LISTENERS).handlers(), **SEGMENT_LISTENERS}
    jobs = (*PERIODIC_JOBS, PeriodicJob("segments.sweep", SWEEP_EVERY, Sweep().run))
    # A group, so that a bug that ends one of them ends the process, and `serve` starts it anew.
    async with Database(url, size=_WORK_CONNECTIONS) as database, asyncio.TaskGroup() as together:
        together.create_task(Worker(database, handlers).run(stop))
        together.create_task(PeriodicJobs(database, jobs).run(stop))
        together.create_task(Heartbeat(database, "worker").run(stop))
