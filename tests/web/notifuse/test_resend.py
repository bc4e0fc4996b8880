"""Calls that a client sends again because it got no answer are done once; others are each meant."""

import json
import time
from collections.abc import Callable, Generator
from datetime import timedelta
from functools import partial

import httpx
import pytest

from tests.web.conftest import MakeCaller
from tests.web.notifuse.calls import Json, bearer, info, profile, upsert, upserted
from tests.web.notifuse.client import Client, Outcome
from tests.web.server import Backstage, Caller, at_once
from tidings.brands import reading, unread
from tidings.brands.model import SentCall
from tidings.storage.pool import Database

VISIT: Json = {"id": "1", "profile": {"$inc": {"visits": 1}}}
BODY = json.dumps({"contacts": [VISIT]}).encode()
KEPT = """
SELECT is_unread FROM unread_answers
WHERE brand_id = $1 AND read_at IS NULL
ORDER BY received_at
"""
WAITING = """
SELECT count(*) AS waiting FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
A_WHILE = timedelta(seconds=0.3)


def until(condition: Callable[[], object], *, within_seconds: float = 10) -> None:
    """Wait for a state, outside any event loop."""
    deadline = time.monotonic() + within_seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def client_of(caller: Caller, *, give_up_seconds: float = 5) -> Client:
    """Make a published client with the caller's key."""
    url = str(caller.client.base_url)
    return Client(url, caller.key.secret, give_up_seconds=give_up_seconds)


def note_nothing(_self: reading.Reading, _call: SentCall, *, is_read: bool) -> None:
    """End before the answer is noted as read."""
    assert is_read


class Held:
    """A contact whose row somebody holds, so that calls about them stay in work."""

    def __init__(self, url: str, brand_id: int) -> None:
        self._backstage = Backstage(url)
        self._backstage.rows("BEGIN")
        self._backstage.rows("SELECT 1 FROM profiles WHERE brand_id = $1 FOR UPDATE", brand_id)

    def let_go(self) -> None:
        """Let the calls go on."""
        self._backstage.rows("COMMIT")

    def close(self) -> None:
        """Close the connection, whatever it holds."""
        self._backstage.close()


@pytest.fixture
def known(caller: Caller) -> Caller:
    """Lend a caller with one contact, who has no visits yet."""
    assert upsert(caller, {"id": "1"}) == upserted(inserted=["1"])
    until(lambda: caller.rows(KEPT, caller.brand_id) == [])
    return caller


@pytest.fixture
def held(known: Caller, shared_database_url: str) -> Generator[Held]:
    """Hold that contact."""
    holder = Held(shared_database_url, known.brand_id)
    yield holder
    holder.close()


def begin_and_leave(caller: Caller) -> None:
    """Send the visit, and close the connection when the call is in work."""
    left = client_of(caller).begin(BODY)
    until(lambda: waiting(caller) == 1)
    left.close()


def waiting(caller: Caller) -> int:
    """Count the calls that wait for the contact, or for each other."""
    return caller.rows(WAITING)[0]["waiting"]


def test_whoever_left_before_the_answer_gets_the_first_ones(
    known: Caller, held: Held, second_client: httpx.Client
) -> None:
    """Also in another process, and while the first is still in work: the visit counts once."""
    begin_and_leave(known)

    with_hold_gone = at_once(
        [partial(client_of(known.at(second_client)).call, "contacts.upsert", BODY), held.let_go]
    )

    assert with_hold_gone[0] == Outcome(200, upserted(updated=["1"]).body, sent=1)
    assert profile(known, "1") == {"visits": 1}
    until(lambda: known.rows(KEPT, known.brand_id) == [])


def test_an_answer_that_nobody_was_there_to_read_is_kept_for_who_comes_back(
    known: Caller, held: Held
) -> None:
    """Long after the first is done; and once it was read, the same call is a new one."""
    begin_and_leave(known)
    held.let_go()
    until(lambda: [row["is_unread"] for row in known.rows(KEPT, known.brand_id)] == [True])

    answers = [client_of(known).call("contacts.upsert", BODY)]
    until(lambda: known.rows(KEPT, known.brand_id) == [])
    answers.append(client_of(known).call("contacts.upsert", BODY))

    assert answers == [Outcome(200, upserted(updated=["1"]).body, sent=1)] * 2
    assert profile(known, "1") == {"visits": 2}


