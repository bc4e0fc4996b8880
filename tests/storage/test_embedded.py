"""The embedded server starts, is shared, stops and comes back, whoever runs it and wherever."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.waiting import wait_until
from tidings.base.errors import Refused
from tidings.storage import account as accounts
from tidings.storage import embedded
from tidings.storage import postmaster as postmasters
from tidings.storage.embedded import EmbeddedPostgres, binary
from tidings.storage.pool import connect

pytestmark = pytest.mark.processes

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
NOBODY = 65534

USE_UNTIL_INPUT_ENDS = """
import sys
from pathlib import Path
from tidings.storage.embedded import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Generator[Path]:
    """A folder for one installation; a server that a failed test left behind is stopped."""
    folder = tmp_path / "data"
    yield folder
    for database in folder.parent.rglob("postmaster.pid"):
        postmasters.stop(database.parent)


async def answer(url: str, query: str) -> object:
    """Ask the database one question."""
    connection = await connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def server_pid(data_dir: Path) -> int | None:
    """Find the server of a data folder."""
    postmaster = postmasters.find(data_dir / "postgres")
    return None if postmaster is None else postmaster.pid


def start_user(data_dir: Path, *prefix: str) -> subprocess.Popen[str]:
    """Start another process that uses the database, and wait until it does."""
    user = subprocess.Popen(
        [*prefix, sys.executable, "-c", USE_UNTIL_INPUT_ENDS, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert user.stdout is not None
    assert user.stdout.readline().startswith("postgresql://")
    return user


def end(user: subprocess.Popen[str]) -> None:
    """Let a process of `start_user` leave the database."""
    user.communicate(timeout=30)


async def test_a_fresh_folder_becomes_a_database_that_the_program_owns(data_dir: Path) -> None:
    """A new user has no server; the role must suffice for migrations and no more."""
    with EmbeddedPostgres(data_dir) as url:
        roles = await answer(
            url,
            "SELECT current_user || ' ' || current_database() || ' ' || rolsuper"
            " FROM pg_roles WHERE rolname = current_user",
        )
        owner = await answer(
            url,
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()",
        )
    assert (roles, owner) == ("tidings tidings false", "tidings")
    assert server_pid(data_dir) is None


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("jit", "off"),
    ],
)
async def test_the_server_is_durable_and_has_no_door_but_its_socket(
    shared: str, setting: str, value: str
) -> None:
    """What was answered with success must survive a power cut; nobody else may connect."""
    assert await answer(shared, f"SHOW {setting}") == value


@pytest.fixture(scope="module")
def shared() -> Generator[str]:
    """One server for the tests that only ask it questions."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder)) as url:
        yield url


async def test_a_second_user_joins_and_only_the_last_one_stops_the_server(data_dir: Path) -> None:
    """`tidings brand list` beside a running server must neither start nor stop it."""
    first, second = EmbeddedPostgres(data_dir), EmbeddedPostgres(data_dir)
    first.start_or_join()
    started = server_pid(data_dir)

    url = second.start_or_join()
    first.leave()
    assert await answer(url, "SELECT 1") == 1
    assert server_pid(data_dir) == started
    second.leave()
    assert server_pid(data_dir) is None


def test_leaving_twice_is_leaving_once(data_dir: Path) -> None:
    """A supervisor's clean-up may run after its context manager's."""
    database = EmbeddedPostgres(data_dir)
    database.start_or_join()
    database.leave()
    database.leave()
    assert server_pid(data_dir) is None


async def test_the_next_user_joins_the_server_of_a_killed_one(data_dir: Path) -> None:
    """The kernel gives the dead one's lock back; its server goes on, and is stopped later."""
    user = start_user(data_dir)
    started = server_pid(data_dir)
    user.kill()
    user.communicate()

    with EmbeddedPostgres(data_dir) as url:
        assert server_pid(data_dir) == started
        assert await answer(url, "SELECT 1") == 1
    assert server_pid(data_dir) is None


async def test_a_killed_server_starts_again_with_what_was_committed(data_dir: Path) -> None:
    """Its orphans may hold the shared memory for a moment, and its lock file names a dead pid."""
    with EmbeddedPostgres(data_dir) as url:
        await answer(url, "CREATE TABLE kept AS SELECT 42 AS number")
        killed = server_pid(data_dir)
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: server_pid(data_dir) is None)

        database = EmbeddedPostgres(data_dir)
        assert await answer(database.start_or_join(), "SELECT number FROM kept") == 42
        database.leave()
        assert server_pid(data_dir) is not None, "the first user is still there"


def test_the_supervisor_brings_a_dead_server_back(data_dir: Path) -> None:
    """It asks every second; the answer says whether there is something to log."""
    database = EmbeddedPostgres(data_dir)
    with database:
        assert database.ensure_running() is False
        killed = server_pid(data_dir)
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: server_pid(data_dir) is None)
        assert database.ensure_running() is True
        assert database.ensure_running() is False


