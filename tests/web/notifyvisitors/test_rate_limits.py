"""Limits a brand, API and minute: counted exactly, over every process of the database."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx
import pytest

from tests.web.conftest import MakeCaller
from tests.web.notifyvisitors.refusals import bare, wrapped
from tests.web.server import Caller, at_once, told
from tidings.base import clock
from tidings.brands.model import Api

NOW = datetime(2026, 3, 14, 12, 30, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EVENT_CALL = "/api/v1/event/count"
USER_CALL = "/api/v1/user/count"
LIMIT = 20
CALLS = {Api.USER: 3, Api.EVENT: LIMIT, Api.CAMPAIGN: 1, Api.REPORTING: 1}

SetClock = Callable[[datetime], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Own the clock of every process; it stands still at 12:30:15."""

    def set_to(instant: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: instant)

    set_to(NOW)
    return set_to


@pytest.fixture
def limited(make_caller: MakeCaller, set_clock: SetClock) -> Caller:  # noqa: ARG001 - see there
    """Lend a caller with small limits, in a minute that does not end."""
    return make_caller(calls=CALLS)


def ask(caller: Caller, path: str = EVENT_CALL) -> httpx.Response:
    """Make the cheapest call."""
    return caller.post(path, {"event_name": "a"})


def rates(answer: httpx.Response) -> tuple[int, dict[str, int]]:
    """Return the status, and what the headers say of the limit."""
    told = {
        name.removeprefix("x-ratelimit-"): int(value)
        for name, value in answer.headers.items()
        if name.startswith("x-ratelimit-") or name == "retry-after"
    }
    return answer.status_code, told


def remaining(answer: httpx.Response) -> int:
    """Return what is left."""
    return rates(answer)[1]["remaining"]


def test_calls_at_the_same_time_on_two_processes_are_counted_exactly(
    limited: Caller, second_client: httpx.Client
) -> None:
    """Each successful call gets a number of its own, and no more succeed than may."""
    processes = [limited, limited.at(second_client)]
    answers = at_once(
        partial(ask, processes[number % len(processes)]) for number in range(LIMIT + 15)
    )

    passed = [remaining(answer) for answer in answers if answer.status_code == 200]
    refused = [remaining(answer) for answer in answers if answer.status_code == 429]
    assert sorted(passed) == list(range(LIMIT))
    assert refused == [0] * 15


def test_the_limit_counts_down_and_then_refuses(limited: Caller) -> None:
    """Until the minute ends; the headers say when that is."""
    for left in reversed(range(LIMIT)):
        assert rates(ask(limited)) == (200, {"limit": LIMIT, "remaining": left, "reset": 45})

    for _ in range(2):
        assert rates(ask(limited)) == (
            429,
            {"limit": LIMIT, "remaining": 0, "reset": 45, "retry-after": 45},
        )


@pytest.mark.parametrize(
    ("path", "name", "limit"),
    [
        ("/api/v1/user/create", "user", 3),
        ("/api/v1/user/count", "user", 3),
        ("/api/v1/user_event/create", "user", 3),
        ("/api/v1/segment/create", "user", 3),
        ("/api/v1/segment/preview", "user", 3),
        ("/api/v1/campaign/send", "campaign", 1),
        ("/api/v1/campaign/list", "campaign", 1),
        ("/api/v1/report/campaigns", "reporting", 1),
        ("/api/event", "event", LIMIT),
        ("/api/v1/event/count", "event", LIMIT),
    ],
)
def test_the_refusal_is_in_the_envelope_of_the_url_and_names_the_limit(
    limited: Caller, path: str, name: str, limit: int
) -> None:
    """Documented: 429. It is the call that is counted, whatever becomes of it."""
    for _ in range(limit):
        assert limited.post(path, b"{").status_code == 400

    message = f"The limit of {limit} {name} calls a minute is used up; it starts anew in 45 s."
    envelope = bare if path == "/api/v1/user/create" else wrapped
    assert limited.tell(path, b"{") == envelope(429, message)


