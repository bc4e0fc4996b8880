"""Refusals of every layer have one shape: without it, one client crashes and one throws anew."""

import json
from typing import Any

import httpx
import pytest

from tests.web.conftest import MakeCaller
from tests.web.notifuse.calls import PHRASES, UPSERT, ask, bearer, refused, upsert
from tests.web.notifuse.endpoints import CALLS, MESSAGE_PATHS, METHODS, PATHS
from tests.web.notifyvisitors.refusals import wrapped
from tests.web.raw import connection
from tests.web.server import Caller, told
from tidings.brands.model import Api

NOWHERE = "Invalid URL: nothing is served here. See /docs."
UNKNOWN_KEY = "Invalid auth: send a valid x-api-key with its x-brand-id, or a bearer token."


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer"},
        {"authorization": "Bearer wrong"},
        {"authorization": "Basic {key}"},
        {"authorization": "{key}"},
        {"x-api-key": "{key}"},
    ],
)
def test_every_url_refuses_a_caller_without_a_key(
    caller: Caller, path: str, headers: dict[str, str]
) -> None:
    """Before the body is looked at."""
    sent = {name: value.format(key=caller.key.secret) for name, value in headers.items()}

    answer = caller.client.request(METHODS[path][0], path, content=b"{", headers=sent)

    assert told(answer) == refused(401, UNKNOWN_KEY)


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_url_opens_with_a_bearer_alone(caller: Caller, method: str, path: str) -> None:
    """The one header that the clients send."""
    answer = ask(caller, method, path, b"{}")

    assert answer.status_code == 400
    assert "x-ratelimit-remaining" in answer.headers


@pytest.mark.parametrize("path", PATHS)
def test_other_methods_are_405_with_those_that_are_served(caller: Caller, path: str) -> None:
    """HTTP demands the list."""
    methods = METHODS[path]
    message = f"Use {' or '.join(methods)} for this URL."

    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - set(methods):
        answer = ask(caller, method, path)

        assert told(answer) == refused(405, message)
        assert answer.headers["allow"] == ", ".join(methods)


@pytest.mark.parametrize(
    "path",
    [
        "/v2",
        "/v2/",
        "/v2/contacts",
        "/v2/contacts.delete",
        "/v2/contacts.upsert/",
        "/v2/api/event",
        "/v2/%0A/x",
        "/contacts.delete",
        "/contacts.",
        "/messages.list",
        "/v1/contacts.upsert",
        "/base/v2/messages.send",
    ],
)
def test_urls_of_this_wires_callers_are_refused_in_its_words(
    shared_client: httpx.Client, path: str
) -> None:
    """Without a key, so that typing errors are found first; and never by leading elsewhere."""
    assert told(shared_client.post(path)) == refused(404, NOWHERE)


@pytest.mark.parametrize(
    "path", ["/", "/v", "/v20/x", "/api/v2/x", "/contacts", "/x.contacts", "/contacts.upsert/x"]
)
def test_all_other_urls_are_refused_in_the_words_of_the_other_wire(
    shared_client: httpx.Client, path: str
) -> None:
    """It was there first."""
    assert told(shared_client.post(path)) == wrapped(404, NOWHERE)


@pytest.mark.parametrize(
    ("path", "api", "name"),
    [(UPSERT, Api.USER, "user"), ("/messages.send", Api.CAMPAIGN, "campaign")],
)
def test_a_full_minute_is_429_of_the_group_that_counts(
    make_caller: MakeCaller, path: str, api: Api, name: str
) -> None:
    """Contacts count as users, messages as campaigns; each under its own limit."""
    caller = make_caller(calls=dict.fromkeys(Api, 100) | {api: 1})
    first = ask(caller, "POST", path, b"{}")
    answer = ask(caller, "POST", path, b"{}")

    seconds = answer.headers["x-ratelimit-reset"]
    limit = f"The limit of 1 {name} calls a minute is used up; it starts anew in {seconds} s."
    assert first.headers["x-ratelimit-remaining"] == "0"
    assert told(answer) == refused(429, limit)
    assert answer.headers["retry-after"] == seconds


def test_a_body_that_is_too_large_is_413(caller: Caller) -> None:
    """Refused by its length, before it is read."""
    with connection(str(caller.client.base_url)) as sender:
        sender.send_head("POST", UPSERT, bearer(caller) | {"content-length": "10000001"})
        answer = sender.answer()

    expected = refused(413, json.loads(answer.body)["message"])
    assert (answer.status, json.loads(answer.body)) == expected


def test_an_encoding_that_nobody_knows_is_400(caller: Caller) -> None:
    """From the layer that reads bodies."""
    answer = ask(caller, "POST", UPSERT, b"x", content_encoding="br")

    assert told(answer) == refused(400, "Content-Encoding 'br' is not understood; use gzip.")


def test_a_bug_is_500_in_this_wires_words(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the id that the log has."""

    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("tidings.web.notifuse.routes.parse_contacts", fail)

    answer = upsert(caller, {"id": "1"})

    assert answer == refused(500, answer.body["message"])
    assert answer.body["message"].startswith("Something went wrong on our side")


@pytest.mark.parametrize("path", MESSAGE_PATHS)
@pytest.mark.parametrize("query", ["", "?message=", "?id=abc"])
def test_a_question_without_a_message_is_400(caller: Caller, path: str, query: str) -> None:
    """Documented."""
    assert told(ask(caller, "GET", path + query)) == refused(400, "message is required")


def test_no_answer_is_compressed_or_leads_elsewhere(caller: Caller) -> None:
    """The clients can read neither."""
    for method, path in CALLS:
        answer = ask(caller, method, path, b"{}", accept_encoding="gzip, br")

        assert "content-encoding" not in answer.headers
        assert answer.status_code in PHRASES
