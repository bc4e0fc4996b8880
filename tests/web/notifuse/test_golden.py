"""The vendor's own examples: requests byte for byte, answers as whole JSON values."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.web.conftest import MakeCaller
from tests.web.notifuse.calls import INFO, UPSERT, ask, info, upsert
from tests.web.server import Caller, Told, told

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def new_caller(make_caller: MakeCaller) -> Caller:
    """Lend a caller with the limits that a new brand has."""
    return make_caller(calls=None)


def test_the_example_of_upsert_is_answered_as_documented(new_caller: Caller) -> None:
    """A program written for the vendor compares or parses exactly this."""
    answer = ask(new_caller, "POST", UPSERT, _request("upsert"))

    assert told(answer) == Told(200, _answer("upsert.200"))
    assert _rates(answer) == ("100", "99")


def test_the_example_of_upsert_is_stored_as_sent(new_caller: Caller) -> None:
    """The contact object is documented; its `profile` has the id among the attributes."""
    ask(new_caller, "POST", UPSERT, _request("upsert"))

    contact = info(new_caller, "123")

    contact_id = contact.pop("id")
    assert contact == {
        "externalId": "123",
        "project": str(new_caller.brand_id),
        "profile": {
            "id": "123",
            "firstName": "Justin",
            "lastName": "Bieber",
            "email": "justin.bieber@yopmail.com",
            "tags": ["customer"],
            "totalOrders": 1,
        },
        "stats": {},
        "createdAt": "2016-02-04T22:44:30.652Z",
    }
    assert (len(contact_id), int(contact_id, 16) > 0) == (24, True)


def test_the_example_sent_again_updates_the_contact(new_caller: Caller) -> None:
    """Documented: operations; so a tag is there twice and an order more is counted."""
    body = json.loads(_request("upsert"))["contacts"]
    upsert(new_caller, *body)

    again = upsert(new_caller, *body)

    expected = _answer("upsert.200") | {"inserted": [], "updated": ["123"]}
    assert again == Told(200, expected)
    shown = info(new_caller, "123")["profile"]
    assert (shown["tags"], shown["totalOrders"]) == (["customer", "customer"], 2)


@pytest.mark.parametrize("path", ["/v2/messages.info", "/v2/messages.send"])
def test_a_question_without_a_message_is_refused_as_documented(
    new_caller: Caller, path: str
) -> None:
    """At both URLs: one of the clients asks at the wrong one."""
    answer = ask(new_caller, "GET", path)

    assert told(answer) == Told(400, _answer("messages_info.400"))
    assert _rates(answer) == ("500", "499")


@pytest.mark.parametrize(
    ("path", "status"), [(UPSERT, 400), (INFO, 405), ("/v2/contacts.delete", 404)]
)
def test_answers_are_json_and_say_so(new_caller: Caller, path: str, status: int) -> None:
    """Clients choose their parser by the content type, of refusals too."""
    answer = ask(new_caller, "POST", path, b"{")

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")


def _request(name: str) -> bytes:
    return (GOLDEN / f"{name}.request.json").read_bytes().removesuffix(b"\n")


def _answer(name: str) -> dict[str, Any]:
    return json.loads((GOLDEN / f"{name}.json").read_bytes())


def _rates(answer: httpx.Response) -> tuple[str, str]:
    return answer.headers["x-ratelimit-limit"], answer.headers["x-ratelimit-remaining"]
