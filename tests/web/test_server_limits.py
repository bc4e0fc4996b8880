"""Senders that are slow, or send heads without end, are cut off; nobody else notices."""

import itertools
import json
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.web.raw import connection
from tests.web.server import Caller
from tidings.base import limits

HEAD = b"POST /api/event HTTP/1.1\r\nhost: x\r\n"
EVENT = b'{"nv": [{"userID": "Ada", "event_name": "a", "attributes": {}}]}'
A_WHILE = 0.3


@pytest.fixture
def url(shared_client: httpx.Client) -> str:
    """Return where the shared process listens."""
    return str(shared_client.base_url)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the server as impatient with new connections as a test is."""
    monkeypatch.setattr(limits, "SLOW_SENDER_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(limits, "HEADER_TIMEOUT_SECONDS", A_WHILE)
    monkeypatch.setattr(limits, "BODY_TIMEOUT_SECONDS", A_WHILE)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("beginning", [b"", b"P", b"POST /api/event HTTP/1.1\r\n", HEAD])
def test_a_head_that_does_not_go_on_is_cut_off(url: str, beginning: bytes) -> None:
    """From the first byte on, and before it: a connection that says nothing costs as much."""
    with connection(url) as slow:
        slow.send(beginning)
        answer = slow.answer()

    said = '"message":"The request came too slowly. Send it again."'
    assert (answer.status, answer.is_closed) == (408, True)
    assert answer.body == f'{{"statusCode":408,"error":"Request Timeout",{said}}}'


@pytest.mark.usefixtures("impatient")
def test_a_head_that_drips_for_ever_is_cut_off(url: str) -> None:
    """Each byte is news, but the head as a whole has its time."""
    with connection(url) as slow:
        slow.send(HEAD)
        answer = slow.drip(_drops(b"x-a: b\r\n"), pause_seconds=0.02)

    assert answer.status == 408


@pytest.mark.usefixtures("impatient")
def test_a_second_head_has_its_time_too(url: str, caller: Caller) -> None:
    """A kept connection is not trusted for its first request."""
    with connection(url) as slow:
        slow.send_head("GET", "/health/live", {})
        assert slow.answer().status == 200
    with connection(url) as slow:
        slow.send_head("GET", "/health/live", {})
        answer = slow.drip([HEAD, *[b"x"] * 200], pause_seconds=0.02)

    # Both answers stand in one stream; the second one ends it.
    assert answer.status == 200
    assert "http/1.1 408" in answer.body.lower()
    assert caller.request("GET", "/health/live").status_code == 200


@pytest.mark.parametrize(
    ("first", "more"),
    [
        (HEAD, b"x-header: " + b"a" * 1_000 + b"\r\n"),
        (HEAD + b"x-header: ", b"a" * 1_000),
        (b"POST /", b"a" * 1_000),
    ],
)
def test_a_head_without_end_is_431(url: str, first: bytes, more: bytes) -> None:
    """Many headers, one huge one, or a huge URL: all are kept in memory until the end."""
    with connection(url) as endless:
        endless.send(first)
        answer = endless.drip(itertools.repeat(more, 10_000), pause_seconds=0.001)

    said = "The head of the request is larger than 65536 bytes."
    told = {"statusCode": 431, "error": "Request Header Fields Too Large", "message": said}
    assert (answer.status, json.loads(answer.body)) == (431, told)


def test_a_large_head_within_the_limit_is_read(caller: Caller) -> None:
    """Cookies of a whole domain may come along."""
    answer = caller.request("GET", "/health/live", x_cookie="a" * 60_000)

    assert answer.status_code == 200


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("sent", [b"", EVENT[:10], EVENT[:-1]])
@pytest.mark.parametrize("framing", ["content-length", "transfer-encoding"])
def test_a_body_that_stalls_is_refused_and_stores_nothing(
    url: str, caller: Caller, sent: bytes, framing: str
) -> None:
    """Half an event is none."""
    is_chunked = framing == "transfer-encoding"
    with connection(url) as slow:
        value = "chunked" if is_chunked else str(len(EVENT))
        slow.send_head("POST", "/api/event", caller.headers | {framing: value})
        if sent:
            slow.send(b"%x\r\n%s\r\n" % (len(sent), sent) if is_chunked else sent)
        answer = slow.answer()

    assert (answer.status, answer.is_closed) == (408, True)
    count = caller.rows("SELECT count(*) FROM events WHERE brand_id = $1", caller.brand_id)
    assert count == [{"count": 0}]


@pytest.mark.usefixtures("impatient")
def test_a_body_that_drips_is_refused(url: str, caller: Caller) -> None:
    """A byte now and then would hold a connection, and its share of memory, for days."""
    with connection(url) as slow:
        slow.send_head("POST", "/api/event", caller.headers | {"content-length": "1000000"})
        answer = slow.drip(_drops(b" "), pause_seconds=0.02)

    assert answer.status == 408


@pytest.mark.usefixtures("impatient")
def test_a_refused_caller_cannot_go_on_sending_its_body_for_ever(url: str) -> None:
    """The 401 comes at once; the connection is not kept for what nobody will read."""
    headers = {"x-brand-id": "1", "x-api-key": "wrong", "content-length": "9000000"}
    with connection(url) as slow:
        slow.send_head("POST", "/api/event", headers)
        assert slow.answer().status == 401
        answer = slow.drip(_drops(b" "), pause_seconds=0.02)

    assert answer.is_closed


def test_many_idle_connections_do_not_hold_up_a_working_one(url: str, caller: Caller) -> None:
    """Half of them before their head, half of them before their body."""
    with ExitStack() as stack:
        for number in range(300):
            idle = stack.enter_context(connection(url))
            if number % 2:
                idle.send(HEAD)
            else:
                idle.send_head("POST", "/api/event", caller.headers | {"content-length": "50"})
        for _ in range(20):
            assert caller.post("/api/event", EVENT).status_code == 200


def test_nonsense_is_400_and_closed(url: str) -> None:
    """What is no HTTP is nobody's request."""
    with connection(url) as other:
        other.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(50) + b"\r\n\r\n")
        answer = other.answer()

    assert (answer.status, answer.is_closed) == (400, True)


def _drops(drop: bytes) -> Iterator[bytes]:
    return itertools.repeat(drop, 2_000)


def test_what_is_no_http_is_told_so_in_json(url: str) -> None:
    """An empty or plain body would end the process of one of the published clients."""
    with connection(url) as nonsense:
        nonsense.send(b"GARBAGE\r\n\r\n")
        answer = nonsense.answer()

    said = '"message":"This is not a valid HTTP request."'
    assert (answer.status, answer.is_closed) == (400, True)
    assert answer.body == f'{{"statusCode":400,"error":"Bad Request",{said}}}'
