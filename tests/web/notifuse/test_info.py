"""`contacts.info`: one contact, by the caller's own id."""

import pytest

from tests.web.notifuse.calls import INFO, ask, bearer, info, refused
from tests.web.server import Caller, told

CREATE = "/api/v1/user/create"
UNKNOWN = "There is no such contact."


@pytest.mark.parametrize("user_id", ["123", "A & b=c", "é/日本", "+1", "%41"])
def test_a_contact_is_found_by_any_id(caller: Caller, user_id: str) -> None:
    """As the URL carries it."""
    caller.tell(CREATE, {"nv": [{"userID": user_id, "user_attributes": {"plan": "gold"}}]})

    contact = info(caller, user_id)

    assert contact["externalId"] == user_id
    assert contact["profile"] == {"id": user_id, "plan": "gold"}
    assert contact["stats"] == {}


def test_our_own_id_stays_the_same_and_is_nobody_elses(caller: Caller) -> None:
    """24 hexadecimal digits."""
    caller.tell(CREATE, {"nv": [{"userID": "a"}, {"userID": "b"}]})

    ids = [info(caller, user_id)["id"] for user_id in ("a", "b", "a")]

    assert ids[0] == ids[2] != ids[1]
    assert [len(contact_id) for contact_id in ids] == [24] * 3


@pytest.mark.parametrize("user_id", ["never-seen", "x" * 100, "ada@example.com"])
def test_an_unknown_contact_is_404(caller: Caller, user_id: str) -> None:
    """An e-mail address is no id."""
    attributes = {"email": "ada@example.com"}
    caller.tell(CREATE, {"nv": [{"userID": "Ada", "user_attributes": attributes}]})

    answer = caller.client.get(INFO, params={"contact": user_id}, headers=bearer(caller))

    assert told(answer) == refused(404, UNKNOWN)


def test_a_visitor_without_a_user_id_is_no_contact(caller: Caller) -> None:
    """This wire knows nobody who has no id."""
    caller.tell(CREATE, {"nv": [{"anonymousID": "a-1"}]})

    assert told(ask(caller, "GET", f"{INFO}?contact=a-1")) == refused(404, UNKNOWN)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "contact is required"),
        ("?contact=", "contact is required"),
        ("?id=123", "contact is required"),
        ("?contact=%20123", "contact can not have white space around it"),
        (f"?contact={'x' * 101}", "contact has 101 characters, at most 100 are allowed"),
        ("?contact=%00", "The query of the URL holds a NUL character."),
        ("?contact=%ff", "The query of the URL is not UTF-8."),
    ],
)
def test_a_question_for_nobody_is_400(caller: Caller, query: str, message: str) -> None:
    """An answer of "unknown" would hide that the id was mangled on the way."""
    assert told(ask(caller, "GET", INFO + query)) == refused(400, message)
