"""Random people with random histories, which meet at the edges of windows and days."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.segments.reference import Happening, Somebody
from tests.segments.world import BOUGHT, VIEWED, ref

ZONES: list[tzinfo] = [
    UTC,
    *map(ZoneInfo, ("Asia/Kolkata", "America/St_Johns", "America/New_York")),
]
# Beside clocks that go on and back in New York and St. John's, the end of a February and a year.
NOWS = [
    datetime(2026, 3, 8, 6, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 3, 8, 7, 0, tzinfo=UTC),
    datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
    datetime(2026, 2, 28, 18, 30, tzinfo=UTC),
    datetime(2027, 12, 31, 23, 45, tzinfo=UTC),
]
FINEST = timedelta(microseconds=1)
DURATIONS = {
    "90 minutes": timedelta(minutes=90),
    "2 hours": timedelta(hours=2),
    "1 day": timedelta(days=1),
    "7 days": timedelta(days=7),
}
INJECTIONS = [
    "'; DROP TABLE profiles; --",
    '"); DELETE FROM events; --',
    "$1",
    "$1::text) OR true --",
    "\\'; SELECT pg_sleep(9) --",
    "*/ OR 1=1 /*",
    "%",
    "_",
    "a%b",
    "{}",
    "E'\\x00'",
]
LETTERS = (
    "Pune pune PUNE a A É é e\u0301 ß ẞ SS ss İ i I \u0131 Σ \u03c3 ς ΑΣ ας Ǆ ǆ ǅ Привет привет "
    "😀 1 true null"
)
TEXTS = [*LETTERS.split(), " ", *INJECTIONS]
NUMBERS: list[float] = [
    *(0, 1, -1, 2, 3, 10, 1.5, 0.1, 0.3),
    *(-0.0, 1e300, 1e-300, 2**70, 2**53 + 1),
]
ODD: list[Any] = [None, True, False, [], {}, [[]], "", "not a date", "2026-02-30", 7]
# Stored by somebody, but no good bound of a definition.
FAR_DATES = [
    "0001-01-01T00:00+23:59",
    "9999-12-31T23:59:59.999999999-23:59",
    "0001-01-01",
    "9999-12-31",
]
PEOPLE = 40
MOST_EVENTS = 5


def dates(now: datetime, zone: tzinfo) -> list[str]:
    """Return Dates about an instant, in every documented form."""
    here = now.astimezone(zone).replace(tzinfo=None)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    about = [here, midnight, midnight - FINEST, midnight + timedelta(hours=1, minutes=30)]
    about += [midnight + timedelta(days=days) for days in (-8, -7, -1, 1, 2, 7, 8, 365)]
    forms = [f"{time:{form}}" for time in about for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S.%f")]
    forms += [f"{time:%Y-%m-%dT%H:%M:%S.%fZ}" for time in (now, now - FINEST)]
    forms += [f"{midnight.replace(tzinfo=zone).astimezone(UTC):%Y-%m-%dT%H:%MZ}"]
    forms += [f"{here:%Y-%m-%dT%H:%M}{offset}" for offset in ("+05:30", "-0330", "-23:59")]
    return [*forms, "2024-02-29", "2000-02-28", "1990-03-01", "1985-12-31T23:30:00-03:30"]


def times(now: datetime) -> list[datetime]:
    """Return instants at the edges of what is asked for, and beside them."""
    edges = [timedelta(0), *DURATIONS.values(), timedelta(days=3), timedelta(hours=-5)]
    return [now - edge + beside for edge in edges for beside in (timedelta(0), FINEST, -FINEST)]


class People:
    """Draws people, the same for the same seed."""

    def __init__(self, now: datetime, zone: tzinfo, seed: int) -> None:
        self._dice = Random(seed)  # noqa: S311 - nothing is to be kept secret
        self._times = times(now)
        # Bounds given as days are edges for events, too.
        midnights = [text for text in dates(now, zone) if len(text) == 10]
        self._times += [
            datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC) for text in midnights
        ]
        self._dates = [*dates(now, zone), *FAR_DATES]

    def draw(self, *, first: int) -> list[Somebody]:
        """Draw a crowd, numbered from `first`."""
        return [self._somebody(first + number) for number in range(PEOPLE)]

    def _somebody(self, number: int) -> Somebody:
        attributes = self._some(
            city=lambda: self._one(TEXTS),
            age=lambda: self._one(NUMBERS),
            vip=lambda: self._one([True, False]),
            renewal=lambda: self._one(self._dates),
            tags=lambda: [self._one([*TEXTS, *NUMBERS, *ODD]) for _ in range(3)],
            email=lambda: self._one(TEXTS),
            mobile=lambda: self._one(TEXTS),
            email_opt_in=lambda: self._one([0, 1, 1, 2, 1.0]),
            whatsapp_opt_in=lambda: self._one([0, 1]),
        )
        history = [self._happening() for _ in range(self._dice.randrange(MOST_EVENTS))]
        created_at, has_device = self._one(self._times), self._one([True, False, False])
        return Somebody(ref(number), created_at, attributes, history, has_device)

    def _happening(self) -> Happening:
        attributes = self._some(
            price=lambda: self._one(NUMBERS),
            sku=lambda: self._one(TEXTS[:6]),
            delivery=lambda: self._one(self._dates),
            gift=lambda: self._one([True, False]),
        )
        context = self._some(
            page=lambda: self._some(url=lambda: self._one(TEXTS)), n=lambda: self._one(NUMBERS)
        )
        name = self._one([BOUGHT, BOUGHT, VIEWED])
        return Happening(name, self._one(self._times), attributes, self._one([context, None]))

    def _some(self, **values: Callable[[], Any]) -> dict[str, Any]:
        there = {name: value for name, value in values.items() if self._dice.random() < 0.75}
        odd = self._dice.random
        return {name: self._one(ODD) if odd() < 0.15 else draw() for name, draw in there.items()}

    def _one(self, among: Sequence[Any]) -> Any:
        return self._dice.choice(among)
