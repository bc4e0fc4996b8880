"""`tidings pg` runs PostgreSQL's own programs on the installation's database."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import IO

import pytest

from tests.accounts import AS_ROOT, NOBODY, as_nobody
from tests.cli.conftest import TIDINGS, tidings
from tests.waiting import wait_until
from tidings.storage import postmaster as postmasters
from tidings.storage.embedded import EmbeddedPostgres
from tidings.storage.programs import PROGRAMS

SLOW = pytest.mark.processes
WHO_AND_WHERE = "SELECT current_user, current_database()"
# A setting and an address of the person at the terminal, which must not lead astray.
MISLEADING = {"PGHOST": "nowhere.invalid", "PGPORT": "1", "PGSERVICE": "none", "PGOPTIONS": "-c x"}
PSQL_STOPPED = 3  # psql's own exit code for a script that it was stopped in
OWN_COMMAND_LINE = "\\! tr '\\0' ' ' < /proc/$PPID/cmdline"


@pytest.fixture
def data_dir(tmp_path: Path) -> Generator[Path]:
    """A data folder without a database yet."""
    yield tmp_path / "data"
    postmasters.stop(tmp_path / "data" / "postgres")


@pytest.fixture(scope="module")
def kept_running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """A data folder whose database runs: starting it for each command takes most of the time."""
    folder = tmp_path_factory.mktemp("running") / "data"
    with EmbeddedPostgres(folder):
        yield folder


def pg(data_dir: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    return tidings("pg", "--data-dir", data_dir, *arguments, **variables)


def ask(data_dir: Path, query: str, *arguments: str) -> str:
    """Ask one question in psql."""
    done = pg(data_dir, "psql", "-XAtc", query, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_an_unknown_program_is_refused_with_the_list_of_those_there_are(data_dir: Path) -> None:
    """And nothing is started for it."""
    done = pg(data_dir, "pg_resetwal", "--force")

    assert done.returncode == 2
    assert "'pg_resetwal' is not one of" in done.stderr
    assert [program for program in PROGRAMS if f"'{program}'" not in done.stderr] == []
    assert not data_dir.exists()


def test_the_help_names_every_program() -> None:
    """Nobody guesses names."""
    shown = " ".join(tidings("pg", "--help").stdout.split())

    assert ", ".join(PROGRAMS) in shown


@SLOW
def test_the_database_is_joined_and_left_as_it_was(data_dir: Path) -> None:
    """Started for a stopped installation, and stopped again; without a word of ours."""
    done = pg(data_dir, "psql", "-XAtc", WHO_AND_WHERE, **MISLEADING)

    assert (done.returncode, done.stdout, done.stderr) == (0, "tidings|tidings\n", "")
    assert postmasters.find(data_dir / "postgres") is None


@SLOW
def test_arguments_input_and_exit_code_pass_untouched(kept_running: Path) -> None:
    """Whatever they look like: `-h` and `--config` are flags of ours, too, and `--` ends flags."""
    assert "psql is the PostgreSQL" in pg(kept_running, "psql", "--help").stdout
    assert "'--data-dir'" in pg(kept_running, "psql", "--data-dir", "x").stderr
    flags = ("-h", str(kept_running / "postgres.socket"), "-U", "postgres", "--", "template1")
    assert ask(kept_running, WHO_AND_WHERE, *flags) == "postgres|template1"
    failed = pg(kept_running, "psql", "-Xv", "ON_ERROR_STOP=1", "-f", "no such file")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "no such file" in failed.stderr
    typed = subprocess.run(
        [*TIDINGS, "pg", "--data-dir", kept_running, "psql", "-XAt", "-v", "ON_ERROR_STOP=1"],
        input="SELECT 6 * 7;\nSELECT 1 / 0;\nSELECT 43;",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (typed.returncode, typed.stdout) == (3, "42\n")


@SLOW
def test_programs_for_the_whole_server_may_look_after_it(
    kept_running: Path, tmp_path: Path
) -> None:
    """Each would be refused, or leave something out, as the role that owns the database."""
    copy = tmp_path / "copied" / "postgres"

    done = [
        pg(kept_running, "pg_basebackup", "--checkpoint=fast", f"--pgdata={copy}"),
        pg(kept_running, "pg_dumpall", "--file", str(tmp_path / "all.sql")),
        pg(kept_running, "pg_amcheck", "--install-missing"),
        pg(kept_running, "vacuumdb", "--quiet"),
        pg(kept_running, "reindexdb", "--quiet", "--system"),
        pg(kept_running, "pg_isready", "--quiet"),
    ]

    assert [(one.returncode, one.stderr) for one in done] == [(0, "")] * len(done)
    ask(kept_running, "DROP EXTENSION amcheck", "--username=postgres")
    assert (copy / "backup_manifest").exists()
    assert "CREATE ROLE tidings" in (tmp_path / "all.sql").read_text()


@SLOW
def test_pg_restore_connects_unless_it_is_to_write_a_file(
    kept_running: Path, tmp_path: Path
) -> None:
    """It is the only one that does not look for a database by itself."""
    dump = str(tmp_path / "dump")
    ask(kept_running, "CREATE TABLE kept AS SELECT 7 AS number")
    assert pg(kept_running, "pg_dump", "--format=custom", f"--file={dump}").returncode == 0
    ask(kept_running, "DROP TABLE kept")

    assert "TABLE DATA public kept" in pg(kept_running, "pg_restore", "--list", dump).stdout
    assert "CREATE TABLE public.kept" in pg(kept_running, "pg_restore", "-f", "-", dump).stdout
    assert "restores a PostgreSQL database" in pg(kept_running, "pg_restore", "--help").stdout
    ask(kept_running, "CREATE DATABASE elsewhere OWNER tidings", "--username=postgres")
    assert pg(kept_running, "pg_restore", dump, "--dbname=elsewhere").returncode == 0
    assert ask(kept_running, "SELECT number FROM kept", "--dbname=elsewhere") == "7"
    assert ask(kept_running, "SELECT to_regclass('kept') IS NULL") == "t"
    assert pg(kept_running, "pg_restore", dump, "--exit-on-error").returncode == 0
    assert ask(kept_running, "SELECT number FROM kept") == "7"


@pytest.mark.parametrize("variables", [{}, {"PGSERVICE": "none", "PGHOSTADDR": "192.0.2.1"}])
def test_another_database_is_reached_without_a_password_on_the_command_line(
    database_url: str, tmp_path: Path, variables: dict[str, str]
) -> None:
    """Every account of a machine sees command lines."""
    url = database_url.replace("tidings@", "tidings:lovelace@")
    query = "\\getenv password PGPASSWORD\n\\echo :password\n" + OWN_COMMAND_LINE
    script = tmp_path / "script"
    script.write_text(f"{WHO_AND_WHERE};\n{query}\n")

    done = pg(tmp_path, "psql", "-XAtf", str(script), TIDINGS_DATABASE_URL=url, **variables)

    who, password, command_line = done.stdout.splitlines()
    assert who.startswith("tidings|test_")
    assert password == "lovelace"
    assert command_line.split()[1:] == ["-XAtf", str(script)]
    assert not (tmp_path / "postgres").exists()


def test_programs_for_the_whole_server_are_the_urls_role_elsewhere(
    database_url: str, tmp_path: Path
) -> None:
    """Nobody gave us another one there."""
    done = pg(tmp_path, "pg_dumpall", "--roles-only", TIDINGS_DATABASE_URL=database_url)

    assert done.returncode == 1
    assert "permission denied for table pg_authid" in done.stderr


def start_psql(data_dir: Path, script: str, *prefix: str) -> subprocess.Popen[str]:
    """Start psql with a script in a process group of its own, as a terminal does."""
    started = subprocess.Popen(
        [*prefix, *TIDINGS, "pg", "--data-dir", data_dir, "psql", "-XAt"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    stdin: IO[str] | None = started.stdin
    assert stdin is not None
    stdin.write(script)
    stdin.flush()
    return started


def is_asleep(data_dir: Path) -> bool:
    """Say whether the query of the script runs."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"
    return ask(data_dir, query) == "1"


