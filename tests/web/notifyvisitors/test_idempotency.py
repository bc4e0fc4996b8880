"""Calls sent again: by `Idempotency-Key` or `event_id`, nothing is stored twice (known bug 15)."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from tests.web.conftest import MakeCaller
from tests.web.notifyvisitors.events import EVENT, QUEUED, event, send, stored
from tests.web.notifyvisitors.refusals import Json, bare, wrapped, wrapped_mistake
from tests.web.server import Caller, at_once, told
from tidings.base import clock

NOW = datetime(2026, 3, 14, 12, 30, 15, tzinfo=UTC)
CONFLICT = "This Idempotency-Key was used for another request. Use a new key for each call."
CREATE = "/api/v1/user/create"
USER: Json = {"nv": [{"userID": "Ada", "user_attributes": {"visits": 1}}]}
CALLS: dict[str, Json] = {
    CREATE: USER,
    EVENT: {"nv": [event(), event(userID="Bob")]},
    "/api/v1/event/create": {"nv": [event(user_params={"plan": "gold"})]},
    "/api/v1/user_event/create": {"nv": event(user_params={"plan": "gold"})},
}


def everything(caller: Caller) -> list[Any]:
    """Return all rows of the brand's people and events."""
    tables = ("profiles", "identifiers", "events")
    return [
        caller.rows(f"SELECT * FROM {table} WHERE brand_id = $1 ORDER BY 1, 2", caller.brand_id)  # noqa: S608
        for table in tables
    ]


@pytest.mark.parametrize("path", CALLS)
def test_a_repeated_call_gets_the_first_answer_and_changes_nothing(
    caller: Caller, second_client: httpx.Client, path: str
) -> None:
    """Byte for byte, and in another process too: behind a balancer a retry lands anywhere."""
    body = json.dumps(CALLS[path]).encode()
    first = caller.post(path, body, idempotency_key="k-1")
    before = everything(caller)

    for process in (caller, caller.at(second_client), caller):
        again = process.post(path, body, idempotency_key="k-1")
        assert (again.status_code, again.content) == (200, first.content)

    assert everything(caller) == before


def test_without_a_key_the_same_call_is_another_call(caller: Caller) -> None:
    """Two orders may be alike."""
    for _ in range(2):
        assert send(caller, event()) == QUEUED

    assert len(stored(caller)) == 2


def test_the_first_answer_is_given_again_with_its_warnings(caller: Caller) -> None:
    """Although the types have changed since, and would give others."""
    send(caller, event(attributes={"a": 1}))
    call = event(attributes={"a": "x", "b": 1})
    first = caller.post(EVENT, {"nv": [call]}, idempotency_key="k-1")
    assert "warnings" in first.json()["response"]

    again = caller.post(EVENT, {"nv": [call]}, idempotency_key="k-1")

    assert again.content == first.content


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CREATE, {"nv": [{"userID": "Bob"}]}),
        (CREATE, USER | {"more": 1}),
        (f"{CREATE}?a=1", USER),
        (EVENT, {"nv": [event()]}),
        ("/api/v1/user_event/create", {"nv": event()}),
    ],
)
def test_a_key_used_for_another_request_is_a_conflict(
    caller: Caller, path: str, body: Json
) -> None:
    """Answering the first one's success would lose the second for good."""
    caller.tell(CREATE, USER, idempotency_key="k-1")
    before = everything(caller)

    answer = caller.tell(path, body, idempotency_key="k-1")

    envelope = bare if path.startswith(CREATE) else wrapped
    assert answer == envelope(409, CONFLICT)
    assert everything(caller) == before


def test_identical_calls_at_the_same_time_store_once(
    caller: Caller, second_client: httpx.Client
) -> None:
    """A client that times out sends again while the first is still under way."""
    processes = [caller, caller.at(second_client)]
    body = json.dumps({"nv": [event()]}).encode()

    answers = at_once(
        partial(process.post, EVENT, body, idempotency_key="k-1") for process in processes * 5
    )

    assert [told(answer) for answer in answers] == [QUEUED] * 10
    assert len({answer.content for answer in answers}) == 1
    assert len(stored(caller)) == 1


def test_different_calls_at_the_same_time_with_one_key_store_one_of_them(
    caller: Caller, second_client: httpx.Client
) -> None:
    """One wins, the others are told that they have not."""
    processes = [caller, caller.at(second_client)]
    calls = [{"nv": [event(ltv=number)]} for number in range(10)]
    answers = at_once(
        partial(processes[number % 2].tell, EVENT, call, idempotency_key="k-1")
        for number, call in enumerate(calls)
    )

    assert sorted(answer.status for answer in answers) == [200] + [409] * 9
    assert len(stored(caller)) == 1


