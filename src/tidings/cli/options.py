"""The flags that commands share: they set settings, and the command gets the whole `Config`."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from tidings.config import SETTINGS, Config, Setting, read

# What a server process may be told on its command line: every setting that is not a secret.
SERVER_SETTINGS = tuple(
    setting.name for setting in SETTINGS if not setting.is_secret and setting.name != "data_dir"
)


P = ParamSpec("P")
R = TypeVar("R")


def with_config(
    *names: str,
) -> Callable[[Callable[Concatenate[Config, P], R]], Callable[P, R]]:
    """Give a command `--data-dir`, `--config` and a flag for each setting named.

    Shape:  the command gets the `Config` as its first argument, its own parameters after it.
    Errors: `Refused(invalid)` when the configuration is wrong, before the command runs.
    """
    settings = [setting for setting in SETTINGS if setting.name in {"data_dir", *names}]

    def decorate(command: Callable[Concatenate[Config, P], R]) -> Callable[P, R]:
        @functools.wraps(command)
        def with_flags_read(*args: P.args, **kwargs: P.kwargs) -> R:
            flags: dict[str, Any] = {s.name: kwargs.pop(s.name) for s in settings}
            config_file: Any = kwargs.pop("config_file")
            return command(read(flags, config_file), *args, **kwargs)

        decorated: Callable[P, R] = with_flags_read
        for option in reversed([*map(_option, settings), _CONFIG_FILE]):
            decorated = option(decorated)
        return decorated

    return decorate


_CONFIG_FILE = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    help="TOML file with settings.  [default: tidings.toml in the data folder]",
)


def _option(setting: Setting) -> Callable[[Callable[P, R]], Callable[P, R]]:
    default = f"  [default: {setting.default}]" if setting.default != "" else ""
    kind = {int: "NUMBER", Path: "PATH", str: "TEXT"}[setting.type]
    # All are texts here: config.py says what a good value is, wherever it comes from.
    return click.option(
        setting.flag, setting.name, type=str, metavar=kind, help=setting.help + default
    )
