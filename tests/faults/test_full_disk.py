"""The disk is full: said so, nothing acknowledged is lost, and all goes on when there is room."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.conftest import Server
from tests.faults.client import EVENTS, Door, events_of, marks_of, open_door
from tests.faults.load import Fate, Load, check
from tests.faults.processes import kill
from tests.waiting import wait_until
from tidings.storage import account as accounts
from tidings.storage.embedded import DATABASE, SUPERUSER, EmbeddedPostgres, binary
from tidings.storage.pool import connect

pytestmark = pytest.mark.processes

Serve = Callable[..., Server]

DISK_BYTES = 160_000_000
ALONE = "call"
FULL = "The database's disk is full; nothing was stored. Free some space and send again."


class SmallDisk:
    """A disk of its own for a data folder, with a file on it that takes the room."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Take what room there is, to the last byte."""
        ballast = os.open(self._ballast, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        with suppress(OSError):
            while True:
                os.write(ballast, bytes(4096))
        os.close(ballast)

    def free(self) -> None:
        """Give all of it back."""
        self._ballast.unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Generator[SmallDisk]:
    """A small disk in memory, mounted where `serve` keeps its data."""
    folder = tmp_path / "data"
    folder.mkdir()
    options = ("-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0755")
    mount = ["mount", *options, "tmpfs", str(folder)]
    if accounts.run(mount).returncode != 0:
        pytest.skip("mounting a small disk takes root with the capability CAP_SYS_ADMIN")
    yield SmallDisk(folder)
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill_the_log(data_dir: Path) -> None:
    """Make PostgreSQL begin new files of its log until the disk has no room for one."""

    async def begin_new_files() -> None:
        embedded = EmbeddedPostgres(data_dir)
        connection = await connect(embedded.url.replace(f"//{DATABASE}@", f"//{SUPERUSER}@"))
        try:
            for _ in range(100):
                await connection.execute("SELECT pg_logical_emit_message(false, 'a', 'b')")
                await connection.execute("SELECT pg_switch_wal()")
        finally:
            await connection.close()

    # What it says depends on how far it gets; the test looks at what callers are told.
    with suppress(Exception):
        asyncio.run(begin_new_files())


def message_of_a_call(door: Door) -> str:
    """Send an event and return what it was refused with; nothing if it still found room."""
    answer = door.call("POST", EVENTS, events_of([ALONE]))
    if answer.status == 200:
        return ""
    assert answer.status == 503
    assert answer.headers["retry-after"] == "2"
    return answer.body["response"]["message"]


def is_down(server: Server) -> bool:
    """Say whether the supervisor reported that PostgreSQL cannot start for want of room."""
    lost = [line for line in server.logged if line["action"] == "database.lost"]
    return any("No space left on device" in line.get("reason", "") for line in lost)


def damage_of(data_dir: Path) -> str:
    """Return what PostgreSQL's own tools find wrong with a stopped database."""
    folder = data_dir / "postgres"
    checked = accounts.run([str(binary("pg_checksums")), "--check", f"--pgdata={folder}"])
    assert "Bad checksums:  0" in checked.stdout, checked.stdout + checked.stderr
    embedded = EmbeddedPostgres(data_dir)
    with embedded:
        options = (f"--host={embedded.socket_folder}", f"--username={SUPERUSER}")
        how = ("--install-missing", "--heapallindexed", f"--database={DATABASE}")
        done = accounts.run([str(binary("pg_amcheck")), *options, *how])
    assert done.returncode in {0, 2}, done.stderr
    return done.stdout + done.stderr


def test_a_full_disk_is_named_loses_nothing_and_is_outlived(disk: SmallDisk, serve: Serve) -> None:
    """It happens to everybody once; it must cost waiting, not data, and no one's night.

    At first only the tables cannot grow. When PostgreSQL's log cannot grow either, PostgreSQL
    goes down and cannot come up; and then a web process dies and must come up without it.
    """
    server = serve()
    door = open_door(server)
    with Load(door) as load:
        load.wait_for_more(Fate.ACKNOWLEDGED)
        disk.fill()
        load.wait_for_more(Fate.UNAVAILABLE, 10)
        wait_until(lambda: message_of_a_call(door) == FULL, within_seconds=30)

        fill_the_log(disk.folder)
        wait_until(lambda: is_down(server), within_seconds=30)
        disk.fill()
        (killed,) = server.children("web")
        kill(killed)
        wait_until(lambda: server.children("web") not in ([], [killed]), within_seconds=30)
        assert "cannot be reached" in message_of_a_call(door)
        assert door.call("GET", "/health/live").status == 200
        assert door.call("GET", "/health/ready").status == 503

        disk.free()
        load.wait_for_more(Fate.ACKNOWLEDGED)
        sent = load.finish()
    stored = marks_of(server.data_dir)
    del stored[ALONE]  # where it still found room
    check(sent, stored)
    assert server.stop(signal.SIGTERM) == 0
    assert damage_of(server.data_dir) == ""
