"""A person with an anonymous id only is read, listed and deleted as one with a userID is."""

from typing import Any

import pytest

from tests.web.conftest import MakeCaller
from tests.web.notifyvisitors.events import event, send
from tests.web.notifyvisitors.refusals import Json, bare, bare_mistake, wrapped, wrapped_mistake
from tests.web.server import Caller, Told, told

CREATE = "/api/v1/user/create"
DELETE = "/api/v1/user/delete"
USER_DATA = "/api/v1/user/userData"
LISTS = ("/api/v1/event/get", "/api/v1/user/profile")
UNKNOWN = wrapped(404, "There is no such user.")
NONE_KNOWN = bare(404, "None of these users exists.")
NAMELESS = "All records must contain userID"

# Each way to name the visitor v-1: what the URL has, and what the body.
NAMED: dict[str, tuple[str, Json | bytes]] = {
    "in the URL": ("?anonymousID=v-1", b""),
    "in the URL as the SDK calls it": ("?nv_uid=v-1", b""),
    "in the URL, with a userID in the body": ("?nv_uid=v-1", {"userID": "Ada"}),
    "in the URL, with an empty userID": ("?userID=&anonymousID=v-1", b""),
    "in the body": ("", {"anonymousID": "v-1"}),
    "in the body as the SDK calls it": ("", {"nv_uid": "v-1"}),
    "in the body, with an empty userID": ("", {"userID": "", "nv_uid": "v-1"}),
    "in the body by both names": ("", {"anonymousID": "v-1", "nv_uid": "ignored"}),
}


def deleted(*user_ids: str) -> Told:
    """Return the answer when these people are forgotten."""
    return Told(200, {"userIDs": list(user_ids), "status_code": "200", "processed": len(user_ids)})


def remaining(caller: Caller) -> list[str]:
    """Return every identifier that the brand still has, when each has its profile and event."""
    rows = caller.rows(
        "SELECT value FROM identifiers JOIN profiles USING (brand_id, profile_id)"
        " JOIN events USING (brand_id, profile_id) WHERE brand_id = $1 ORDER BY kind, value",
        caller.brand_id,
    )
    counts = caller.rows(
        "SELECT (SELECT count(*) FROM identifiers WHERE brand_id = $1) AS identifiers,"
        " (SELECT count(*) FROM profiles WHERE brand_id = $1) AS profiles,"
        " (SELECT count(*) FROM events WHERE brand_id = $1) AS events",
        caller.brand_id,
    )
    assert counts == [dict.fromkeys(("identifiers", "profiles", "events"), len(rows))]
    return [row["value"] for row in rows]


def data_of(answer: Told) -> dict[str, Any]:
    """Return what a query found."""
    assert answer.status == 200, answer
    return answer.body["response"]["data"]


@pytest.fixture
def people(caller: Caller) -> Caller:
    """Lend a caller whose brand has two users and two visitors, one of each called v-1."""
    users = [{"userID": "Ada"}, {"userID": "v-1"}]
    visitors = [{"userID": None, "anonymousID": name} for name in ("v-1", "v-2")]
    language = {"language": "pt"}
    caller.tell(CREATE, {"nv": [{"anonymousID": "v-1", "user_attributes": language}]})
    send(caller, *[event(**named) for named in [*users, *visitors]])
    return caller


@pytest.mark.parametrize("form", NAMED)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_visitor_is_read_and_told_by_the_anonymous_id(
    people: Caller, method: str, form: str
) -> None:
    """Of the people of that name the visitor, with the key by which it can be asked for again."""
    query, body = NAMED[form]

    data = data_of(told(people.request(method, USER_DATA + query, body)))

    told_ids = {name: data[name] for name in ("userID", "anonymousID", "identifiers")}
    assert told_ids == {
        "userID": None,
        "anonymousID": "v-1",
        "identifiers": [{"kind": "anonymous_id", "value": "v-1"}],
    }
    assert (data["user_attributes"], data["events"]["count"]) == ({"language": "pt"}, 1)


@pytest.mark.parametrize("form", NAMED)
@pytest.mark.parametrize("method", ["DELETE", "POST"])
def test_a_visitor_is_forgotten_in_each_form_of_the_call(
    people: Caller, method: str, form: str
) -> None:
    """Nothing of the visitor stays, and everything of the user of the same name does."""
    query, body = NAMED[form]

    assert told(people.request(method, DELETE + query, body)) == deleted("v-1")
    assert remaining(people) == ["Ada", "v-1", "v-2"]
    assert told(people.request("GET", f"{USER_DATA}?anonymousID=v-1")) == UNKNOWN
    assert told(people.request("GET", f"{USER_DATA}?userID=v-1")).status == 200


def test_users_and_visitors_are_forgotten_in_one_call(people: Caller) -> None:
    """Each by the id that it has; unknown ones are left out."""
    records = [{"nv_uid": "v-2"}, {"userID": "Ada"}, {"anonymousID": "v-3"}, {"anonymousID": "v-1"}]

    assert people.tell(DELETE, {"nv": records}) == deleted("v-2", "Ada", "v-1")
    assert remaining(people) == ["v-1"]
    assert people.rows("SELECT user_id FROM profiles WHERE brand_id = $1", people.brand_id) == [
        {"user_id": "v-1"}
    ]


@pytest.mark.parametrize("name", ["anonymousID", "nv_uid"])
def test_an_unknown_visitor_is_404(people: Caller, name: str) -> None:
    """A user of that name does not make it known."""
    assert told(people.request("GET", f"{USER_DATA}?{name}=Ada")) == UNKNOWN
    assert people.tell(USER_DATA, {name: "Ada"}) == UNKNOWN
    assert people.tell(DELETE, {name: "Ada"}) == NONE_KNOWN
    assert people.tell(f"{DELETE}?{name}=Ada") == NONE_KNOWN
    assert len(remaining(people)) == 4


