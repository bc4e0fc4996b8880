"""Bodies: how large they may be, packed and unpacked, and what of memory they may hold."""

import gzip
import json
import zlib
from collections.abc import Iterator

import pytest

from tests.web.notifyvisitors.events import EVENT, QUEUED, event, stored
from tests.web.notifyvisitors.refusals import wrapped
from tests.web.raw import connection
from tests.web.server import Caller, told
from tidings.base import limits
from tidings.base.errors import Code, Refused
from tidings.web.body import BodyBudget, ClientGone, HeldBytes, read_body, unpack

BODY = json.dumps({"nv": [event()]}).encode()
TOO_LARGE = wrapped(
    413,
    "The body is larger than 10000000 bytes (unpacked 50000000); send fewer records a call.",
)
PIECE = 1_000_000


def padded(size: int) -> bytes:
    """Return a good body of exactly so many bytes."""
    return BODY + b" " * (size - len(BODY))


def packed(body: bytes) -> bytes:
    """Return a body as gzip, without the time of day in it."""
    return gzip.compress(body, compresslevel=1, mtime=0)


def chunks(body: bytes) -> Iterator[bytes]:
    """Yield a body in chunks of HTTP."""
    for start in range(0, len(body), PIECE):
        piece = body[start : start + PIECE]
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def test_10_mb_are_taken_and_one_byte_more_is_413(caller: Caller) -> None:
    """Our choice; the vendor is silent."""
    assert caller.tell(EVENT, padded(10_000_000)) == QUEUED
    assert len(stored(caller)) == 1
    assert caller.tell(EVENT, padded(10_000_001)) == TOO_LARGE
    assert len(stored(caller)) == 1


def test_a_body_declared_too_large_is_refused_before_it_is_read(caller: Caller) -> None:
    """Nobody has to send 10 GB to learn that they are too much."""
    with connection(str(caller.client.base_url)) as sender:
        sender.send_head("POST", EVENT, caller.headers | {"content-length": "10000000000"})
        answer = sender.answer()

    assert (answer.status, json.loads(answer.body), answer.is_closed) == (413, TOO_LARGE.body, True)


def test_10_mb_are_taken_in_chunks_too(caller: Caller) -> None:
    """They declare no length, so they are counted as they come."""
    with connection(str(caller.client.base_url)) as sender:
        sender.send_head("POST", EVENT, caller.headers | {"transfer-encoding": "chunked"})
        sender.send(*chunks(padded(10_000_000)))

        assert sender.answer().status == 200


def test_one_byte_more_in_chunks_is_413(caller: Caller) -> None:
    """The answer comes as soon as the limit is passed, and the rest is not read."""
    with connection(str(caller.client.base_url)) as sender:
        sender.send_head("POST", EVENT, caller.headers | {"transfer-encoding": "chunked"})
        answer = sender.drip(chunks(padded(10_000_001)), pause_seconds=0.01)

    assert (answer.status, json.loads(answer.body)) == (413, TOO_LARGE.body)
    assert stored(caller) == []


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", " gzip "])
def test_gzip_is_unpacked(caller: Caller, encoding: str) -> None:
    """JSON packs well, and mobile SDKs pack it."""
    answer = caller.tell(EVENT, packed(BODY), content_encoding=encoding.strip())

    assert answer == QUEUED
    assert len(stored(caller)) == 1


@pytest.mark.parametrize("encoding", ["identity", ""])
def test_no_encoding_may_be_said_in_words(caller: Caller, encoding: str) -> None:
    """Some clients always send the header."""
    assert caller.tell(EVENT, BODY, content_encoding=encoding) == QUEUED


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip"])
def test_other_encodings_are_refused(caller: Caller, encoding: str) -> None:
    """With the one that is understood."""
    message = f"Content-Encoding {encoding!r} is not understood; use gzip."

    assert caller.tell(EVENT, BODY, content_encoding=encoding) == wrapped(400, message)


def test_several_gzip_members_are_one_body(caller: Caller) -> None:
    """RFC 1952: what `cat a.gz b.gz` makes is valid."""
    body = packed(BODY[:10]) + packed(BODY[10:])

    assert caller.tell(EVENT, body, content_encoding="gzip") == QUEUED


