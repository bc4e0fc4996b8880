"""What operations make of a person's attributes, with MongoDB's semantics: pure."""

import math
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, cast

from tidings.base import limits
from tidings.profiles.model import CannotApply, Operation, Operator
from tidings.profiles.operations import cut, is_number

_MISSING = object()
_BLOCKED = object()
# Without leading zeros, so that no two paths name one element. No index has ten digits.
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_INTEGERS = range(-(2**63), 2**63)
_MOST_ITEMS = limits.MAX_PROFILE_ARRAY_ITEMS
_KINDS: Mapping[object, str] = {
    str: "a text",
    bool: "a boolean",
    type(None): "null",
    list: "an array",
    dict: "an object",
}


class _Unfit(Exception):
    """Why a step does not fit what it meets; `apply` adds where."""


def apply(steps: Sequence[Operation], attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a person's attributes after all steps; neither input is ever changed.

    Shape:  what no step touches is shared with `attributes`, what is added with `steps`.
    Errors: `CannotApply`, its path in stored names, for the first step that does not fit.
    Source: MongoDB manual, "Update Operators"; docs/notifuse.md for our choices.
    """
    draft = _Draft(attributes)
    for step in steps:
        try:
            _apply_step(step, draft)
        except _Unfit as unfit:
            raise CannotApply(".".join(step.path), str(unfit)) from unfit
    return draft.attributes


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """Name the attributes that are new, gone or another value.

    1 and 1.0 are two values here: what was a float stays one for who reads it. The order of an
    object's keys says nothing.
    """
    return {
        name
        for name in before.keys() | after.keys()
        if not _is_same(before.get(name, _MISSING), after.get(name, _MISSING))
    }


class _Draft:
    """Attributes being changed: what is touched is copied first, and once."""

    def __init__(self, attributes: Mapping[str, Any]) -> None:
        self.attributes = dict(attributes)
        # By identity, and held: an identity is given out again once its object is gone.
        self._copies: dict[int, object] = {id(self.attributes): self.attributes}
        self._padding = 0

    def find(self, path: Sequence[str], *, blocked_is_missing: bool = False) -> object:
        """Return what is at a path, or _MISSING; refuse a path that could not be made either."""
        place: object = self.attributes
        for depth, part in enumerate(path):
            inner = _child(place, part)
            if inner is _BLOCKED and not blocked_is_missing:
                raise _Unfit(_words_for_blocked(path, depth, place))
            if inner is _MISSING or inner is _BLOCKED:
                return _MISSING
            place = inner
        return place

    def put(self, path: Sequence[str], value: object) -> None:
        """Set the value at a path that is not blocked, making the objects on the way."""
        self._assign(self._parent(path), path[-1], value)

    def drop(self, path: Sequence[str]) -> None:
        """Remove what is at a path; an element leaves null, so that the others keep their index."""
        place = self._parent(path)
        if isinstance(place, list):
            self._assign(place, path[-1], None)
        else:
            del place[path[-1]]

    def _parent(self, path: Sequence[str]) -> dict[str, Any] | list[object]:
        place: dict[str, Any] | list[object] = self.attributes
        for part in path[:-1]:
            inner = _child(place, part)
            copy = self._copied({} if inner is _MISSING else inner)
            if copy is not inner:
                self._assign(place, part, copy)
            place = copy
        return place

    def _copied(self, place: object) -> dict[str, Any] | list[object]:
        known = cast("dict[str, Any] | list[object]", place)
        if id(known) in self._copies:
            return known
        copy = known.copy()
        self._copies[id(copy)] = copy
        return copy

    def _assign(self, place: dict[str, Any] | list[object], part: str, value: object) -> None:
        if isinstance(place, dict):
            place[part] = value
            return
        index = int(part)
        if index < len(place):
            place[index] = value
            return
        # In all, not for each array: a short step at the end of each of many short arrays would
        # take gigabytes.
        missing = index - len(place)
        self._padding += missing
        if index >= _MOST_ITEMS or self._padding > _MOST_ITEMS:
            raise _Unfit(f"would fill up arrays to more than {_MOST_ITEMS} elements")
        place.extend([None] * missing)
        place.append(value)


def _apply_step(step: Operation, draft: _Draft) -> None:
    operator, path, value = step
    if operator is Operator.RENAME:
        _rename(path, value, draft)
    elif operator is Operator.UNSET:
        if draft.find(path, blocked_is_missing=True) is not _MISSING:
            draft.drop(path)
    else:
        _refuse_excess(value, level=len(path) + 1)
        only_takes = operator in {Operator.PULL, Operator.POP}
        old = draft.find(path)
        if old is not _MISSING or not only_takes:
            draft.put(path, _NEW_VALUE[operator](old, value))


def _rename(path: Sequence[str], new_path: Sequence[str], draft: _Draft) -> None:
    moved = draft.find(path)
    if moved is _MISSING:
        return
    for checked in (path, new_path):
        above = (draft.find(checked[:end]) for end in range(1, len(checked)))
        if any(isinstance(place, list) for place in above):
            words = "is in an array, where nothing can be renamed"
            raise _Unfit(f"does not fit: {cut('.'.join(checked))} {words}")
    draft.find(new_path)
    _refuse_excess(moved, level=len(new_path) + 1)
    draft.drop(path)
    draft.put(new_path, moved)


def _increase(old: Any, by: Any) -> object:  # noqa: ANN401 - a JSON value and a number
    return _in_range(lambda: (0 if old is _MISSING else _number(old)) + by)


def _multiply(old: Any, by: Any) -> object:  # noqa: ANN401 - a JSON value and a number
    if old is _MISSING:
        return type(by)(0)  # MongoDB: of the multiplier's type
    return _in_range(lambda: _number(old) * by)


def _in_range(calculate: Callable[[], Any]) -> object:
    try:
        result = calculate()
    except OverflowError:
        result = math.inf  # a stored integer too large for the float that it meets
    if isinstance(result, int):
        if result not in _INTEGERS:
            raise _Unfit("would leave the range of 64-bit integers")
    elif not math.isfinite(result):
        raise _Unfit("would leave the range of numbers")
    return result


def _is_less(one: Any, other: Any) -> bool:  # noqa: ANN401 - any JSON values
    # MongoDB has an order over all types, in which every text is more than every number. Who
    # sends that has made a mistake.
    if (is_number(one) and is_number(other)) or (isinstance(one, str) and isinstance(other, str)):
        return bool(one < other)
    raise _Unfit(f"can not compare {_kind(one)} with {_kind(other)}")


def _push(old: object, added: Sequence[object]) -> object:
    return _of_allowed_length([*_array(old), *added])


def _add_to_set(old: object, added: Sequence[object]) -> object:
    items = [*_array(old)]
    known = {_key(item) for item in items}
    for value in added:
        key = _key(value)
        if key not in known:
            known.add(key)
            items.append(value)
    return _of_allowed_length(items)


def _pull(old: object, value: object) -> object:
    unwanted = _key(value)
    return [item for item in _array(old) if _key(item) != unwanted]


_NEW_VALUE: Mapping[Operator, Callable[[Any, Any], object]] = {
    Operator.SET: lambda _old, value: value,
    Operator.INC: _increase,
    Operator.MUL: _multiply,
    Operator.MIN: lambda old, new: new if old is _MISSING or _is_less(new, old) else old,
    Operator.MAX: lambda old, new: new if old is _MISSING or _is_less(old, new) else old,
    Operator.PUSH: _push,
    Operator.ADD_TO_SET: _add_to_set,
    Operator.PULL: _pull,
    Operator.POP: lambda old, end: _array(old)[:-1] if end > 0 else _array(old)[1:],
}


def _child(place: object, part: str) -> object:
    if isinstance(place, dict):
        return cast("dict[str, object]", place).get(part, _MISSING)
    if isinstance(place, list) and _INDEX.fullmatch(part) is not None:
        items = cast("list[object]", place)
        return items[int(part)] if int(part) < len(items) else _MISSING
    return _BLOCKED


def _words_for_blocked(path: Sequence[str], depth: int, place: object) -> str:
    above, below = (cut(".".join(path[:end])) for end in (depth, depth + 1))
    return f"does not fit: {above} is {_kind(place)}, so that there can be no {below}"


def _refuse_excess(value: object, *, level: int) -> None:
    # Level by level, not by recursion: what is sent may be deeper than Python can walk down.
    places: list[Any] = [value]
    while places := [place for place in places if type(place) in {dict, list}]:
        if level > limits.MAX_NESTING_DEPTH:
            raise _Unfit(f"would be nested deeper than {limits.MAX_NESTING_DEPTH} levels")
        level += 1
        inside: list[Any] = []
        for place in places:
            inside += place.values() if type(place) is dict else _of_allowed_length(place)
        places = inside


def _of_allowed_length(items: list[object]) -> list[object]:
    if len(items) > _MOST_ITEMS:
        raise _Unfit(f"would have {len(items)} elements, at most {_MOST_ITEMS} are allowed")
    return items


def _array(value: object) -> list[object]:
    if value is _MISSING:
        return []
    if isinstance(value, list):
        return cast("list[object]", value)
    raise _Unfit(f"is {_kind(value)}, not an array")


def _number(value: Any) -> Any:  # noqa: ANN401 - any JSON value, an integer or a float
    if is_number(value):
        return value
    raise _Unfit(f"is {_kind(value)}, not a number")


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a number")


def _key(value: object) -> Hashable:
    # Equal for equal JSON, and hashed: comparing all with all would take minutes for two long
    # arrays. Python has 1 == 1.0, as JSON does, but also 1 == True.
    if isinstance(value, bool):
        return (bool, value)
    if isinstance(value, list):
        return (list, *map(_key, cast("list[object]", value)))
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return (dict, frozenset((name, _key(inner)) for name, inner in fields.items()))
    return cast("Hashable", value)


def _is_same(one: Any, other: Any) -> bool:  # noqa: ANN401 - any JSON values, or _MISSING
    kind = cast("object", type(one))
    if one is other or kind is not type(other):
        return one is other
    if kind is dict:
        return one.keys() == other.keys() and all(_is_same(one[name], other[name]) for name in one)
    if kind is list:
        return len(one) == len(other) and all(map(_is_same, one, other))
    return bool(one == other)
