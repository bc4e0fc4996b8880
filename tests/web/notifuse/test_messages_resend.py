"""A call that is sent again sends nobody a second message; two that are alike are each meant."""

import json
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from tests.web.mailing import give_channel, give_template, messages_of
from tests.web.notifuse.calls import Json, ask, profile, refused
from tests.web.notifuse.client import Client
from tests.web.notifuse.messages import SEND, message, send, sent
from tests.web.server import Caller, at_once, told
from tidings.brands import reading, unread
from tidings.brands.model import SentCall
from tidings.messages import calls
from tidings.messages.model import MessageId

MEANT: Json = message(contactProfile={"$set": {"email": "ada@people.test"}, "$inc": {"orders": 1}})
BODY = json.dumps({"messages": [MEANT]}).encode()
A_WHILE = timedelta(seconds=0.3)
CONFLICT = "This Idempotency-Key was used for another request. Use a new key for each call."


@pytest.fixture
def shop(caller: Caller) -> Caller:
    """Lend a brand with a channel and a template."""
    give_channel(caller)
    give_template(caller)
    return caller


def client_of(caller: Caller) -> Client:
    """Make a published client with the caller's key."""
    return Client(str(caller.client.base_url), caller.key.secret, give_up_seconds=5)


def counted(caller: Caller) -> tuple[int, int]:
    """Return how often the contact was changed, and how many messages there are."""
    return profile(caller, "ada")["orders"], len(messages_of(caller))


def test_a_process_that_ended_before_it_answered_has_left_the_answer(
    shop: Caller, second_client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks again, there or elsewhere, is told of the same message."""
    monkeypatch.setattr(unread, "_AFTER", A_WHILE)

    def note_nothing(_self: reading.Reading, _call: SentCall, *, is_read: bool) -> None:
        assert is_read

    monkeypatch.setattr(reading.Reading, "note", note_nothing)
    first = client_of(shop).call("messages.send", BODY)
    time.sleep(A_WHILE.total_seconds())

    again = client_of(shop.at(second_client)).call("messages.send", BODY)

    assert again == first
    assert first.body["success"]
    assert counted(shop) == (1, 1)


def test_what_fails_between_the_contact_and_the_message_is_mended_by_the_next_try(
    shop: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The contact is stored already: it must not be changed again, and the message not be lost."""
    tries: list[int] = []
    queue = calls.queue

    async def fail_twice(*arguments: Any) -> Sequence[Any]:
        tries.append(1)
        if len(tries) <= 2:
            raise RuntimeError
        return await queue(*arguments)

    monkeypatch.setattr(calls, "queue", fail_twice)

    outcome = client_of(shop).call("messages.send", BODY)

    assert (outcome.status, outcome.sent) == (200, 3)
    assert counted(shop) == (1, 1)


def test_with_a_key_the_same_holds(shop: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is used up by the messages, and the contact remembers it meanwhile."""

    async def fail(*_arguments: Any) -> Sequence[MessageId]:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(calls, "queue", fail)
        assert send(shop, MEANT, idempotency_key="k-1").status == 500
    assert counted(shop) == (1, 0)

    answers = [send(shop, MEANT, idempotency_key="k-1") for _ in range(2)]

    assert answers[0] == answers[1]
    assert answers[0].body["success"]
    assert counted(shop) == (1, 1)


def test_identical_calls_with_a_key_at_the_same_time_send_one_message(
    shop: Caller, second_client: httpx.Client
) -> None:
    """Whichever process they come to."""
    processes = [shop, shop.at(second_client)] * 3

    answers = at_once(partial(send, one, MEANT, idempotency_key="k-1") for one in processes)

    assert answers == [answers[0]] * 6
    assert counted(shop) == (1, 1)


def test_a_key_used_for_another_call_is_a_conflict(shop: Caller) -> None:
    """Of this method or another."""
    send(shop, MEANT, idempotency_key="k-1")

    other = send(shop, message("bob"), idempotency_key="k-1")
    upserting = told(
        ask(shop, "POST", "/v2/contacts.upsert", {"contacts": [{"id": "a"}]}, idempotency_key="k-1")
    )

    assert [other, upserting] == [refused(409, CONFLICT)] * 2


def test_calls_that_are_alike_and_answered_are_each_meant(
    shop: Caller, second_client: httpx.Client
) -> None:
    """Somebody may order the same twice."""
    processes = [shop, shop.at(second_client)] * 3

    answers = at_once(partial(sent, one, MEANT) for one in processes)

    assert len({queued["id"] for [queued] in answers}) == 6
    assert counted(shop) == (6, 6)


def test_fifty_messages_are_answered_well_before_a_client_gives_up(shop: Caller) -> None:
    """The PHP client waits 3 s."""
    body = json.dumps({"messages": [message(f"user-{number}") for number in range(50)]}).encode()
    client = Client(str(shop.client.base_url), shop.key.secret, give_up_seconds=3)

    outcome = client.call("messages.send", body)

    assert (outcome.status, outcome.sent, len(outcome.body["queued"])) == (200, 1, 50)


def test_a_mistake_is_told_each_time_and_sends_nothing(shop: Caller) -> None:
    """The Node client sends it five times."""
    outcome = client_of(shop).call("messages.send", b'{"messages": [{}]}')

    assert (outcome.status, outcome.sent) == (400, 5)
    assert messages_of(shop) == []
    assert told(ask(shop, "POST", SEND, b"{")).status == 400
