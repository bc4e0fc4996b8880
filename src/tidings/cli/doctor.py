"""`tidings doctor`: what an installation needs, looked at one by one, each with its way out."""

import asyncio
import http.client
import platform
import shutil
import ssl
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import click

from tidings.base import clock
from tidings.base.errors import Refused
from tidings.brands import actions as brands
from tidings.cli.listening import is_served, listen
from tidings.cli.options import with_config
from tidings.cli.session import joined_database
from tidings.config import Config
from tidings.storage.migrate import pending
from tidings.storage.pool import Database
from tidings.storage.sql import Queries

OLDEST_PYTHON = (3, 11)
OLDEST_POSTGRESQL = 16
LEAST_FREE_BYTES = 5_000_000_000  # our choice: the write-ahead log alone may grow to 4 GB
OLDEST_HEARTBEAT = timedelta(seconds=60)  # our choice: several beats missed
ANSWER_LIMIT_SECONDS = 5.0

SQL = Queries(__file__)


class _WrongError(Exception):
    """What a check found wrong, and the way out."""


@click.command()
@with_config("host", "port")
def doctor(config: Config) -> None:
    """Check the installation one thing at a time, and say what to do about what is wrong."""
    here = [
        _is_fine("Python", _python),
        _is_fine("Data folder", lambda: _data_folder(config)),
        _is_fine("Address", lambda: _address(config)),
    ]
    if not all([*here, _database_is_fine(config)]):
        raise SystemExit(1)


def _is_fine(name: str, check: Callable[[], str]) -> bool:
    try:
        click.echo(f"✓ {name}: {check()}")
    except _WrongError as wrong:
        click.echo(f"✗ {name}: {wrong}")
    except Refused as refusal:
        click.echo(f"✗ {name}: {refusal.message}")
    else:
        return True
    return False


def _python() -> str:
    if sys.version_info < OLDEST_PYTHON:
        raise _WrongError(f"{platform.python_version()} is too old: install 3.11 or later.")
    return platform.python_version()


def _data_folder(config: Config) -> str:
    if not config.data_dir.is_dir():
        raise _WrongError(f"{config.data_dir} does not exist: `tidings serve` makes it.")
    try:
        with tempfile.TemporaryFile(dir=config.data_dir):
            free_bytes = shutil.disk_usage(config.data_dir).free
    except OSError as error:
        raise _WrongError(
            f"{config.data_dir} cannot be written ({error.strerror}): run as its owner, or choose "
            "another --data-dir."
        ) from error
    if free_bytes < LEAST_FREE_BYTES:
        raise _WrongError(
            f"{config.data_dir} has {free_bytes / 1e9:.1f} GB left: free some, or move it."
        )
    return f"{config.data_dir} can be written and has {free_bytes / 1e9:.1f} GB left"


def _address(config: Config) -> str:
    where = f"port {config.port} of {config.host}"
    if not is_served(config.data_dir):
        listen(config.host, config.port).close()
        return f"{where} is free; no server runs on this data folder"
    try:
        status = _status_of_live(config)
    except (OSError, http.client.HTTPException) as error:
        raise _WrongError(
            f"a server runs on this data folder, but {where} does not answer ({error}): give "
            "doctor the server's --host and --port, or look at the server's log."
        ) from error
    if status != http.client.OK:
        raise _WrongError(
            f"{where} answers {status}: another program has it; choose another --port."
        )
    return f"the server answers on {where}"


def _status_of_live(config: Config) -> int:
    connection = http.client.HTTPConnection(config.host, config.port, timeout=ANSWER_LIMIT_SECONDS)
    if config.tls_cert is not None:
        # We ask whether we ourselves live; whose name is in the certificate is for clients.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection(
            config.host, config.port, timeout=ANSWER_LIMIT_SECONDS, context=context
        )
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status
    finally:
        connection.close()


def _database_is_fine(config: Config) -> bool:
    if not config.database_url and not (config.data_dir / "postgres").is_dir():
        click.echo("✗ Database: there is none in the data folder yet: `tidings serve` makes it.")
        return False
    is_worker_expected = is_served(config.data_dir) and config.worker_processes > 0
    checks: list[tuple[str, Callable[[Database], Awaitable[str]]]] = [
        ("PostgreSQL", _version),
        ("Migrations", _migrations),
        ("API keys", _keys),
        ("Worker", lambda database: _worker(database, is_expected=is_worker_expected)),
    ]
    try:
        with joined_database(config) as url:
            # `all` stops at the first that is wrong: what comes after it rests on it.
            return all(_is_fine(name, partial(_ask, url, check)) for name, check in checks)
    except Refused as refusal:
        click.echo(f"✗ Database: {refusal.message}")
        return False


def _ask(url: str, check: Callable[[Database], Awaitable[str]]) -> str:
    async def asked() -> str:
        async with Database(url, size=1) as database:
            return await check(database)

    return asyncio.run(asked())


async def _version(database: Database) -> str:
    async with database.transaction() as tx:
        version: int = await tx.fetchval(SQL["server_version"])
    if version // 10_000 < OLDEST_POSTGRESQL:
        raise _WrongError(
            f"{version // 10_000} is too old: {OLDEST_POSTGRESQL} or later is needed."
        )
    return f"{version // 10_000}.{version % 10_000}"


async def _migrations(database: Database) -> str:
    waiting = await pending(database)
    if waiting:
        raise _WrongError(f"{len(waiting)} are not applied: run `tidings migrate`.")
    return "every one is applied"


async def _worker(database: Database, *, is_expected: bool) -> str:
    async with database.transaction() as tx:
        seen_at: datetime | None = await tx.fetchval(SQL["workers_last_seen"])
    if seen_at is not None and (age := clock.now() - seen_at) <= OLDEST_HEARTBEAT:
        return f"the last sign of life is {age.total_seconds():.0f} s old"
    if not is_expected:
        return "none runs here, and none should"
    raise _WrongError(
        "the server runs, but no worker has shown a sign of life for a minute: look at its log."
    )


async def _keys(database: Database) -> str:
    async with database.transaction() as tx:
        all_brands = await brands.list_brands(tx)
        keys = [key for brand in all_brands for key in await brands.list_keys(tx, brand.brand_id)]
    count = sum(key.revoked_at is None for key in keys)
    if not all_brands:
        raise _WrongError("there is no brand: `tidings serve` or `tidings brand create` makes one.")
    if not count:
        raise _WrongError("there is none: make one with `tidings key create`.")
    return f"{count} for {len(all_brands)} brand(s)"
