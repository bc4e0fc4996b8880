"""Quiet hours end when the clock on the wall says so, whatever is done to clocks meanwhile."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.consent.naive import Days, is_quiet
from tidings.consent.quiet import QuietHours, Weekday, quiet_until, read_span

NIGHTS = {day: [(22 * 60, 8 * 60)] for day in Weekday}
MINUTE = timedelta(minutes=1)


@cache
def changes_of(name: str, year: int) -> list[datetime]:
    """Return the hours before which, in a year, the clocks of a zone were set."""
    zone = ZoneInfo(name)
    hours = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(8_760)]
    offsets = [hour.astimezone(zone).utcoffset() for hour in hours]
    return [
        hour
        for hour, before, after in zip(hours[1:], offsets, offsets[1:], strict=False)
        if before != after
    ]


@st.composite
def moments(draw: st.DrawFn) -> tuple[ZoneInfo, datetime]:
    """Draw a zone and a moment, mostly near one at which its clocks are set."""
    name = draw(st.sampled_from(sorted(available_timezones())))
    year = draw(st.integers(2001, 2036))
    changes = changes_of(name, year)
    near = draw(st.sampled_from(changes)) if changes else datetime(year, 3, 1, tzinfo=UTC)
    return ZoneInfo(name), near + timedelta(
        seconds=draw(st.integers(-30 * 3_600, 6 * 3_600)),
        microseconds=draw(st.integers(0, 999_999)),
    )


SPANS = st.tuples(st.integers(0, 95), st.integers(0, 96)).map(
    lambda quarters: (quarters[0] * 15, quarters[1] * 15)
)
DAYS = st.dictionaries(st.sampled_from(Weekday), st.lists(SPANS, max_size=2), max_size=5)


@settings(max_examples=150, deadline=None)
@given(DAYS | st.just(NIGHTS), moments())
def test_until_the_end_it_is_quiet_and_at_the_end_it_is_not(
    days: Days, when: tuple[ZoneInfo, datetime]
) -> None:
    """Minute by minute, in every time zone: what is held is held no longer, and never again."""
    zone, now = when
    until = quiet_until(QuietHours.of(days), zone, now)

    assert (until is not None) is is_quiet(days, now.astimezone(zone))
    if until is not None:
        at = now
        while at < until:
            assert is_quiet(days, at.astimezone(zone))
            at += MINUTE
        assert not is_quiet(days, until.astimezone(zone))
        assert quiet_until(QuietHours.of(days), zone, until) is None


def berlin(day: int, hour: int, minute: int = 0, *, month: int, fold: int = 0) -> datetime:
    """Return what a clock in Berlin shows, as an instant."""
    wall = datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo("Europe/Berlin"), fold=fold)
    return wall.astimezone(UTC)


@pytest.mark.parametrize(
    ("span", "now", "until"),
    [
        # An hour less of night, and one more.
        ((22 * 60, 8 * 60), berlin(28, 23, month=3), berlin(29, 8, month=3)),
        ((22 * 60, 8 * 60), berlin(24, 23, month=10), berlin(25, 8, month=10)),
        # It would end at half past two, which does not come: at three.
        ((60, 150), berlin(29, 1, 30, month=3), berlin(29, 3, month=3)),
        # Half past two comes twice: the first ends it, and the second ends what began anew.
        ((60, 150), berlin(25, 1, 30, month=10), berlin(25, 2, 30, month=10)),
        ((60, 150), berlin(25, 2, 10, month=10, fold=1), berlin(25, 2, 30, month=10, fold=1)),
        # Set back to before it began: it is over until it begins again.
        ((150, 240), berlin(25, 2, 40, month=10), berlin(25, 2, month=10, fold=1)),
    ],
)
def test_clocks_that_are_set_meanwhile(
    span: tuple[int, int], now: datetime, until: datetime
) -> None:
    """Each way in which an end can lie to the change."""
    quiet = QuietHours.of({day: [span] for day in Weekday})
    assert quiet_until(quiet, ZoneInfo("Europe/Berlin"), now) == until


def test_a_quiet_weekend_goes_on_over_the_end_of_the_week() -> None:
    """From Friday evening to Monday morning, in one."""
    days = {
        Weekday.FRIDAY: [(20 * 60, 24 * 60)],
        Weekday.SATURDAY: [(0, 24 * 60)],
        Weekday.SUNDAY: [(0, 9 * 60), (9 * 60, 7 * 60)],
    }
    friday, monday = berlin(5, 21, month=6), berlin(8, 7, month=6)
    assert quiet_until(QuietHours.of(days), ZoneInfo("Europe/Berlin"), friday) == monday


def test_a_week_without_a_minute_left_is_refused() -> None:
    """What is held would wait for ever."""
    with pytest.raises(ValueError, match="no minute of the week is left"):
        QuietHours.of({day: [(12 * 60, 12 * 60)] for day in Weekday})


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("22:00-08:00", (1_320, 480)),
        ("00:00-24:00", (0, 1_440)),
        ("24:00-01:00", None),
        ("9:00-10:00", None),
        ("09:00-10:60", None),
        ("09:00", None),
        ("", None),
    ],
)
def test_a_part_of_a_day_is_read_strictly(text: str, span: tuple[int, int] | None) -> None:
    """What could be meant otherwise is asked back."""
    assert read_span(text) == span
