"""Bodies that are not what they should be: each is a 400 that says where, never a 500."""

import json
from typing import Any

import pytest

from tests.web.notifyvisitors.events import EVENT, QUEUED, event, send, stored
from tests.web.notifyvisitors.refusals import Json, bare, mistake, wrapped, wrapped_mistake
from tests.web.server import Caller, Told

CREATE = "/api/v1/user/create"
NUL = "holds a NUL character, which text may not"
TOO_DEEP = "is nested deeper than 32 levels"
USER = Told(200, {"userIDs": ["Ada"], "status_code": "200", "processed": 1})


def nested(levels: int) -> Any:
    """Return an object of so many levels."""
    value: Json = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


def not_json(words: str) -> str:
    """Return what is said of a body that is no JSON."""
    return f"the body is not valid JSON: {words}"


NOT_JSON = [
    (b"", "it ends too early (byte 0)"),
    (b"{", "it ends too early (byte 1)"),
    (b'{"nv": [{"userID": "Ada"}', "it ends too early (byte 25)"),
    (b'{"nv": [}', "invalid character (byte 8)"),
    (b'{"nv": [{"userID": "Ada"}]} x', "trailing characters (byte 29)"),
    (b'{"nv": [{"userID": "Ada"}]}{}', "trailing characters (byte 28)"),
    (b"userID=Ada&a=1", "invalid character (byte 0)"),
    (b"<nv/>", "invalid character (byte 0)"),
    (b"{'nv': []}", "object keys must be strings (byte 1)"),
    (b'{"nv": [{"userID": NaN}]}', "invalid character (byte 19)"),
    (b'{"nv": [{"userID": 01}]}', "invalid number (byte 20)"),
    (b'{"nv": [{"userID": "A\x00da"}]}', "invalid character (byte 21)"),
    (b'{"nv": [{"userID": "A\nda"}]}', "invalid character (byte 21)"),
    (b'\xef\xbb\xbf{"nv": []}', "invalid character (byte 0)"),
    (b'{"nv": [{"userID": "\\x"}]}', "invalid escape character in string (byte 22)"),
    (b'{"nv": [{"userID": "\\u12"}]}', "invalid character in unicode escape (byte 25)"),
]


@pytest.mark.parametrize(("body", "words"), NOT_JSON)
def test_what_is_not_json_is_refused_with_the_position_of_the_mistake(
    caller: Caller, body: bytes, words: str
) -> None:
    """Documented: 400 Invalid resource; the position is what one needs to mend it."""
    said = not_json(words)
    expected = wrapped(400, f"Invalid resource: {said}.", mistake(said))

    assert caller.tell(EVENT, body) == expected
    assert caller.tell(CREATE, body) == bare(400, f"Invalid resource: {said}.", mistake(said))


@pytest.mark.parametrize("value", [b'"A\xffda"', b'"\xed\xa0\x80"', b'"\xc0\x80"', b'"\xf5\x80"'])
@pytest.mark.parametrize("place", ["userID", "attributes", "context", "nobody_knows"])
def test_bytes_that_are_not_utf8_are_refused_wherever_they_are(
    caller: Caller, value: bytes, place: str
) -> None:
    """Also the bytes of a surrogate or of an overlong NUL, and in what is stored as it came."""
    wrong = b'{"a": %s}' % value if place in {"attributes", "context"} else value
    fields = json.dumps(event() | {place: "HERE"}).encode().replace(b'"HERE"', wrong)

    answer = caller.tell(EVENT, b'{"nv": [%s]}' % fields)

    assert answer.status == 400
    assert answer.body["response"]["message"].startswith("Invalid resource: the body is not ")
    assert stored(caller) == []


SURROGATES = [rb"\ud800", rb"a\udc00b", rb"\ud800\ud800", rb"\udc00\ud800", rb"\ud83dx\ude00"]


@pytest.mark.parametrize("text", SURROGATES)
@pytest.mark.parametrize("place", ["userID", "attributes", "context", "key"])
def test_escaped_lone_surrogates_are_refused_wherever_they_are(
    caller: Caller, text: bytes, place: str
) -> None:
    """They are no character, and PostgreSQL cannot hold them."""
    wrong = {
        "userID": b'"%s"' % text,
        "attributes": b'{"a": {"b": ["%s"]}}' % text,
        "context": b'{"a": "%s"}' % text,
        "key": b'{"%s": 1}' % text,
    }[place]
    name = "attributes" if place == "key" else place
    fields = json.dumps(event() | {name: "HERE"}).encode().replace(b'"HERE"', wrong)

    answer = caller.tell(EVENT, b'{"nv": [%s]}' % fields)

    assert answer.status == 400
    assert answer.body["response"]["status"] == "error"
    assert "too early" not in answer.body["response"]["message"]
    assert stored(caller) == []


def test_escaped_pairs_of_surrogates_are_characters(caller: Caller) -> None:
    """This is how JSON writes what lies beyond 16 bits."""
    attributes = rb'{"\ud83d\ude00": "\ud83c\udf81"}'
    body = json.dumps({"nv": [event()]}).encode().replace(b"{}", attributes)

    assert caller.tell(EVENT, body) == QUEUED
    assert [row["attributes"] for row in stored(caller)] == [{"😀": "🎁"}]


