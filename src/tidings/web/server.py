"""The HTTP server of one process: uvicorn, with the limits on heads that it does not have."""

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import msgspec
import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tidings.base import limits
from tidings.web.exchange import Exchange, Outbox, offer_exchange


def _last_answer(status: int, error: str, message: str) -> bytes:
    # In the words of the wire whose clients cannot do without; those of the other read the status.
    body = msgspec.json.encode({"statusCode": status, "error": error, "message": message})
    head = f"HTTP/1.1 {status} {error}\r\nconnection: close\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


_TOO_SLOW = _last_answer(408, "Request Timeout", "The request came too slowly. Send it again.")
_TOO_LARGE = _last_answer(
    431,
    "Request Header Fields Too Large",
    f"The head of the request is larger than {limits.MAX_HEADER_BYTES} bytes.",
)
_NOT_HTTP = _last_answer(400, "Bad Request", "This is not a valid HTTP request.")


class LimitedProtocol(HttpToolsProtocol):
    """One connection, cut off when a request comes too slowly or its head grows too large.

    uvicorn waits for ever for a request that does not end and keeps all of its head in memory, so
    a few hundred idle senders could hold the server's memory without one complete request.

    One timer a connection looks now and then how long the request in hand has been coming:
    setting and clearing one for each request would cost more than reading a small request.
    """

    def __init__(self, *, outbox: Outbox, **of_uvicorn: Any) -> None:  # noqa: ANN401 - as the base class has it
        super().__init__(**of_uvicorn)
        self._outbox = outbox

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - as the base class has it
        """Start waiting for the first request."""
        super().connection_made(transport)
        self._head_bytes = 0
        self._head_since: float | None = self.loop.time()
        self._body_since: float | None = None
        self._look_later()

    def data_received(self, data: bytes) -> None:
        """Read on; count what belongs to a head."""
        if self._head_since is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_since is not None and self._head_bytes > limits.MAX_HEADER_BYTES:
            self._cut_off(_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Note that another request begins on a connection that was kept."""
        super().on_message_begin()
        if self._head_since is None:
            self._head_since = self.loop.time()
            self._head_bytes = 0

    def on_headers_complete(self) -> None:
        """Note that the head is whole and the body begins."""
        self._body_since = self._head_since
        self._head_since = None
        super().on_headers_complete()
        # The task that serves the request has not begun yet: it is only scheduled.
        offer_exchange(cast("Scope", self.scope), Exchange(self.cycle, self._outbox))

    def on_message_complete(self) -> None:
        """Note that the request is whole; how long its answer takes is our own affair."""
        self._body_since = None
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the parser's words, for nobody
        """Answer what is no HTTP."""
        self._cut_off(_NOT_HTTP)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking."""
        self._look.cancel()
        super().connection_lost(exc)

    def _look_later(self) -> None:
        self._look = self.loop.call_later(limits.SLOW_SENDER_LOOK_SECONDS, self._look_at_sender)

    def _look_at_sender(self) -> None:
        now = self.loop.time()
        is_head_late = _is_late(self._head_since, now, limits.HEADER_TIMEOUT_SECONDS)
        is_body_late = _is_late(self._body_since, now, limits.BODY_TIMEOUT_SECONDS)
        # While we have paused reading, because too much is waiting for us, the sender is not slow.
        if (is_head_late or is_body_late) and not self.flow.read_paused:
            self._cut_off(_TOO_SLOW)
        else:
            self._look_later()

    def _cut_off(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()


def _is_late(since: float | None, now: float, limit_seconds: float) -> bool:
    return since is not None and now - since > limit_seconds


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
    outbox = Outbox(asyncio.get_running_loop())
    server = _Server(
        uvicorn.Config(
            app,
            loop="none",
            # A function that makes protocols is all that uvicorn needs of the class.
            http=cast("type[asyncio.Protocol]", partial(LimitedProtocol, outbox=outbox)),
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
