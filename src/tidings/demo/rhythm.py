"""When people shop: evenings more than nights, weekends more than Mondays."""

from bisect import bisect_right
from datetime import datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

_HOURS_PER_DAY = 24
# How busy an hour of the day and a day of the week (from Monday) are, beside the others.
_BUSY_HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 10, 12, 11, 10, 10, 11, 12, 14, 17, 19, 17, 11, 5)
_BUSY_DAYS = (10, 9, 9, 10, 11, 13, 14)


class Rhythm:
    """Turns shop time, which passes evenly from day 0, into instants of one time zone's calendar.

    Later in shop time is later in the calendar. So what people do can be drawn before it is known
    on which date the shop's last day falls, and stays the same whenever that is.
    """

    def __init__(self, *, days: int, ends_at: datetime, zone: ZoneInfo) -> None:
        self._days = days
        self._starts_at = ends_at - timedelta(days=days)
        # Real hours, so a day on which clocks change has the 23 or 25 it should have.
        hours = [
            (self._starts_at + timedelta(hours=hour)).astimezone(zone)
            for hour in range(days * _HOURS_PER_DAY)
        ]
        self._busy_until = list(
            accumulate(_BUSY_DAYS[hour.weekday()] * _BUSY_HOURS[hour.hour] for hour in hours)
        )

    def at(self, day: float) -> datetime:
        """Return the instant of a day of shop time.

        Shape:  day - from 0, the shop's first moment, to `days`, its last.
        """
        busy = self._busy_until[-1] * day / self._days
        hour = min(bisect_right(self._busy_until, busy), len(self._busy_until) - 1)
        before = self._busy_until[hour - 1] if hour else 0
        share = (busy - before) / (self._busy_until[hour] - before)
        return self._starts_at + timedelta(hours=hour + share)
