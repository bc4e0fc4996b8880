"""`event_time`: read in every documented form, or refused; never guessed (known from others)."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.web.conftest import MakeCaller
from tests.web.notifyvisitors.events import QUEUED, event, send, stored
from tests.web.notifyvisitors.refusals import wrapped_mistake
from tests.web.server import Caller
from tidings.base import clock

NOW = datetime(2026, 3, 14, 12, 30, 15, 250_000, tzinfo=UTC)
NO_TIME = "must be a time such as 2022-03-27 04:08:18 or 2022-03-27T04:08:18+0530"
LONDON_NOON = datetime(2022, 3, 27, 11, tzinfo=UTC)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Own the clock: what is too far in the future depends on it."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


def occurred_at(caller: Caller) -> list[datetime]:
    """Return the times of the brand's events."""
    return [row["occurred_at"] for row in stored(caller)]


def at(hour: int, minute: int, second: int = 0, microsecond: int = 0) -> datetime:
    """Return an instant of the day of the vendor's example."""
    return datetime(2022, 3, 27, hour, minute, second, microsecond, UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2022-03-27 04:08:18", at(4, 8, 18)),
        ("2022-03-27T04:08:18", at(4, 8, 18)),
        ("2022-03-27 04:08:18.5", at(4, 8, 18, 500_000)),
        ("2022-03-27T04:08:18.123456", at(4, 8, 18, 123_456)),
        ("2022-03-27T04:08:18.123456789", at(4, 8, 18, 123_456)),
        ("2022-03-27 04:08:18Z", at(4, 8, 18)),
        ("2022-03-27T04:08:18Z", at(4, 8, 18)),
        ("2022-03-27T04:08:18+0000", at(4, 8, 18)),
        ("2022-03-27T04:08:18+00:00", at(4, 8, 18)),
        ("2022-03-27 09:38:18+0530", at(4, 8, 18)),
        ("2022-03-27 09:38:18.250+05:30", at(4, 8, 18, 250_000)),
        ("2022-03-26T23:08:18-05:00", at(4, 8, 18)),
        ("2022-03-27T04:08:18-0000", at(4, 8, 18)),
        ("2013-01-26T07:31+0000", datetime(2013, 1, 26, 7, 31, tzinfo=UTC)),
        ("2024-02-29 00:00:00", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_every_documented_form_is_read(caller: Caller, text: str, instant: datetime) -> None:
    """The vendor documents several, with and without fraction and offset."""
    assert send(caller, event(event_time=text)) == QUEUED
    assert occurred_at(caller) == [instant]


@pytest.mark.parametrize(
    ("zone", "text", "instant"),
    [
        ("Asia/Kolkata", "2022-03-27 09:38:18", at(4, 8, 18)),
        ("Asia/Kolkata", "2022-03-27T09:38", at(4, 8)),
        ("Asia/Kolkata", "2022-03-27 09:38:18Z", at(9, 38, 18)),
        ("Asia/Kolkata", "2022-03-27 09:38:18+0000", at(9, 38, 18)),
        ("America/St_Johns", "2022-03-27 01:38:18", at(4, 8, 18)),
        ("Europe/London", "2022-03-27 00:30:00", at(0, 30)),
        ("Europe/London", "2022-03-27 03:30:00", at(2, 30)),
        ("Europe/London", "2022-10-30 01:30:00", datetime(2022, 10, 30, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_time_without_offset_is_in_the_brands_zone(
    make_caller: MakeCaller, zone: str, text: str, instant: datetime
) -> None:
    """Our choice; with summer time as it was on that day, and an offset always wins."""
    caller = make_caller(time_zone=zone)

    assert send(caller, event(event_time=text)) == QUEUED
    assert occurred_at(caller) == [instant]


@pytest.mark.parametrize("sent", [{}, {"event_time": None}])
def test_without_a_time_it_is_the_time_of_receipt(caller: Caller, sent: dict[str, object]) -> None:
    """Only when nothing is said; a time that cannot be read is never replaced."""
    assert send(caller, event(**sent)) == QUEUED
    assert [(row["occurred_at"], row["received_at"]) for row in stored(caller)] == [(NOW, NOW)]


def test_the_time_of_receipt_is_kept_beside_the_time_that_is_said(caller: Caller) -> None:
    """Operators see by it what was sent late."""
    send(caller, event(event_time="2022-03-27 12:00:00+0100"))

    assert [(row["occurred_at"], row["received_at"]) for row in stored(caller)] == [
        (LONDON_NOON, NOW)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "0",
        "1648354098",
        "1648354098000",
        "2022-13-01 00:00:00",
        "2022-02-29 00:00:00",
        "2022-03-27 24:00:00",
        "2022-03-27 04:60:00",
        "2022-03-27 04:08:60",
        "2022-3-27 04:08:18",
        "27-03-2022 04:08:18",
        "27/03/2022 04:08:18",
        "2022/03/27 04:08:18",
        "20220327T040818Z",
        "2022-W12-7",
        "2022-03-27  04:08:18",
        " 2022-03-27 04:08:18",
        "2022-03-27 04:08:18 ",
        "2022-03-27 04:08:18\n",
        "2022-03-27t04:08:18z",
        "2022-03-27 04:08:18 +0000",
        "2022-03-27 04:08:18+24:00",
        "2022-03-27 04:08:18+05",
        "2022-03-27 04:08:18 PM",
        "2022-03-27 04",
        "2022-03-27 04:08:18,5",
        "२०२२-०३-२७ ०४:०८:१८",
        "0000-00-00 00:00:00",
        "Sun, 27 Mar 2022 04:08:18 GMT",
    ],
)
def test_a_text_that_is_no_time_is_refused(caller: Caller, text: str) -> None:
    """Others made it 1970, or the time of receipt; either is a false fact kept for ever."""
    assert send(caller, event(event_time=text)) == wrapped_mistake(NO_TIME, "event_time")
    assert occurred_at(caller) == []


@pytest.mark.parametrize("value", [0, 1648354098, 1648354098000, 1.5, True, [], {}])
def test_a_time_that_is_no_text_is_refused(caller: Caller, value: object) -> None:
    """Seconds and milliseconds look alike; a guess would be wrong for somebody."""
    assert send(caller, event(event_time=value)) == wrapped_mistake("must be a text", "event_time")
    assert occurred_at(caller) == []


def test_times_from_the_year_2000_on_are_taken_and_no_earlier_ones(caller: Caller) -> None:
    """Our choice: earlier is a broken clock, 1970 above all."""
    early = "is before the year 2000"

    assert send(caller, event(event_time="2000-01-01 00:00:00")) == QUEUED
    for text in ("1999-12-31 23:59:59", "1970-01-01 00:00:00", "0001-01-01 00:00:00"):
        assert send(caller, event(event_time=text)) == wrapped_mistake(early, "event_time")
    assert occurred_at(caller) == [datetime(2000, 1, 1, tzinfo=UTC)]


def test_times_up_to_24_hours_ahead_are_taken_and_no_later_ones(caller: Caller) -> None:
    """Our choice: a day covers every wrong time zone."""
    edge = NOW + timedelta(hours=24)
    beyond = edge + timedelta(microseconds=1)
    far = "is more than 24 hours in the future"

    assert send(caller, event(event_time=edge.isoformat())) == QUEUED
    for text in (beyond.isoformat(), "2026-03-16 00:00:00", "9999-12-31 23:59:59"):
        assert send(caller, event(event_time=text)) == wrapped_mistake(far, "event_time")
    assert occurred_at(caller) == [edge]


def test_the_edge_of_the_calendar_is_refused_in_every_zone(make_caller: MakeCaller) -> None:
    """Moving it to UTC leaves the calendar, which is an error of Python's own."""
    caller = make_caller(time_zone="Asia/Kolkata")

    for text in ("0001-01-01 00:00:00", "9999-12-31T23:59:59-23:59"):
        assert send(caller, event(event_time=text)) == wrapped_mistake(NO_TIME, "event_time")
