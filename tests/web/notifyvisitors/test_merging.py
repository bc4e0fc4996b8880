"""A brand with merging: whatever a record names leads to one person."""

from typing import Any

import pytest

from tests.web.conftest import MakeCaller
from tests.web.notifyvisitors.events import EVENT, QUEUED, event, send
from tests.web.notifyvisitors.merging import (
    CREATE,
    DELETE,
    EMAIL,
    EVENTS_WITH_USERS,
    MOBILE,
    USER_DATA,
    USER_EVENT,
    count_people,
    created,
    shown,
)
from tests.web.notifyvisitors.refusals import Json, bare, mistake, wrapped, wrapped_mistake
from tests.web.server import Caller, Told, told

UNKNOWN = wrapped(404, "There is no such user.")
EMPTY = "can not be empty"
NO_EMAIL = "must be an e-mail address such as ada@example.com"
NO_MOBILE = "must be in E.164 format, such as +551155256325"
ALONE = {"email": EMAIL, "mobile": MOBILE}

# How each call names somebody by an address or a number alone.
BY_ADDRESS: dict[str, tuple[str, str]] = {
    "a user's attributes": (CREATE, "user_attributes"),
    "an event": (EVENT, ""),
    "an event of the older call": (EVENTS_WITH_USERS, ""),
    "the attributes beside an event": (EVENTS_WITH_USERS, "user_params"),
    "a user and an event": (USER_EVENT, ""),
    "the attributes of a user and an event": (USER_EVENT, "user_params"),
}


@pytest.fixture
def merging(make_caller: MakeCaller) -> Caller:
    """Lend a caller whose brand merges."""
    return make_caller(merging=True)


def called(path: str, *records: Json) -> Json:
    """Return the body of a call."""
    complete = [record if path == CREATE else event(userID=None) | record for record in records]
    return {"nv": complete[0] if path == USER_EVENT else complete}


@pytest.mark.parametrize("named", ALONE)
@pytest.mark.parametrize("way", BY_ADDRESS)
def test_an_address_or_a_number_alone_identifies(merging: Caller, way: str, named: str) -> None:
    """In every call, and at either place: many programs know nothing else of somebody."""
    path, under = BY_ADDRESS[way]
    said = {named: ALONE[named]}
    body = called(path, {under: said} if under else said)

    answers = [merging.tell(path, body) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 200]
    assert "warnings" not in str(answers)
    assert shown(merging, **said) == {
        "userID": None,
        **said,
        "has": said if under else {},
        "did": 0 if path == CREATE else 2,
    }
    assert count_people(merging) == 1


def test_answers_call_somebody_by_what_the_record_named(merging: Caller) -> None:
    """The user id as sent; without one, the identifier that the record is stored by."""
    records: list[Json] = [
        {"userID": 17, "user_attributes": {"email": EMAIL}},
        {"user_attributes": {"email": "Bob@Example.com"}},
        {"anonymousID": "v-1", "user_attributes": {"mobile": MOBILE}},
        {"nv_uid": "v-2"},
    ]

    assert merging.tell(CREATE, {"nv": records}) == Told(
        200, created("17", "bob@example.com", MOBILE, "v-2")
    )
    both = event(userID=None, email="Bob@Example.com", anonymousID="v-3")
    assert merging.tell(USER_EVENT, {"nv": both}).body["response"]["data"] == {
        "userID": "bob@example.com"
    }


@pytest.mark.parametrize("visitor", ["anonymousID", "nv_uid"])
def test_who_says_both_ids_was_that_visitor(merging: Caller, visitor: str) -> None:
    """The example of the page: values stay, gaps are filled, events add up."""
    merging.tell(CREATE, {"nv": [{"userID": "ada", "user_attributes": {"city": "Mumbai"}}]})
    send(merging, event(userID="ada"), event(userID="ada"))
    has = {"city": "Pune", "plan": "gold"}
    merging.tell(CREATE, {"nv": [{visitor: "visitor-7", "user_attributes": has}]})
    send(merging, *[event(userID=None, anonymousID="visitor-7")] * 3)

    answer = merging.tell(CREATE, {"nv": [{"userID": "ada", visitor: "visitor-7"}]})

    assert answer == Told(200, created("ada"))
    one = {
        "userID": "ada",
        "user_id": "ada",
        "anonymous_id": "visitor-7",
        "has": {"city": "Mumbai", "plan": "gold"},
        "did": 5,
    }
    assert shown(merging, userID="ada") == one
    assert shown(merging, anonymousID="visitor-7") == one
    assert count_people(merging) == 1


def test_an_event_makes_one_of_a_visitor_and_a_user_and_belongs_to_them(merging: Caller) -> None:
    """The usual way: somebody logs in, and the next event names both."""
    send(merging, event(userID=None, anonymousID="v"), event(userID="ada"))

    assert send(merging, event(userID="ada", anonymousID="v")) == QUEUED

    assert shown(merging, anonymousID="v") == {
        "userID": "ada", "user_id": "ada", "anonymous_id": "v", "has": {}, "did": 3,
    }  # fmt: skip


def test_a_chain_in_one_call_is_one_person(merging: Caller) -> None:
    """Each record sees what those before it claimed."""
    records = [
        {"anonymousID": "v", "user_attributes": {"email": EMAIL}},
        {"userID": "ada", "user_attributes": {"mobile": MOBILE}},
        {"user_attributes": {"email": EMAIL, "mobile": MOBILE}},
    ]

    assert merging.tell(CREATE, {"nv": records}) == Told(200, created(EMAIL, "ada", EMAIL))

    has = {"email": EMAIL, "mobile": MOBILE}
    assert shown(merging, email=EMAIL) == {
        "userID": "ada", "user_id": "ada", "anonymous_id": "v", **has, "has": has, "did": 0,
    }  # fmt: skip
    assert count_people(merging) == 1