@pytest.mark.parametrize(
    ("hours", "count"),
    [(23.99, 1), (24.01, 2)],
)
def test_after_24_hours_the_key_is_new(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, hours: float, count: int
) -> None:
    """Our choice; keeping answers for ever would be a second archive of what was sent."""
    body = {"nv": [event(event_time="2022-03-27 04:08:18")]}
    monkeypatch.setattr(clock, "now", lambda: NOW)
    caller.tell(EVENT, body, idempotency_key="k-1")

    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=hours))

    assert caller.tell(EVENT, body, idempotency_key="k-1") == QUEUED
    assert len(stored(caller)) == count


def test_after_24_hours_a_key_may_be_used_for_another_request(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is then kept for that one."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    caller.tell(CREATE, USER, idempotency_key="k-1")
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=25))

    assert send(caller, event(), idempotency_key="k-1") == QUEUED
    assert send(caller, event(), idempotency_key="k-1") == QUEUED
    assert caller.tell(CREATE, USER, idempotency_key="k-1") == bare(409, CONFLICT)
    assert len(stored(caller)) == 1


@pytest.mark.parametrize("wrong", [b"{", b'{"nv": []}', b'{"nv": [{"userID": "Ada"}]}'])
def test_a_refused_call_does_not_use_up_its_key(caller: Caller, wrong: bytes) -> None:
    """The client mends its mistake and sends again with the key it has."""
    assert caller.post(EVENT, wrong, idempotency_key="k-1").status_code == 400

    assert send(caller, event(), idempotency_key="k-1") == QUEUED
    assert len(stored(caller)) == 1


def test_each_brand_has_keys_of_its_own(make_caller: MakeCaller) -> None:
    """Two brands may number their calls alike."""
    one, two = make_caller(), make_caller()

    for caller in (one, two):
        assert send(caller, event(), idempotency_key="1") == QUEUED
    assert [len(stored(caller)) for caller in (one, two)] == [1, 1]


@pytest.mark.parametrize(("length", "status"), [(0, 400), (1, 200), (255, 200), (256, 400)])
def test_keys_have_1_to_255_characters(caller: Caller, length: int, status: int) -> None:
    """Our choice, as others have it."""
    answer = send(caller, event(), idempotency_key="k" * length)

    expected = wrapped(400, "Idempotency-Key must have 1 to 255 characters.")
    assert answer == (QUEUED if status == 200 else expected)


def test_an_event_id_repeated_within_a_call_is_stored_once(caller: Caller) -> None:
    """The first of them; others in the call are not touched."""
    assert (
        send(
            caller,
            event(event_id="e-1", ltv=1),
            event(event_id="e-1", ltv=2),
            event(event_id="e-2", ltv=3),
            event(ltv=4),
            event(ltv=4),
        )
        == QUEUED
    )
    assert [row["ltv"] for row in stored(caller)] == [1.0, 3.0, 4.0, 4.0]


def test_an_event_id_repeated_in_later_calls_of_any_process_is_stored_once(
    caller: Caller, second_client: httpx.Client
) -> None:
    """The answer is a success: a refusal would make the client send again for ever."""
    for process in (caller, caller.at(second_client), caller):
        assert send(process, event(event_id="e-1"), event(event_id="e-2")) == QUEUED

    assert sorted(row["event_id"] for row in stored(caller)) == ["e-1", "e-2"]


def test_an_event_id_repeated_at_the_same_time_is_stored_once(
    caller: Caller, second_client: httpx.Client
) -> None:
    """In both orders of the ids, so that two processes could wait for each other."""
    processes = [caller, caller.at(second_client)]
    ids = [f"e-{number}" for number in range(50)]
    orders = [[event(event_id=event_id) for event_id in order] for order in (ids, ids[::-1])]

    answers = at_once(
        partial(send, process, *order) for process in processes for order in orders * 2
    )

    assert answers == [QUEUED] * 8
    assert sorted(row["event_id"] for row in stored(caller)) == sorted(ids)


def test_the_same_event_id_of_another_user_is_another_event(caller: Caller) -> None:
    """Clients number the events of each user from 1."""
    assert send(caller, event(event_id="1"), event(userID="Bob", event_id="1")) == QUEUED
    assert len(stored(caller)) == 2


def test_a_refused_call_does_not_use_up_its_event_ids(caller: Caller) -> None:
    """Refused whole means that nothing of it is remembered."""
    wrong = event(event_name="a.b")
    plain = "may have letters, digits, spaces, underscores and hyphens only"
    refused = wrapped_mistake(plain, "event_name", 1)

    assert send(caller, event(event_id="e-1"), wrong) == refused
    assert send(caller, event(event_id="e-1")) == QUEUED
    assert len(stored(caller)) == 1


def test_a_batch_replayed_by_its_event_ids_leaves_all_counts_as_they_were(caller: Caller) -> None:
    """Counts, sums and times that a client reads are the same after any number of replays."""
    batch = [
        event(event_id=str(number), ltv=number, event_time=f"2022-03-{number:02} 00:00:00")
        for number in range(1, 11)
    ]
    send(caller, *batch)
    before = caller.read("Ada")["events"]

    for _ in range(3):
        assert send(caller, *batch) == QUEUED

    assert caller.read("Ada")["events"] == before
    assert before["count"] == 10
