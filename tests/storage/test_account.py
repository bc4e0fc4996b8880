"""Whoever starts it, and wherever it lies: the server runs as an account that is not root."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.accounts import AS_ROOT, NOBODY, as_nobody
from tests.storage.users import USE_UNTIL_INPUT_ENDS, end, server_pid, start_user
from tidings.storage import account as accounts
from tidings.storage import embedded
from tidings.storage.embedded import EmbeddedPostgres, binary

pytestmark = pytest.mark.processes


@AS_ROOT
def test_root_can_keep_its_data_where_nobody_else_may_enter(data_dir: Path) -> None:
    """`git clone` by root lands in /root, mode 0700; opening that folder is not ours to do."""
    closed = data_dir / "closed"
    closed.mkdir(parents=True, mode=0o700)
    with EmbeddedPostgres(closed / "data"):
        pid = server_pid(closed / "data")
        status = Path(f"/proc/{pid}/status").read_text()
    lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert int(lines["CapEff"], 16) == 1 << 2, "CAP_DAC_READ_SEARCH and nothing else"
    assert lines["NoNewPrivs"] == "1"
    assert closed.stat().st_mode & 0o777 == 0o700


@AS_ROOT
def test_root_can_keep_the_program_where_nobody_else_may_enter(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The virtual environment of a clone in /root; PostgreSQL then looks for itself in vain."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = binary("postgres").parents[2]
    for folder in package.parent.glob(f"{package.name}*"):  # it keeps its libraries beside itself
        shutil.copytree(folder, closed / folder.name, symlinks=True)

    def closed_binary(name: str) -> Path:
        return closed / package.name / "pginstall" / "bin" / name

    monkeypatch.setattr(embedded, "binary", closed_binary)
    with EmbeddedPostgres(data_dir):
        program = Path(f"/proc/{server_pid(data_dir)}/exe").readlink()
    assert program == closed_binary("postgres")


@AS_ROOT
def test_where_the_server_cannot_be_let_through_the_refusal_names_the_way_out(
    data_dir: Path,
) -> None:
    """Many containers run root without the capability to pass closed folders."""
    data_dir.mkdir(mode=0o700)
    contained = ("setpriv", "--inh-caps=-dac_read_search", "--bounding-set=-dac_read_search", "--")
    done = subprocess.run(
        [*contained, sys.executable, "-c", USE_UNTIL_INPUT_ENDS, str(data_dir)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "CAP_DAC_READ_SEARCH" in done.stderr
    assert "Choose a --data-dir" in done.stderr


@AS_ROOT
def test_in_an_open_folder_the_server_has_no_capability() -> None:
    """The right to pass through closed folders is given only where it is needed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        if not shutil.which("setpriv") or not _others_can_run(binary("postgres")):
            pytest.skip("the virtual environment lies in a closed folder")
        with EmbeddedPostgres(folder):
            status = Path(f"/proc/{server_pid(folder)}/status").read_text()
        assert "CapEff:\t0000000000000000" in status
        assert (folder / "postgres").owner() == accounts.ACCOUNT_NAME


@AS_ROOT
def test_an_ordinary_user_runs_it_as_himself_and_root_then_runs_it_as_him() -> None:
    """The folder's owner is whose database it is; root must not take it away from him."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.chown(folder, NOBODY, NOBODY)
        user = start_user(folder, *as_nobody())
        assert Path(f"/proc/{server_pid(folder)}").stat().st_uid == NOBODY
        end(user)
        assert server_pid(folder) is None

        with EmbeddedPostgres(folder):
            assert Path(f"/proc/{server_pid(folder)}").stat().st_uid == NOBODY
        assert (folder / "postgres").stat().st_uid == NOBODY


def _others_can_run(path: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (path, *path.parents))