SPELLINGS = [
    "ada@example.com",
    "Ada@Example.COM",
    "ada@example.com\N{NO-BREAK SPACE}",
    "\N{NARROW NO-BREAK SPACE}ADA@example.com",
    " ada@example.com ",
    "\N{FULLWIDTH LATIN SMALL LETTER A}da@example.com",
]


@pytest.mark.parametrize("is_one_call", [True, False])
def test_spellings_of_an_address_are_one_mailbox(merging: Caller, *, is_one_call: bool) -> None:
    """Also inside one call: case and blanks that nobody sees made duplicates elsewhere."""
    records = [{"user_attributes": {"email": spelled}} for spelled in SPELLINGS]
    events = [event(userID=None, email=spelled) for spelled in SPELLINGS]

    if is_one_call:
        assert merging.tell(CREATE, {"nv": records}) == Told(
            200, created(*[EMAIL] * len(SPELLINGS))
        )
        assert send(merging, *events) == QUEUED
    else:
        for record, done in zip(records, events, strict=True):
            assert merging.tell(CREATE, {"nv": record}) == Told(200, created(EMAIL))
            assert send(merging, done) == QUEUED

    # Kept as sent but for the blanks around it; only the identifier is written its one way.
    last = SPELLINGS[-1]
    for spelled in SPELLINGS:
        assert shown(merging, email=spelled) == {
            "userID": None, "email": EMAIL, "has": {"email": last}, "did": len(SPELLINGS),
        }  # fmt: skip
    assert count_people(merging) == 1


NAMES_OF_ADA: list[Json] = [
    {"userID": "ada"},
    {"email": EMAIL},
    {"email": "ADA@example.com"},
    {"mobile": MOBILE},
    {"anonymousID": "absorbed"},
    {"nv_uid": "absorbed"},
    {"userID": "", "email": EMAIL},
]


@pytest.fixture
def ada(merging: Caller) -> Caller:
    """Lend a brand with a user who absorbed a visitor, and somebody else."""
    send(merging, event(userID=None, anonymousID="absorbed"), event(userID="bob"))
    has = {"email": EMAIL, "mobile": MOBILE}
    merging.tell(CREATE, {"nv": [{"userID": "ada", "user_attributes": has}]})
    merging.tell(CREATE, {"nv": [{"userID": "ada", "anonymousID": "absorbed"}]})
    return merging


@pytest.mark.parametrize("named", NAMES_OF_ADA, ids=str)
def test_somebody_is_read_by_any_identifier(ada: Caller, named: Json) -> None:
    """In the URL as in the body; also by what came with who was absorbed."""
    by_user_id = told(ada.request("GET", f"{USER_DATA}?userID=ada"))

    assert by_user_id.body["response"]["data"]["events"]["count"] == 1
    assert ada.tell(USER_DATA, named) == by_user_id
    query = str(ada.client.build_request("GET", USER_DATA, params=named).url.query, "ascii")
    assert told(ada.request("GET", f"{USER_DATA}?{query}")) == by_user_id


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("named", NAMES_OF_ADA, ids=str)
def test_whoever_is_deleted_by_one_identifier_is_forgotten_by_all(
    ada: Caller, named: Json, method: str
) -> None:
    """With the events of who was absorbed, and the accounts of merging; nobody else is touched."""
    [value] = [value.lower() for value in named.values() if value]

    answer = told(ada.request(method, DELETE, {"nv": [named]}))

    assert answer == Told(200, created(value))
    assert [ada.tell(USER_DATA, one) for one in NAMES_OF_ADA] == [UNKNOWN] * len(NAMES_OF_ADA)
    left = ada.rows(
        "SELECT (SELECT array_agg(value) FROM identifiers WHERE brand_id = $1) AS identifiers,"
        " (SELECT count(*) FROM events WHERE brand_id = $1) AS events,"
        " (SELECT count(*) FROM merges WHERE brand_id = $1) AS merges",
        ada.brand_id,
    )
    assert left == [{"identifiers": ["bob"], "events": 1, "merges": 0}]


@pytest.mark.parametrize("path", [EVENT, EVENTS_WITH_USERS, USER_EVENT])
@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("email", "nobody", NO_EMAIL),
        ("email", "a@b@c.com", NO_EMAIL),
        ("email", "ada@example.com\n", NO_EMAIL),
        ("mobile", "98203010", NO_MOBILE),
        ("mobile", "+0123456789", NO_MOBILE),
        ("mobile", " +551155256325", NO_MOBILE),
    ],
)
def test_what_is_no_address_or_number_beside_an_event_is_400(
    merging: Caller, path: str, field: str, *, value: str, message: str
) -> None:
    """It would say who the event is about, and says nothing; even where a user id is there too."""
    body = called(path, {"userID": "ada", field: value})

    assert merging.tell(path, body) == wrapped_mistake(message, field)
    assert count_people(merging) == 0


def test_an_event_that_names_nobody_is_400_with_merging_too(merging: Caller) -> None:
    """In the vendor's words, and the mistake beside it is told as well."""
    nameless: dict[str, Any] = {"userID": "", "email": "", "mobile": "", "anonymousID": ""}

    answer = send(merging, event(**nameless), event(userID=None, email="nobody"))

    assert answer == wrapped(
        400, "Error: userId can not be empty.",
        mistake(EMPTY, "userId", 0), mistake(NO_EMAIL, "email", 1),
    )  # fmt: skip
    assert merging.tell(CREATE, {"nv": [{"user_attributes": {"name": "Nobody"}}]}) == bare(
        403, "All records must contain userID", mistake(EMPTY, "userID", 0)
    )
