"""`tidings serve` from outside: it starts, mends itself, and leaves nothing behind."""

import os
import re
import shlex
import signal
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.cli.conftest import Server, is_alive, tidings
from tests.waiting import wait_until

pytestmark = pytest.mark.processes

Serve = Callable[..., Server]


def answers(server: Server) -> bool:
    """Say whether a web process answers."""
    try:
        with urlopen(f"{server.url}/health/live", timeout=5) as answer:  # noqa: S310 - our own
            return answer.status == 200
    except URLError:
        return False


def kill(pid: int | None) -> None:
    """Kill a process as the kernel does when memory is short."""
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def test_the_first_start_prints_a_brand_and_a_key_and_the_second_does_not(serve: Serve) -> None:
    """The key exists nowhere else afterwards; printing it again would need to have kept it."""
    first = serve()
    key = re.search(r"API key\s+(tdk_\S+)", first.printed)
    curl = [line for line in first.printed.splitlines() if line.startswith("curl ")]
    assert key is not None
    assert first.printed.count(key[1]) == 2, "once by itself and once in the curl line"
    words = shlex.split(curl[0])
    assert words[3] == f"{first.url}/api/v1/user/create"
    assert f"x-api-key: {key[1]}" in words
    assert first.stop() == 0

    second = serve()
    assert "is running" in second.printed
    assert "tdk_" not in second.printed


def test_sigterm_stops_the_processes_and_postgresql(serve: Serve) -> None:
    """A service manager counts on it."""
    server = serve("--web-processes", "2")
    wait_until(lambda: answers(server))
    pids = [*server.children("web"), *server.children("worker"), server.postgres]
    assert len(pids) == 4
    assert server.stop() == 0
    assert [pid for pid in pids if pid is not None and is_alive(pid)] == []
    assert server.logged[-1]["action"] == "server.stopped"


def test_ctrl_c_stops_it_as_sigterm_does(serve: Serve) -> None:
    """It is what the start message tells people to press."""
    server = serve()
    assert server.stop(signal.SIGINT) == 0
    assert server.postgres is None


def test_when_the_supervisor_is_killed_its_processes_end_and_the_next_start_works(
    serve: Serve,
) -> None:
    """They watch a pipe that only the supervisor holds open; else the port would stay taken."""
    killed = serve()
    wait_until(lambda: answers(killed))
    pids = [*killed.children("web"), *killed.children("worker")]
    kill(killed.process.pid)
    killed.process.wait()
    wait_until(lambda: not any(map(is_alive, pids)), within_seconds=10)

    port = killed.url.rpartition(":")[2]
    restarted = serve("--port", port)
    wait_until(lambda: answers(restarted))


def test_a_start_beside_the_dying_children_of_a_killed_server_works(serve: Serve) -> None:
    """`systemctl restart` after a kill does not wait for them."""
    killed = serve()
    kill(killed.process.pid)
    killed.process.wait()
    restarted = serve()
    wait_until(lambda: answers(restarted))


def test_a_killed_postgresql_is_started_again(serve: Serve) -> None:
    """The out-of-memory killer likes the largest process best."""
    server = serve()
    killed = server.postgres
    kill(killed)
    wait_until(lambda: server.postgres not in {None, killed}, within_seconds=30)
    assert tidings("doctor", "--data-dir", server.data_dir).stdout.count("✓ PostgreSQL") == 1


@pytest.mark.parametrize("kind", ["web", "worker"])
def test_a_killed_child_is_started_again(serve: Serve, kind: str) -> None:
    """Meanwhile connections wait at the address, which the supervisor holds."""
    server = serve()
    wait_until(lambda: answers(server))
    (killed,) = server.children(kind)
    kill(killed)
    assert answers(server)
    wait_until(lambda: server.children(kind) not in ([], [killed]), within_seconds=10)
    died = [line for line in server.logged if line["action"] == "process.died"]
    assert [(line["pid"], line["status"]) for line in died if line["kind"] == kind] == [
        (killed, -9)
    ]


def test_a_second_server_on_the_same_data_folder_is_refused(serve: Serve) -> None:
    """Two supervisors would both think that they own the metrics and the first start."""
    server = serve()
    second = tidings("serve", "--data-dir", server.data_dir, "--port", "0")
    assert second.returncode == 1
    assert "A server already runs on the data folder" in second.stderr
    assert "Traceback" not in second.stderr
    assert answers(server)


def test_a_taken_port_is_a_clear_refusal(serve: Serve, tmp_path: Path) -> None:
    """It must not start a database first, nor retry for ever."""
    port = serve().url.rpartition(":")[2]
    second = tidings("serve", "--data-dir", tmp_path / "second", "--port", port)
    assert second.returncode == 1
    assert f"Cannot listen on port {port} of 127.0.0.1: another program has it" in second.stderr
    assert not (tmp_path / "second" / "postgres").exists()


def test_commands_join_the_running_server_and_leave_it_running(serve: Serve) -> None:
    """An operator works beside the server, not instead of it."""
    server = serve()
    before = server.postgres
    done = tidings("migrate", "--data-dir", server.data_dir)
    assert (done.returncode, done.stdout) == (
        0,
        "nothing to apply: the database is up to date\n",
    )
    assert server.postgres == before
    assert answers(server)


def test_commands_start_and_stop_the_database_when_no_server_runs(tmp_path: Path) -> None:
    """`tidings brand create` before the first start is a fair thing to type."""
    done = tidings("migrate", "--data-dir", tmp_path / "data")
    assert done.stdout.startswith("applied 0001_")
    assert not (tmp_path / "data" / "postgres" / "postmaster.pid").exists()


def test_another_database_with_pending_migrations_is_left_alone(
    serve: Serve, tmp_path: Path
) -> None:
    """Its owner decides when to migrate; `serve` prints the command."""
    data_dir = serve().data_dir
    socket_folder = data_dir / "postgres.socket"
    url = f"postgresql://postgres@/postgres?host={socket_folder}"
    refused = tidings(
        "serve", "--data-dir", tmp_path / "other", "--port", "0", TIDINGS_DATABASE_URL=url
    )
    assert refused.returncode == 1
    assert "Apply them with: tidings migrate" in refused.stderr
    assert not (tmp_path / "other" / "postgres").exists()
