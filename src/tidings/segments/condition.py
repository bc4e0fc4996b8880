"""What a definition asks of one value: a test, one class a kind."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar


class TextOperator(StrEnum):
    """How a text is held against others."""

    EQUALS = "equals"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"


class Moment(NamedTuple):
    """An instant on two clocks, both written without an offset: the brand's wall, and UTC."""

    wall: datetime
    utc: datetime


@dataclass(frozen=True, slots=True)
class IsSet:
    """There is a value, and it is not null."""


@dataclass(frozen=True, slots=True)
class TextIs:
    """A text stands in a relation to one of some texts."""

    operator: TextOperator
    texts: tuple[str, ...]
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class NumberIn:
    """A number equals one of some numbers."""

    numbers: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class NumberRange:
    """A number lies between two, either of which may be missing and may itself be left out."""

    least: Decimal | None = None
    most: Decimal | None = None
    excludes_least: bool = False
    excludes_most: bool = False


@dataclass(frozen=True, slots=True)
class BooleanIs:
    """A value is true, or is false."""

    value: bool


@dataclass(frozen=True, slots=True)
class DateRange:
    """A Date lies at or after `start` and before `end`, either of which may be missing."""

    start: Moment | None
    end: Moment | None


@dataclass(frozen=True, slots=True)
class DateInLast:
    """A Date lies on today or on one of some days before it, by the brand's calendar."""

    days: int


@dataclass(frozen=True, slots=True)
class DateInNext:
    """A Date lies on today or on one of some days after it, by the brand's calendar."""

    days: int


@dataclass(frozen=True, slots=True)
class Anniversary:
    """Day and month of a Date, as written, come round today or within some days after it."""

    within_days: int


@dataclass(frozen=True, slots=True)
class ArrayHas:
    """An array has a text or a number among its elements."""

    element: str | Decimal


Test = (
    IsSet
    | TextIs
    | NumberIn
    | NumberRange
    | BooleanIs
    | DateRange
    | DateInLast
    | DateInNext
    | Anniversary
    | ArrayHas
)


AnyTest_co = TypeVar("AnyTest_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Condition(Generic[AnyTest_co]):
    """A test that a value passes, or, negated, does not pass; a missing value passes none."""

    test: AnyTest_co
    is_negated: bool = False


AnyCondition = Condition[Test]
