"""Calls sent again with an `Idempotency-Key`: nothing is stored twice."""

import json
from functools import partial

import httpx
import pytest

from tests.web.notifuse.calls import (
    UPSERT,
    Json,
    ask,
    count_profiles,
    profile,
    refused,
    upsert,
    upserted,
)
from tests.web.server import Caller, at_once, told

CONFLICT = "This Idempotency-Key was used for another request. Use a new key for each call."
VISIT: Json = {"id": "1", "profile": {"$inc": {"visits": 1}}}


def test_a_repeated_call_gets_the_first_answer_and_changes_nothing(
    caller: Caller, second_client: httpx.Client
) -> None:
    """Byte for byte, so `inserted` stays `inserted`; in another process too."""
    body = json.dumps({"contacts": [VISIT, {"id": "2", "createdAt": "no time"}]}).encode()
    first = ask(caller, "POST", UPSERT, body, idempotency_key="k-1")

    for process in (caller, caller.at(second_client), caller):
        again = ask(process, "POST", UPSERT, body, idempotency_key="k-1")
        assert (again.status_code, again.content) == (200, first.content)

    assert first.json()["inserted"] == ["1"]
    assert profile(caller, "1") == {"visits": 1}


def test_identical_calls_at_the_same_time_count_once(
    caller: Caller, second_client: httpx.Client
) -> None:
    """A client that times out sends again while the first is still under way."""
    processes = [caller, caller.at(second_client)]
    answers = at_once(
        partial(upsert, process, VISIT, idempotency_key="k-1") for process in processes * 5
    )

    assert answers == [upserted(inserted=["1"])] * 10
    assert profile(caller, "1") == {"visits": 1}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (UPSERT, {"contacts": [{"id": "2"}]}),
        (UPSERT, {"contacts": [VISIT], "more": 1}),
        ("/contacts.upsert", {"contacts": [VISIT]}),
    ],
)
def test_a_key_used_for_another_request_is_a_conflict(
    caller: Caller, path: str, body: Json
) -> None:
    """Answering the first one's success would lose the second for good."""
    upsert(caller, VISIT, idempotency_key="k-1")

    answer = told(ask(caller, "POST", path, body, idempotency_key="k-1"))

    assert answer == refused(409, CONFLICT)
    assert (count_profiles(caller), profile(caller, "1")) == (1, {"visits": 1})


def test_without_a_key_the_same_call_is_another_call(caller: Caller) -> None:
    """Two visits may be alike."""
    for expected in (upserted(inserted=["1"]), upserted(updated=["1"])):
        assert upsert(caller, VISIT) == expected

    assert profile(caller, "1") == {"visits": 2}


def test_a_call_that_stored_nothing_does_not_use_its_key_up(caller: Caller) -> None:
    """Mend it and send it with the same key."""
    failed = upsert(caller, {"id": "1", "createdAt": "no time"}, idempotency_key="k-1")
    mended = upsert(caller, VISIT, idempotency_key="k-1")

    assert (failed.body["failed"], mended) == (["1"], upserted(inserted=["1"]))


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_has_1_to_255_characters(caller: Caller, key: str) -> None:
    """As on the other wire."""
    answer = upsert(caller, VISIT, idempotency_key=key)

    assert answer == refused(400, "Idempotency-Key must have 1 to 255 characters.")
