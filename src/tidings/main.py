"""The assembly of the house: the only place that knows every room.

What runs by the clock and what listens on the queue stands in the tables here.
"""

import asyncio
import gc
import socket
from collections.abc import Mapping
from datetime import timedelta

from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute

from tidings.base import limits, log
from tidings.base.errors import Code, Refused
from tidings.base.metrics import Metrics
from tidings.brands import idempotency, unread
from tidings.brands.directory import Directory
from tidings.brands.ratelimit import RateLimiter
from tidings.brands.reading import Reading
from tidings.campaigns import jobs as campaigns
from tidings.channels.keyring import Keyring, open_keyring
from tidings.channels.providers.sns import HttpFetcher, Sns
from tidings.config import Config, metrics_folder
from tidings.events import jobs as events
from tidings.events.committer import Committer
from tidings.events.jobs import Jobs as EventJobs
from tidings.events.recording import Recorder
from tidings.messages import jobs as messages
from tidings.messages.collecting import Collector
from tidings.messages.compose import Composer
from tidings.messages.journal import Journal
from tidings.messages.links import LINKS_PURPOSE, Links
from tidings.messages.outlet import Tools
from tidings.messages.recovery import Recovery
from tidings.messages.sender import Sender
from tidings.reports import jobs as reports
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
from tidings.web.hooks.routes import Hooks
from tidings.web.hooks.routes import Tools as HookTools
from tidings.web.notifuse.describe import DESCRIPTIONS as NOTIFUSE_DESCRIPTIONS
from tidings.web.notifuse.message_describe import DESCRIPTIONS as MESSAGE_DESCRIPTIONS
from tidings.web.notifuse.message_routes import Messages
from tidings.web.notifuse.reply import refuse
from tidings.web.notifuse.routes import URLS as NOTIFUSE_URLS
from tidings.web.notifuse.routes import Notifuse
from tidings.web.notifyvisitors.campaign_describe import DESCRIPTIONS as CAMPAIGN_DESCRIPTIONS
from tidings.web.notifyvisitors.campaign_routes import Campaigns
from tidings.web.notifyvisitors.describe import DESCRIPTIONS
from tidings.web.notifyvisitors.push_describe import DESCRIPTIONS as PUSH_DESCRIPTIONS
from tidings.web.notifyvisitors.push_routes import Devices
from tidings.web.notifyvisitors.push_send_describe import DESCRIPTIONS as PUSH_SEND_DESCRIPTIONS
from tidings.web.notifyvisitors.push_send_routes import Pushes
from tidings.web.notifyvisitors.reply import refuse_wrapped
from tidings.web.notifyvisitors.report_describe import DESCRIPTIONS as REPORT_DESCRIPTIONS
from tidings.web.notifyvisitors.report_routes import Reports
from tidings.web.notifyvisitors.routes import NotifyVisitors
from tidings.web.notifyvisitors.segment_describe import DESCRIPTIONS as SEGMENT_DESCRIPTIONS
from tidings.web.notifyvisitors.segment_routes import Segments
from tidings.web.public.noting import Noting
from tidings.web.public.routes import Public
from tidings.web.server import serve_http
from tidings.work.heartbeat import Heartbeat
from tidings.work.model import Handler
from tidings.work.periodic import PeriodicJob, PeriodicJobs
from tidings.work.worker import Worker

PERIODIC_JOBS = (
    PeriodicJob("events.make_months", timedelta(days=1), events.make_months),
    PeriodicJob("brands.forget_idempotency_keys", timedelta(hours=1), idempotency.forget_old),
    PeriodicJob("brands.forget_unread_answers", timedelta(minutes=1), unread.forget_old),
    PeriodicJob("campaigns.decide", timedelta(seconds=10), campaigns.decide),
    PeriodicJob("campaigns.finish", timedelta(seconds=10), campaigns.finish),
    PeriodicJob("messages.forget_contents", timedelta(hours=1), messages.forget_old_contents),
    PeriodicJob("messages.fold_counts", timedelta(hours=1), messages.fold_counts),
    PeriodicJob("reports.count_conversions", reports.EVERY, reports.count_conversions),
    PeriodicJob(
        "reports.count_late_conversions", reports.LATE_EVERY, reports.count_late_conversions
    ),
)

SEGMENT_LISTENERS: Mapping[str, Handler] = {}
"""Who hears that somebody entered a segment or left it (`segments.follow`): nobody so far."""

# Queries and pages; ingest and counting have connections of their own, so that neither can
# keep the other waiting. So have the calls about segments: some look at everybody, and some wait
# for workers, while pages are also how a process learns which keys are valid.
_PAGE_CONNECTIONS = 4
_SEGMENT_CONNECTIONS = 4
_MESSAGE_CONNECTIONS = 4  # to queue messages: some make contents ready meanwhile
# After a campaign everybody opens it at once: that must keep no call waiting.
_LINK_CONNECTIONS = 4
_WORK_CONNECTIONS = 4
_SEND_CONNECTIONS = 4

_RECOVERY_EVERY = timedelta(seconds=10)
_COLLECT_EVERY = timedelta(seconds=limits.MAILBOX_SECONDS)

_OBJECTS_PER_COLLECTION = 20_000


