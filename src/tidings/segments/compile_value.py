"""From what a definition asks of one value to SQL, for `compile`: pure, every value is bound.

A test must pass or fail whatever is stored, never raise and never be unknown: so each looks at the
type of the value before it reads it, and null is a failed test.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Self, assert_never

from tidings.segments.calendar import midnight, month_days, today
from tidings.segments.condition import (
    Anniversary,
    AnyCondition,
    ArrayHas,
    BooleanIs,
    Condition,
    DateInLast,
    DateInNext,
    DateRange,
    IsSet,
    NumberIn,
    NumberRange,
    Test,
    TextIs,
    TextOperator,
)


class Parameters:
    """The values of a statement, in the order of their numbers; and when and where it is asked."""

    def __init__(self, now: datetime, zone: tzinfo) -> None:
        self.now = now
        self.zone = zone
        self.values: list[object] = []

    def bind(self, value: object, kind: str) -> str:
        """Bind a value, and return what stands for it in the statement.

        Shape:  kind - its PostgreSQL type, always one of our own words.
        """
        self.values.append(value)
        return f"${len(self.values)}::{kind}"


@dataclass(frozen=True, slots=True)
class Stored:
    """A value inside a document: an expression for it as jsonb, and one for its text.

    Both are null where there is none. The text is read in a third of the time, but is the same for
    7 and "7": whoever compares it looks at the type of what was found, too.
    """

    json: str
    text: str

    @classmethod
    def at(cls, document: str, path: Sequence[str], parameters: Parameters) -> Self:
        """Return what lies at a place: a name, or names from the outermost object down."""
        *outer, last = [parameters.bind(name, "text") for name in path]
        inner = " -> ".join([document, *outer])
        return cls(f"({inner} -> {last})", f"({inner} ->> {last})")


def passes(condition: AnyCondition, value: Stored, parameters: Parameters) -> str:
    """Return an expression that is true when a stored value meets a condition, else false."""
    return _settled(_test(condition.test, value, parameters), is_negated=condition.is_negated)


def number_passes(
    condition: Condition[NumberRange], number: str, parameters: Parameters, *, scale: str | None
) -> str:
    """Return an expression that is true when a number meets a condition, else false.

    Shape:  number - an expression, numeric or null; scale - what the bounds are multiplied with,
            None for nothing.
    """
    return _settled(
        _range(condition.test, number, parameters, scale=scale), is_negated=condition.is_negated
    )


def _settled(passed: str, *, is_negated: bool) -> str:
    return f"{'NOT ' * is_negated}coalesce({passed}, false)"


def _test(test: Test, value: Stored, parameters: Parameters) -> str:
    bind = parameters.bind
    match test:
        case IsSet():
            passed = f"{value.text} IS NOT NULL"
        case TextIs():
            passed = f"({_text(test, value.text, bind)} AND jsonb_typeof({value.json}) = 'string')"
        case NumberIn(numbers):
            passed = f"{number_in(value)} = ANY ({bind(list(numbers), 'numeric[]')})"
        case NumberRange():
            passed = _range(test, number_in(value), parameters, scale=None)
        case BooleanIs(expected):
            passed = f"{value.json} = to_jsonb({bind(expected, 'boolean')})"
        case DateRange() | DateInLast() | DateInNext():
            passed = _dates(value.json, bind, _span(test, parameters))
        case Anniversary(days):
            listed = bind(month_days(today(parameters.now, parameters.zone), days), "text[]")
            met = f"substring({value.text} FROM 6 FOR 5) = ANY ({listed})"
            passed = f"CASE WHEN fits_type({value.json}, 'Date') THEN {met} END"
        case ArrayHas(element):
            wanted = bind(element, "text" if isinstance(element, str) else "numeric")
            found = f"{value.json} @> to_jsonb({wanted})"
            passed = f"CASE WHEN jsonb_typeof({value.json}) = 'array' THEN {found} END"
        case _ as unknown:
            assert_never(unknown)
    return passed


def number_in(value: Stored) -> str:
    """Return an expression for a stored number, null for what is none."""
    return f"CASE WHEN jsonb_typeof({value.json}) = 'number' THEN {value.json}::numeric END"


def _text(test: TextIs, text: str, bind: Callable[[object, str], str]) -> str:
    if test.operator is TextOperator.EQUALS and not test.ignore_case:
        return f"{text} = ANY ({bind(list(test.texts), 'text[]')})"
    fold = "fold_case" if test.ignore_case else ""
    text = f"{fold}({text})"
    each: list[str] = []
    for wanted in test.texts:
        other = f"{fold}({bind(wanted, 'text')})"
        match test.operator:
            case TextOperator.EQUALS:
                each.append(f"{text} = {other}")
            case TextOperator.CONTAINS:
                each.append(f"position({other} IN {text}) > 0")
            case TextOperator.STARTS_WITH:
                each.append(f"starts_with({text}, {other})")
            case TextOperator.ENDS_WITH:
                each.append(f"right({text}, length({other})) = {other}")
            case _ as unknown:
                assert_never(unknown)
    return f"({' OR '.join(each)})"


def _range(test: NumberRange, number: str, parameters: Parameters, *, scale: str | None) -> str:
    bounds: list[str] = []
    times = "" if scale is None else f" * {scale}"
    for bound, sign, is_excluded in (
        (test.least, ">", test.excludes_least),
        (test.most, "<", test.excludes_most),
    ):
        if bound is not None:
            operator = sign if is_excluded else f"{sign}="
            bounds.append(f"{number} {operator} {parameters.bind(bound, 'numeric')}{times}")
    return f"({' AND '.join(bounds)})"


def _span(test: DateRange | DateInLast | DateInNext, parameters: Parameters) -> DateRange:
    day = today(parameters.now, parameters.zone)
    match test:
        case DateRange():
            return test
        case DateInLast(days):
            first, last = day - timedelta(days=days), day
        case DateInNext(days):
            first, last = day, day + timedelta(days=days)
    zone = parameters.zone
    return DateRange(midnight(first, zone), midnight(last + timedelta(days=1), zone))


def _dates(value: str, bind: Callable[[object, str], str], span: DateRange) -> str:
    bounds: list[str] = []
    for moment, negated in ((span.start, ""), (span.end, "NOT ")):
        if moment is not None:
            wall, utc = (bind(one, "timestamp") for one in moment)
            bounds.append(f"{negated}date_reaches({value}, {wall}, {utc})")
    return f"({' AND '.join(bounds)})"
