"""Settings: who wins, what is refused, and what a refusal names."""

from dataclasses import fields
from pathlib import Path

import pytest

from tidings import config
from tidings.base.errors import Refused
from tidings.config import SETTINGS, Config, assemble

FILE = Path("/etc/tidings/tidings.toml")


def test_every_setting_is_a_field_and_has_a_default() -> None:
    """The table and the class say the same thing, so that neither is forgotten."""
    names = [setting.name for setting in SETTINGS]
    assert [field.name for field in fields(Config)] == [*names, "config_file", "sources"]
    assert [name for name, _, source in assemble({}, {}).explain() if source == "default"] == names


@pytest.mark.parametrize(
    ("file_text", "environment", "flags", "decision"),
    [
        ("", {}, {}, (8000, "default")),
        ("port = 1", {}, {}, (1, f"file {FILE}")),
        ("port = 1", {"TIDINGS_PORT": "2"}, {}, (2, "environment TIDINGS_PORT")),
        ("port = 1", {"TIDINGS_PORT": "2"}, {"port": "3"}, (3, "flag --port")),
        ("port = 1", {"TIDINGS_PORT": "2"}, {"port": None}, (2, "environment TIDINGS_PORT")),
    ],
)
def test_flags_beat_the_environment_beats_the_file_beats_the_default(
    file_text: str, environment: dict[str, str], flags: dict[str, str], decision: tuple[int, str]
) -> None:
    """What is nearest to the person at the keyboard wins."""
    decided = assemble(flags, environment, file_text=file_text, file_path=FILE)
    assert (decided.port, decided.sources["port"]) == decision


@pytest.mark.parametrize(
    ("file_text", "environment", "message"),
    [
        ("prot = 1", {}, f"prot in {FILE}: there is no such setting"),
        ("[server]\nport = 1", {}, f"server in {FILE}: there is no such setting"),
        ("port = ", {}, f"{FILE} is not TOML"),
        ("port = true", {}, f"port = True from file {FILE}: must be a whole number from 0"),
        ("host = 1", {}, f"host = 1 from file {FILE}: must be a text"),
        ("tls_cert = 'a.pem'", {}, "tls_cert and tls_key go together"),
        ("", {"TIDINGS_PROT": "1"}, "TIDINGS_PROT in the environment: there is no such setting"),
        ("", {"TIDINGS_PORT": "x"}, "port = 'x' from environment TIDINGS_PORT: must be a whole"),
        ("", {"TIDINGS_PORT": "65536"}, "must be a whole number from 0 to 65535"),
        ("", {"TIDINGS_DATA_DIR": ""}, "data_dir = '' from environment TIDINGS_DATA_DIR: must not"),
        ("", {"TIDINGS_PORT": "-1"}, "must be a whole number from 0 to 65535"),
        ("", {"TIDINGS_WEB_PROCESSES": "0"}, "must be a whole number from 1 to 64"),
        ("", {"TIDINGS_LOG_LEVEL": "loud"}, "must be one of debug, info, warning, error"),
    ],
)
def test_what_is_wrong_names_itself_and_where_it_came_from(
    file_text: str, environment: dict[str, str], message: str
) -> None:
    """A misspelt setting that is silently ignored costs somebody an evening."""
    with pytest.raises(Refused) as refused:
        assemble({}, environment, file_text=file_text, file_path=FILE)
    assert message in refused.value.message


def test_a_secret_is_shown_neither_as_a_value_nor_in_a_refusal() -> None:
    """`tidings config` is what people paste into a bug report."""
    secret = "postgresql://ada:lovelace@db/tidings"
    decided = assemble({}, {"TIDINGS_DATABASE_URL": secret})
    assert decided.database_url == secret
    assert ("database_url", "********", "environment TIDINGS_DATABASE_URL") in decided.explain()
    assert "lovelace" not in repr(decided)
    with pytest.raises(Refused) as refused:
        assemble({}, {}, file_text="database_url = ['lovelace']", file_path=FILE)
    assert "lovelace" not in refused.value.message


def test_a_relative_path_starts_where_it_was_written() -> None:
    """In a file: at the file, wherever the server was started from. Else: where we are."""
    text = "data_dir = 'kept'\ntls_cert = 'c.pem'\ntls_key = '/k.pem'"
    decided = assemble({}, {}, file_text=text, file_path=FILE)
    assert decided.data_dir == FILE.parent / "kept"
    assert (decided.tls_cert, decided.tls_key) == (FILE.parent / "c.pem", Path("/k.pem"))
    assert assemble({"data_dir": "kept"}, {}).data_dir == Path.cwd() / "kept"


def test_a_child_reads_the_same_values_from_the_flags_it_is_given() -> None:
    """The supervisor's flags win over the file in its children too."""
    text = "port = 1\nhost = 'a'"
    parent = assemble(
        {"port": "3", "data_dir": "/kept"},
        {"TIDINGS_LOG_LEVEL": "error"},
        file_text=text,
        file_path=FILE,
    )
    assert parent.as_flags() == ["--data-dir", "/kept", "--config", str(FILE), "--port", "3"]


def test_the_file_in_the_data_folder_is_found_and_cannot_move_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the folder that was named would be one and the folder that is used another."""
    (tmp_path / "tidings.toml").write_text("port = 1234")
    found = config.read({"data_dir": str(tmp_path)})
    assert (found.port, found.config_file) == (1234, tmp_path / "tidings.toml")

    monkeypatch.setenv("TIDINGS_DATA_DIR", str(tmp_path))
    (tmp_path / "tidings.toml").write_text("data_dir = '/elsewhere'")
    assert config.read({}).data_dir == tmp_path
    monkeypatch.delenv("TIDINGS_DATA_DIR")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "tidings.toml").write_text("data_dir = '/elsewhere'")
    with pytest.raises(Refused, match="found in the data folder, so it cannot move it"):
        config.read({})


def test_a_file_that_was_named_must_exist(tmp_path: Path) -> None:
    """A misspelt --config would else start a server with defaults."""
    with pytest.raises(Refused, match=r"none\.toml cannot be read"):
        config.read({}, tmp_path / "none.toml")
