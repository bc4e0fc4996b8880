"""kill -9 during load: what was acknowledged is kept, once, whoever was killed."""

from collections.abc import Callable

import pytest

from tests.cli.conftest import Server, is_alive
from tests.faults.client import Door, marks_of, open_door
from tests.faults.load import Fate, Load, check
from tests.faults.processes import backends_of, kill
from tests.waiting import wait_until

pytestmark = pytest.mark.processes

Serve = Callable[..., Server]


def kill_everybody_in_turn(serve: Serve, server: Server, door: Door, load: Load) -> Server:
    """Kill each kind of process once, each while the load is served; return the last server."""
    load.wait_for_more(Fate.ACKNOWLEDGED)
    for kind in ("web", "worker"):
        (killed,) = server.children(kind)
        kill(killed)
        wait_until(
            lambda kind=kind, killed=killed: server.children(kind) not in ([], [killed]),
            within_seconds=60,
        )
        load.wait_for_more(Fate.ACKNOWLEDGED)

    postmaster = server.postgres
    assert postmaster is not None
    writer, *_ = backends_of(postmaster, "tidings tidings")
    kill(writer)
    wait_until(lambda: not is_alive(writer))
    load.wait_for_more(Fate.ACKNOWLEDGED)

    kill(postmaster)
    wait_until(lambda: server.postgres not in {None, postmaster}, within_seconds=60)
    load.wait_for_more(Fate.ACKNOWLEDGED)

    pids = [*server.children("web"), *server.children("worker")]
    kill(server.process.pid)
    server.process.wait()
    wait_until(lambda: not any(map(is_alive, pids)), within_seconds=60)
    server = serve("--port", str(door.port))
    load.wait_for_more(Fate.ACKNOWLEDGED)
    return server


def test_whoever_is_killed_every_acknowledged_event_is_kept_exactly_once(serve: Serve) -> None:
    """The answer follows the commit; a client that got a 2xx has forgotten the event."""
    server = serve()
    door = open_door(server)
    with Load(door) as load:
        server = kill_everybody_in_turn(serve, server, door, load)
        sent = load.finish()
    check(sent, marks_of(server.data_dir))
    assert {call.fate for call in sent} >= {Fate.ACKNOWLEDGED, Fate.REFUSED, Fate.UNANSWERED}


def test_calls_repeated_with_their_idempotency_key_are_all_kept_exactly_once(serve: Serve) -> None:
    """A lost answer and a lost call look the same to a client; the key makes repeating safe."""
    server = serve()
    door = open_door(server)
    with Load(door, retries=True) as load:
        server = kill_everybody_in_turn(serve, server, door, load)
        sent = load.finish()
    check(sent, marks_of(server.data_dir))
    assert {call.fate for call in sent} == {Fate.ACKNOWLEDGED, Fate.REFUSED}
    assert load.count(Fate.UNANSWERED) > 0, "nothing had to be repeated"