async def run_web(config: Config, url: str, listener: socket.socket, stop: asyncio.Event) -> None:
    """Answer calls until told to stop; then finish what was accepted."""
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    async with (
        Database(
            url, size=_PAGE_CONNECTIONS, statement_seconds=STATEMENT_LIMIT_SECONDS
        ) as database,
        Database(
            url, size=_SEGMENT_CONNECTIONS, statement_seconds=STATEMENT_LIMIT_SECONDS
        ) as for_segments,
        Database(
            url, size=_MESSAGE_CONNECTIONS, statement_seconds=STATEMENT_LIMIT_SECONDS
        ) as for_messages,
        Database(
            url, size=_LINK_CONNECTIONS, statement_seconds=STATEMENT_LIMIT_SECONDS
        ) as for_links,
    ):
        await _make_months(database)
        directory = Directory(database)
        limiter = RateLimiter(url)
        committer = Committer(url, Catalog(), metrics)
        notifyvisitors = [
            *NotifyVisitors(committer, database).endpoints(),
            *Campaigns(for_messages).endpoints(),
            *Devices(for_messages).endpoints(),
            *Pushes(for_messages).endpoints(),
            *Segments(for_segments).endpoints(),
            *Reports(for_segments).endpoints(),
        ]
        reading = Reading(database)
        notifuse = Notifuse(committer, database, reading).endpoints()
        about_messages = Messages(committer, for_messages, reading).endpoints()
        documentation = Documentation(
            [*notifyvisitors, *notifuse, *about_messages],
            {
                **DESCRIPTIONS,
                **SEGMENT_DESCRIPTIONS,
                **CAMPAIGN_DESCRIPTIONS,
                **PUSH_DESCRIPTIONS,
                **PUSH_SEND_DESCRIPTIONS,
                **REPORT_DESCRIPTIONS,
                **NOTIFUSE_DESCRIPTIONS,
                **MESSAGE_DESCRIPTIONS,
            },
        )
        noting = Noting(for_links)
        budget, sns = BodyBudget(), Sns(HttpFetcher())
        app = App(
            [*notifyvisitors, *notifuse, *about_messages],
            Gate(directory, limiter, budget, metrics),
            pages=[
                *Health(database, registry, metrics_folder()).routes(),
                *documentation.routes(),
                *_links_in_messages(config, for_links, noting, metrics=metrics),
                *_hooks(config, for_links, budget, metrics=metrics, sns=sns),
            ],
            refuse=refuse_wrapped,
            refuse_at=[(NOTIFUSE_URLS, refuse)],
            metrics=metrics,
        )
        committer.start()
        noting.start()
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
            await noting.close()
            await sns.close()
            await limiter.close()
            await asyncio.gather(*beside)


def _links_in_messages(
    config: Config, database: Database, noting: Noting, *, metrics: Metrics
) -> list[BaseRoute]:
    keyring = _keyring(config)
    if keyring is None:
        return []  # without keys nothing was ever sent from here
    links = Links(config.links_url, keyring.derived(LINKS_PURPOSE))
    return Public(database, links, noting, metrics=metrics).routes()


def _hooks(
    config: Config, database: Database, budget: BodyBudget, *, metrics: Metrics, sns: Sns
) -> list[BaseRoute]:
    keyring = _keyring(config)
    if keyring is None:
        return []
    return Hooks(HookTools(database, keyring, budget, metrics, sns, config.links_url)).routes()


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


async def run_worker(config: Config, url: str, stop: asyncio.Event) -> None:
    """Do queued and periodic work until told to stop; then finish what is in hand."""
    jobs = (
        *PERIODIC_JOBS,
        PeriodicJob("segments.sweep", SWEEP_EVERY, Sweep().run),
        PeriodicJob("messages.recover", _RECOVERY_EVERY, Recovery(config.data_dir).run),
    )
    # A group, so that a bug that ends one of them ends the process, and `serve` starts it anew.
    async with (
        Database(url, size=_WORK_CONNECTIONS) as database,
        Database(url, size=_SEND_CONNECTIONS) as for_sending,
        asyncio.TaskGroup() as together,
    ):
        handlers = {
            **Jobs(SEGMENT_LISTENERS).handlers(),
            **SEGMENT_LISTENERS,
            **EventJobs(Recorder(Catalog(), for_sending.transaction)).handlers(),
            **messages.handlers(),
            **campaigns.handlers(),
        }
        heartbeat = Heartbeat(database, "worker")
        together.create_task(Worker(database, handlers).run(stop))
        keyring = _keyring(config)
        if keyring is not None:
            collector = Collector(for_sending, keyring)
            jobs = (*jobs, PeriodicJob("messages.collect", _COLLECT_EVERY, collector.ring))
            tools = Tools(
                for_sending,
                keyring,
                Composer(Links(config.links_url, keyring.derived(LINKS_PURPOSE))),
                Journal(config.data_dir, heartbeat.name),
            )
            together.create_task(Sender(tools).run(stop))
            together.create_task(collector.run(stop))
        together.create_task(PeriodicJobs(database, jobs).run(stop))
        together.create_task(heartbeat.run(stop))


def _keyring(config: Config) -> Keyring | None:
    """Return the keys of this installation, None when it cannot have any: then it sends nothing."""
    try:
        return open_keyring(
            config.secret_key, data_dir=config.data_dir, is_embedded=not config.database_url
        )
    except (Refused, OSError) as error:
        log.error(log.Action.CHANNEL_UNUSABLE, cause=error)
        return None