def test_a_user_id_beside_the_anonymous_id_counts(people: Caller) -> None:
    """As in every record: the two are not known to be one person."""
    both = {"userID": "Ada", "anonymousID": "v-1"}

    assert data_of(people.tell(USER_DATA, both))["userID"] == "Ada"
    asked = people.request("GET", f"{USER_DATA}?userID=Ada&nv_uid=v-1")
    assert data_of(told(asked))["userID"] == "Ada"
    assert people.tell(DELETE, {"nv": [both]}) == deleted("Ada")
    assert remaining(people) == ["v-1", "v-1", "v-2"]


@pytest.mark.parametrize("name", ["anonymousID", "nv_uid"])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (" v-1", "can not have white space around it"),
        ("v-1\n", "can not have white space around it"),
        (" ", "can not have white space around it"),
        ("x" * 101, "has 101 characters, at most 100 are allowed"),
    ],
)
def test_an_anonymous_id_that_nobody_can_have_is_400_in_the_url(
    people: Caller, name: str, value: str, message: str
) -> None:
    """By the rules of userID; "there is no such user" would hide that it was mangled."""
    query = "?" + str(
        people.client.build_request("GET", "/", params={name: value}).url.query, "ascii"
    )

    assert told(people.request("GET", USER_DATA + query)) == wrapped_mistake(
        message, "userId", None
    )
    assert told(people.request("DELETE", DELETE + query)) == bare_mistake(message, "userID", 0)
    assert len(remaining(people)) == 4


@pytest.mark.parametrize("name", ["anonymousID", "nv_uid"])
@pytest.mark.parametrize(
    ("value", "message", "is_typed"),
    [
        (" v-1", "can not have white space around it", False),
        ("\tv-1", "can not have white space around it", False),
        ("x" * 101, "must have at most 100 characters", True),
        (5, "must be a text", True),
    ],
)
def test_an_anonymous_id_that_nobody_can_have_is_400_in_the_body(
    people: Caller, name: str, value: object, message: str, *, is_typed: bool
) -> None:
    """In every form of the body, and nobody of the call is deleted."""
    field = name if is_typed else None
    records = [{"userID": "Ada"}, {name: value}]

    assert people.tell(USER_DATA, {name: value}) == wrapped_mistake(
        message, field or "userId", None
    )
    assert people.tell(DELETE, {name: value}) == bare_mistake(
        message, field or "userID", None if is_typed else 0
    )
    assert people.tell(DELETE, {"nv": records}) == bare_mistake(message, field or "userID", 1)
    assert len(remaining(people)) == 4


@pytest.mark.parametrize("query", ["?anonymousID=", "?nv_uid=", "?userID=&anonymousID=&nv_uid="])
def test_an_empty_anonymous_id_names_nobody(people: Caller, query: str) -> None:
    """Nor does the body then: what is in the URL counts."""
    ada = {"userID": "Ada"}

    assert people.tell(USER_DATA + query, ada) == wrapped_mistake(
        "can not be empty", "userId", None
    )
    answer = people.tell(DELETE + query, ada)
    assert (answer.status, answer.body["message"]) == (403, NAMELESS)
    assert len(remaining(people)) == 4


@pytest.mark.parametrize("path", LISTS)
def test_the_lists_tell_visitors_by_the_anonymous_id_and_users_without(
    people: Caller, path: str
) -> None:
    """Else the lines of visitors could not be told apart; users have no further key."""
    users = data_of(people.tell(path, {"event_name": "Order Placed"}))["users"]

    ids = [{name: user[name] for name in user if name.endswith("ID")} for user in users]
    assert sorted(ids, key=str) == sorted(
        [
            {"userID": "Ada"},
            {"userID": "v-1"},
            {"userID": None, "anonymousID": "v-1"},
            {"userID": None, "anonymousID": "v-2"},
        ],
        key=str,
    )


def test_what_a_list_tells_of_a_visitor_leads_to_that_visitor(people: Caller) -> None:
    """The way of a request to be forgotten: found in a list, read, deleted."""
    users = data_of(people.tell(LISTS[0], {"event_name": "Order Placed"}))["users"]
    [visitor] = [user for user in users if user["user_attributes"]]
    named = {"anonymousID": visitor["anonymousID"]}

    assert data_of(people.tell(USER_DATA, named))["user_attributes"] == {"language": "pt"}
    assert people.tell(DELETE, named) == deleted("v-1")


def test_a_visitor_of_another_brand_is_neither_read_nor_deleted_nor_told(
    people: Caller, make_caller: MakeCaller
) -> None:
    """Visitors of two shops may well have the same id."""
    other = make_caller()
    before = remaining(people)

    for query, body in NAMED.values():
        assert told(other.request("POST", USER_DATA + query, body)) == UNKNOWN
        assert told(other.request("DELETE", DELETE + query, body)) == NONE_KNOWN
    send(other, event(userID=None, anonymousID="v-1"))
    mine = data_of(told(other.request("GET", f"{USER_DATA}?anonymousID=v-1")))
    assert (mine["user_attributes"], mine["events"]["count"]) == ({}, 1)
    listed = data_of(other.tell(LISTS[0], {"event_name": "Order Placed"}))["users"]
    assert [user["anonymousID"] for user in listed] == ["v-1"]
    assert other.tell(DELETE, {"anonymousID": "v-1"}) == deleted("v-1")

    assert remaining(people) == before