def test_a_stale_lock_file_with_the_number_of_another_program_does_not_stop_the_start(
    data_dir: Path,
) -> None:
    """In a restarted container the old process id soon belongs to somebody else."""
    with EmbeddedPostgres(data_dir):
        pass
    lock_file = data_dir / "postgres" / "postmaster.pid"
    lock_file.write_text(f"{os.getpid()}\n{data_dir / 'postgres'}\n1700000000\n5432\n")
    shutil.chown(lock_file, (data_dir / "postgres").stat().st_uid)
    with EmbeddedPostgres(data_dir):
        assert server_pid(data_dir) not in {None, os.getpid()}


def test_a_first_start_that_was_killed_half_way_is_begun_again(data_dir: Path) -> None:
    """initdb works in a folder of another name, so what it left is not taken for a database."""
    half = data_dir / "postgres.new" / "base"
    half.mkdir(parents=True)
    with EmbeddedPostgres(data_dir):
        assert (data_dir / "postgres" / "PG_VERSION").exists()
    assert not half.exists()


async def test_a_path_too_long_for_a_socket_works(data_dir: Path) -> None:
    """A Unix socket's path ends at 107 bytes; people's folders do not."""
    long = data_dir.joinpath(*["deep" * 10] * 4)
    database = EmbeddedPostgres(long)
    with database as url:
        assert await answer(url, "SELECT 1") == 1
        assert database.socket_folder.parent == Path(tempfile.gettempdir())
        assert database.socket_folder.stat().st_mode & 0o777 == 0o700
    assert not database.socket_folder.exists()


def test_a_socket_folder_that_is_somebody_elses_is_refused(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In a temporary folder a stranger could wait for our connection."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    database = EmbeddedPostgres(data_dir.joinpath(*["deep" * 10] * 4))
    database.socket_folder.symlink_to(tmp_path)
    with pytest.raises(Refused, match="belongs to somebody else: remove it"):
        database.start_or_join()


def test_a_folder_of_another_postgresql_release_is_refused(data_dir: Path) -> None:
    """The server's own words would not say how to get out of it."""
    with EmbeddedPostgres(data_dir):
        pass
    (data_dir / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(Refused, match=r"was made by PostgreSQL 17.*docs/operating\.md"):
        EmbeddedPostgres(data_dir).start_or_join()


def test_a_failed_start_shows_the_end_of_the_servers_log(data_dir: Path) -> None:
    """Only PostgreSQL knows why it does not start; nobody knows where its log lies."""
    with EmbeddedPostgres(data_dir):
        pass
    (data_dir / "postgres" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(Refused, match='unrecognized configuration parameter "no_such_setting"'):
        EmbeddedPostgres(data_dir).start_or_join()


def test_a_start_refused_for_one_reason_works_when_the_reason_is_gone(data_dir: Path) -> None:
    """A failed start must not hold the locks of a user."""
    database = EmbeddedPostgres(data_dir)
    data_dir.write_text("a file, not a folder")
    with pytest.raises(Refused, match="File exists"):
        database.start_or_join()
    data_dir.unlink()
    with database:
        assert server_pid(data_dir) is not None


def test_a_base_backup_of_the_running_server_restores_as_a_folder(
    data_dir: Path, tmp_path: Path
) -> None:
    """docs/operating.md promises it; files copied by root must not stop the new server."""
    database = EmbeddedPostgres(data_dir)
    restored = tmp_path / "restored"
    with database:
        subprocess.run(
            [
                binary("pg_basebackup"),
                f"--host={database.socket_folder}",
                "--username=postgres",
                f"--pgdata={restored / 'postgres'}",
                "--checkpoint=fast",
            ],
            check=True,
        )
        with EmbeddedPostgres(restored):
            assert server_pid(restored) not in {None, server_pid(data_dir)}


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
        # The right to read is for Python, which may lie below /root; it is not one to write.
        as_nobody = (
            "setpriv",
            f"--reuid={NOBODY}",
            f"--regid={NOBODY}",
            "--clear-groups",
            "--securebits=+no_setuid_fixup",
            "--inh-caps=-all,+dac_read_search",
            "--ambient-caps=-all,+dac_read_search",
            "--bounding-set=-all,+dac_read_search",
        )
        if subprocess.run([*as_nobody, sys.executable, "-c", ""], check=False).returncode != 0:
            pytest.skip("this machine does not let root act as another account")
        user = start_user(folder, *as_nobody)
        assert Path(f"/proc/{server_pid(folder)}").stat().st_uid == NOBODY
        end(user)
        assert server_pid(folder) is None

        with EmbeddedPostgres(folder):
            assert Path(f"/proc/{server_pid(folder)}").stat().st_uid == NOBODY
        assert (folder / "postgres").stat().st_uid == NOBODY


def _others_can_run(path: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (path, *path.parents))
