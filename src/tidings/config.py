"""Configuration: one table of settings, read once, and where each value came from.

Defaults give way to the TOML file, the file to the environment, the environment to flags.
This is the only file that looks at the environment.
"""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tidings.base.errors import Code, Refused

FILE_NAME = "tidings.toml"
VARIABLE_PREFIX = "TIDINGS_"

Value = str | int | Path | None


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that can be set, under this name in the file, `TIDINGS_NAME`, or `--name`.

    Shape:  default - as it would be written in the file; an empty path means none.
            choices - the only texts allowed, empty when any is.
            is_secret - never shown, and has no flag: other people see command lines.
    """

    name: str
    type: type[str] | type[int] | type[Path]
    default: str | int
    help: str
    at_least: int = 0
    at_most: int = 0
    choices: tuple[str, ...] = ()
    is_secret: bool = False

    @property
    def flag(self) -> str:
        """Return the setting's name on a command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """Return the setting's name in the environment."""
        return VARIABLE_PREFIX + self.name.upper()


SETTINGS = (
    Setting("data_dir", Path, "./data", "Folder for everything that is kept."),
    Setting(
        "database_url",
        str,
        "",
        "PostgreSQL 16 or later to use; empty starts the one that comes with Tidings.",
        is_secret=True,
    ),
    Setting(
        "secret_key",
        str,
        "",
        "Key that seals the secrets of channels, 32 bytes in base 64; several are old ones behind "
        "the new one, with commas.",
        is_secret=True,
    ),
    Setting("host", str, "127.0.0.1", "Address to listen on; 0.0.0.0 is every one."),
    Setting("port", int, 8000, "Port to listen on; 0 is any free one.", at_most=65_535),
    Setting(
        "public_url",
        str,
        "",
        "Where people reach this server, for the links in messages, such as https://t.example.com; "
        "empty is http:// with host and port.",
    ),
    Setting("web_processes", int, 1, "Processes that answer calls.", at_least=1, at_most=64),
    Setting("worker_processes", int, 1, "Processes that do the queued work.", at_most=64),
    Setting("tls_cert", Path, "", "File with the certificate chain (PEM); empty is plain HTTP."),
    Setting("tls_key", Path, "", "File with the certificate's private key (PEM)."),
    Setting(
        "log_level",
        str,
        "info",
        "How much is logged: debug, info, warning or error.",
        choices=("debug", "info", "warning", "error"),
    ),
    Setting(
        "shutdown_seconds",
        int,
        30,
        "How long a stopping process may finish what it accepted; then it is killed.",
        at_least=1,
        at_most=3_600,
    ),
)


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting's value, one field each.

    Shape:  config_file - the TOML file that was read, None when there was none;
            sources - for each name: `default`, or the file, variable or flag it came from.
    """

    data_dir: Path
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    host: str
    port: int
    public_url: str
    web_processes: int
    worker_processes: int
    tls_cert: Path | None
    tls_key: Path | None
    log_level: str
    shutdown_seconds: int
    config_file: Path | None
    sources: Mapping[str, str]

    @property
    def links_url(self) -> str:
        """Return what every link in a message begins with, without a slash at the end."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    def explain(self) -> list[tuple[str, str, str]]:
        """List name, shown value and source of every setting, in the table's order."""
        return [
            (setting.name, self._shown(setting), self.sources[setting.name]) for setting in SETTINGS
        ]

    def as_flags(self) -> list[str]:
        """Return the flags with which a child in the same environment reads the same values."""
        flags = ["--data-dir", str(self.data_dir)]
        if self.config_file is not None:
            flags += ["--config", str(self.config_file)]
        for setting in SETTINGS[1:]:
            if self.sources[setting.name] == _from_flag(setting):
                flags += [setting.flag, str(getattr(self, setting.name))]
        return flags

    def _shown(self, setting: Setting) -> str:
        value = getattr(self, setting.name)
        if value in {None, ""}:
            return ""
        return "********" if setting.is_secret else str(value)


