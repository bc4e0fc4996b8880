"""Bodies that are not what they should be: each is a 400 that says where, never a 500."""

import json
from typing import Any

import pytest

from tests.web.notifuse.calls import UPSERT, Json, ask, count_profiles, refused
from tests.web.server import Caller, Told, told

NUL = "holds a NUL character, which text may not"
TOO_DEEP = "is nested deeper than 32 levels"


def send(caller: Caller, body: object) -> Told:
    """Send a body, and see that nothing of it was stored."""
    answer = told(ask(caller, "POST", UPSERT, body))
    assert count_profiles(caller) == 0
    return answer


def contacts(*records: Json) -> Json:
    """Return the body of a call."""
    return {"contacts": list(records)}


def nested(levels: int) -> Any:
    """Return an object of so many levels."""
    value: Json = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "it ends too early (byte 0)"),
        (b'{"contacts": [{"id": "Ada"}', "it ends too early (byte 27)"),
        (b'{"contacts": [{"id": "Ada"}]} x', "trailing characters (byte 31)"),
        (b"contacts=Ada", "invalid character (byte 0)"),
        (b'{"contacts": [{"id": NaN}]}', "invalid character (byte 21)"),
        (b'\xef\xbb\xbf{"contacts": []}', "invalid character (byte 0)"),
        (b'{"contacts": [{"id": "\\ud800"}]}', "unexpected end of escaped utf-16"),
        (b'{"contacts": [{"id": "1", "profile": {"$set": {"a": "\\udc00x"}}}]}', "invalid utf-16"),
        (b'{"contacts": [{"id": "1", "x": "\xff"}]}', "it is not UTF-8"),
        (
            b'{"contacts": [{"id": "1", "profile": {"$set": {"\xed\xa0\x80": 1}}}]}',
            "it is not UTF-8",
        ),
    ],
)
def test_what_is_not_json_is_refused_with_the_place_of_the_mistake(
    caller: Caller, body: bytes, words: str
) -> None:
    """Of bytes, of text, of surrogates that are no characters."""
    answer = send(caller, body)

    said = answer.body["message"]
    assert answer == refused(400, said)
    assert said.startswith("Invalid resource: the body is not valid JSON: ")
    assert words in said


SHAPES: list[tuple[object, str]] = [
    ([], "Error: the body must be a JSON object."),
    ("x", "Error: the body must be a JSON object."),
    ({}, "Error: the body must have `contacts`."),
    ({"nv": [{"id": "1"}]}, "Error: the body must have `contacts`."),
    ({"contacts": None}, "contacts must be an array of records"),
    ({"contacts": "Ada"}, "contacts must be an array of records"),
    ({"contacts": {"id": "1"}}, "contacts must be an array"),
    ({"contacts": []}, "contacts must have 1 to 50 records, this one has 0"),
    ({"contacts": [{"id": "1"}] * 51}, "contacts must have at most 50 records"),
    ({"contacts": ["Ada"]}, "contacts[0] must be an object"),
    ({"contacts": [{"id": "1"}, []]}, "contacts[1] must be an object"),
    ({"contacts": [{"id": "1"}, None]}, "contacts[1] must be an object"),
]


@pytest.mark.parametrize(("body", "message"), SHAPES)
def test_bodies_of_another_shape_are_refused(caller: Caller, body: object, message: str) -> None:
    """More than a batch may have is no question of size, but of the call."""
    assert send(caller, json.dumps(body).encode()) == refused(400, message)


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({}, "can not be empty"),
        ({"id": ""}, "can not be empty"),
        ({"id": None}, "must be a text"),
        ({"id": 123}, "must be a text"),
        ({"id": True}, "must be a text"),
        ({"id": ["123"]}, "must be a text"),
        ({"id": " Ada"}, "can not have white space around it"),
        ({"id": "Ada\u00a0"}, "can not have white space around it"),
        ({"id": " "}, "can not have white space around it"),
        ({"id": "x" * 101}, "must have at most 100 characters"),
    ],
)
def test_a_contact_without_an_id_refuses_the_call_and_is_named(
    caller: Caller, record: Json, words: str
) -> None:
    """Its id cannot be told among the failed; its neighbours are not stored either."""
    body = contacts({"id": "1"}, record | {"profile": {"$set": {"a": 1}}})

    assert send(caller, body) == refused(400, f"contacts[1].id {words}")


def test_every_contact_without_an_id_is_named(caller: Caller) -> None:
    """Mending one mistake a call would take as many calls as there are mistakes."""
    answer = send(caller, contacts({"id": " a"}, {"id": "1"}, {}))

    words = "contacts[0].id can not have white space around it; contacts[2].id can not be empty"
    assert answer == refused(400, words)


@pytest.mark.parametrize(
    "record",
    [
        {"id": "A\0da"},
        {"id": "1", "profile": {"$set": {"a": "\0"}}},
        {"id": "1", "profile": {"$set": {"a\0": 1}}},
        {"id": "1", "profile": {"$push": {"a": {"$each": [["\0"]]}}}},
        {"id": "1", "createdAt": "\0"},
    ],
)
def test_nul_characters_are_refused_wherever_they_are(caller: Caller, record: Json) -> None:
    """JSON can write them, PostgreSQL cannot hold them."""
    assert send(caller, contacts({"id": "0"}, record)) == refused(400, f"contacts[1] {NUL}")


def test_33_levels_are_refused(caller: Caller) -> None:
    """The attributes themselves are the first of them, as on the other wire."""
    body = contacts({"id": "1", "profile": {"$set": nested(33)}})

    assert send(caller, body) == refused(400, f"contacts[0].profile {TOO_DEEP}")


@pytest.mark.parametrize("levels", [500, 1_500, 10_000, 100_000])
@pytest.mark.parametrize("brackets", [(b"[", b"]"), (b'{"a":', b"}")])
@pytest.mark.parametrize("place", ["$set", "profile", "id", "createdAt"])
def test_thousands_of_levels_are_refused_wherever_they_are(
    caller: Caller, levels: int, brackets: tuple[bytes, bytes], place: str
) -> None:
    """Whether or not the decoder can read them; a recursion must not end the process."""
    deep = brackets[0] * levels + b"1" + brackets[1] * levels
    value = b'{"$set": {"a": %b}}' % deep if place == "$set" else deep
    name = b"profile" if place == "$set" else place.encode()

    answer = send(caller, b'{"contacts": [{"id": "1", "%b": %b}]}' % (name, value))

    # What is no object of operators, or no time, fails its contact however deep it is.
    assert answer.status == 400 or answer.body["failed"] == ["1"]


def test_a_crowded_body_is_refused_for_its_size(caller: Caller) -> None:
    """A few bytes each here, a hundred times that in memory."""
    answer = send(caller, b'{"contacts": [%b{}]}' % (b"{}," * 600_000))

    message = "The body has more than 500000 objects and arrays; send fewer records a call."
    assert answer == refused(413, message)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_any_content_type_is_read_as_json(caller: Caller, content_type: str) -> None:
    """As on the other wire: half of all scripts forget the header."""
    body = json.dumps(contacts({"id": ""})).encode()

    answer = told(ask(caller, "POST", UPSERT, body, content_type=content_type))

    assert answer == refused(400, "contacts[0].id can not be empty")
