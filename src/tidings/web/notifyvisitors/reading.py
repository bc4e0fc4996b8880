"""From bytes to this wire's records, and every mistake in them: pure."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, cast

import msgspec

from tidings.base import limits
from tidings.base.errors import Code, Mistake, Refused

Record = TypeVar("Record", bound=msgspec.Struct)
Top = TypeVar("Top", bound=msgspec.Struct)

_NUL_ESCAPE = b"\\u0000"


def read_call(body: bytes, decoder: msgspec.json.Decoder[Top], record: type[msgspec.Struct]) -> Top:
    """Read a body into the type of its call.

    The fast way reads it into its type at once. Only when that fails, or when there may be a
    NUL, is it read again without types, to say all that is wrong with it and where.

    Shape:  record - the type of the elements of `nv`, for the second reading.
    Errors: `invalid`, with every mistake up to `MAX_MISTAKES_REPORTED`.
    """
    try:
        call = decoder.decode(body)
        body.decode()  # what is left unread (`msgspec.Raw`) was not checked for UTF-8
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _explain(body, record, str(error)) from error
    if _NUL_ESCAPE in body:
        mistakes = list(_nul_mistakes(body))
        if mistakes:
            raise refuse(mistakes)
    return call


def read_object(raw: msgspec.Raw) -> tuple[dict[str, Any], bytes] | str:
    """Read a JSON object that was left unread; returns it with its JSON, or what is wrong."""
    json = bytes(raw)
    try:
        value = msgspec.json.decode(json)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _words(str(error))
    if not isinstance(value, dict):
        return "must be an object"
    fields = cast("dict[str, Any]", value)
    if is_too_deep(json, fields):
        return f"is nested deeper than {limits.MAX_NESTING_DEPTH} levels"
    return fields, json


def is_too_deep(json: bytes, value: object) -> bool:
    """Say whether JSON is nested too deep; its brackets are counted first, which is cheap."""
    most = limits.MAX_NESTING_DEPTH
    return json.count(b"{") + json.count(b"[") > most and _depth(value) > most


def refuse(mistakes: Sequence[Mistake]) -> Refused:
    """Refuse a call for its mistakes; the first gives the message."""
    first = mistakes[0]
    where = "" if first.field is None else f"{first.field} "
    return Refused(
        Code.INVALID,
        f"Error: {where}{first.message}.",
        mistakes=mistakes[: limits.MAX_MISTAKES_REPORTED],
    )


def _explain(body: bytes, record: type[msgspec.Struct], cause: str) -> Refused:
    try:
        top = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        words = _words(str(error))
        if "truncated" in words:
            words = f"it ends too early (byte {len(body)})"
        mistake = Mistake(f"the body is not valid JSON: {words}")
        return Refused(Code.INVALID, f"Invalid resource: {mistake.message}.", mistakes=[mistake])
    mistakes = list(_mistakes_in(top, record)) or [Mistake(_words(cause))]
    return refuse(mistakes)


def _mistakes_in(top: object, record: type[msgspec.Struct]) -> Iterator[Mistake]:
    if not isinstance(top, dict):
        yield Mistake("the body must be a JSON object")
        return
    fields = cast("dict[str, object]", top)
    if "nv" not in fields:
        yield from _mistakes_in_fields(fields, record, index=None)
        return
    nv = fields["nv"]
    if isinstance(nv, dict):
        yield from _mistakes_in_fields(cast("dict[str, object]", nv), record, index=0)
        return
    if not isinstance(nv, list):
        yield Mistake("must be an array of records", field="nv")
        return
    for index, element in enumerate(cast("list[object]", nv)):
        if isinstance(element, dict):
            yield from _mistakes_in_fields(cast("dict[str, object]", element), record, index=index)
        else:
            yield Mistake("must be an object", index=index)


def _mistakes_in_fields(
    fields: dict[str, object], record: type[msgspec.Struct], *, index: int | None
) -> Iterator[Mistake]:
    for field in msgspec.structs.fields(record):
        if field.encode_name not in fields or field.type is msgspec.Raw:
            continue
        try:
            msgspec.convert(fields[field.encode_name], field.type)
        except msgspec.ValidationError as error:
            yield Mistake(_words(str(error)), field=field.encode_name, index=index)


def _words(error: str) -> str:
    # msgspec says where in its own notation; the mistake's index and field say it in ours.
    words = error.split(" - at `", maxsplit=1)[0].replace("JSON is malformed: ", "")
    return words[:1].lower() + words[1:]


def _nul_mistakes(body: bytes) -> Iterator[Mistake]:
    top: dict[str, Any] = msgspec.json.decode(body)
    nv: Any = top.get("nv", top)
    records = cast("list[Any]", nv) if isinstance(nv, list) else [nv]
    for index, record in enumerate(records):
        if _has_nul(record):
            yield Mistake("holds a NUL character, which text may not", index=index)


def _has_nul(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, list):
        return any(_has_nul(item) for item in cast("list[Any]", value))
    if isinstance(value, dict):
        return any(
            "\0" in key or _has_nul(item) for key, item in cast("dict[str, Any]", value).items()
        )
    return False


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, cast("dict[str, object]", value).values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, cast("list[object]", value)), default=0)
    return 0
