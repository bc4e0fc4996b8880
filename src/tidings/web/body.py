"""Reading the body of a request within limits: of size, of time, and of memory for all bodies."""

import asyncio
import zlib
from collections.abc import Generator
from contextlib import contextmanager

from starlette.types import Receive

from tidings.base import limits
from tidings.base.errors import Code, Refused, unavailable

_GZIP_WINDOW = 31  # zlib: the largest window, behind a gzip header


class BodyBudget:
    """The bytes of bodies that this process holds at one time; beyond it, calls are refused.

    Memory must not grow with the number of senders: a 503 costs the sender a second, running out
    of memory costs everybody everything.
    """

    def __init__(self, most_bytes: int = limits.MAX_HELD_BODY_BYTES) -> None:
        self._free_bytes = most_bytes

    @contextmanager
    def hold(self) -> Generator["HeldBytes"]:
        """Hold bytes as they come, and give them all back at the end of the block."""
        held = HeldBytes(self)
        try:
            yield held
        finally:
            self._free_bytes += held.count

    def take(self, count: int) -> None:
        """Take bytes out of the budget.

        Errors: `unavailable` when there are not that many.
        """
        if count > self._free_bytes:
            raise unavailable("The server holds too many requests at once. Send again shortly.")
        self._free_bytes -= count


class HeldBytes:
    """The bytes that one request holds."""

    def __init__(self, budget: BodyBudget) -> None:
        self._budget = budget
        self.count = 0

    def add(self, count: int) -> None:
        """Hold so many bytes more.

        Errors: `unavailable` when the process holds too many.
        """
        self._budget.take(count)
        self.count += count


class ClientGone(Exception):
    """The client closed the connection before its request was whole: nobody waits for an answer."""


async def read_body(receive: Receive, held: HeldBytes, *, declared_bytes: int | None) -> bytes:
    """Read a body, as sent.

    Shape:  declared_bytes - the `Content-Length`, None when there is none.
    Errors: `too_large` above `MAX_BODY_BYTES`, before the body is read when its length is
            declared; `invalid` when it does not arrive within `BODY_TIMEOUT_SECONDS`;
            `unavailable` when the process holds too much; `ClientGone`.
    """
    if declared_bytes is not None and declared_bytes > limits.MAX_BODY_BYTES:
        raise _too_large()
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(limits.BODY_TIMEOUT_SECONDS):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise ClientGone
                chunk: bytes = message.get("body", b"")
                size += len(chunk)
                if size > limits.MAX_BODY_BYTES:
                    raise _too_large()
                held.add(len(chunk))
                chunks.append(chunk)
                if not message.get("more_body", False):
                    break
    except TimeoutError as error:
        seconds = limits.BODY_TIMEOUT_SECONDS
        raise Refused(
            Code.INVALID, f"The body did not arrive within {seconds} s; nothing was stored."
        ) from error
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def unpack(body: bytes, encoding: str, held: HeldBytes) -> bytes:
    """Undo the `Content-Encoding` of a body.

    Shape:  encoding - the header's value, "" for none.
    Errors: `invalid` for another encoding than gzip, and for gzip that is broken or cut short;
            `too_large` when it unpacks to more than `MAX_UNPACKED_BODY_BYTES`.
    """
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip"}:
        raise Refused(Code.INVALID, f"Content-Encoding {encoding!r} is not understood; use gzip.")
    unpacked = bytearray()
    rest = body
    while rest:
        member = zlib.decompressobj(_GZIP_WINDOW)
        room = limits.MAX_UNPACKED_BODY_BYTES - len(unpacked)
        try:
            unpacked += member.decompress(rest, room + 1)
        except zlib.error as error:
            raise Refused(Code.INVALID, "The body is not valid gzip.") from error
        if len(unpacked) > limits.MAX_UNPACKED_BODY_BYTES:
            raise _too_large()
        if not member.eof:
            raise Refused(Code.INVALID, "The gzip body is cut short.")
        rest = member.unused_data
    held.add(len(unpacked))
    return bytes(unpacked)


def _too_large() -> Refused:
    return Refused(
        Code.TOO_LARGE,
        f"The body is larger than {limits.MAX_BODY_BYTES} bytes "
        f"(unpacked {limits.MAX_UNPACKED_BODY_BYTES}); send fewer records a call.",
    )
