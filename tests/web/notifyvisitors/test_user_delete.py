"""`user/delete` forgets people, in each of its forms."""

from collections.abc import Callable

import httpx
import pytest

from tests.web.notifyvisitors.events import event, send
from tests.web.notifyvisitors.refusals import Json, bare, bare_mistake, mistake
from tests.web.server import Caller, Told, told

CREATE = "/api/v1/user/create"
DELETE = "/api/v1/user/delete"
NAMELESS = "All records must contain userID"
NONE_KNOWN = bare(404, "None of these users exists.")

Form = Callable[[Caller, str], httpx.Response]
FORMS: dict[str, Form] = {
    "array": lambda caller, user: caller.post(DELETE, {"nv": [{"userID": user}]}),
    "object": lambda caller, user: caller.post(DELETE, {"nv": {"userID": user}}),
    "userID": lambda caller, user: caller.post(DELETE, {"userID": user}),
    "query": lambda caller, user: caller.post(f"{DELETE}?userID={user}"),
    "DELETE": lambda caller, user: caller.request("DELETE", f"{DELETE}?userID={user}"),
}


def deleted(*user_ids: str) -> Told:
    """Return the answer when these users are forgotten."""
    return Told(200, {"userIDs": list(user_ids), "status_code": "200", "processed": len(user_ids)})


@pytest.fixture
def people(caller: Caller) -> Caller:
    """Lend a caller whose brand has three people, each with attributes and an event."""
    users = ("Ada", "Bob", "Eve")
    records = [{"userID": user, "user_attributes": {"plan": "gold"}} for user in users]
    caller.tell(CREATE, {"nv": records})
    send(caller, *[event(userID=user, event_id="1") for user in users])
    return caller


def remaining(caller: Caller) -> list[Json]:
    """Return whose rows are left in every table of people."""
    query = """
    SELECT user_id,
        (SELECT count(*) FROM identifiers WHERE brand_id = $1) AS identifiers,
        (SELECT count(*) FROM events WHERE brand_id = $1) AS events,
        (SELECT count(*) FROM event_ids WHERE brand_id = $1) AS event_ids
    FROM profiles WHERE brand_id = $1 ORDER BY user_id
    """
    return caller.rows(query, caller.brand_id)


@pytest.mark.parametrize("form", FORMS)
def test_one_user_is_forgotten_in_each_form_of_the_call(people: Caller, form: str) -> None:
    """All forms are ours; each leaves nothing of this user, and everything of the others."""
    assert told(FORMS[form](people, "Bob")) == deleted("Bob")
    assert remaining(people) == [
        {"user_id": user, "identifiers": 2, "events": 2, "event_ids": 2} for user in ("Ada", "Eve")
    ]


@pytest.mark.parametrize("form", FORMS)
def test_an_unknown_user_is_404_in_each_form_of_the_call(people: Caller, form: str) -> None:
    """A program that deletes the wrong id should learn it."""
    assert told(FORMS[form](people, "Zoe")) == NONE_KNOWN
    assert len(remaining(people)) == 3


def test_unknown_users_are_left_out_and_not_counted(people: Caller) -> None:
    """The rest is deleted all the same, and told in the order of the call."""
    users = ["Eve", "Zoe", "Ada"]

    answer = people.tell(DELETE, {"nv": [{"userID": user} for user in users]})

    assert answer == deleted("Eve", "Ada")
    assert [row["user_id"] for row in remaining(people)] == ["Bob"]


def test_deleting_again_is_404(people: Caller) -> None:
    """There is nobody any more."""
    assert people.tell(DELETE, {"userID": "Ada"}) == deleted("Ada")
    assert people.tell(DELETE, {"userID": "Ada"}) == NONE_KNOWN
    answer = people.request("GET", "/api/v1/user/userData?userID=Ada")
    assert answer.status_code == 404


def test_a_user_who_comes_back_has_nothing_of_the_old(people: Caller) -> None:
    """Forgotten is forgotten; an event id of the old person is new to the new one."""
    people.tell(DELETE, {"userID": "Ada"})

    send(people, event(userID="Ada", event_id="1"))

    read = people.read("Ada")
    assert (read["user_attributes"], read["events"]["count"]) == ({}, 1)


def test_a_number_is_taken_as_its_text(caller: Caller) -> None:
    """As everywhere."""
    caller.tell(CREATE, {"nv": [{"userID": "42"}]})

    assert caller.tell(DELETE, {"userID": 42}) == deleted("42")


def test_100_users_are_deleted_in_one_call_and_101_are_refused(caller: Caller) -> None:
    """1..100, as for creating."""
    records = [{"userID": str(number)} for number in range(101)]
    caller.tell(CREATE, {"nv": records[:100]})

    assert caller.tell(DELETE, {"nv": records}) == bare_mistake(
        "must have at most 100 records", "nv", None
    )
    assert caller.tell(DELETE, {"nv": records[:100]}) == deleted(*map(str, range(100)))
    assert remaining(caller) == []


@pytest.mark.parametrize("body", [b"", {}, {"userID": ""}, {"userID": None}])
def test_a_call_without_any_user_is_403(people: Caller, body: Json | bytes) -> None:
    """In the words of user/create; a call that names nobody must never mean everybody."""
    answer = people.tell(DELETE, body)

    errors = answer.body.pop("errors")
    assert answer == bare(403, NAMELESS)
    assert [error["field"] for error in errors] == ["userID"]
    assert len(remaining(people)) == 3


@pytest.mark.parametrize("record", [{}, {"userID": ""}, {"userID": None}])
def test_a_record_without_a_user_refuses_the_call_with_403(people: Caller, record: Json) -> None:
    """The others of the call stay."""
    answer = people.tell(DELETE, {"nv": [{"userID": "Ada"}, record]})

    assert answer == bare(403, NAMELESS, mistake("can not be empty", "userID", 1))
    assert len(remaining(people)) == 3


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"nv": []},
            bare_mistake("must have 1 to 100 records, this one has 0", "nv", None),
        ),
        ({"nv": 5}, bare_mistake("must be an array of records", "nv", None)),
        ({"nv": ["Ada"]}, bare_mistake("must be an object", None, 0)),
        (
            {"nv": [{"userID": "Ada"}, {"userID": " Bob"}]},
            bare_mistake("can not have white space around it", "userID", 1),
        ),
        (
            {"nv": [{"userID": "x" * 101}]},
            bare_mistake("must have at most 100 characters", "userID"),
        ),
        ({"nv": [{"userID": True}]}, bare_mistake("must be a text or a number", "userID")),
    ],
)
def test_other_mistakes_are_400_and_delete_nobody(
    people: Caller, body: Json, expected: Told
) -> None:
    """The rules of userID are the same in every call."""
    assert people.tell(DELETE, body) == expected
    assert len(remaining(people)) == 3
