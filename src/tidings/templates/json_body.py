"""A body that is JSON: how values are written into it, and what is wrong with it: pure."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

import msgspec
from minijinja import safe

from tidings.templates.syntax import MARK, Marks
from tidings.templates.variables import Group, Missing

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?', re.S)
_BYTE = re.compile(r" \(byte (\d+)\)")
_PREFIX = "JSON is malformed: "
_SAFE = type(safe(""))

_encode = msgspec.json.Encoder(enc_hook=str).encode
_check = msgspec.json.Decoder(msgspec.Raw).decode


class NotJson(NamedTuple):
    """Why a body is no JSON.

    Shape:  place - where, such as `body, line 3, column 14`.
    """

    place: str
    message: str


def written(value: object) -> str:
    """Return a value as a body has it: a text with its quotation marks, what is missing as null.

    MiniJinja's own way would make an array of an object's names, and a text of what is missing.
    """
    if isinstance(value, _SAFE):
        return str(value)
    # Asked for its text, so that it is noted as missing; in a preview it has one.
    plain = (str(value) or None) if isinstance(value, Missing) else _plain(value)
    return _encode(plain).decode()


def tags_in_strings(lifted: str, marks: Marks) -> Iterator[str]:
    """Return what is wrong with tags that show a value within quotation marks.

    Shape:  lifted - a body whose tags are put aside.
    """
    for string in _STRING.finditer(lifted):
        for mark in MARK.finditer(string[0]):
            code = marks.put_back(mark[0])
            if code.startswith("{{"):
                yield (
                    f"{code} stands in quotation marks and brings its own; leave them out, "
                    'or join texts, as in {{ "Hello " ~ first_name }}'
                )


def wrong_with_json(body: str) -> NotJson | None:
    """Say why a body is no JSON, None when it is."""
    sent = body.encode()
    try:
        _check(sent)
    except msgspec.DecodeError as error:
        found = _BYTE.search(str(error))
        if found is None:
            return NotJson(_place(sent), "is no JSON: it ends too early")
        why = _BYTE.sub("", str(error)).removeprefix(_PREFIX)
        return NotJson(_place(sent[: int(found[1])]), f"is no JSON: {why}")
    except RecursionError:
        return NotJson("body", "is no JSON: it has too many levels")
    return None


def _place(before: bytes) -> str:
    lines = before.decode(errors="replace").split("\n")
    return f"body, line {len(lines)}, column {len(lines[-1]) + 1}"


def _plain(value: object) -> object:
    match value:
        case Missing():
            return None  # within an object that is shown as a whole
        case Group():
            return {name: _plain(one) for name, one in value.held.items()}
        case Mapping():
            named = cast("Mapping[object, object]", value).items()
            return {str(name): _plain(one) for name, one in named}
        case list() | tuple():
            return [_plain(one) for one in cast("list[object]", value)]
        case _:
            return value
