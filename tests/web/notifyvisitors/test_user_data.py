"""`user/userData`: all that is known of one person."""

from datetime import UTC, datetime

import pytest

from tests.web.conftest import MakeCaller
from tests.web.notifyvisitors.events import event, send
from tests.web.notifyvisitors.refusals import Json, wrapped, wrapped_mistake
from tests.web.server import Caller, Told, told
from tidings.base import clock

CREATE = "/api/v1/user/create"
USER_DATA = "/api/v1/user/userData"
UNKNOWN = wrapped(404, "There is no such user.")
BIRTH = datetime(2026, 3, 14, 12, 30, 15, 250_000, tzinfo=UTC)


@pytest.fixture(autouse=True)
def birth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Own the clock."""
    monkeypatch.setattr(clock, "now", lambda: BIRTH)


def found(**data: object) -> Told:
    """Return the answer that tells of a person."""
    return Told(200, {"response": {"data": data, "message": "success", "status": "success"}})


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_a_person_with_events_is_told_whole_in_the_brands_zone(
    make_caller: MakeCaller, zone: str
) -> None:
    """Counts and sums come from the events; times carry their offset."""
    caller = make_caller(time_zone=zone)
    attributes = {"name": "Ada", "email": "ada@example.com", "visits": 3, "tags": ["a"]}
    caller.tell(CREATE, {"nv": [{"userID": "Ada", "user_attributes": attributes}]})
    send(
        caller,
        event(event_time="2022-03-27T04:08:18Z", ltv=10.5),
        event(event_time="2023-01-01T00:00:00Z", ltv="-0.5"),
        event(userID="Bob", ltv=100),
    )
    first, last, born = (
        {
            "UTC": ("2022-03-27T04:08:18+00:00", "2023-01-01T00:00:00+00:00", "12:30:15+00:00"),
            "Asia/Kolkata": (
                "2022-03-27T09:38:18+05:30",
                "2023-01-01T05:30:00+05:30",
                "18:00:15+05:30",
            ),
        }
    )[zone]

    answer = told(caller.request("GET", f"{USER_DATA}?userID=Ada"))

    assert answer == found(
        userID="Ada",
        user_attributes=attributes,
        created_at=f"2026-03-14T{born}",
        first_seen=first,
        last_seen=last,
        identifiers=[{"kind": "user_id", "value": "Ada"}],
        segments=[],
        events={"count": 2, "first": first, "last": last, "ltv": 10.0},
    )


def test_a_person_without_events_was_seen_when_made(caller: Caller) -> None:
    """Nothing is left out: a client reads the same keys of everybody."""
    caller.tell(CREATE, {"nv": [{"userID": "Ada"}]})

    [row] = caller.rows("SELECT updated_at FROM profiles WHERE brand_id = $1", caller.brand_id)
    assert row["updated_at"].replace(microsecond=0) == BIRTH.replace(microsecond=0)
    assert told(caller.request("GET", f"{USER_DATA}?userID=Ada")) == found(
        userID="Ada",
        user_attributes={},
        created_at="2026-03-14T12:30:15+00:00",
        first_seen="2026-03-14T12:30:15+00:00",
        last_seen="2026-03-14T12:30:15+00:00",
        identifiers=[{"kind": "user_id", "value": "Ada"}],
        segments=[],
        events={"count": 0, "first": None, "last": None, "ltv": 0.0},
    )


@pytest.mark.parametrize(
    ("method", "query", "body"),
    [
        ("GET", "?userID=4%202", b""),
        ("POST", "?userID=4%202", b""),
        ("POST", "?userID=4+2", b""),
        ("POST", "", {"userID": "4 2"}),
        ("GET", "", {"userID": "4 2"}),
        ("POST", "?userID=4%202", {"userID": "other"}),
    ],
)
def test_the_user_comes_in_the_url_or_in_the_body(
    caller: Caller, method: str, query: str, body: Json | bytes
) -> None:
    """By either method; when both say one, the URL wins."""
    caller.tell(CREATE, {"nv": [{"userID": "4 2"}, {"userID": "other"}]})

    answer = caller.request(method, USER_DATA + query, body)

    assert answer.status_code == 200
    assert answer.json()["response"]["data"]["userID"] == "4 2"


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("?userID=Zoe", b""),
        ("?userID=ada", b""),
        ("", {"userID": "Zoe"}),
    ],
)
def test_an_unknown_user_is_404(caller: Caller, query: str, body: Json | bytes) -> None:
    """Ids are case-sensitive: two systems of ids may differ by case only."""
    caller.tell(CREATE, {"nv": [{"userID": "Ada"}]})

    assert told(caller.request("POST", USER_DATA + query, body)) == UNKNOWN


def test_an_anonymous_id_is_no_user_id(caller: Caller) -> None:
    """While merging is off nothing says that they are one person."""
    caller.tell(CREATE, {"nv": [{"anonymousID": "a-1"}]})

    assert told(caller.request("GET", f"{USER_DATA}?userID=a-1")) == UNKNOWN


@pytest.mark.parametrize("body", [b"", {}, {"userID": ""}, {"userID": None}])
def test_a_call_without_a_user_is_400(caller: Caller, body: Json | bytes) -> None:
    """In the envelope of this call, and the words of the vendor's for a missing user."""
    answer = caller.tell(USER_DATA, body)

    assert answer == wrapped_mistake("can not be empty", "userId", None)


@pytest.mark.parametrize("query", ["?userID=%00", "?userID=a%00b", "?userID=%ff"])
def test_a_url_that_is_no_text_is_400(caller: Caller, query: str) -> None:
    """PostgreSQL cannot hold a NUL, and what is not UTF-8 is no text."""
    answer = told(caller.request("GET", USER_DATA + query))

    words = {
        True: "The query of the URL is not UTF-8.",
        False: "The query of the URL holds a NUL character.",
    }["%ff" in query]
    assert answer == wrapped(400, words)


def test_values_put_aside_are_told_apart_from_attributes(caller: Caller) -> None:
    """They are kept and visible, and no segment takes them for good ones."""
    caller.tell(CREATE, {"nv": [{"userID": "Ada", "user_attributes": {"age": 36, "a": 1}}]})
    caller.tell(CREATE, {"nv": [{"userID": "Ada", "user_attributes": {"age": "36"}}]})

    read = caller.read("Ada")

    assert read["user_attributes"] == {"age": 36, "a": 1}
    assert read["mismatched"] == {"age": "36"}


@pytest.mark.parametrize(
    ("user_id", "message"),
    [
        ("x" * 101, "has 101 characters, at most 100 are allowed"),
        ("%20Ada", "can not have white space around it"),
        ("", "can not be empty"),
    ],
)
def test_an_id_that_nobody_can_have_is_400(caller: Caller, user_id: str, message: str) -> None:
    """It was mangled on the way; "there is no such user" would hide that."""
    answer = caller.request("GET", f"{USER_DATA}?userID={user_id}")

    assert told(answer) == wrapped_mistake(message, "userId", None)
