"""Commands that need no server: what they print, and how they refuse."""

from pathlib import Path

import pytest

from tests.cli.conftest import tidings
from tidings.config import SETTINGS


def test_config_prints_every_setting_and_where_it_came_from(tmp_path: Path) -> None:
    """It answers the first question of every bug report."""
    (tmp_path / "tidings.toml").write_text("port = 1234\n")
    done = tidings(
        "config",
        "--data-dir",
        tmp_path,
        TIDINGS_DATABASE_URL="postgresql://ada:lovelace@db/tidings",
    )
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [line[0] for line in lines] == [setting.name for setting in SETTINGS]
    assert ["port", "1234", "file", str(tmp_path / "tidings.toml")] in lines
    assert ["database_url", "********", "environment", "TIDINGS_DATABASE_URL"] in lines
    assert "lovelace" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["serve", "web", "worker", "migrate", "doctor", "config"])
def test_an_unknown_variable_stops_every_command_in_one_line(command: str, tmp_path: Path) -> None:
    """A misspelt setting must not start something half right."""
    done = tidings(command, "--data-dir", tmp_path / "data", TIDINGS_PROT="1")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: TIDINGS_PROT in the environment: there is no such")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_doctor_says_what_is_wrong_and_what_to_do(tmp_path: Path) -> None:
    """On a machine where nothing was started yet."""
    done = tidings("doctor", "--data-dir", tmp_path / "data", "--port", "0")
    assert done.returncode == 1
    assert f"✗ Data folder: {tmp_path / 'data'} does not exist: `tidings serve`" in done.stdout
    assert "✗ Database: there is none in the data folder yet: `tidings serve`" in done.stdout
    assert not (tmp_path / "data").exists()


@pytest.mark.processes
def test_doctor_names_the_command_for_pending_migrations_and_missing_keys(tmp_path: Path) -> None:
    """Each wrong thing comes with its way out."""
    tidings("migrate", "--data-dir", tmp_path)
    done = tidings("doctor", "--data-dir", tmp_path, "--port", "0")
    assert done.returncode == 1
    assert "✓ Migrations: every one is applied" in done.stdout
    assert "✗ API keys: there is no brand" in done.stdout


def test_a_tls_file_that_is_none_is_refused_before_anything_starts(tmp_path: Path) -> None:
    """Else each web process would die of it, again and again."""
    pem = tmp_path / "no.pem"
    pem.write_text("nothing")
    done = tidings("serve", "--data-dir", tmp_path / "data", "--tls-cert", pem, "--tls-key", pem)
    assert done.returncode == 1
    assert f"tls_cert {pem} with tls_key {pem}" in done.stderr
    assert not (tmp_path / "data").exists()
