"""The vendor's own examples: requests byte for byte, answers as whole JSON values."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.web.conftest import MakeCaller
from tests.web.notifyvisitors.refusals import mistake
from tests.web.server import Caller, Told, told

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def new_caller(make_caller: MakeCaller) -> Caller:
    """Lend a caller with the limits that a new brand has, which are the vendor's."""
    return make_caller(calls=None)


def test_the_example_of_user_create_is_answered_as_documented(new_caller: Caller) -> None:
    """A program written for the vendor compares or parses exactly this."""
    answer = new_caller.post("/api/v1/user/create", _request("user_create"))

    assert told(answer) == Told(200, _answer("user_create.200"))
    assert _rates(answer) == ("100", "99")


def test_the_example_of_user_create_is_stored_as_sent(new_caller: Caller) -> None:
    """Opt-ins come as texts and are numbers; everything else stays what it was."""
    sent = json.loads(_request("user_create"))["nv"][0]["user_attributes"]

    new_caller.post("/api/v1/user/create", _request("user_create"))

    assert new_caller.attributes("michael@example.com") == sent | {
        "email_opt_in": 1,
        "sms_opt_in": 1,
        "whatsapp_opt_in": 1,
    }


def test_users_without_an_id_are_refused_as_documented(new_caller: Caller) -> None:
    """The documented keys are the vendor's; `errors` is added to them."""
    body = {"nv": [{"userID": "1"}, {"user_attributes": {"name": "Ada"}}]}

    answer = new_caller.post("/api/v1/user/create", body)

    errors = {"errors": [mistake("can not be empty", "userID", 1)]}
    assert told(answer) == Told(403, _answer("user_create.403") | errors)
    assert _rates(answer) == ("100", "99")


def test_the_example_of_an_event_is_answered_as_documented(new_caller: Caller) -> None:
    """The documentation promises 499 after the first call of a minute."""
    answer = new_caller.post("/api/event", _request("event"))

    assert told(answer) == Told(200, _answer("event.200"))
    assert _rates(answer) == ("500", "499")


def test_the_example_of_an_event_is_stored_as_sent(new_caller: Caller) -> None:
    """Its time has no offset, so it is in the brand's zone, here UTC; `ltv` is a text."""
    sent = json.loads(_request("event"))["nv"][0]

    new_caller.post("/api/event", _request("event"))

    [row] = new_caller.rows(
        "SELECT name, occurred_at::text, ltv, attributes, context"
        " FROM events JOIN event_names USING (brand_id, name_id) WHERE brand_id = $1",
        new_caller.brand_id,
    )
    assert row | {
        "attributes": json.loads(row["attributes"]),
        "context": json.loads(row["context"]),
    } == {
        "name": "Order Placed",
        "occurred_at": "2022-03-27 04:08:18+00",
        "ltv": 10.0,
        "attributes": sent["attributes"],
        "context": sent["context"],
    }


def test_events_without_a_user_are_refused_as_documented(new_caller: Caller) -> None:
    """The vendor spells it `userId` in refusals of events, and only there."""
    body = b'{"nv": [{"event_name": "Order Placed", "attributes": {}}]}'

    answer = new_caller.post("/api/event", body)

    expected = _answer("event.400")
    expected["response"]["errors"] = [mistake("can not be empty", "userId", 0)]
    assert told(answer) == Told(400, expected)
    assert _rates(answer) == ("500", "499")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/user_event/create", {"userID": "1", "event_name": "a", "attributes": {}}),
        ("/api/v1/user/profile", None),
        ("/api/v1/user/count", None),
        ("/api/v1/event/get", None),
        ("/api/v1/event/count", None),
    ],
)
def test_everything_but_the_user_api_answers_in_one_envelope(
    new_caller: Caller, path: str, body: dict[str, Any] | None
) -> None:
    """`{"response": {"data": {…}, "message": …, "status": …}}`, as documented."""
    call = {"event_name": "a"} if body is None else {"nv": body}

    answer = new_caller.post(path, call)

    assert answer.status_code == 200
    assert set(answer.json()) == {"response"}
    response: dict[str, object] = answer.json()["response"]
    assert isinstance(response.pop("data"), dict)
    assert response == {"message": "success", "status": "success"}


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b'{"nv": [{"userID": "1"}]}', 200)])
def test_answers_are_json_and_say_so(new_caller: Caller, body: bytes, status: int) -> None:
    """Clients choose their parser by the content type."""
    answer = new_caller.post("/api/v1/user/create", body)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")


def test_what_is_served_nowhere_is_404_invalid_url(shared_client: httpx.Client) -> None:
    """Documented: 404 Invalid URL. No key is asked for, so that typing errors are found first."""
    answer = shared_client.post("/api/v1/user/creat")

    message = "Invalid URL: nothing is served here. See /docs."
    assert told(answer) == Told(404, {"response": {"message": message, "status": "error"}})


def _request(name: str) -> bytes:
    return (GOLDEN / f"{name}.request.json").read_bytes().removesuffix(b"\n")


def _answer(name: str) -> dict[str, Any]:
    return json.loads((GOLDEN / f"{name}.json").read_bytes())


def _rates(answer: httpx.Response) -> tuple[str, str]:
    return answer.headers["x-ratelimit-limit"], answer.headers["x-ratelimit-remaining"]
