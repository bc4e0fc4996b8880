"""SIGTERM during load: what was accepted is finished, and nothing is left behind."""

import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from tests.cli.conftest import Server, is_alive
from tests.faults.client import Door, marks_of, open_door
from tests.faults.load import Fate, Load, check
from tests.faults.processes import children_of
from tests.waiting import wait_until

pytestmark = pytest.mark.processes

Serve = Callable[..., Server]


def silent_connection(door: Door) -> socket.socket:
    """Open a connection on which a call was answered and none followed, as in a client's pool."""
    connection = socket.create_connection((door.host, door.port), timeout=30)
    connection.sendall(b"GET /health/live HTTP/1.1\r\nhost: tidings\r\n\r\n")
    assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
    return connection


def test_sigterm_during_load_ends_every_call_whole_and_leaves_no_process(serve: Serve) -> None:
    """An update of the program must not cost anybody an event, nor ask an operator to clean up."""
    server = serve("--web-processes", "2")
    door = open_door(server)
    pids = [*server.children("web"), *server.children("worker"), server.postgres]
    pids += [child for pid in pids if pid is not None for child in children_of(pid)]
    with Load(door, senders=8) as load:
        load.wait_for_more(Fate.ACKNOWLEDGED, 200)
        assert server.stop(signal.SIGTERM) == 0
        load.wait_for_each(Fate.UNANSWERED)
        sent = load.finish()
    assert [pid for pid in pids if pid is not None and is_alive(pid)] == []
    assert not (server.data_dir / "postgres" / "postmaster.pid").exists()
    assert [call for call in sent if call.fate is Fate.CUT_SHORT] == []
    check(sent, marks_of(server.data_dir))


def test_connections_that_wait_for_another_call_do_not_hold_up_the_stop(serve: Serve) -> None:
    """Clients keep them open for minutes; a service manager kills after less than that."""
    server = serve("--shutdown-seconds", "3600")
    door = open_door(server)
    with ExitStack() as connections:
        for _ in range(20):
            connections.enter_context(silent_connection(door))
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: server.process.poll() is not None, within_seconds=60)
    assert server.process.returncode == 0
