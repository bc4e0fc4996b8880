"""Instants, days and durations of definitions, in the brand's time zone: pure."""

import re
from calendar import isleap
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from tidings.base.times import parse_instant
from tidings.segments.condition import Moment

_DURATION = re.compile(r"([0-9]{1,7}) (minute|hour|day)s?")
_DATE_CHARACTERS = 10
_OFFSET = re.compile(r"(?:Z|[+-][0-9]{2}:?[0-9]{2})\Z")
# The driver takes the ends of what Python can count for infinity, and a day beyond them is none.
_YEARS = range(1_000, 9_001)
_FINEST = timedelta(microseconds=1)


def moment_of(wall: datetime, zone: tzinfo) -> Moment:
    """Return the moment at which the brand's clock shows a time, the earlier when it does twice."""
    return Moment(wall, wall.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None))


def midnight(day: date, zone: tzinfo) -> Moment:
    """Return the moment at which a day begins."""
    return moment_of(datetime.combine(day, time()), zone)


def today(now: datetime, zone: tzinfo) -> date:
    """Return the date that the brand's calendar shows."""
    return now.astimezone(zone).date()


def read_span(text: str, zone: tzinfo) -> tuple[Moment, Moment] | None:
    """Read a Date of a definition as the time it takes: a date its day, a time its microsecond.

    Shape:  returns when it begins and the first moment after it; None for what is no Date, or not
            from the years that mean something.
    """
    instant = parse_instant(text, zone)
    if instant is None or instant.year not in _YEARS:
        return None
    if len(text) == _DATE_CHARACTERS:
        day = date.fromisoformat(text)
        return midnight(day, zone), midnight(day + timedelta(days=1), zone)
    if _OFFSET.search(text):
        start = Moment(instant.astimezone(zone).replace(tzinfo=None), instant.replace(tzinfo=None))
    else:
        start = moment_of(datetime.fromisoformat(text), zone)
    return start, Moment(start.wall + _FINEST, start.utc + _FINEST)


def read_duration(text: str) -> timedelta | None:
    """Read a duration such as `30 days`, `1 hour` or `90 minutes`; None for what is none.

    Units:  a day is 24 hours, whatever clocks do meanwhile.
    """
    match = _DURATION.fullmatch(text)
    if match is None or int(match[1]) == 0:
        return None
    return timedelta(**{f"{match[2]}s": int(match[1])})


def month_days(first: date, days: int) -> list[str]:
    """List a day and some days after it as `MM-DD`.

    In a year without a 29th of February, whoever has that day has the 28th.
    """
    listed: list[str] = []
    for number in range(days + 1):
        day = first + timedelta(days=number)
        listed.append(f"{day:%m-%d}")
        if listed[-1] == "02-28" and not isleap(day.year):
            listed.append("02-29")
    return listed
