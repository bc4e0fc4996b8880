"""Reading what a definition asks of one value: an operator that its type has: pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import cast

from tidings.base import limits
from tidings.schema.model import AttributeType
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
    TextIs,
    TextOperator,
)
from tidings.segments.reading import Fields, Reading, join, listed

IGNORE_CASE = "ignore_case"
"""Beside an operator of texts: capital and small letters are the same."""

Operator = Callable[[Reading, object, str], AnyCondition | None]
"""Reads an operand at a path."""


def _is_set(reading: Reading, value: object, path: str) -> AnyCondition | None:
    is_wanted = reading.boolean(value, path)
    return None if is_wanted is None else Condition(IsSet(), is_negated=not is_wanted)


def _text(operator: TextOperator, *, is_negated: bool = False) -> Operator:
    def read(reading: Reading, value: object, path: str) -> AnyCondition | None:
        text = reading.text(value, path)
        if text is None:
            return None
        return Condition(TextIs(operator, (text,)), is_negated)

    return read


def _texts(*, is_negated: bool) -> Operator:
    def read(reading: Reading, value: object, path: str) -> AnyCondition | None:
        items = reading.items(value, path, limits.MAX_SEGMENT_LIST)
        if items is None:
            return None
        texts = [reading.text(item, f"{path}[{index}]") for index, item in enumerate(items)]
        if None in texts:
            return None
        known = tuple(cast("list[str]", texts))
        return Condition(TextIs(TextOperator.EQUALS, known), is_negated)

    return read


def _range(
    *,
    is_least: bool = False,
    is_most: bool = False,
    excludes: bool = False,
    is_negated: bool = False,
) -> Operator:
    def read(reading: Reading, value: object, path: str) -> AnyCondition | None:
        number = reading.number(value, path)
        if number is None:
            return None
        test = NumberRange(
            least=number if is_least else None,
            most=number if is_most else None,
            excludes_least=is_least and excludes,
            excludes_most=is_most and excludes,
        )
        return Condition(test, is_negated)

    return read


def _pair(reading: Reading, value: object, path: str) -> tuple[object, object] | None:
    items = reading.items(value, path, 2)
    if items is None:
        return None
    if len(items) != 2:
        return reading.wrong(path, "must be an array of two: from, to")
    return items[0], items[1]


def _numbers_between(reading: Reading, value: object, path: str) -> AnyCondition | None:
    pair = _pair(reading, value, path)
    if pair is None:
        return None
    least, most = (reading.number(one, f"{path}[{index}]") for index, one in enumerate(pair))
    if least is None or most is None:
        return None
    if least > most:
        return reading.wrong(path, "must not be the other way round")
    return Condition(NumberRange(least, most))


def _numbers(*, is_negated: bool) -> Operator:
    def read(reading: Reading, value: object, path: str) -> AnyCondition | None:
        items = reading.items(value, path, limits.MAX_SEGMENT_LIST)
        if items is None:
            return None
        numbers = [reading.number(item, f"{path}[{index}]") for index, item in enumerate(items)]
        if None in numbers:
            return None
        return Condition(NumberIn(tuple(cast("list[Decimal]", numbers))), is_negated)

    return read


def _is(reading: Reading, value: object, path: str) -> AnyCondition | None:
    expected = reading.boolean(value, path)
    return None if expected is None else Condition(BooleanIs(expected))


def _date(*, is_after: bool = False, is_before: bool = False, is_negated: bool = False) -> Operator:
    def read(reading: Reading, value: object, path: str) -> AnyCondition | None:
        span = reading.span(value, path)
        if span is None:
            return None
        if is_after:
            return Condition(DateRange(span[1], None))
        if is_before:
            return Condition(DateRange(None, span[0]))
        return Condition(DateRange(*span), is_negated)

    return read


def _dates_between(reading: Reading, value: object, path: str) -> AnyCondition | None:
    pair = _pair(reading, value, path)
    if pair is None:
        return None
    first, last = (reading.span(one, f"{path}[{index}]") for index, one in enumerate(pair))
    if first is None or last is None:
        return None
    if first[0].utc > last[0].utc:
        return reading.wrong(path, "must not be the other way round")
    return Condition(DateRange(first[0], last[1]))


def _days(test: Callable[[int], DateInLast | DateInNext | Anniversary], *, most: int) -> Operator:
    def read(reading: Reading, value: object, path: str) -> AnyCondition | None:
        days = reading.count(value, path, least=0, most=most)
        return None if days is None else Condition(test(days))

    return read


def _element(reading: Reading, value: object, path: str) -> AnyCondition | None:
    if isinstance(value, str):
        element: str | Decimal | None = reading.text(value, path)
    else:
        element = reading.number(value, path)
    return None if element is None else Condition(ArrayHas(element))


NUMBER_OPERATORS: Mapping[str, Operator] = {
    "equals": _range(is_least=True, is_most=True),
    "not_equals": _range(is_least=True, is_most=True, is_negated=True),
    "greater_than": _range(is_least=True, excludes=True),
    "at_least": _range(is_least=True),
    "less_than": _range(is_most=True, excludes=True),
    "at_most": _range(is_most=True),
    "between": _numbers_between,
}
"""The operators that make a range, which is all that can be asked of a number made of several."""

OPERATORS: Mapping[AttributeType, Mapping[str, Operator]] = {
    AttributeType.STRING: {
        "equals": _text(TextOperator.EQUALS),
        "not_equals": _text(TextOperator.EQUALS, is_negated=True),
        "in": _texts(is_negated=False),
        "matches_none": _texts(is_negated=True),
        "contains": _text(TextOperator.CONTAINS),
        "starts_with": _text(TextOperator.STARTS_WITH),
        "ends_with": _text(TextOperator.ENDS_WITH),
        "is_set": _is_set,
    },
    AttributeType.NUMBER: {
        **NUMBER_OPERATORS,
        "in": _numbers(is_negated=False),
        "matches_none": _numbers(is_negated=True),
        "is_set": _is_set,
    },
    AttributeType.BOOLEAN: {"is": _is, "is_set": _is_set},
    AttributeType.DATE: {
        "equals": _date(),
        "not_equals": _date(is_negated=True),
        "before": _date(is_before=True),
        "after": _date(is_after=True),
        "between": _dates_between,
        "in_last_days": _days(DateInLast, most=limits.MAX_SEGMENT_DAYS),
        "in_next_days": _days(DateInNext, most=limits.MAX_SEGMENT_DAYS),
        "anniversary_within_days": _days(Anniversary, most=366),
        "is_set": _is_set,
    },
    AttributeType.ARRAY: {"contains": _element, "is_set": _is_set},
}
ALL_OPERATORS = frozenset(name for of_type in OPERATORS.values() for name in of_type)


def read_condition(
    reading: Reading, fields: Fields, path: str, kind: AttributeType
) -> AnyCondition | None:
    """Read the one operator among an object's fields, with its operand.

    Shape:  fields - of `ALL_OPERATORS` and `IGNORE_CASE`, perhaps others; kind - the value's type.
    """
    operator = reading.choice(fields, path, ALL_OPERATORS, "an operator")
    if operator is None:
        return None
    known = OPERATORS[kind]
    if operator not in known:
        message = f"is no operator of type {kind.value}, which has {listed(known)}"
        return reading.wrong(join(path, operator), message)
    condition = known[operator](reading, fields[operator], join(path, operator))
    if IGNORE_CASE not in fields:
        return condition
    ignore_case = reading.boolean(fields[IGNORE_CASE], join(path, IGNORE_CASE))
    if condition is None or ignore_case is None:
        return None
    if not isinstance(condition.test, TextIs):
        return reading.wrong(join(path, IGNORE_CASE), "is only for operators of texts")
    return replace(condition, test=replace(condition.test, ignore_case=ignore_case))


def read_number_condition(
    reading: Reading, fields: Fields, path: str
) -> Condition[NumberRange] | None:
    """Read the one operator that makes a range among an object's fields, with its operand."""
    operator = reading.choice(fields, path, NUMBER_OPERATORS, "an operator")
    if operator is None:
        return None
    read = NUMBER_OPERATORS[operator](reading, fields[operator], join(path, operator))
    return cast("Condition[NumberRange] | None", read)


def type_asked(fields: Fields) -> AttributeType:
    """Say which type is asked for by the operator and operand, of a value without a lock."""
    operand = next((fields[name] for name in fields if name in ALL_OPERATORS), None)
    if "is" in fields:
        return AttributeType.BOOLEAN
    if isinstance(operand, list) and operand:
        operand = cast("list[object]", operand)[0]
    if isinstance(operand, int | float) and not isinstance(operand, bool):
        return AttributeType.NUMBER
    return AttributeType.STRING
