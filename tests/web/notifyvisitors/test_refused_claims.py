"""What never merges, how a call is told so, and what all of it means to a brand without merging."""

import pytest

from tests.web.conftest import MakeCaller
from tests.web.notifuse.calls import info, profile, set_to, upsert, upserted
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
from tidings.base import limits

EMPTY = "can not be empty"
WORDS = {
    "two_users": "identifies another user already; it is kept for an operator to decide",
    "placeholder": "stands for having none, so it identifies nobody",
    "too_many": "is one too many: the user has as many identifiers as one may have",
}
HOME = {"email": EMAIL}


@pytest.fixture
def merging(make_caller: MakeCaller) -> Caller:
    """Lend a caller whose brand merges and has a user with an address and a number."""
    caller = make_caller(merging=True)
    has = {"email": EMAIL, "mobile": MOBILE}
    caller.tell(CREATE, {"nv": [{"userID": "ada", "user_attributes": has}]})
    return caller


def warning(index: int, field: str, reason: str) -> Json:
    """Return one entry of `warnings`."""
    return {"index": index, "field": field, "reason": reason, "message": WORDS[reason]}


def test_two_users_never_become_one_and_the_call_says_so(merging: Caller) -> None:
    """A success with no effect and no word was measured elsewhere; the record itself is stored."""
    bob: Json = {"userID": "bob", "user_attributes": {"email": "ADA@example.com", "city": "Pune"}}

    answer = merging.tell(CREATE, {"nv": [{"userID": "cyd"}, bob]})

    assert answer == Told(
        200, created("cyd", "bob") | {"warnings": [warning(1, "email", "two_users")]}
    )
    assert shown(merging, userID="bob") == {
        "userID": "bob", "user_id": "bob", "did": 0,
        "has": {"email": "ADA@example.com", "city": "Pune"},
    }  # fmt: skip
    assert shown(merging, email=EMAIL)["userID"] == "ada"


@pytest.mark.parametrize("path", [EVENT, EVENTS_WITH_USERS])
def test_events_tell_each_claim_that_was_refused(merging: Caller, path: str) -> None:
    """By record and field, in the order of the kinds; every event is stored for its user id."""
    answer = send(
        merging,
        event(userID="cyd"),
        event(userID="bob", email=EMAIL, mobile=MOBILE),
        event(userID="ada", anonymousID="null"),
        path=path,
    )

    warnings = [
        warning(1, "email", "two_users"),
        warning(1, "mobile", "two_users"),
        warning(2, "anonymousID", "placeholder"),
    ]
    assert answer == Told(200, {"response": {"status": "queued", "warnings": warnings}})
    assert [shown(merging, userID=name)["did"] for name in ("ada", "bob", "cyd")] == [1, 1, 1]


@pytest.mark.parametrize("said", [{"user_params": HOME}, HOME], ids=["beside it", "in it"])
def test_a_user_with_an_event_tells_a_refused_claim(merging: Caller, said: Json) -> None:
    """Inside the envelope of this call, wherever the address came."""
    answer = merging.tell(USER_EVENT, {"nv": event(userID="bob") | said})

    response = {
        "data": {"userID": "bob"}, "message": "success", "status": "success",
        "warnings": [warning(0, "email", "two_users")],
    }  # fmt: skip
    assert answer == Told(200, {"response": response})


def test_a_refused_claim_is_told_beside_a_value_of_another_type(merging: Caller) -> None:
    """Both are warnings of one list; each has the fields of its kind."""
    merging.tell(CREATE, {"nv": {"userID": "ada", "user_attributes": {"age": 36}}})

    said = {"age": "old", "email": EMAIL}
    answer = merging.tell(CREATE, {"nv": {"userID": "bob", "user_attributes": said}})

    got: Json = {"index": 0, "field": "user_attributes.age"}
    got |= {"locked_type": "Number", "got_type": "String"}
    assert answer.body["warnings"] == [got, warning(0, "email", "two_users")]


@pytest.mark.parametrize(
    ("record", "field", "stored_as"),
    [
        ({"userID": "null", "email": "bob@example.com"}, "userID", {"email": "bob@example.com"}),
        ({"userID": "bob", "email": "Test@Example.com"}, "email", {"userID": "bob"}),
        ({"userID": "bob", "anonymousID": "undefined"}, "anonymousID", {"userID": "bob"}),
        ({"userID": "undefined", "anonymousID": "v"}, "userID", {"anonymousID": "v"}),
        ({"userID": 0, "anonymousID": "v"}, "userID", {"anonymousID": "v"}),
        ({"userID": "null", "anonymousID": "0"}, "anonymousID", {"userID": "null"}),
    ],
)
def test_what_stands_for_no_id_joins_nobody(
    merging: Caller, record: Json, field: str, stored_as: dict[str, str]
) -> None:
    """Else everybody without an id were one person; the record goes to whom the rest names."""
    answer = send(merging, event(**record))

    warnings = [warning(0, field, "placeholder")]
    assert answer == Told(200, {"response": {"status": "queued", "warnings": warnings}})
    one = shown(merging, **stored_as)
    assert one["did"] == 1
    assert len(one) == 4  # no identifier but that one


