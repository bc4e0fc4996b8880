"""The older query calls: who did an event, by page and by number."""

from typing import Any

import pytest

from tests.web.conftest import MakeCaller
from tests.web.notifyvisitors.events import event, send
from tests.web.notifyvisitors.refusals import Json, mistake, wrapped, wrapped_mistake
from tests.web.server import Caller, Told, told

LISTS = ("/api/v1/event/get", "/api/v1/user/profile")
COUNTS = ("/api/v1/event/count", "/api/v1/user/count")
NO_TIME = "must be a time such as 2022-03-27 04:08:18"


def success(data: Json) -> Told:
    """Return the answer with this data."""
    return Told(200, {"response": {"data": data, "message": "success", "status": "success"}})


def doers(caller: Caller, **asked: object) -> list[str]:
    """Return who did an event, by their ids."""
    answer = caller.post(LISTS[0], {"event_name": "Order Placed"} | asked)
    assert answer.status_code == 200, answer.text
    return sorted(user["userID"] for user in answer.json()["response"]["data"]["users"])


@pytest.mark.parametrize("path", LISTS)
def test_each_doer_is_told_with_attributes_and_what_they_did(caller: Caller, path: str) -> None:
    """Only of the event that was asked for, and only within the time that was asked for."""
    caller.tell(
        "/api/v1/user/create", {"nv": [{"userID": "Ada", "user_attributes": {"plan": "gold"}}]}
    )
    send(
        caller,
        event(event_time="2022-03-27 04:08:18", ltv=1),
        event(event_time="2022-03-28 04:08:18", ltv=2.5),
        event(event_time="2022-03-29 04:08:18", ltv=100),
        event(event_name="Login", event_time="2022-03-28 04:08:18"),
        event(userID="Bob", event_name="Login", event_time="2022-03-28 04:08:18"),
    )

    answer = caller.tell(path, {"event_name": "Order Placed", "to": "2022-03-28"})

    activity = {
        "count": 2,
        "first": "2022-03-27T04:08:18+00:00",
        "last": "2022-03-28T04:08:18+00:00",
        "ltv": 3.5,
    }
    user = {"userID": "Ada", "user_attributes": {"plan": "gold"}, "events": activity}
    assert answer == success({"users": [user], "cursor": None})


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("size", [1, 3, 7, 20, 21])
def test_the_pages_hold_every_doer_exactly_once(caller: Caller, path: str, size: int) -> None:
    """Followed by the cursor to its end; all these people came in one moment."""
    users = [f"user-{number}" for number in range(20)]
    send(caller, *[event(userID=user, event_time="2022-03-27 04:08:18") for user in users])
    pages: list[list[str]] = []
    cursor: str | None = None

    while not pages or cursor is not None:
        asked = {"event_name": "Order Placed", "batch_size": size, "cursor": cursor}
        data = caller.post(path, asked).json()["response"]["data"]
        pages.append([user["userID"] for user in data["users"]])
        cursor = data["cursor"]

    assert sorted(user for page in pages for user in page) == sorted(users)
    assert {len(page) for page in pages[:-1]} <= {size}


def test_people_who_come_between_two_pages_move_nobody(caller: Caller) -> None:
    """The cursor is a place, not a number of rows to skip."""
    send(caller, *[event(userID=f"early-{number}") for number in range(10)])
    first = caller.post(LISTS[0], {"event_name": "Order Placed", "batch_size": 5})
    page = first.json()["response"]["data"]
    send(caller, *[event(userID=f"late-{number}") for number in range(10)])

    rest = caller.post(LISTS[0], {"event_name": "Order Placed", "cursor": page["cursor"]})

    users = page["users"] + rest.json()["response"]["data"]["users"]
    early = [user["userID"] for user in users if user["userID"].startswith("early")]
    assert sorted(early) == [f"early-{number}" for number in range(10)]


@pytest.mark.parametrize("path", COUNTS)
def test_people_are_counted_once_however_often_they_did_it(caller: Caller, path: str) -> None:
    """It is the same question as for the list."""
    send(caller, event(), event(), event(userID="Bob"), event(userID="Eve", event_name="Login"))

    assert caller.tell(path, {"event_name": "Order Placed"}) == success({"count": 2})
    assert caller.tell(path, {"event_name": "order placed"}) == success({"count": 0})


@pytest.mark.parametrize("path", LISTS)
def test_an_event_that_nobody_did_has_an_empty_page(caller: Caller, path: str) -> None:
    """Not a mistake: it may be sent for the first time tomorrow."""
    assert caller.tell(path, {"event_name": "Never"}) == success({"users": [], "cursor": None})


