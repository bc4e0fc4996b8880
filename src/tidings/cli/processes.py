"""`tidings web` and `tidings worker`: one process each, under `serve` or under somebody else."""

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine

import click
import uvloop

from tidings import main
from tidings.base import log
from tidings.cli.listening import listen
from tidings.cli.options import SERVER_SETTINGS, with_config
from tidings.cli.session import joined_database
from tidings.config import Config

_parent_fd = click.option("--parent-fd", type=int, hidden=True)


@click.command()
@click.option("--fd", type=int, hidden=True)
@_parent_fd
@with_config(*SERVER_SETTINGS)
def web(config: Config, fd: int | None, parent_fd: int | None) -> None:
    """Answer calls in one process; `tidings serve` starts these by itself."""
    log.configure(config.log_level)
    listener = listen(config.host, config.port) if fd is None else socket.socket(fileno=fd)
    is_child = parent_fd is not None
    with listener, joined_database(config, is_started_by_parent=is_child) as url:
        _run(parent_fd, lambda stop: main.run_web(config, url, listener, stop))


@click.command()
@_parent_fd
@with_config(*SERVER_SETTINGS)
def worker(config: Config, parent_fd: int | None) -> None:
    """Do the queued work in one process; `tidings serve` starts these by itself."""
    log.configure(config.log_level)
    with joined_database(config, is_started_by_parent=parent_fd is not None) as url:
        _run(parent_fd, lambda stop: main.run_worker(config, url, stop))


def _run(
    parent_fd: int | None, work: Callable[[asyncio.Event], Coroutine[None, None, None]]
) -> None:
    async def until_stopped() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, stop.set)
        if parent_fd is not None:
            # Nobody ever writes to this pipe: it becomes readable when the supervisor is gone,
            # in whatever way it went. A child that stayed would hold the port for ever.
            loop.add_reader(parent_fd, _parent_gone, loop, parent_fd, stop)
        await work(stop)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(until_stopped())


def _parent_gone(loop: asyncio.AbstractEventLoop, parent_fd: int, stop: asyncio.Event) -> None:
    loop.remove_reader(parent_fd)
    stop.set()
