"""Holding attributes against their locked types: pure, and one look-up for a known shape."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from tidings.base.ids import NameId
from tidings.base.times import is_date
from tidings.schema.model import AttributeType, Lock, Mismatch, Status

Attributes = dict[str, Any]
Shape = tuple[object, ...]

_TYPE_OF_PYTHON: Mapping[type, AttributeType] = {
    str: AttributeType.STRING,
    int: AttributeType.NUMBER,
    float: AttributeType.NUMBER,
    bool: AttributeType.BOOLEAN,
    dict: AttributeType.OBJECT,
}


def shape_of(owner: str, attributes: Attributes) -> Shape:
    """Return what decides how attributes are checked: their owner, names and JSON types.

    Records of one kind share a shape, so what follows from it is worked out once and looked up.
    Shape:  the owner, then every name, then every value's Python type, in the order sent.
    """
    return (owner, *attributes, *map(type, attributes.values()))


def type_of(value: object) -> AttributeType | None:
    """Say which type a first value locks, None when it says nothing (null, an empty array).

    JSON types decide; a numeric text stays a String. Only a text in a documented date form is
    more than its JSON type: a Date.
    """
    if type(value) is str:
        return AttributeType.DATE if is_date(value) else AttributeType.STRING
    if isinstance(value, list):
        return _type_of_array(cast("list[object]", value))
    return _TYPE_OF_PYTHON.get(_python_type(value))


def fits(value: object, locked: AttributeType) -> bool:
    """Say whether a value may stand under a lock; null and an empty array fit where they can."""
    if value is None:
        return True
    if locked is AttributeType.STRING:
        return type(value) is str
    got = type_of(value)
    if got is None:
        return locked in {AttributeType.ARRAY, AttributeType.OBJECT_ARRAY}
    return got is locked


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a shape's attributes need, given the locks of its owner.

    Shape:  is_clean - nothing: store what was sent; discarded - names to leave out; suspects -
            names whose value must be looked at, with their locks (all others fit).
    """

    owner: NameId
    is_clean: bool
    discarded: tuple[str, ...]
    suspects: tuple[tuple[str, Lock], ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """Attributes parted into those that fit and those put aside.

    Shape:  kept - None when everything is kept as sent; aside - the values of `mismatches`.
    """

    kept: Attributes | None
    aside: Attributes
    mismatches: Sequence[Mismatch]


AS_SENT = Checked(kept=None, aside={}, mismatches=())


def judge(owner: NameId, attributes: Attributes, locks: Mapping[str, Lock]) -> Verdict | None:
    """Work out the verdict for the shape of these attributes.

    Shape:  locks - of this owner, by attribute; returns None when an attribute has no lock yet
            that its value could have, so that the verdict would not hold for the next record.
    """
    discarded: list[str] = []
    suspects: list[tuple[str, Lock]] = []
    for name, value in attributes.items():
        lock = locks.get(name)
        if lock is None:
            if value is not None:
                return None
        elif lock.status is Status.DISCARDED:
            discarded.append(name)
        elif value is not None and _TYPE_OF_PYTHON.get(_python_type(value)) is not lock.type:
            suspects.append((name, lock))
    return Verdict(
        owner=owner,
        is_clean=not discarded and not suspects,
        discarded=tuple(discarded),
        suspects=tuple(suspects),
    )


def part(verdict: Verdict, attributes: Attributes) -> Checked:
    """Part the attributes of one record by the verdict for its shape."""
    if verdict.is_clean:
        return AS_SENT
    wrong = [
        (name, lock) for name, lock in verdict.suspects if not fits(attributes[name], lock.type)
    ]
    if not wrong and not verdict.discarded:
        return AS_SENT
    aside = {name: attributes[name] for name, _ in wrong}
    kept = {
        name: value
        for name, value in attributes.items()
        if name not in aside and name not in verdict.discarded
    }
    return Checked(
        kept=kept,
        aside=aside,
        mismatches=[Mismatch(name, lock.type, _got(attributes[name])) for name, lock in wrong],
    )


def _python_type(value: object) -> type[object]:
    return type(value)


def _got(value: object) -> AttributeType:
    # A text that is no date contradicts a Date as a String; the JSON type is what the sender sees.
    if isinstance(value, list):
        return _type_of_array(cast("list[object]", value)) or AttributeType.ARRAY
    return _TYPE_OF_PYTHON[_python_type(value)]


def _type_of_array(values: list[object]) -> AttributeType | None:
    if not values:
        return None
    if all(isinstance(value, dict) for value in values):
        return AttributeType.OBJECT_ARRAY
    return AttributeType.ARRAY
