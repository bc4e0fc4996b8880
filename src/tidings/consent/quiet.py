"""Quiet hours: when people are left alone, by the clock on their own wall. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")
_DAY_MINUTES = 24 * 60
_WEEK_MINUTES = 7 * _DAY_MINUTES
_LONGEST_STEP = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class Weekday(StrEnum):
    """The days of a week, in their order."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


_DAYS = tuple(Weekday)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The quiet parts of a week.

    Shape:  spans - from a minute of the week, which begins on Monday at midnight, to before
            another; in order, no two meet, and together they are not the whole week.
    """

    spans: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, days: Mapping[Weekday, Sequence[tuple[int, int]]]) -> Self:
        """Make them of what each day says.

        Shape:  days - pairs of minutes of the day; an end that is not after its beginning is on
                the next day.
        Errors: ValueError when no minute of the week is left.
        """
        parts: list[tuple[int, int]] = []
        for day, of_day in days.items():
            for start, end in of_day:
                first = _DAYS.index(day) * _DAY_MINUTES + start
                last = first + (end - start if end > start else end - start + _DAY_MINUTES)
                parts.append((first, min(last, _WEEK_MINUTES)))
                # What goes on after Sunday is early on Monday.
                parts.append((0, max(last - _WEEK_MINUTES, 0)))
        joined = _joined(parts)
        if joined == [(0, _WEEK_MINUTES)]:
            raise ValueError("no minute of the week is left")
        return cls(tuple(joined))


def read_span(text: str) -> tuple[int, int] | None:
    """Read a part of a day such as `22:00-08:00` as minutes; None for anything else."""
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    hour, minute, end_hour, end_minute = found.groups()
    end = _DAY_MINUTES if end_hour is None else int(end_hour) * 60 + int(end_minute)
    return int(hour) * 60 + int(minute), end


def quiet_until(quiet: QuietHours, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Say when the quiet hours end in which an instant lies, None when it lies in none.

    Quiet is what the clock on the wall says: an hour that it skips is not waited for, and one that
    it shows twice is quiet twice.

    Units:  an aware UTC instant; it is the first after `now` that is not quiet.
    """
    at = now
    # What ends on Sunday at midnight may go on at once, and clocks may be set meanwhile: so look
    # again. It comes to an end, since some minute of the week is not quiet.
    while (left := _left(quiet, at.astimezone(zone))) is not None:
        at = _later(at, min(left, _LONGEST_STEP), zone)
    return at if at > now else None


def _left(quiet: QuietHours, wall: datetime) -> timedelta | None:
    """Return how long it is quiet after a time on the wall, if clocks are left alone."""
    midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    since_monday = wall.replace(tzinfo=None) - midnight + timedelta(days=wall.weekday())
    for start, end in quiet.spans:
        if timedelta(minutes=start) <= since_monday < timedelta(minutes=end):
            return timedelta(minutes=end) - since_monday
    return None


def _later(at: datetime, step: timedelta, zone: ZoneInfo) -> datetime:
    """Return an instant so much later, or that at which clocks are set, if that comes first."""
    before, after = at, at + step
    offset = before.astimezone(zone).utcoffset()
    if after.astimezone(zone).utcoffset() == offset:
        return after
    while after - before > _SECOND:
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    # Clocks are set at whole seconds.
    return after.replace(microsecond=0)


def _joined(parts: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(part for part in parts if part[0] < part[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
