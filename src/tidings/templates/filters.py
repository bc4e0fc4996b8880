"""Filters that write dates, amounts and numbers as a language does: pure.

A value that is none, such as a text where a number belongs, is shown as it is: a mail that says
"from 3 to 5 €" is better than none, and it can be seen in the preview.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache, partial
from typing import Any

from babel import Locale, UnknownLocaleError, dates, numbers

from tidings.base.times import is_date, parse_instant

_DATE_CHARACTERS = 10
_DAYS_REMEMBERED = 128
_MOST_DECIMALS = 20
_MOST_PATTERN_CHARACTERS = 100
# Beyond it a number is shown as it is: nobody reads a price of 300 digits.
_WIDEST = Decimal(10) ** 30

Filter = Callable[..., Any]


def locale_of(language: str) -> Locale | None:
    """Return how a language such as `de-AT` writes things, None when it is unknown."""
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        return None


def filters_of(locale: Locale, zone: tzinfo) -> Mapping[str, Filter]:
    """Return the filters of a language, with times shown on the clock of `zone`."""
    return {**_filters_of_times(locale, zone), **_filters_of_numbers(locale)}


def _filters_of_times(locale: Locale, zone: tzinfo) -> Mapping[str, Filter]:
    # Babel puts a day together anew each time, and many people have the same.
    @lru_cache(maxsize=_DAYS_REMEMBERED)
    def written(day: date, form: str) -> str:
        return dates.format_date(day, form, locale=locale)

    def show_date(value: object, form: object = "medium") -> object:
        day = _day(value, zone)
        return value if day is None else _formed(value, form, partial(written, day))

    def show_time(value: object, form: object = "short") -> object:
        at = _instant(value, zone)
        if at is None:
            return value
        return _formed(value, form, lambda text: dates.format_time(at, text, zone, locale))

    def show_datetime(value: object, form: object = "medium") -> object:
        at = _instant(value, zone)
        if at is None:
            return value
        return _formed(value, form, lambda text: dates.format_datetime(at, text, zone, locale))

    return {"date": show_date, "time": show_time, "datetime": show_datetime}


def _filters_of_numbers(locale: Locale) -> Mapping[str, Filter]:
    def money(value: object, currency: object) -> object:
        amount = _number(value)
        if amount is None or not isinstance(currency, str) or len(currency) != 3:
            return value
        return numbers.format_currency(amount, currency.upper(), locale=locale)

    def number(value: object, decimals: object = None) -> object:
        return _formed_number(value, locale.decimal_formats[None], decimals, locale)

    def percent(value: object, decimals: object = 0) -> object:
        return _formed_number(value, locale.percent_formats[None], decimals, locale)

    return {"money": money, "number": number, "percent": percent}


def _number(value: object) -> Decimal | None:
    """Read a number, or a text that is nothing but one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(value if isinstance(value, int) else str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < _WIDEST else None


def _day(value: object, zone: tzinfo) -> date | None:
    if isinstance(value, str) and len(value) == _DATE_CHARACTERS and is_date(value):
        return date.fromisoformat(value)
    at = _instant(value, zone)
    return None if at is None else at.date()


def _instant(value: object, zone: tzinfo) -> datetime | None:
    at = parse_instant(value, zone) if isinstance(value, str) else None
    try:
        return None if at is None else at.astimezone(zone)
    except OverflowError:
        return None


def _formed(value: object, form: object, write: Callable[[str], str]) -> object:
    """Write a moment as `short`, `medium`, `long` or `full`, or by a pattern as `d. MMMM y`."""
    if not isinstance(form, str) or len(form) > _MOST_PATTERN_CHARACTERS:
        return value
    try:
        return write(form)
    except (LookupError, ValueError, AttributeError, TypeError):
        return value  # Babel has no word of its own for a pattern that it cannot read


def _formed_number(
    value: object, pattern: numbers.NumberPattern, decimals: object, locale: Locale
) -> object:
    """Write a number by a language's pattern, with so many decimals, else with those it has."""
    amount = _number(value)
    if amount is None:
        return value
    if isinstance(decimals, int) and not isinstance(decimals, bool):
        pattern = _with_decimals(pattern.pattern, min(max(decimals, 0), _MOST_DECIMALS))
    return pattern.apply(amount, locale)


@cache
def _with_decimals(pattern: str, places: int) -> numbers.NumberPattern:
    own = numbers.parse_pattern(pattern)
    own.frac_prec = (places, places)
    return own
