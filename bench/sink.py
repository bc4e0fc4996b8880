"""A mail server that takes everything and keeps nothing but the number, in a process of its own."""

import asyncio
import multiprocessing
import socket
from collections.abc import Generator
from contextlib import contextmanager
from ctypes import c_int

from tidings.cli.mailsink import Session


class Sink:
    """A running server.

    Shape:  port - where it listens.
    """

    def __init__(self, port: int, counter: c_int) -> None:
        self.port = port
        self._counter = counter

    @property
    def taken(self) -> int:
        """How many mails it has taken."""
        return int(self._counter.value)


@contextmanager
def sink() -> Generator[Sink]:
    """Run the server for a block."""
    listener = socket.create_server(("127.0.0.1", 0))
    counter = multiprocessing.RawValue(c_int, 0)
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(listener, counter))
    process.start()
    port = int(listener.getsockname()[1])
    listener.close()
    try:
        yield Sink(port, counter)
    finally:
        process.kill()
        process.join()


def _serve(listener: socket.socket, counter: c_int) -> None:
    def take(_mail: bytes) -> None:
        counter.value += 1  # nobody else writes it

    async def run() -> None:
        await asyncio.get_running_loop().create_server(lambda: Session(take), sock=listener)
        await asyncio.Event().wait()

    asyncio.run(run())
