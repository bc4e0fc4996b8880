"""Bodies that no honest client sends, and some that it does by mistake."""

import gzip
import json
from collections.abc import Iterable, Iterator
from typing import Any, cast

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

DEEP = 10_000
DIGITS = b"9" * 20_000

FIELDS = (
    b"userID",
    b"anonymousID",
    b"nv_uid",
    b"email",
    b"mobile",
    b"event_name",
    b"ltv",
    b"attributes",
    b"context",
    b"event_time",
    b"event_id",
    b"user_params",
    b"user_attributes",
    b"from",
    b"to",
    b"batch_size",
    b"cursor",
    b"nv",
    b"contacts",
    b"id",
    b"profile",
    b"createdAt",
    b"segment_id",
    b"name",
    b"definition",
    b"draft",
    b"limit",
    b"campaign_id",
    b"channel",
    b"template",
    b"content",
    b"data",
    b"send_at",
    b"goal",
    b"contact",
    b"contactProfile",
    b"templateData",
    b"none_of_these",
)
HONEST = (
    b'"u1"',
    b"12345",
    b'"a@example.com"',
    b'"+551155256325"',
    b'"Order Placed"',
    b'"2022-03-27 04:08:18"',
    b'{"order_id": 1}',
    b'{"email": "a@example.com", "plan": "gold"}',
    b'{"$set": {"plan": "gold"}, "$inc": {"visits": 1}}',
    b'{"all": [{"reachable": "email"}]}',
    b"{}",
)
# What each kind of value looks like at its worst, as it stands in a body.
HOSTILE = (
    b"null",
    b"true",
    b"[]",
    b"[[]]",
    b"[{}, null, 1]",
    b'""',
    b'" "',
    b'"\\u0000"',
    b'"\x00"',
    b'"\\ud800"',
    b'"\\udc00x"',
    b'"\\ud800\\ud800"',
    b'"\xed\xa0\x80"',
    b'"\xff\xfe"',
    b'"\xf4\x90\x80\x80"',
    '"\u202e\ufeff\U0010ffff"'.encode(),
    b'"' + b"x" * 100_000 + b'"',
    b"0",
    b"-0",
    b"-0.0",
    b"1e400",
    b"-1e400",
    b"1e-200000",
    b"1e308",
    b"18446744073709551616",
    b"-9223372036854775809",
    DIGITS,
    b"-" + DIGITS,
    b"0." + DIGITS,
    b'"' + DIGITS + b'"',
    b"NaN",
    b"-Infinity",
    b'"nan"',
    b'"1e999"',
    b"01",
    b"1.",
    b"[" * DEEP + b"]" * DEEP,
    b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    b"[" * 600 + b"]" * 600,
    b'{"a":' * 900 + b'"\\u0000"' + b"}" * 900,
    b'{"\\u0000": 1}',
    b'{"": 1}',
    b'{"a": 1, "a": "1", "a": {}}',
    b'{"' + b"k" * 100_000 + b'": 1}',
    b'{"email": "a@b", "mobile": "+0", "birth_date": "2022-02-30", "email_opt_in": 3}',
    b'{"a": ["2022-03-27", [], {}], "b": [], "c": [{}], "d": "2022-03-27"}',
    b'{"$inc": {"a": 1e308}, "$mul": {"b.0.c": -1}, "$push": {"d": {"$each": [[]]}}}',
    b'{"$set": [], "$unset": [1], "$pop": {"": 1}}',
    b'{"n": [NaN]}',
    b'"9999-12-31"',
    b'"9999-12-31T23:59:59-2359"',
    b'"0001-01-01T00:00:00+2359"',
    b'"2022-03-27T04:08:18+9999"',
    b"}",
    b"",
)
WRONG_TYPES = (
    b"null",
    b"true",
    b"7",
    b"1.5",
    b'"x"',
    b'""',
    b"[]",
    b"[1]",
    b"[[]]",
    b"[{}]",
    b"{}",
    b'{"a": {}}',
)


def bodies(under: bytes | None) -> SearchStrategy[bytes]:
    """Build bodies that look like a call and go wrong somewhere.

    Shape:  under - the name that the records of a call have.
    """
    calls = _calls(under or b"nv")
    return st.one_of(calls, calls.flatmap(_cut), st.sampled_from(HOSTILE), st.binary())


def packings() -> SearchStrategy[str]:
    """Choose how a body is sent: as it is, packed, cut short or with one byte changed."""
    return st.sampled_from(("plain", "plain", "gzip", "cut gzip", "broken gzip", "unpacked gzip"))


def pack(body: bytes, packing: str) -> tuple[bytes, dict[str, str]]:
    """Return a body as it is sent, and the headers that say so."""
    if packing == "plain":
        return body, {}
    packed = gzip.compress(body, mtime=0)
    if packing == "cut gzip":
        packed = packed[: len(packed) // 2]
    elif packing == "broken gzip":
        middle = len(packed) // 2
        packed = packed[:middle] + bytes([packed[middle] ^ 0xFF]) + packed[middle + 1 :]
    elif packing == "unpacked gzip":
        packed = body
    return packed, {"content-encoding": "gzip"}


def with_each_place_wrong(example: Any) -> Iterator[bytes]:
    """Return a body again and again, each time with one value of another type or left out."""
    for place in _places(example):
        for wrong in WRONG_TYPES:
            yield _replaced(example, place, json.loads(wrong))
        if place:
            yield _replaced(example, place, _LEFT_OUT)


@st.composite
def _calls(draw: DrawFn, under: bytes) -> bytes:
    values = st.one_of(st.sampled_from(HONEST), st.sampled_from(HOSTILE))
    records = [
        b"{" + b",".join(b'"%b":%b' % field for field in fields) + b"}"
        for fields in draw(
            st.lists(st.lists(st.tuples(st.sampled_from(FIELDS), values), max_size=6), max_size=3)
        )
    ]
    if draw(st.booleans()):
        records.append(draw(values))
    name = b'"%b":' % under
    inside = b",".join(records)
    listed = b"%b[%b]" % (name, inside)
    shapes = (b"{%b}" % listed, b"{%b%b}" % (name, inside), inside, b"{%b,%b[]}" % (listed, name))
    return draw(st.sampled_from(shapes))


def _cut(body: bytes) -> SearchStrategy[bytes]:
    return st.integers(0, len(body)).map(lambda end: body[:end])


_LEFT_OUT = object()


def _places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield above
    inside: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        inside = cast("dict[str, Any]", value).items()
    elif isinstance(value, list):
        inside = enumerate(cast("list[Any]", value))
    for key, inner in inside:
        yield from _places(inner, (*above, key))


def _replaced(example: Any, place: tuple[Any, ...], by: object) -> bytes:
    if not place:
        return json.dumps(by).encode()
    copy = json.loads(json.dumps(example))
    inside = copy
    for key in place[:-1]:
        inside = inside[key]
    if by is _LEFT_OUT:
        del inside[place[-1]]
    else:
        inside[place[-1]] = by
    return json.dumps(copy).encode()
