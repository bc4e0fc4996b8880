"""The HTTP server of one process: uvicorn, with the limits on heads that it does not have."""

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tidings.base import limits

_HEAD_END = b"connection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\n" + _HEAD_END
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\n" + _HEAD_END


class LimitedProtocol(HttpToolsProtocol):
    """One connection, cut off when the head of a request comes too slowly or grows too large.

    uvicorn waits for ever for a head that does not end and keeps all of it in memory, so a few
    hundred idle senders could hold the server's memory without one complete request.
    """

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - as the base class has it
        """Start waiting for the first head."""
        super().connection_made(transport)
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Read on; count what belongs to a head."""
        if self._head_timer is not None or self._head_bytes:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes > limits.MAX_HEADER_BYTES and not self.transport.is_closing():
            self._cut_off(_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Note that another head begins on a connection that was kept."""
        super().on_message_begin()
        if self._head_timer is None:
            self._expect_head()

    def on_headers_complete(self) -> None:
        """Note that the head is whole; the body has a limit of its own (`web.body`)."""
        self._head_is_whole()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._head_is_whole()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(
            limits.HEADER_TIMEOUT_SECONDS, self._cut_off, _TOO_SLOW
        )

    def _head_is_whole(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
        self._head_timer = None
        self._head_bytes = 0

    def _cut_off(self, answer: bytes) -> None:
        self._head_is_whole()
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()


class _Server(uvicorn.Server):
    # Signals are the command's: it stops the committer and the database pools as well.
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


async def serve_http(
    app: ASGIApp,
    listener: socket.socket,
    stop: asyncio.Event,
    *,
    tls: tuple[Path, Path] | None,
    shutdown_seconds: int,
) -> None:
    """Answer requests until told to stop, then finish those under way.

    Shape:  tls - certificate chain and private key, None for plain HTTP.
    """
    server = _Server(
        uvicorn.Config(
            app,
            loop="none",
            http=LimitedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=limits.KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=shutdown_seconds,
            ssl_certfile=tls[0] if tls else None,
            ssl_keyfile=tls[1] if tls else None,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving
    stopping.cancel()
