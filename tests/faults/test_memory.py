"""Memory does not grow with the number of senders."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from tests.cli.conftest import Server
from tests.faults.client import EVENTS, Door, open_door
from tests.faults.processes import peak_memory_bytes
from tests.waiting import wait_until
from tidings.base import limits

pytestmark = pytest.mark.processes

Serve = Callable[..., Server]

SENDERS = 60
BODY = b'{"nv": [' + b" " * (limits.MAX_BODY_BYTES - 10) + b"]}"
ROOM_FOR_BODIES = limits.MAX_HELD_BODY_BYTES // len(BODY)
# The process without any body, what it may hold, and a copy of that while bodies are put
# together. The bodies of all senders would need three times as much.
MOST_BYTES = 120_000_000 + 2 * limits.MAX_HELD_BODY_BYTES


class SlowSender:
    """A client that sends a large body but for its last byte, and then waits."""

    def __init__(self, door: Door) -> None:
        self._connection = socket.create_connection((door.host, door.port), timeout=60)
        head = [f"POST {EVENTS} HTTP/1.1", "host: tidings", f"content-length: {len(BODY)}"]
        head += [f"{name}: {value}" for name, value in door.headers.items()]
        self._head = "\r\n".join([*head, "", ""]).encode()

    def begin(self) -> None:
        """Send all but the end, as far as it is taken."""
        with suppress(ConnectionError):
            self._connection.sendall(self._head)
            self._connection.sendall(memoryview(BODY)[:-1])

    def end(self) -> int:
        """Send the end and return the status of the answer; 0 when there was none."""
        with suppress(ConnectionError), self._connection:
            with suppress(ConnectionError):
                self._connection.sendall(BODY[-1:])
            answer = self._connection.recv(65_536)
            return int(answer.split()[1]) if answer else 0
        return 0


def refused(door: Door) -> float:
    """Count the calls that the server says it could not serve for want of room."""
    metrics: bytes = door.call("GET", "/metrics").body
    label = f'tidings_refusals_total{{reason="unavailable",route="{EVENTS}"}} '.encode()
    return sum(
        float(line.removeprefix(label)) for line in metrics.splitlines() if line.startswith(label)
    )


def test_large_bodies_that_end_slowly_are_refused_beyond_a_fixed_amount_of_memory(
    serve: Serve,
) -> None:
    """A few hundred slow senders must cost themselves a 503, and not all others the server."""
    server = serve()
    door = open_door(server)
    (web,) = server.children("web")
    with ThreadPoolExecutor(SENDERS) as threads:
        senders = [SlowSender(door) for _ in range(SENDERS)]
        begun = [threads.submit(sender.begin) for sender in senders]
        wait_until(lambda: all(sent.done() for sent in begun), within_seconds=90)
        assert door.call("GET", "/health/live").status == 200
        statuses = sorted(threads.map(SlowSender.end, senders))
    assert statuses.count(503) >= SENDERS - ROOM_FOR_BODIES
    assert set(statuses) <= {400, 503}, "a body that was taken is answered for what it says"
    assert refused(door) == statuses.count(503)
    assert peak_memory_bytes(web) < MOST_BYTES
    assert door.call("POST", EVENTS, {}).status == 400, "there is room again"
