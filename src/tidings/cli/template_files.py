"""A template's content as people keep it: one JSON file, or a folder with a file for each part."""

from pathlib import Path
from typing import Any

import msgspec

from tidings.base import limits
from tidings.base.errors import Code, Refused

SETTINGS_FILE = "settings.json"
_BODIES = {"body.mjml": "mjml", "body.html": "html", "body.json": "body"}


def read_source(path: Path) -> object:
    """Return the content that a JSON file or a folder has, not looked at yet.

    Shape:  a folder has `body.mjml`, `body.html` or, for a webhook, `body.json`, a file such as
            `subject.txt` for each other part, `settings.json` for all that is no text, and a folder
            for each further language.
    Errors: `invalid` for what cannot be read; `too_large`.
    """
    if not path.is_dir():
        return decoded(path)
    content = _folder(path)
    languages = {inner.name: _folder(inner) for inner in sorted(path.iterdir()) if inner.is_dir()}
    return {**content, **({"languages": languages} if languages else {})}


def decoded(path: Path) -> object:
    """Return what a JSON file has.

    Errors: `invalid` for what cannot be read; `too_large`.
    """
    try:
        return msgspec.json.decode(_read(path))
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused(Code.INVALID, f"{path} is not JSON: {error}.") from error


def _folder(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for file in sorted(path.iterdir()):
        if file.name == SETTINGS_FILE:
            settings = decoded(file)
            if not isinstance(settings, dict):
                raise Refused(Code.INVALID, f"{file} must be a JSON object.")
            content |= settings
        elif file.name in _BODIES:
            content[_BODIES[file.name]] = _read(file)
        elif file.suffix == ".txt":
            # Editors end the last line; a subject has none.
            content[file.stem] = _read(file).removesuffix("\n").removesuffix("\r")
        elif file.is_file() and not file.name.startswith("."):
            known = f"{', '.join(_BODIES)}, {SETTINGS_FILE} and files such as subject.txt"
            raise Refused(Code.INVALID, f"{file} is unknown here; known are {known}.")
    return content


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            read = file.read(limits.MAX_TEMPLATE_BYTES + 1)
        if len(read) > limits.MAX_TEMPLATE_BYTES:
            most = limits.MAX_TEMPLATE_BYTES
            raise Refused(Code.TOO_LARGE, f"{path} has more than {most:,} bytes.")
        return read.decode("utf-8-sig")
    except OSError as error:
        raise Refused(Code.INVALID, f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Refused(Code.INVALID, f"{path} is not UTF-8.") from error
