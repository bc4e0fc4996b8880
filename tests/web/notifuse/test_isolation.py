"""Two brands never see each other: every URL is tried with the other brand's ids."""

from typing import NamedTuple

import pytest

from tests.waiting import wait_until
from tests.web.conftest import MakeCaller
from tests.web.mailing import give_channel, give_template
from tests.web.notifuse.calls import Json, ask, refused, set_to, upsert, upserted
from tests.web.notifuse.endpoints import CALLS
from tests.web.server import Caller, Told, told
from tests.web.snapshot import snapshot
from tidings.messages.model import MessageId
from tidings.messages.naming import public_id

USER = "shared-id"
# That an answer was read is written down a moment later.
UNREAD = "SELECT status FROM unread_answers WHERE brand_id = $1 AND read_at IS NULL"
NO_MESSAGE = "There is no such message."
NO_CHANNEL = "channel is no channel of the brand"
MESSAGES: Json = {
    "messages": [{"contact": USER, "channel": "mail", "template": "hello", "contactProfile": {}}]
}
CONTACTS: Json = {
    "contacts": [
        {
            "id": USER,
            "profile": {
                # A text where the other brand has locked a number: warned of, if types were
                # shared; and numbers where nothing is, which would meet the other's.
                "$set": {"age": "x"},
                "$unset": {"plan": ""},
                "$inc": {"visits": 1},
            },
        }
    ]
}


class Case(NamedTuple):
    """A call with the other brand's ids, and what it is answered when that brand does not exist."""

    query: str
    body: Json | bytes
    answer: Told


FAILED: Json = {"contact": USER, "error": NO_CHANNEL}
_OF_METHOD: dict[str, Case] = {
    "contacts.upsert": Case("", CONTACTS, upserted(inserted=[USER])),
    "contacts.info": Case(f"?contact={USER}", b"", refused(404, "There is no such contact.")),
    "messages.info": Case("?message=MESSAGE", b"", refused(404, NO_MESSAGE)),
}
_SENT = {"statusCode": 200, "success": False, "queued": [], "failed": [FAILED]}
_SEND: dict[str, Case] = {
    "GET": Case("?message=MESSAGE", b"", refused(404, NO_MESSAGE)),
    "POST": Case("", MESSAGES, Told(200, _SENT)),
}
CASES: dict[tuple[str, str], Case] = {
    (method, path): _SEND[method]
    if path.endswith("messages.send")
    else _OF_METHOD[path.rpartition("/")[2]]
    for method, path in CALLS
}


@pytest.fixture
def victim(make_caller: MakeCaller) -> Caller:
    """Lend a brand with a contact, types, a message and an idempotency key."""
    victim = make_caller()
    stored = set_to(USER, age=36, plan="of the other brand", visits=7)
    assert upsert(victim, stored, idempotency_key="k-1") == upserted(inserted=[USER])
    give_channel(victim)
    give_template(victim)
    profile = {"$set": {"email": "a@of-the-other-brand.test"}}
    body = {"messages": [MESSAGES["messages"][0] | {"contactProfile": profile}]}
    assert ask(victim, "POST", "/v2/messages.send", body).json()["success"]
    wait_until(lambda: not victim.rows(UNREAD, victim.brand_id))
    return victim


def message_of(caller: Caller) -> str:
    """Return the id of a brand's only message, as callers see it."""
    [row] = caller.rows(
        "SELECT slot, message_id FROM messages WHERE brand_id = $1", caller.brand_id
    )
    return public_id(MessageId(row["slot"], row["message_id"]))


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("is_known_here", [False, True])
def test_a_call_with_the_other_brands_ids_sees_and_changes_nothing_of_it(
    victim: Caller, make_caller: MakeCaller, method: str, path: str, *, is_known_here: bool
) -> None:
    """It is answered as if that brand did not exist, also with the same idempotency key; and
    this brand having a contact of the same id makes no difference to the other."""
    attacker = make_caller()
    case = CASES[method, path]
    query = case.query.replace("MESSAGE", message_of(victim))
    before = snapshot(victim)
    if is_known_here:
        upsert(attacker, set_to(USER, mine=True))

    answers = [
        ask(attacker, method, path + query, case.body, idempotency_key="k-1"),
        ask(attacker, method, path + query, case.body),
    ]

    for answer in answers:
        assert "of the other brand" not in answer.text
        assert "of-the-other-brand" not in answer.text
    if not is_known_here:
        assert told(answers[0]) == case.answer
    assert snapshot(victim) == before


def test_the_key_of_one_brand_with_the_number_of_another_opens_nothing(
    victim: Caller, make_caller: MakeCaller
) -> None:
    """For any URL of the wire, in the way of the other wire's callers."""
    attacker = make_caller()
    before = snapshot(victim)
    headers = attacker.headers | {"x-brand-id": str(victim.brand_id)}

    for method, path in CALLS:
        answer = attacker.client.request(method, path, json=CONTACTS, headers=headers)
        assert answer.status_code == 401, path
    assert snapshot(victim) == before


def test_our_own_id_of_a_contact_leads_nobody_to_it(
    victim: Caller, make_caller: MakeCaller
) -> None:
    """It is shown, so it may be tried as an id."""
    shown = told(ask(victim, "GET", f"/v2/contacts.info?contact={USER}"))
    contact_id = shown.body["contact"]["id"]

    for caller in (victim, make_caller()):
        answer = ask(caller, "GET", f"/v2/contacts.info?contact={contact_id}")
        assert told(answer) == refused(404, "There is no such contact.")
