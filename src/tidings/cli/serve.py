"""`tidings serve`: the whole server in one command."""

import asyncio
import hashlib
import json
import os
import shutil
import signal
import socket
import ssl
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from importlib import metadata
from pathlib import Path

import click

from tidings.base import log
from tidings.base.errors import Code, Refused
from tidings.brands import actions as brands
from tidings.brands.model import Brand, NewKey
from tidings.cli.listening import callable_address, listen, only_server_of
from tidings.cli.options import SERVER_SETTINGS, with_config
from tidings.cli.session import bring_up_to_date
from tidings.cli.supervisor import Supervisor
from tidings.config import Config
from tidings.storage.embedded import EmbeddedPostgres
from tidings.storage.pool import Database

FIRST_BRAND_NAME = "First brand"
MEMORY_DIR = Path("/dev/shm")  # noqa: S108 - what is made there is ours or is not used

_EXAMPLE = {
    "nv": [
        {
            "userID": "ada@example.com",
            "user_attributes": {"name": "Ada Lovelace", "email": "ada@example.com"},
        }
    ]
}


@click.command()
@with_config(*SERVER_SETTINGS)
def serve(config: Config) -> None:
    """Run the server: PostgreSQL, the processes that answer and the processes that work."""
    log.configure(config.log_level)
    # Until the supervisor takes over, SIGTERM ends us as Ctrl-C does: through every `finally`,
    # so that a database we have just started is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _check_tls(config)
    with ExitStack() as until_the_end:
        until_the_end.enter_context(only_server_of(config.data_dir))
        listener = until_the_end.enter_context(listen(config.host, config.port))
        embedded = None if config.database_url else EmbeddedPostgres(config.data_dir)
        url = until_the_end.enter_context(embedded) if embedded else config.database_url
        first = asyncio.run(_prepare(config, url))
        supervisor = Supervisor(
            config,
            listener=listener,
            metrics_dir=until_the_end.enter_context(_metrics_dir(config.data_dir)),
            ensure_database=embedded.ensure_running if embedded else None,
        )
        supervisor.run(started=lambda: _greet(config, listener, first))
    log.info(log.Action.SERVER_STOPPED)


def _check_tls(config: Config) -> None:
    if config.tls_cert is None or config.tls_key is None:
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            config.tls_cert, config.tls_key
        )
    except OSError as error:
        raise Refused(
            Code.INVALID, f"tls_cert {config.tls_cert} with tls_key {config.tls_key}: {error}."
        ) from error


async def _prepare(config: Config, url: str) -> tuple[Brand, NewKey] | None:
    """Bring the database up to date, and make the first brand and its key if there is none."""
    async with Database(url) as database:
        await bring_up_to_date(database, config)
        async with database.transaction() as tx:
            if await brands.list_brands(tx):
                return None
            brand = await brands.create_brand(tx, name=FIRST_BRAND_NAME)
            return brand, await brands.create_key(tx, brand.brand_id, name="first key")


@contextmanager
def _metrics_dir(data_dir: Path) -> Generator[Path]:
    """Lend an empty folder for the figures of the processes, in memory where there is room."""
    # Not on the disk of the data: the files are mapped into memory, and when the disk is full the
    # kernel kills whoever touches a new page of one (SIGBUS). Named after the data folder, so
    # that the next start finds what a killed server left: the files are named after process ids,
    # which come again, and old ones would be counted twice.
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    folder = MEMORY_DIR / f"tidings-metrics-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700)
    except OSError:  # no such memory on this system, or somebody else took the name
        folder = data_dir / "metrics"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _greet(config: Config, listener: socket.socket, first: tuple[Brand, NewKey] | None) -> None:
    log.info(log.Action.SERVER_STARTED, host=config.host, port=listener.getsockname()[1])
    address = _address(config, listener)
    greeting = (
        f"\nTidings {metadata.version('tidings')} is running.\n\n"
        f"  Address        {address}\n"
        f"  Documentation  {address}/docs\n"
        f"  Data folder    {config.data_dir}\n"
        f"  Stop           Ctrl-C\n"
    )
    # Printed in one piece: a program that waits for the greeting has the key with it.
    click.echo(greeting if first is None else f"{greeting}\n{_first_steps(address, *first)}")


def _first_steps(address: str, brand: Brand, key: NewKey) -> str:
    return (
        "A first brand was made for you. Its key is shown only now:\n\n"
        f"  Brand id       {brand.brand_id}\n"
        f"  API key        {key.secret}\n\n"
        "Try it:\n\n"
        f"curl -X POST {address}/api/v1/user/create"
        f" -H 'content-type: application/json' -H 'x-brand-id: {brand.brand_id}'"
        f" -H 'x-api-key: {key.secret}' -d '{json.dumps(_EXAMPLE, separators=(',', ':'))}'\n"
    )


def _address(config: Config, listener: socket.socket) -> str:
    scheme = "http" if config.tls_cert is None else "https"
    return f"{scheme}://{callable_address(config.host, listener.getsockname()[1])}"
