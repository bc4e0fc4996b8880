"""The server under an account that is not root's."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.cli import conftest as cli
from tests.cli.conftest import Server
from tests.faults.client import EVENTS, events_of, open_door
from tests.faults.processes import children_of

pytestmark = pytest.mark.processes

Serve = Callable[..., Server]

NOBODY = 65_534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
NO_RIGHT = ("--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all")
# For a Python or a program that lies below /root. It is no right to write anything.
RIGHT_TO_READ = (
    "--securebits=+no_setuid_fixup",
    "--inh-caps=-all,+dac_read_search",
    "--ambient-caps=-all,+dac_read_search",
    "--bounding-set=-all,+dac_read_search",
)
TRIAL = "import subprocess, sys, tidings; subprocess.run([sys.executable, '-c', ''], check=True)"


@pytest.fixture
def home() -> Generator[Path]:
    """A folder that any account can enter, unlike those that pytest makes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def as_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the servers of this test run as an account that is nobody's."""
    if os.geteuid() != 0:
        pytest.skip("every other test runs as an ordinary user already")
    for rights in (NO_RIGHT, RIGHT_TO_READ):
        prefix = (*AS_NOBODY, *rights, "--")
        trial = [*prefix, sys.executable, "-c", TRIAL]
        if subprocess.run(trial, check=False, capture_output=True).returncode == 0:
            monkeypatch.setattr(cli, "TIDINGS", (*prefix, *cli.TIDINGS))
            return
    pytest.skip("this machine does not let root act as another account")


@pytest.mark.usefixtures("as_nobody")
def test_the_whole_server_runs_as_an_ordinary_user(home: Path, serve: Serve) -> None:
    """Nothing that it does needs root, so nobody should be asked for it."""
    data_dir = home / "data"
    data_dir.mkdir()
    shutil.chown(data_dir, NOBODY, NOBODY)
    server = serve(data_dir=data_dir)
    door = open_door(server)
    assert door.call("POST", EVENTS, events_of(["a"])).body == {"response": {"status": "queued"}}

    postmaster = server.postgres
    assert postmaster is not None
    pids = [server.process.pid, *children_of(server.process.pid), postmaster]
    assert [Path(f"/proc/{pid}").stat().st_uid for pid in pids] == [NOBODY] * len(pids)
    assert server.stop() == 0