@pytest.mark.parametrize(
    "fields",
    [
        {"userID": "A\0da"},
        {"event_name": "a\0b"},
        {"event_id": "\0"},
        {"attributes": {"a": "\0"}},
        {"attributes": {"\0": 1}},
        {"attributes": {"a": [{"b": "x\0"}]}},
        {"context": {"page": {"url": "\0"}}},
    ],
)
def test_nul_characters_are_refused_wherever_they_are(caller: Caller, fields: Json) -> None:
    """JSON can write them, PostgreSQL cannot hold them."""
    answer = send(caller, event(), event(**fields))

    assert answer == wrapped_mistake(NUL, None, 1)
    assert stored(caller) == []


@pytest.mark.parametrize(
    "record",
    [
        {"userID": "A\0da"},
        {"userID": "Ada", "user_attributes": {"plan": "\0"}},
        {"userID": "Ada", "user_attributes": {"a\0": 1}},
        {"userID": "Ada", "user_attributes": {"a": [["\0"]]}},
    ],
)
def test_nul_characters_of_users_are_refused(caller: Caller, record: Json) -> None:
    """The same, in the other envelope."""
    assert caller.tell(CREATE, {"nv": [record]}) == bare(
        400, f"Error: {NUL}.", mistake(NUL, index=0)
    )


def test_a_backslash_before_u0000_is_no_nul(caller: Caller) -> None:
    r"""`\\u0000` is six characters of text."""
    assert send(caller, event(attributes={"a": "\\u0000"})) == QUEUED
    assert [row["attributes"] for row in stored(caller)] == [{"a": "\\u0000"}]


def test_32_levels_are_taken_and_33_are_refused(caller: Caller) -> None:
    """Our choice: deeper is a mistake or an attack."""
    for name in ("attributes", "context"):
        assert send(caller, event(**{name: nested(32)})) == QUEUED
        assert send(caller, event(**{name: nested(33)})) == wrapped_mistake(TOO_DEEP, name)
    assert caller.tell(CREATE, {"nv": [{"userID": "Ada", "user_attributes": nested(32)}]}) == USER
    assert caller.tell(CREATE, {"nv": [{"userID": "Ada", "user_attributes": nested(33)}]}) == bare(
        400, f"Error: user_attributes {TOO_DEEP}.", mistake(TOO_DEEP, "user_attributes", 0)
    )


@pytest.mark.parametrize("levels", [500, 1_500, 10_000, 100_000])
@pytest.mark.parametrize("brackets", [(b"[", b"]"), (b'{"a":', b"}")])
@pytest.mark.parametrize("place", ["attributes", "context", "nobody_knows", "userID"])
def test_thousands_of_levels_are_refused_wherever_they_are(
    caller: Caller, levels: int, brackets: tuple[bytes, bytes], place: str
) -> None:
    """Whether or not the decoder can read them; a recursion must not end the process."""
    deep = brackets[0] * levels + b"1" + brackets[1] * levels
    wrong = b'{"a": %s}' % deep if place in {"attributes", "context"} else deep
    fields = json.dumps(event() | {place: "HERE"}).encode().replace(b'"HERE"', wrong)

    answer = caller.tell(EVENT, b'{"nv": [%s]}' % fields)

    if place == "nobody_knows" and answer.status == 200:
        assert answer == QUEUED
    else:
        assert (answer.status, answer.body["response"]["status"]) == (400, "error")
        assert stored(caller) == []


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json; charset=iso-8859-1",
        "nonsense",
        "",
    ],
)
def test_any_content_type_is_read_as_json(caller: Caller, content_type: str) -> None:
    """Our choice: half of all scripts forget the header."""
    body = json.dumps({"nv": [event()]}).encode()

    assert caller.tell(EVENT, body, content_type=content_type) == QUEUED


def test_of_duplicate_keys_the_last_wins(caller: Caller) -> None:
    """In every place of a body, as most JSON readers have it."""
    body = b'{"nv": [], "nv": [{"userID": "x", "user_attributes": {"z": 1}, "userID": "Ada", '
    body += b'"user_attributes": {"a": 1, "a": "2", "a": {"b": 1, "b": 2}}}]}'

    assert caller.tell(CREATE, body) == USER
    assert caller.attributes("Ada") == {"a": {"b": 2}}


@pytest.mark.parametrize(
    "number", ["1e400", "-1e400", "1e999999999", "1" * 5_000, "0." + "1" * 5_000]
)
def test_numbers_beyond_any_range_are_no_server_error(caller: Caller, number: str) -> None:
    """Refused or kept, but answered."""
    body = json.dumps({"nv": [event(attributes={"a": "HERE"})]}).replace('"HERE"', number)

    answer = caller.tell(EVENT, body.encode())

    assert answer.status in {200, 400}
    assert set(answer.body) == {"response"}


@pytest.mark.parametrize("number", [2**53 + 1, 2**63, 2**64 + 1, -(2**70)])
def test_whole_numbers_beyond_64_bits_are_kept_as_sent(caller: Caller, number: int) -> None:
    """Order numbers are such; rounding one would make it another order."""
    assert send(caller, event(attributes={"order_id": number})) == QUEUED
    assert [row["attributes"] for row in stored(caller)] == [{"order_id": number}]