@pytest.mark.parametrize(
    ("asked", "users"),
    [
        ({}, ["end", "noon", "start"]),
        ({"from": "2022-03-27"}, ["end", "noon", "start"]),
        ({"from": "2022-03-28"}, []),
        ({"to": "2022-03-27"}, ["end", "noon", "start"]),
        ({"to": "2022-03-26"}, []),
        ({"from": "2022-03-27 00:00:01"}, ["end", "noon"]),
        ({"to": "2022-03-27 12:00:00"}, ["start"]),
        ({"from": "2022-03-27 12:00:00", "to": "2022-03-27 12:00:01"}, ["noon"]),
        ({"from": "2022-03-27T06:30:00Z", "to": "2022-03-27T12:00:00+05:31"}, []),
        ({"from": "2022-03-27T06:30:00Z", "to": "2022-03-27T12:00:01+05:30"}, ["noon"]),
        ({"from": "2022-03-28", "to": "2022-03-26"}, []),
        ({"from": None, "to": None}, ["end", "noon", "start"]),
    ],
)
def test_times_are_from_inclusive_to_exclusive_and_a_date_is_its_whole_day(
    make_caller: MakeCaller, asked: Json, users: list[str]
) -> None:
    """In the brand's zone, so that "March" is the operator's March."""
    caller = make_caller(time_zone="Asia/Kolkata")
    send(
        caller,
        event(userID="start", event_time="2022-03-27 00:00:00"),
        event(userID="noon", event_time="2022-03-27 12:00:00"),
        event(userID="end", event_time="2022-03-27 23:59:59.999"),
    )

    assert doers(caller, **asked) == users


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", LISTS)
def test_the_question_may_come_in_the_url(caller: Caller, method: str, path: str) -> None:
    """By either method; what the URL says wins over the body."""
    send(caller, event(event_time="2022-03-27 04:08:18"), event(userID="Bob", event_name="Login"))

    query = "event_name=Order+Placed&from=2022-03-27&to=2022-03-27&batch_size=10"
    answer = told(caller.request(method, f"{path}?{query}", {"event_name": "Login"}))

    assert [user["userID"] for user in answer.body["response"]["data"]["users"]] == ["Ada"]


@pytest.mark.parametrize("size", [1, 500, "1", "500"])
def test_pages_of_1_to_500_are_given(caller: Caller, size: object) -> None:
    """The wire's limit; by default it is the largest."""
    send(caller, event())

    assert doers(caller, batch_size=size) == ["Ada"]


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (0, "must be at least 1"),
        (501, "must be at most 500"),
        (-1, "must be at least 1"),
        ("0", "must be from 1 to 500"),
        ("501", "must be from 1 to 500"),
        ("9" * 5_000, "must be from 1 to 500"),
        ("ten", "must be a number"),
        ("-1", "must be a number"),
        ("", "must be a number"),
        (True, "must be a text or a number"),
        (None, "must be a text or a number"),
    ],
)
@pytest.mark.parametrize("path", [*LISTS, *COUNTS])
def test_other_sizes_are_refused(caller: Caller, path: str, size: object, message: str) -> None:
    """One beyond either edge; a count refuses the same question as the list."""
    answer = caller.tell(path, {"event_name": "a", "batch_size": size})

    assert answer == wrapped_mistake(message, "batch_size", None)


@pytest.mark.parametrize("size", ["0", "501", "ten", "", "1.5"])
def test_other_sizes_in_the_url_are_refused_too(caller: Caller, size: str) -> None:
    """There everything is a text."""
    answer = caller.request("GET", f"{LISTS[0]}?event_name=a&batch_size={size}")

    assert told(answer) == wrapped_mistake("must be from 1 to 500", "batch_size", None)


@pytest.mark.parametrize("path", [*LISTS, *COUNTS])
@pytest.mark.parametrize(
    ("asked", "message", "field"),
    [
        ({}, "can not be empty", "event_name"),
        ({"event_name": ""}, "can not be empty", "event_name"),
        ({"event_name": None}, "can not be empty", "event_name"),
        ({"event_name": 5}, "must be a text", "event_name"),
        ({"event_name": "a", "from": "soon"}, NO_TIME, "from"),
        ({"event_name": "a", "to": "1648354098"}, NO_TIME, "to"),
        ({"event_name": "a", "to": 1648354098}, "must be a text", "to"),
        ({"event_name": "a", "cursor": "x"}, "is not a cursor of an earlier answer", "cursor"),
        ({"event_name": "a", "cursor": ""}, "is not a cursor of an earlier answer", "cursor"),
        ({"event_name": "a", "cursor": "é"}, "is not a cursor of an earlier answer", "cursor"),
        ({"event_name": "a", "cursor": 5}, "must be a text", "cursor"),
    ],
)
def test_other_mistakes_are_refused(
    caller: Caller, path: str, asked: Json, *, message: str, field: str
) -> None:
    """Each in its field; there is no record, so there is no index."""
    assert caller.tell(path, asked) == wrapped_mistake(message, field, None)


def test_every_mistake_is_told(caller: Caller) -> None:
    """All at once, in the order of the fields."""
    asked: Any = {"event_name": "", "from": "a", "to": "b", "batch_size": "0", "cursor": "c"}

    answer = caller.tell(LISTS[0], asked)

    assert answer == wrapped(
        400,
        "Error: event_name can not be empty.",
        mistake("can not be empty", "event_name"),
        mistake(NO_TIME, "from"),
        mistake(NO_TIME, "to"),
        mistake("must be from 1 to 500", "batch_size"),
        mistake("is not a cursor of an earlier answer", "cursor"),
    )


def test_a_call_without_a_body_asks_nothing(caller: Caller) -> None:
    """GET has none."""
    answer = told(caller.request("GET", COUNTS[0]))

    assert answer == wrapped_mistake("can not be empty", "event_name", None)
