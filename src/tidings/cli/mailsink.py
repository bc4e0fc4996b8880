"""A mail server on loopback that takes every mail and delivers none: for the demo and the bench."""

import asyncio
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

_END = b"\r\n.\r\n"
_GREETING = b"220 sink\r\n"
_EHLO = b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
_START_INPUT = b"354 Go on\r\n"
_OK = b"250 2.0.0 OK\r\n"
_BYE = b"221 2.0.0 Bye\r\n"


class Session(asyncio.Protocol):
    """One connection.

    Shape:  take - is given each mail as it came over the wire.
    Source: RFC 5321, as far as a client that makes no mistakes needs it; RFC 2920.
    """

    def __init__(self, take: Callable[[bytes], object]) -> None:
        self._take = take
        self._buffer = b""
        self._is_in_mail = False
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet whoever connected."""
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport
            transport.write(_GREETING)

    def data_received(self, data: bytes) -> None:
        """Answer every command, and the end of every mail."""
        self._buffer += data
        answers: list[bytes] = []
        while (answer := self._mail() if self._is_in_mail else self._command()) is not None:
            answers.append(answer)
        if answers and self._transport is not None:
            self._transport.write(b"".join(answers))

    def _mail(self) -> bytes | None:
        mail, end, rest = self._buffer.partition(_END)
        if not end:
            return None
        self._buffer, self._is_in_mail = rest, False
        self._take(mail)
        return _OK

    def _command(self) -> bytes | None:
        line, end, rest = self._buffer.partition(b"\r\n")
        if not end:
            return None
        self._buffer = rest
        match line[:4].upper():
            case b"EHLO":
                return _EHLO
            case b"DATA":
                self._is_in_mail = True
                return _START_INPUT
            case b"QUIT":
                return _BYE
            case _:
                return _OK


@contextmanager
def mailsink(take: Callable[[bytes], object]) -> Generator[int]:
    """Run the server in a thread of its own for a block, and lend its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=_serve, args=(loop, listener, take), daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        listener.close()


def _serve(
    loop: asyncio.AbstractEventLoop, listener: socket.socket, take: Callable[[bytes], object]
) -> None:
    server = loop.run_until_complete(loop.create_server(lambda: Session(take), sock=listener))
    loop.run_forever()
    server.close()