NOT_GZIP = "The body is not valid gzip."
CUT_SHORT = "The gzip body is cut short."


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (BODY, NOT_GZIP),
        (zlib.compress(BODY), NOT_GZIP),
        (packed(BODY)[:-1], CUT_SHORT),
        (packed(BODY)[:20], CUT_SHORT),
        (packed(BODY)[:5], CUT_SHORT),
        (packed(BODY) + b"\0", CUT_SHORT),
        (packed(BODY) + b" {}", NOT_GZIP),
        (packed(BODY) + packed(BODY)[:-4], CUT_SHORT),
        (packed(BODY)[:-8] + bytes(8), NOT_GZIP),
        (packed(b"") * 101, "The gzip body has more than 100 parts."),
    ],
)
def test_broken_gzip_is_refused(caller: Caller, body: bytes, message: str) -> None:
    """Cut short, changed on the way, or no gzip at all; nothing of it is stored."""
    answer = caller.tell(EVENT, body, content_encoding="gzip")

    assert answer == wrapped(400, message)
    assert stored(caller) == []


def test_an_empty_gzip_body_is_an_empty_body(caller: Caller) -> None:
    """No bytes are no gzip member either."""
    message = "the body is not valid JSON: it ends too early (byte 0)"
    for body in (b"", packed(b"")):
        answer = caller.tell(EVENT, body, content_encoding="gzip")
        assert answer == wrapped(400, f"Invalid resource: {message}.", {"message": message})


def test_50_mb_unpacked_are_taken_and_one_byte_more_is_413(caller: Caller) -> None:
    """A bomb grows a thousandfold: what it would become is never held."""
    assert caller.tell(EVENT, packed(padded(50_000_000)), content_encoding="gzip") == QUEUED
    for size in (50_000_001, 500_000_000):
        body = packed(padded(size))
        assert len(body) < limits.MAX_BODY_BYTES
        answer = caller.post(EVENT, body, content_encoding="gzip")
        assert told(answer) == TOO_LARGE
        assert answer.headers["connection"] == "close"
    assert len(stored(caller)) == 1


async def test_memory_beyond_the_budget_is_refused_and_given_back_when_a_body_is_done() -> None:
    """503 costs a sender a second; running out of memory costs everybody everything."""
    budget = BodyBudget(most_bytes=100)
    with HeldBytes(budget) as first:
        assert await _read(b"x" * 60, first) == b"x" * 60
        with HeldBytes(budget) as second, pytest.raises(Refused) as refused:
            await _read(b"x" * 41, second)
        assert refused.value.code is Code.UNAVAILABLE
        assert refused.value.retry_after_seconds == 1
        with HeldBytes(budget) as third:
            assert await _read(b"x" * 40, third) == b"x" * 40
    with HeldBytes(budget) as last:
        assert await _read(b"x" * 100, last) == b"x" * 100


async def test_memory_is_given_back_however_a_body_ends() -> None:
    """A leak of a few bytes a mistake would close the server after a day."""
    budget = BodyBudget(most_bytes=100)
    for _ in range(5):
        with pytest.raises(ClientGone), HeldBytes(budget) as held:
            await _read(b"x" * 60, held, is_whole=False)
        with pytest.raises(Refused, match="holds too many"), HeldBytes(budget) as held:
            await _read(b"x" * 101, held)

    with HeldBytes(budget) as held:
        assert await _read(b"x" * 100, held) == b"x" * 100


def test_what_a_body_unpacks_to_is_held_too() -> None:
    """Ten bytes sent may be ten megabytes held."""
    body = packed(b"x" * 1_000)
    with HeldBytes(BodyBudget(most_bytes=1_000)) as held:
        assert unpack(body, "gzip", held) == b"x" * 1_000
    with HeldBytes(BodyBudget(most_bytes=999)) as held, pytest.raises(Refused) as refused:
        unpack(body, "gzip", held)
    assert refused.value.code is Code.UNAVAILABLE


async def _read(body: bytes, held: HeldBytes, *, is_whole: bool = True) -> bytes:
    messages: list[dict[str, object]] = [
        {"type": "http.request", "body": body[:10], "more_body": True},
        {"type": "http.request", "body": body[10:], "more_body": not is_whole},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, object]:
        return messages.pop(0)

    return await read_body(receive, held, declared_bytes=None)