@SLOW
@pytest.mark.parametrize(
    ("sign", "is_for_all", "status"),
    [
        (signal.SIGINT, True, PSQL_STOPPED),
        (signal.SIGTERM, False, 128 + signal.SIGTERM),
        (signal.SIGHUP, False, 128 + signal.SIGHUP),
    ],
)
def test_a_signal_ends_the_program_and_then_the_database_is_left(
    data_dir: Path, sign: signal.Signals, *, is_for_all: bool, status: int
) -> None:
    """Ctrl-C is the terminal's, for all at once; the others are for us, and passed on."""
    started = start_psql(data_dir, "SELECT pg_sleep(60);\n")
    wait_until(lambda: is_asleep(data_dir), within_seconds=30)

    (os.killpg if is_for_all else os.kill)(started.pid, sign)
    _, said = started.communicate(timeout=30)

    assert started.returncode == status, said
    assert "Traceback" not in said
    assert postmasters.find(data_dir / "postgres") is None


@SLOW
@AS_ROOT
def test_an_ordinary_user_runs_them_on_his_own_database() -> None:
    """And the files that they write are his."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.chown(folder, NOBODY, NOBODY)
        started = subprocess.run(
            [*as_nobody(), *TIDINGS, "pg", "--data-dir", folder / "data", "pg_basebackup",
             "--checkpoint=fast", f"--pgdata={folder / 'copied' / 'postgres'}"],
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        assert (started.returncode, started.stderr) == (0, "")
        assert (folder / "copied" / "postgres").stat().st_uid == NOBODY
        assert (folder / "data" / "postgres").stat().st_uid == NOBODY
