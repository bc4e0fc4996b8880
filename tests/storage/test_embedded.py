"""The embedded server starts, is shared, stops and comes back, whoever runs it and wherever."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.storage.users import answer, server_pid, start_user
from tests.waiting import wait_until
from tidings.base.errors import Refused
from tidings.storage.embedded import EmbeddedPostgres, binary

pytestmark = pytest.mark.processes


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


def test_a_stale_lock_beside_the_socket_does_not_stop_the_start_either(data_dir: Path) -> None:
    """Its number, too, may be that of another program of PostgreSQL's own account by now."""
    database = EmbeddedPostgres(data_dir)
    with database:
        pass
    owner = (data_dir / "postgres").stat().st_uid
    with subprocess.Popen(["/bin/sleep", "60"], user=owner) as other:
        database.socket_folder.mkdir(mode=0o700)
        shutil.chown(database.socket_folder, owner)
        lock_file = database.socket_folder / ".s.PGSQL.5432.lock"
        lock_file.write_text(f"{other.pid}\n{data_dir / 'postgres'}\n1700000000\n5432\n")
        shutil.chown(lock_file, owner)
        with EmbeddedPostgres(data_dir):
            assert server_pid(data_dir) is not None
        other.kill()


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