def read(flags: Mapping[str, Value], config_file: Path | None = None) -> Config:
    """Read the configuration of this process.

    Shape:  flags - by setting name, None for a flag not given; config_file - what `--config`
            says, None to look for `tidings.toml` in the data folder.
    Errors: `Refused(invalid)` for an unknown name, a bad value or an unreadable file.
    """
    environment = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251 - the one place
        if name.startswith(VARIABLE_PREFIX)
    }
    path = config_file
    if path is None:
        without_file = assemble(flags, environment)
        path = without_file.data_dir / FILE_NAME
        if not path.exists():
            return without_file
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(Code.INVALID, f"{path} cannot be read: {error}.") from error
    config = assemble(flags, environment, file_text=text, file_path=path.resolve())
    if config_file is None and config.data_dir != path.parent:
        raise _refused(
            f"data_dir in {path}", "this file was found in the data folder, so it cannot move it"
        )
    return config


def child_environment(
    *, without: re.Pattern[str] | None = None, **additions: str
) -> dict[str, str]:
    """Return this process's environment with additions, for a child to start in.

    Shape:  without - how the names begin that are left out.
    """
    kept = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251 - the one place
        if without is None or without.match(name) is None
    }
    return kept | additions


def assemble(
    flags: Mapping[str, Value],
    environment: Mapping[str, str],
    *,
    file_text: str = "",
    file_path: Path | None = None,
) -> Config:
    """Decide every setting's value from what flags, environment and file say.

    Shape:  environment - the variables that start with `TIDINGS_`; file_path - where the text
            came from, to name it and to resolve its relative paths; None for no file.
    Errors: `Refused(invalid)`, which names what is wrong and where it came from.
    """
    by_file = _parse_file(file_text, file_path)
    known = {setting.variable for setting in SETTINGS}
    for variable in sorted(environment.keys() - known):
        raise _refused(f"{variable} in the environment", "there is no such setting", known)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for setting in SETTINGS:
        raw, source, folder = setting.default, "default", Path()
        if setting.name in by_file and file_path is not None:
            raw, source, folder = by_file[setting.name], f"file {file_path}", file_path.parent
        if setting.variable in environment:
            raw, source, folder = (
                environment[setting.variable],
                f"environment {setting.variable}",
                Path(),
            )
        if (flag := flags.get(setting.name)) is not None:
            raw, source, folder = flag, _from_flag(setting), Path()
        values[setting.name] = _value(setting, raw, source, folder)
        sources[setting.name] = source
    if (values["tls_cert"] is None) is not (values["tls_key"] is None):
        raise Refused(Code.INVALID, "tls_cert and tls_key go together: set both or neither.")
    return Config(**values, config_file=file_path, sources=sources)


def _parse_file(text: str, path: Path | None) -> Mapping[str, object]:
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Refused(Code.INVALID, f"{path} is not TOML: {error}.") from error
    known = {setting.name for setting in SETTINGS}
    for name in sorted(found.keys() - known):
        raise _refused(f"{name} in {path}", "there is no such setting", known)
    return found


def _value(setting: Setting, raw: object, source: str, folder: Path) -> Value:
    shown = "a value" if setting.is_secret else repr(raw)
    where = f"{setting.name} = {shown} from {source}"
    if setting.type is int:
        if isinstance(raw, str) and raw.strip().isdecimal():
            raw = int(raw)
        # TOML's `true` is an int to Python, and no number to anybody else.
        in_range = type(raw) is int and setting.at_least <= raw <= setting.at_most
        if not isinstance(raw, int) or not in_range:
            rule = f"must be a whole number from {setting.at_least} to {setting.at_most}"
            raise _refused(where, rule)
        return raw
    if isinstance(raw, Path):
        raw = str(raw)
    if not isinstance(raw, str):
        raise _refused(where, "must be a text")
    if setting.choices and raw not in setting.choices:
        raise _refused(where, "must be one of " + ", ".join(setting.choices))
    if setting.type is Path:
        if setting.default and not raw:
            raise _refused(where, "must not be empty")
        return (folder / raw).resolve() if raw else None
    return raw


def _from_flag(setting: Setting) -> str:
    return f"flag {setting.flag}"


def _refused(where: str, rule: str, known: Sequence[str] | set[str] = ()) -> Refused:
    names = f" (there are {', '.join(sorted(known))})" if known else ""
    return Refused(Code.INVALID, f"{where}: {rule}{names}.")


def metrics_folder() -> Path | None:
    """Return where the processes of this server leave their figures, None when there is one only.

    `serve` sets the variable, whose name is prometheus-client's, for its children.
    """
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")  # noqa: TID251 - the one place
    return Path(folder) if folder else None
