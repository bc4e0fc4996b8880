"""Known bug 30: whatever a send waits for, calls are answered, on connections of their own."""

import json
import re
import socket
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Server, tidings
from tests.faults.client import EVENTS, USERS, Door, events_of, open_door
from tests.faults.commits import database_of
from tests.waiting import wait_until

pytestmark = pytest.mark.processes

Serve = Callable[..., Server]

CHANNELS = 6
PEOPLE = 300
CALLS = 200
OPERATING = Path("docs/operating.md")
COUNT_CONNECTIONS = "SELECT count(*) AS many FROM pg_stat_activity WHERE usename = current_user"


class SilentMailServer:
    """Takes every connection and says nothing, as one does that is overloaded."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=500)
        self.port = int(self._listener.getsockname()[1])
        self.taken: list[socket.socket] = []
        self._thread = threading.Thread(target=self._take)
        self._thread.start()

    def _take(self) -> None:
        while True:
            try:
                self.taken.append(self._listener.accept()[0])
            except OSError:
                return

    def close(self) -> None:
        """Close it, and what it took."""
        self._listener.shutdown(socket.SHUT_RDWR)  # ends the wait for the next one
        self._thread.join()
        self._listener.close()
        for one in self.taken:
            one.close()


@pytest.fixture
def silent() -> Generator[SilentMailServer]:
    """Run such a server."""
    with closing(SilentMailServer()) as server:
        yield server


def test_a_dead_mail_server_keeps_no_call_waiting(
    serve: Serve, silent: SilentMailServer, tmp_path: Path
) -> None:
    """Six campaigns wait for it at one time, each on as many connections as it may have."""
    server = serve()
    door = open_door(server)
    brand = door.headers["x-brand-id"]
    people = [
        {"userID": f"user-{number}", "user_attributes": {"email": f"user-{number}@people.test"}}
        for number in range(PEOPLE)
    ]
    for start in range(0, PEOPLE, 100):
        assert door.call("POST", USERS, {"nv": people[start : start + 100]}).status == 200
    begin_campaigns(server, brand, silent.port, tmp_path)
    wait_until(lambda: len(silent.taken) >= CHANNELS, within_seconds=60)

    statuses = calls_at_one_time(door)

    assert statuses == [200] * CALLS
    assert len(silent.taken) >= CHANNELS, "and it still waited"
    with database_of(server) as backstage:
        [row] = backstage.rows(COUNT_CONNECTIONS)
    assert 0 < row["many"] <= most_connections() + 1, "the one that asks comes on top"


def begin_campaigns(server: Server, brand: str, port: int, folder: Path) -> None:
    """Start a campaign to everybody on each of many channels to one mail server."""

    def run(*words: str) -> None:
        done = tidings(*words[:2], "--data-dir", server.data_dir, brand, *words[2:])
        assert done.returncode == 0, done.stderr

    template = folder / "template.json"
    template.write_text(json.dumps({"subject": "Hi", "html": "<p>Hi</p>"}))
    run("template", "create", "hello", str(template))
    settings = {"host": "127.0.0.1", "port": str(port), "security": "none"}
    settings |= {"from_address": "news@shop.test", "timeout_seconds": "20"}
    flags = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    for number in range(CHANNELS):
        run("channel", "add", f"mail-{number}", "smtp", *flags)
        campaign = {"name": f"Sale {number}", "channel": f"mail-{number}", "template": "hello"}
        path = folder / f"{number}.json"
        path.write_text(json.dumps({**campaign, "audience": "all"}))
        run("campaign", "create", str(path), "--now")


def calls_at_one_time(door: Door) -> list[int]:
    """Return the status of each of many calls, half of which store and half of which read."""

    def call(number: int) -> int:
        if number % 2:
            return door.call("POST", EVENTS, events_of([f"mark-{number}"])).status
        path = f"/api/v1/user/userData?userID=user-{number % PEOPLE}"
        return door.call("GET", path).status

    with ThreadPoolExecutor(50) as pool:
        return list(pool.map(call, range(CALLS)))


def most_connections() -> int:
    """Return how many the page for operators says that a web process and a worker have."""
    found = re.search(r"A web process opens up to (\d+)[^.]*a worker up to (\d+)", _operating())
    assert found is not None
    return int(found[1]) + int(found[2])


def _operating() -> str:
    return " ".join(OPERATING.read_text().split())
