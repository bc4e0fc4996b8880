"""Real servers in processes of their own."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from tests.shop import other_shop, shop
from tests.waiting import wait_until
from tidings.storage import postmaster as postmasters

__all__ = ["other_shop", "shop"]

TIDINGS = (sys.executable, "-m", "tidings")


def tidings(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end, in an environment without other settings."""
    return subprocess.run(
        [*TIDINGS, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**_clean_environment(), **variables},
    )


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that is dead and not yet buried does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


class Server:
    """One `tidings serve`."""

    def __init__(self, data_dir: Path, *flags: str) -> None:
        self.data_dir = data_dir
        number = len(list(data_dir.parent.glob("*.printed")))
        self._printed = data_dir.parent / f"{number}.printed"
        self._logged = data_dir.parent / f"{number}.logged"
        with self._printed.open("wb") as printed, self._logged.open("wb") as logged:
            self.process = subprocess.Popen(
                [*TIDINGS, "serve", "--data-dir", data_dir, "--port", "0", *flags],
                stdout=printed,
                stderr=logged,
                env=_clean_environment(),
            )
        wait_until(
            lambda: "Stop" in self.printed or self.process.poll() is not None, within_seconds=30
        )
        assert self.process.poll() is None, self._logged.read_text()

    @property
    def printed(self) -> str:
        """What the person at the terminal sees."""
        return self._printed.read_text()

    @property
    def logged(self) -> list[dict[str, Any]]:
        """What the supervisor and its children logged."""
        lines = self._logged.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    @property
    def url(self) -> str:
        """Where it listens."""
        match = re.search(r"Address\s+(\S+)", self.printed)
        assert match is not None
        return match[1]

    @property
    def postgres(self) -> int | None:
        """The process id of its PostgreSQL, None when none runs."""
        postmaster = postmasters.find(self.data_dir / "postgres")
        return None if postmaster is None else postmaster.pid

    def children(self, kind: str) -> list[int]:
        """The process ids of its living children of one kind."""
        started = [line for line in self.logged if line["action"] == "process.started"]
        pids = [line["pid"] for line in started if line["kind"] == kind]
        return [pid for pid in pids if is_alive(pid)]

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(sign)
        return self.process.wait(timeout=40)


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("TIDINGS_")}


@pytest.fixture
def serve(tmp_path: Path) -> Generator[Callable[..., Server]]:
    """Start servers; those that still run at the end are stopped."""
    servers: list[Server] = []

    def start(*flags: str, data_dir: Path = tmp_path / "data") -> Server:
        server = Server(data_dir, *flags)
        servers.append(server)
        return server

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.stop()
    for server in servers:
        for pid in [*server.children("web"), *server.children("worker")]:
            wait_until(lambda pid=pid: not is_alive(pid), within_seconds=10)
        postmasters.stop(server.data_dir / "postgres")
