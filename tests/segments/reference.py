"""What a definition means, said a second time: one person after another, in plain Python.

Written from docs/segments.md and not from the compiler, and in another manner: whole histories are
looked at, days are compared as days, averages as fractions. Slow, and meant to be read.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

from tests.segments.reference_dates import clock_of, held_against, is_leap_year, offset_of
from tidings.base.ids import NameId
from tidings.profiles.model import ProfileRef
from tidings.segments import condition as c
from tidings.segments import model as m
from tidings.segments.model import SegmentId


@dataclass(frozen=True)
class Happening:
    """One event of a history."""

    name_id: NameId
    occurred_at: datetime
    attributes: Mapping[str, Any]
    context: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Somebody:
    """A person with all that they did."""

    ref: ProfileRef
    created_at: datetime
    attributes: Mapping[str, Any]
    history: Sequence[Happening] = ()
    has_device: bool = False


@dataclass(frozen=True)
class Judge:
    """Says who meets a definition, now and in a time zone."""

    now: datetime
    zone: tzinfo
    segments: Mapping[SegmentId, m.Node] = field(default_factory=dict[SegmentId, m.Node])

    def meets(self, who: Somebody, node: m.Node) -> bool:
        """Say whether a person meets a definition."""
        match node:
            case m.All(nodes):
                return all(self.meets(who, inner) for inner in nodes)
            case m.Any(nodes):
                return any(self.meets(who, inner) for inner in nodes)
            case m.Not(inner):
                return not self.meets(who, inner)
            case m.InSegment(segment_id):
                return self.meets(who, self.segments[segment_id])
            case m.Event() | m.Sequence() | m.Seen():
                return self._lived(who, node)
            case _:
                return self._is(who, node)

    def _is(self, who: Somebody, node: m.Attribute | m.Reachable | m.RandomShare) -> bool:
        match node:
            case m.Attribute(name, condition):
                return self.passes(who.attributes.get(name), condition)
            case m.Reachable("push"):
                return who.has_device
            case m.Reachable(medium):
                address = who.attributes.get("email" if medium == "email" else "mobile")
                opt_in = who.attributes.get(f"{medium}_opt_in")
                return isinstance(address, str) and address != "" and is_number(opt_in, 1)
            case m.RandomShare(parts, salt):
                digest = hashlib.sha256(f"{salt}:{who.ref.profile_id}".encode()).digest()
                return int.from_bytes(digest[:4], "big") % 10_000 < parts

    def _lived(self, who: Somebody, node: m.Event | m.Sequence | m.Seen) -> bool:
        match node:
            case m.Event():
                return self._did(who, node)
            case m.Sequence():
                return self._in_sequence(who, node)
            case m.Seen(m.Sight.CREATED, window):
                return self._is_in(who.created_at, window)
            case m.Seen(sight, window):
                times = sorted(one.occurred_at for one in who.history)
                seen = times[:1] if sight is m.Sight.FIRST_SEEN else times[-1:]
                return any(self._is_in(time, window) for time in seen)

    def _did(self, who: Somebody, node: m.Event) -> bool:
        fitting = [one for one in who.history if self._fits(one, node.step)]
        within = [one for one in fitting if self._is_in(one.occurred_at, node.window)]
        match node.measure:
            case m.CountIs(comparison, number):
                return {
                    m.Comparison.AT_LEAST: len(within) >= number,
                    m.Comparison.AT_MOST: len(within) <= number,
                    m.Comparison.EXACTLY: len(within) == number,
                }[comparison]
            case m.EndIn(end, window):
                times = sorted(one.occurred_at for one in fitting)
                chosen = times[:1] if end is m.End.FIRST else times[-1:]
                return any(self._is_in(time, window) for time in chosen)
            case m.AggregateIs():
                return bool(within) and self._aggregate(within, node.measure)

    def _aggregate(self, events: Sequence[Happening], measure: m.AggregateIs) -> bool:
        values = [one.attributes.get(measure.attribute) for one in events]
        numbers = [exact(value) for value in values if value is not None and is_number(value)]
        made: Fraction | None = None
        match measure.function:
            case m.Function.DISTINCT:
                texts = {value for value in values if isinstance(value, str)}
                made = Fraction(len(texts if measure.is_text else set(numbers)))
            case m.Function.SUM:
                made = sum(numbers, Fraction()) if numbers else None
            case m.Function.AVG:
                made = sum(numbers, Fraction()) / len(numbers) if numbers else None
            case m.Function.MIN:
                made = min(numbers, default=None)
            case m.Function.MAX:
                made = max(numbers, default=None)
        passed = made is not None and in_range(made, measure.condition.test)
        return passed is not measure.condition.is_negated

    def _in_sequence(self, who: Somebody, node: m.Sequence) -> bool:
        within = [one for one in who.history if self._is_in(one.occurred_at, node.window)]
        return any(
            timedelta(0) < later.occurred_at - earlier.occurred_at <= node.within
            for earlier in within
            if self._fits(earlier, node.first)
            for later in within
            if self._fits(later, node.then)
        )

    def _fits(self, event: Happening, step: m.Step) -> bool:
        if event.name_id != step.name_id:
            return False
        for one in step.where:
            if isinstance(one, m.AttributeFilter):
                value = event.attributes.get(one.name)
            else:
                value = inside(event.context, one.path)
            if not self.passes(value, one.condition):
                return False
        return True

    def _is_in(self, time: datetime, window: m.Window) -> bool:
        if isinstance(window, m.InLast):
            return self.now - time <= window.duration
        return (window.start is None or window.start <= time) and (
            window.end is None or time < window.end
        )

    # --- one value -----------------------------------------------------------------------

    def passes(self, value: Any, condition: c.AnyCondition) -> bool:
        """Say whether a value meets a condition; null is as good as missing."""
        passed = value is not None and self._passes(value, condition.test)
        return passed is not condition.is_negated

    def _passes(self, value: Any, test: c.Test) -> bool:
        if isinstance(test, c.NumberIn | c.NumberRange):
            return is_number(value) and number_passes(exact(value), test)
        if isinstance(test, c.TextIs):
            return isinstance(value, str) and any(text_is(value, test, one) for one in test.texts)
        match test:
            case c.IsSet():
                return True
            case c.BooleanIs(expected):
                return value is expected
            case c.ArrayHas(element):
                return isinstance(value, list) and has(cast("list[Any]", value), element)
            case _:
                return isinstance(value, str) and self._date_passes(value, test)

    def _date_passes(self, text: str, test: c.Test) -> bool:
        clock = clock_of(text)
        if clock is None:
            return False
        today = self.now.astimezone(self.zone).date()
        match test:
            case c.DateRange(start, end):
                return (start is None or held_against(text, start) >= 0) and (
                    end is None or held_against(text, end) < 0
                )
            case c.DateInLast(days):
                return today - timedelta(days=days) <= self._day(text, clock) <= today
            case c.DateInNext(days):
                return today <= self._day(text, clock) <= today + timedelta(days=days)
            case c.Anniversary(days):
                coming = [today + timedelta(days=number) for number in range(days + 1)]
                return any(falls_on(text[5:10], day) for day in coming)
            case _:
                raise AssertionError(test)

    def _day(self, text: str, clock: datetime) -> date:
        offset = offset_of(text)
        if offset is None:
            return clock.date()
        # What a calendar cannot count lies on none of the days that are asked for.
        if not 2 < clock.year < 9_998:
            return clock.date()
        return (clock - offset).replace(tzinfo=UTC).astimezone(self.zone).date()


def inside(value: Any, path: Sequence[str]) -> Any:
    """Return what lies at a place in nested objects, None when there is nothing."""
    for name in path:
        value = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
    return value


def is_number(value: Any, expected: int | None = None) -> bool:
    """Say whether a value is a number, or this one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return expected is None or value == expected