def test_a_call_over_the_limit_stores_nothing(limited: Caller) -> None:
    """A 429 is sent again by its client, and must not count twice."""
    body = {"nv": {"userID": "Ada", "user_attributes": {"plan": "gold"}}}
    for _ in range(CALLS[Api.USER]):
        ask(limited, USER_CALL)

    assert limited.post("/api/v1/user/create", body).status_code == 429
    counted = limited.rows("SELECT count(*) FROM profiles WHERE brand_id = $1", limited.brand_id)
    assert counted == [{"count": 0}]


def test_different_apis_are_counted_apart(limited: Caller) -> None:
    """Documented: each group of calls has its own limit."""
    answers = [ask(limited, USER_CALL) for _ in range(CALLS[Api.USER] + 1)]

    assert answers[-1].status_code == 429
    assert remaining(ask(limited)) == LIMIT - 1


def test_brands_are_counted_apart(limited: Caller, make_caller: MakeCaller) -> None:
    """A busy neighbour costs nobody a call."""
    other = make_caller(calls=CALLS)
    for _ in range(LIMIT + 1):
        ask(limited)

    assert remaining(ask(other)) == LIMIT - 1


def test_a_new_minute_starts_anew(limited: Caller, set_clock: SetClock) -> None:
    """At the full minute of the clock, not a minute after the first call."""
    answers = [ask(limited) for _ in range(LIMIT + 1)]
    assert answers[-1].status_code == 429

    set_clock(NOW.replace(second=59, microsecond=999_999))
    assert rates(ask(limited)) == (
        429,
        {"limit": LIMIT, "remaining": 0, "reset": 1, "retry-after": 1},
    )
    set_clock(NOW.replace(minute=31, second=0))
    assert rates(ask(limited)) == (
        200,
        {"limit": LIMIT, "remaining": LIMIT - 1, "reset": 60},
    )


def test_a_minute_without_calls_saves_nothing_up(limited: Caller, set_clock: SetClock) -> None:
    """It is a limit a minute, no account."""
    set_clock(NOW + 10 * MINUTE)

    assert remaining(ask(limited)) == LIMIT - 1


def test_a_process_whose_clock_is_behind_counts_on(
    limited: Caller, second_client: httpx.Client, set_clock: SetClock
) -> None:
    """Two clocks around a full minute must not give the count to each other anew."""
    behind = limited.at(second_client)
    left: list[int] = []
    for caller, instant in (
        (limited, NOW + MINUTE),
        (behind, NOW),
        (limited, NOW + MINUTE),
        (behind, NOW - 5 * MINUTE),
    ):
        set_clock(instant)
        left.append(remaining(ask(caller)))

    assert left == [LIMIT - 1, LIMIT - 2, LIMIT - 3, LIMIT - 4]


def test_calls_without_a_valid_key_are_not_counted(limited: Caller) -> None:
    """Otherwise anybody could use up a brand's minute by its number."""
    headers = limited.headers | {"x-api-key": "wrong"}
    for _ in range(LIMIT + 1):
        assert limited.client.post(EVENT_CALL, headers=headers).status_code == 401

    assert remaining(ask(limited)) == LIMIT - 1


def test_every_authenticated_answer_says_what_is_left(limited: Caller) -> None:
    """Refusals too: a client that only makes mistakes is near its limit as well."""
    answers = [
        limited.post("/api/event", b"{"),
        limited.post("/api/event", {"nv": []}),
        limited.post("/api/event", b"x", content_encoding="br"),
        limited.post("/api/event", {"nv": {"userID": "A", "event_name": "a", "attributes": {}}}),
    ]

    assert [(told(answer).status, remaining(answer)) for answer in answers] == [
        (400, LIMIT - 1),
        (400, LIMIT - 2),
        (400, LIMIT - 3),
        (200, LIMIT - 4),
    ]