def test_the_101st_identifier_is_not_given(merging: Caller) -> None:
    """A person with thousands is a shared device or a mistake, and would slow every call."""
    most = limits.MAX_IDENTIFIERS_PER_PERSON
    visitors = [event(userID="bob", anonymousID=f"v-{number}") for number in range(1, most + 1)]

    answer = send(merging, *visitors)

    warnings = [warning(most - 1, "anonymousID", "too_many")]
    assert answer == Told(200, {"response": {"status": "queued", "warnings": warnings}})
    assert len(merging.read("bob")["identifiers"]) == most
    assert shown(merging, userID="bob")["did"] == most
    assert merging.tell(USER_DATA, {"anonymousID": f"v-{most}"}).status == 404


def test_a_refused_claim_is_kept_once_and_told_each_time(merging: Caller) -> None:
    """For an operator to decide; a program that sends it a thousand times makes one line."""
    bob: Json = {"userID": "bob", "user_attributes": HOME}

    answers = [merging.tell(CREATE, {"nv": [bob, bob]}) for _ in range(2)]

    told_twice = [warning(0, "email", "two_users"), warning(1, "email", "two_users")]
    assert [answer.body["warnings"] for answer in answers] == [told_twice] * 2
    assert merging.rows(
        "SELECT value, reason, times FROM identity_conflicts WHERE brand_id = $1",
        merging.brand_id,
    ) == [{"value": EMAIL, "reason": "two_users", "times": 4}]


def test_without_merging_an_address_is_an_attribute_like_any_other(caller: Caller) -> None:
    """Also where it is malformed beside an event, and beside an anonymous id."""
    for name in ("ada", "bob"):
        record = {"userID": name, "anonymousID": "v", "user_attributes": HOME}
        assert caller.tell(CREATE, {"nv": [record]}) == Told(200, created(name))
    assert send(caller, event(userID="ada", email="nobody", mobile="1", nv_uid="v")) == QUEUED

    assert [shown(caller, userID=name) for name in ("ada", "bob")] == [
        {"userID": "ada", "user_id": "ada", "has": HOME, "did": 1},
        {"userID": "bob", "user_id": "bob", "has": HOME, "did": 0},
    ]
    assert count_people(caller) == 2


def test_without_merging_an_address_alone_names_nobody(caller: Caller) -> None:
    """In none of the calls, neither to store nor to ask nor to delete."""
    nameless = bare(403, "All records must contain userID", mistake(EMPTY, "userID", 0))
    nobody = event(userID=None, email=EMAIL, mobile=MOBILE)
    caller.tell(CREATE, {"nv": {"userID": "ada", "user_attributes": HOME}})

    assert caller.tell(CREATE, {"nv": {"user_attributes": HOME}}) == nameless
    assert caller.tell(DELETE, {"nv": {"email": EMAIL}}) == nameless
    for path in (EVENT, EVENTS_WITH_USERS, USER_EVENT):
        assert caller.tell(path, {"nv": nobody}) == wrapped_mistake(EMPTY, "userId")
    asked = wrapped(400, "Error: userId can not be empty.", mistake(EMPTY, "userId"))
    assert caller.tell(USER_DATA, {"email": EMAIL}) == asked
    assert told(caller.request("GET", f"{USER_DATA}?mobile=%2B551155256325")) == asked


def test_both_wires_see_one_person(merging: Caller) -> None:
    """Created on one, met by address on the other, changed on either."""
    send(merging, event(userID=None, email="bob@example.com"))
    bob = set_to("bob", email="Bob@example.com", plan="gold")

    assert upsert(merging, bob) == upserted(updated=["bob"])
    visits = {"user_attributes": {"email": "bob@example.com", "visits": 1}}
    merging.tell(CREATE, {"nv": [visits]})
    counted = upsert(merging, {"id": "bob", "profile": {"$inc": {"visits": 2}}})

    assert counted == upserted(updated=["bob"])
    has = {"email": "bob@example.com", "plan": "gold", "visits": 3}
    assert profile(merging, "bob") == has
    assert shown(merging, email="bob@example.com") == {
        "userID": "bob", "user_id": "bob", "email": "bob@example.com", "has": has, "did": 1,
    }  # fmt: skip


def test_a_contact_absorbs_whom_the_other_wire_knows_by_a_number(merging: Caller) -> None:
    """The visitor's values fill the gaps, and the visitor's id leads to the contact."""
    upsert(merging, set_to("bob", city="Pune"))
    has = {"mobile": "+919820301011", "city": "Goa", "plan": "gold"}
    merging.tell(CREATE, {"nv": {"anonymousID": "v", "user_attributes": has}})

    assert upsert(merging, set_to("bob", mobileNumber="+919820301011")) == upserted(updated=["bob"])

    assert shown(merging, anonymousID="v") == {
        "userID": "bob", "user_id": "bob", "mobile": "+919820301011", "anonymous_id": "v",
        "has": {"city": "Pune", "plan": "gold", "mobile": "+919820301011"}, "did": 0,
    }  # fmt: skip
    assert info(merging, "bob")["externalId"] == "bob"


def test_the_other_wire_refuses_the_same_claims_in_its_own_words(merging: Caller) -> None:
    """A contact is stored, and told that the address is another's; ada keeps it on both wires."""
    answer = upsert(merging, set_to("bob", email=EMAIL, mobileNumber=MOBILE))

    another = "already identifies another contact; it is kept here, and identifies that"
    warnings = [
        {"id": "bob", "field": field, "message": another} for field in ("email", "mobileNumber")
    ]
    assert answer == upserted(inserted=["bob"], warnings=warnings)
    assert profile(merging, "bob") == {"email": EMAIL, "mobileNumber": MOBILE}
    assert shown(merging, mobile=MOBILE)["userID"] == "ada"