def test_whoever_gave_up_waiting_gets_the_first_ones_answer(
    known: Caller, held: Held, second_client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Node client sends again after 5 s and leaves its first connection open meanwhile."""
    monkeypatch.setattr(unread, "_AFTER", A_WHILE)
    there = known.at(second_client)

    def later() -> Outcome:
        until(lambda: waiting(known) == 1)
        time.sleep(A_WHILE.total_seconds())
        return client_of(there).call("contacts.upsert", BODY)

    def let_go() -> None:
        until(lambda: waiting(known) == 2)
        held.let_go()

    first = partial(client_of(known).call, "contacts.upsert", BODY)
    answers = at_once([first, later, let_go])

    assert answers[:2] == [Outcome(200, upserted(updated=["1"]).body, sent=1)] * 2
    assert profile(known, "1") == {"visits": 1}


def test_a_process_that_ended_before_it_answered_has_left_the_answer(
    known: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has noted whether it was read, so after some seconds it counts as not read."""
    monkeypatch.setattr(unread, "_AFTER", A_WHILE)
    monkeypatch.setattr(reading.Reading, "note", note_nothing)
    first = client_of(known).call("contacts.upsert", BODY)
    time.sleep(A_WHILE.total_seconds())

    again = client_of(known).call("contacts.upsert", BODY)

    assert again == first == Outcome(200, upserted(updated=["1"]).body, sent=1)
    assert profile(known, "1") == {"visits": 1}


@pytest.mark.parametrize("times", [2, 30])
def test_identical_calls_that_are_all_answered_all_count(
    known: Caller, second_client: httpx.Client, times: int
) -> None:
    """Two shops may count one more visit in the same second, and after each other."""
    callers = [known, known.at(second_client)] * times

    answers = at_once(partial(upsert, each, VISIT) for each in callers)
    answers += [upsert(each, VISIT) for each in callers[:2]]

    assert answers == [upserted(updated=["1"])] * (2 * times + 2)
    assert profile(known, "1") == {"visits": 2 * times + 2}


def test_what_another_key_or_url_asks_is_another_call(
    known: Caller, held: Held, backstage: Backstage, make_caller: MakeCaller
) -> None:
    """One program's lost answer is not given to the other."""
    begin_and_leave(known)
    held.let_go()
    until(lambda: [row["is_unread"] for row in known.rows(KEPT, known.brand_id)] == [True])
    stranger = make_caller()

    by_other_key = Client(
        str(known.client.base_url), backstage.create_key(known.brand_id).secret, give_up_seconds=5
    ).call("contacts.upsert", BODY)
    at_other_url = client_of(known).call("contacts.upsert", BODY, prefix="/")
    of_other_brand = client_of(stranger).call("contacts.upsert", BODY)

    updated, inserted = upserted(updated=["1"]).body, upserted(inserted=["1"]).body
    assert [by_other_key.body, at_other_url.body, of_other_brand.body] == [
        updated,
        updated,
        inserted,
    ]
    assert profile(known, "1") == {"visits": 3}


def test_after_a_minute_the_same_call_is_a_new_one(known: Caller, held: Held) -> None:
    """Whoever has not come back by then will not."""
    begin_and_leave(known)
    held.let_go()
    until(lambda: [row["is_unread"] for row in known.rows(KEPT, known.brand_id)] == [True])
    known.rows("UPDATE unread_answers SET received_at = received_at - interval '61 s'")

    client_of(known).call("contacts.upsert", BODY)

    assert profile(known, "1") == {"visits": 2}


async def test_old_answers_are_forgotten(known: Caller, shared_database_url: str) -> None:
    """By the clock, so that the table stays small."""
    known.rows(
        "INSERT INTO unread_answers VALUES ($1, 'x', 1, now() - interval '61 s', 200, '{}', true),"
        " ($1, 'x', 2, now() - interval '50 s', 200, '{}', false)",
        known.brand_id,
    )

    async with Database(shared_database_url) as database, database.transaction() as tx:
        await unread.forget_old(tx)

    assert known.rows(KEPT, known.brand_id) == [{"is_unread": False}]


@pytest.mark.parametrize("prefix", ["/v2/", "/"])
def test_a_mistake_is_sent_five_times_and_answered_five_times(known: Caller, prefix: str) -> None:
    """Cheaply: each is told from the body alone, and nothing is stored."""
    answer = client_of(known).call("contacts.upsert", b'{"contacts": [{}]}', prefix=prefix)

    message = "contacts[0].id can not be empty"
    assert answer == Outcome(
        400, {"statusCode": 400, "error": "Bad Request", "message": message}, sent=5
    )


def test_the_php_client_means_empty_objects_by_its_empty_lists(known: Caller) -> None:
    """It cannot tell the two apart."""
    contacts: list[Json] = [
        {"id": "1", "profile": []},
        {"id": "2", "profile": {"$set": [], "$push": []}},
    ]

    answer = client_of(known).call("contacts.upsert", json.dumps({"contacts": contacts}).encode())

    assert answer.body == upserted(inserted=["2"], updated=["1"]).body
    assert [info(known, user_id)["profile"] for user_id in ("1", "2")] == [{"id": "1"}, {"id": "2"}]


def test_fifty_contacts_are_answered_well_before_a_client_gives_up(known: Caller) -> None:
    """The PHP client waits 3 s."""
    contacts = [{"id": f"c{n}", "profile": {"$set": {"n": n}, "$inc": {"m": 1}}} for n in range(50)]
    body = json.dumps({"contacts": contacts}).encode()

    answer = client_of(known, give_up_seconds=3).call("contacts.upsert", body)

    assert answer == Outcome(200, upserted(inserted=[f"c{n}" for n in range(50)]).body, sent=1)


def test_the_clients_authenticate_with_nothing_but_the_key(known: Caller) -> None:
    """One key is one project."""
    assert list(bearer(known)) == ["authorization"]
    assert client_of(known).call("contacts.upsert", b'{"contacts": [{"id": "1"}]}').status == 200
