"""Settings of a channel as a command line gives them: secrets never as flags."""

import functools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, ParamSpec, TypeVar

import click
import msgspec

from tidings.base.errors import Code, Refused
from tidings.channels.settings import Settings, secret_names

_MAX_SECRETS_BYTES = 100_000

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Given:
    """What `--set`, `--ask` and `--secret-file` say."""

    assignments: tuple[str, ...]
    ask: tuple[str, ...]
    secret_file: BinaryIO | None

    def read(self, kind: type[Settings], *, needed: Collection[str] = ()) -> Mapping[str, object]:
        """Return settings by name, after asking for the secrets that somebody must type.

        Shape:  needed - secrets to ask for unless they are in the file.
        Errors: `invalid` for what is not written as it should be.
        """
        filed = _read_file(self.secret_file)
        asked = sorted({*self.ask, *needed} - filed.keys())
        if unknown := sorted(set(asked) - secret_names(kind)):
            raise Refused(Code.INVALID, f"--ask {unknown[0]}: there is no such secret.")
        assigned = dict(_assigned(one, kind) for one in self.assignments)
        return {
            **assigned,
            **filed,
            **{name: click.prompt(name, hide_input=True) for name in asked},
        }


def with_given(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command the flags for settings; it gets a `Given` as `given`."""

    @functools.wraps(command)
    def with_flags_read(*args: P.args, **kwargs: P.kwargs) -> R:
        taken: dict[str, Any] = {
            name: kwargs.pop(name) for name in ("assignments", "ask", "secret_file")
        }
        kwargs["given"] = Given(**taken)
        return command(*args, **kwargs)

    decorated: Callable[P, R] = with_flags_read
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


_OPTIONS = (
    click.option(
        "--set",
        "assignments",
        multiple=True,
        metavar="NAME=VALUE",
        help="A setting; a value that begins with @ names the file that has it.",
    ),
    click.option("--ask", multiple=True, metavar="NAME", help="Ask for a secret at the terminal."),
    click.option(
        "--secret-file",
        type=click.File("rb"),
        help="Secrets as a JSON object; `-` is standard input.",
    ),
)


def _assigned(text: str, kind: type[Settings]) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Refused(Code.INVALID, f"--set {name}: write it as NAME=VALUE.")
    if name in secret_names(kind):
        raise Refused(
            Code.INVALID, f"{name} is a secret: give it by --ask {name} or --secret-file."
        )
    if not value.startswith("@"):
        return name, value
    try:
        # Certificates have lines, which nobody types.
        return name, Path(value[1:]).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(Code.INVALID, f"--set {name}: {value[1:]} cannot be read.") from error


def _read_file(file: BinaryIO | None) -> Mapping[str, object]:
    if file is None:
        return {}
    try:
        return msgspec.json.decode(file.read(_MAX_SECRETS_BYTES), type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        # Not the error's words: they may quote what is in the file.
        raise Refused(Code.INVALID, "--secret-file must be a JSON object.") from error