def exact(number: float) -> Fraction:
    """Return a number as it is written in JSON."""
    return Fraction(Decimal(repr(number)))


def in_range(number: Fraction, test: c.NumberRange) -> bool:
    """Say whether a number lies in a range."""
    if test.least is not None:
        least = Fraction(test.least)
        if number < least or (test.excludes_least and number == least):
            return False
    if test.most is not None:
        most = Fraction(test.most)
        return number < most or (number == most and not test.excludes_most)
    return True


def fold(text: str) -> str:
    """Make each capital letter a small one, by itself; İ is the only one that becomes two."""
    return "".join(sign.lower()[0] for sign in text)


def text_is(value: str, test: c.TextIs, wanted: str) -> bool:
    """Say whether a text stands in the relation asked for."""
    if test.ignore_case:
        value, wanted = fold(value), fold(wanted)
    return {
        c.TextOperator.EQUALS: value == wanted,
        c.TextOperator.CONTAINS: wanted in value,
        c.TextOperator.STARTS_WITH: value.startswith(wanted),
        c.TextOperator.ENDS_WITH: value.endswith(wanted),
    }[test.operator]


def has(array: list[Any], wanted: str | Decimal) -> bool:
    """Say whether an array has an element."""
    if isinstance(wanted, str):
        return wanted in array
    return any(is_number(one) and exact(one) == Fraction(wanted) for one in array)


def number_passes(number: Fraction, test: c.NumberIn | c.NumberRange) -> bool:
    """Say whether a number passes a test."""
    if isinstance(test, c.NumberIn):
        return number in map(Fraction, test.numbers)
    return in_range(number, test)


def falls_on(month_day: str, day: date) -> bool:
    """Say whether a day and month come round on a date."""
    if re.fullmatch("02-29", month_day) and not is_leap_year(day.year):
        month_day = "02-28"
    return f"{day:%m-%d}" == month_day
