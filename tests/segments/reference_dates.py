"""What a stored Date means when it is held against a moment, said a second time."""

import re
from datetime import datetime, timedelta

from tidings.base.times import is_date
from tidings.segments.condition import Moment

_CLOCK = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.(\d{1,9}))?)?(.*)")


def clock_of(text: str) -> datetime | None:
    """Return what a Date says without its offset, None for what is no Date."""
    if not is_date(text):
        return None
    match = _CLOCK.fullmatch(text)
    assert match is not None
    day, minutes, seconds, fraction, _ = match.groups()
    whole = datetime.fromisoformat(f"{day}T{minutes or '00:00'}{seconds or ':00'}")
    return whole + timedelta(microseconds=int((fraction or "").ljust(6, "0")[:6]))


def offset_of(text: str) -> timedelta | None:
    """Return the offset of a Date, None when it has none."""
    match = _CLOCK.fullmatch(text)
    assert match is not None
    written = match[5].replace(":", "")
    if written == "":
        return None
    if written == "Z":
        return timedelta(0)
    size = timedelta(hours=int(written[1:3]), minutes=int(written[3:5]))
    return -size if written[0] == "-" else size


def held_against(text: str, moment: Moment) -> int:
    """Return whether a Date is before a moment (-1), at it (0) or after it (1)."""
    clock, offset = clock_of(text), offset_of(text)
    assert clock is not None
    # Differences, since an offset can lead out of the years that Python counts.
    difference = clock - moment.wall if offset is None else clock - moment.utc - offset
    return (difference > timedelta(0)) - (difference < timedelta(0))


def is_leap_year(year: int) -> bool:
    """Say whether a year has a 29th of February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
