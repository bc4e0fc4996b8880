"""From bytes to the records of a wire, and every mistake in them: pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Annotated, Any, TypeVar, cast

import msgspec

from tidings.base import limits
from tidings.base.errors import Code, Mistake, Refused
from tidings.web.wording import reword

RawObject = Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema={"type": "object"})]
"""An object that is left unread, for `read_object`; beside it a record has fields of its types."""

Record = TypeVar("Record", bound=msgspec.Struct)
Top = TypeVar("Top", bound=msgspec.Struct)

TOO_DEEP = f"is nested deeper than {limits.MAX_NESTING_DEPTH} levels"

_NO_OBJECT = "the body must be a JSON object"
_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_NUL_ESCAPE = b"\\u0000"
_PLACE = re.compile(r" - at `\$\.(\w+)`")
_LAST_SURROGATE = re.compile(rb"(\\u[dD][89abAB][0-9a-fA-F]{2})[^\\]{0,6}\Z")
_MOST_FIELD_CHARACTERS = 100
_decode = msgspec.json.Decoder().decode


def read_call(
    body: bytes, decoder: msgspec.json.Decoder[Top], record: type[msgspec.Struct], *, under: str
) -> Top:
    """Read a body into the type of its call.

    The fast way reads it into its type at once. Only when that fails, or when there may be a
    NUL, is it read again without types, to say all that is wrong with it and where.

    Shape:  under - the field that holds the records, a list or a single one; a body without it is
            taken for a record itself; record - their type, for the second reading.
    Errors: `invalid`, with every mistake up to `MAX_MISTAKES_REPORTED`; `too_large` for a body that
            would take the memory of many.
    """
    _refuse_crowded(body)
    try:
        call = decoder.decode(body)
        if not body.isascii():
            body.decode()  # what is left unread (`msgspec.Raw`) was not checked for UTF-8
        nul_mistakes = list(_nul_mistakes(body, under)) if _NUL_ESCAPE in body else []
    except _NOT_JSON as error:
        raise _explain(body, record, under, error) from error
    if nul_mistakes:
        raise refuse(nul_mistakes)
    return call


def read_fields(body: bytes) -> dict[str, Any]:
    """Read a body that is one object, to be looked at field by field.

    Errors: `invalid` when it is none; `too_large` as `read_call`.
    """
    _refuse_crowded(body)
    try:
        value = _decode(body)
    except _NOT_JSON as error:
        raise _not_json(body, error) from error
    if not isinstance(value, dict):
        raise refuse([Mistake(_NO_OBJECT)])
    return cast("dict[str, Any]", value)


def read_object(json: bytes) -> dict[str, Any] | str:
    """Read a JSON object that was left unread, or say what is wrong with it."""
    try:
        value = _decode(json)
    except _NOT_JSON as error:
        return _words(error)
    if not isinstance(value, dict):
        return "must be an object"
    fields = cast("dict[str, Any]", value)
    if is_too_deep(json, fields):
        return TOO_DEEP
    return fields


def is_too_deep(json: bytes, value: object) -> bool:
    """Say whether JSON is nested too deep; what is cheap to see is looked at first."""
    most = limits.MAX_NESTING_DEPTH
    if len(json) <= 2 * most or json.count(b"{") + json.count(b"[") <= most:
        return False
    return has_too_many_levels(value)


def has_too_many_levels(value: object) -> bool:
    """Say whether a JSON value is nested too deep.

    Level by level, not by recursion: what the decoder can read may be deeper than what Python can
    walk down.
    """
    level = [value]
    for _ in range(limits.MAX_NESTING_DEPTH):
        level = [
            inner for outer in level for inner in _inside(outer) if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def refuse(mistakes: Sequence[Mistake]) -> Refused:
    """Refuse a call for its mistakes; the first gives the message."""
    told = shorten(mistakes)
    where = "" if told[0].field is None else f"{told[0].field} "
    return Refused(Code.INVALID, f"Error: {where}{told[0].message}.", mistakes=told)


def shorten(mistakes: Sequence[Mistake]) -> list[Mistake]:
    """Return the mistakes that are told, their fields cut: a name sent may have megabytes."""
    most = _MOST_FIELD_CHARACTERS
    return [
        mistake
        if mistake.field is None or len(mistake.field) <= most
        else Mistake(mistake.message, mistake.field[:most] + "…", mistake.index)
        for mistake in mistakes[: limits.MAX_MISTAKES_REPORTED]
    ]


def _refuse_crowded(body: bytes) -> None:
    # An empty object takes two bytes here and a hundred times that when it is read: 50 KB of gzip
    # could take gigabytes. Braces inside texts count too; no real call comes near.
    most = limits.MAX_OBJECTS_PER_CALL
    if len(body) > 2 * most and body.count(b"{") + body.count(b"[") > most:
        raise Refused(
            Code.TOO_LARGE,
            f"The body has more than {most} objects and arrays; send fewer records a call.",
        )


def _explain(body: bytes, record: type[msgspec.Struct], under: str, cause: Exception) -> Refused:
    try:
        top = msgspec.json.decode(body)
    except _NOT_JSON as error:
        return _not_json(body, error)
    found = islice(_mistakes_in(top, record, under), limits.MAX_MISTAKES_REPORTED)
    return refuse(list(found) or [Mistake(_words(cause), field=_field_of(cause))])


def _not_json(body: bytes, error: Exception) -> Refused:
    words = _words(error)
    if "truncated" in words:
        words = _cut_short(body)
    mistake = Mistake(f"the body is not valid JSON: {words}")
    if isinstance(error, RecursionError):
        mistake = Mistake(f"the body {words}")
    return Refused(Code.INVALID, f"Invalid resource: {mistake.message}.", mistakes=[mistake])


def _cut_short(body: bytes) -> str:
    # The decoder says the same of a surrogate that stands so near the end that its other half
    # would not fit any more.
    last = _LAST_SURROGATE.search(body)
    if last is None:
        return f"it ends too early (byte {len(body)})"
    return f"unexpected end of escaped utf-16 surrogate pair (byte {last.end(1)})"


def _mistakes_in(top: object, record: type[msgspec.Struct], under: str) -> Iterator[Mistake]:
    if not isinstance(top, dict):
        yield Mistake(_NO_OBJECT)
        return
    fields = cast("dict[str, object]", top)
    if under not in fields:
        yield from _mistakes_in_fields(fields, record, index=None)
        return
    sent = fields[under]
    if isinstance(sent, dict):
        yield from _mistakes_in_fields(cast("dict[str, object]", sent), record, index=0)
        return
    if not isinstance(sent, list):
        yield Mistake("must be an array of records", field=under)
        return
    # A longer list is refused for its length, which the decoder has said; millions of empty
    # records would take minutes here.
    records = islice(cast("list[object]", sent), limits.MAX_EVENTS_PER_CALL)
    for index, element in enumerate(records):
        if isinstance(element, dict):
            yield from _mistakes_in_fields(cast("dict[str, object]", element), record, index=index)
        else:
            yield Mistake("must be an object", index=index)


def _mistakes_in_fields(
    fields: dict[str, object], record: type[msgspec.Struct], *, index: int | None
) -> Iterator[Mistake]:
    for field in msgspec.structs.fields(record):
        if field.encode_name not in fields:
            continue
        if field.type == RawObject:
            if not isinstance(fields[field.encode_name], dict | None):
                yield Mistake("must be an object", field=field.encode_name, index=index)
            continue
        try:
            msgspec.convert(fields[field.encode_name], field.type)
        except msgspec.ValidationError as error:
            yield Mistake(_words(error), field=field.encode_name, index=index)


def _words(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return TOO_DEEP
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    # msgspec says where in its own notation; the mistake's index and field say it in ours.
    return reword(str(error).split(" - at `", maxsplit=1)[0])


def _field_of(error: Exception) -> str | None:
    place = _PLACE.search(str(error))
    return None if place is None else place[1]


def _nul_mistakes(body: bytes, under: str) -> Iterator[Mistake]:
    top: dict[str, Any] = msgspec.json.decode(body)
    sent: Any = top.get(under, top)
    records = cast("list[Any]", sent) if isinstance(sent, list) else [sent]
    for index, record in enumerate(records):
        if _has_nul(record):
            yield Mistake("holds a NUL character, which text may not", index=index)


def _has_nul(value: object) -> bool:
    waiting = [value]
    while waiting:
        taken = waiting.pop()
        if isinstance(taken, str):
            if "\0" in taken:
                return True
        else:
            waiting.extend(_inside(taken))
            if isinstance(taken, dict):
                waiting.extend(cast("dict[str, object]", taken))
    return False


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()
