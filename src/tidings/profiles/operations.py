"""From a wire's operations on a profile to ours, or the first mistake in them: pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from tidings.base import limits
from tidings.profiles.model import CannotApply, Operation, Operator

_KNOWN = ", ".join(Operator)
_EACH = "$each"
_MOST_QUOTED_CHARACTERS = 100


def read_operations(
    profile: object, *, stored_name: Mapping[str, str], read_only: frozenset[str]
) -> Sequence[Operation]:
    """Read the operations that one record asks for, in the order sent.

    Shape:  profile - decoded JSON, an object of operators, each an object of path and value;
            null and [], which PHP sends for {}, are empty objects in both places; stored_name -
            from the first part of a path to the attribute it means, where that differs;
            read_only - first parts of paths, as sent, that can not be touched.
    Errors: `CannotApply` for the first mistake, its path as sent: of the profile, or the operator
            when that is what is wrong, or '' for the profile as a whole.
    Source: MongoDB manual, "Update Operators"; docs/notifuse.md for our choices.
    """
    reader = _Reader(stored_name, read_only)
    for name, values in _object("", profile).items():
        operator = _operator(name)
        for path, value in _object(name, values).items():
            reader.read(operator, path, value)
    return reader.steps


def is_number(value: object) -> bool:
    """Say whether a JSON value is a number; a boolean is one in Python only."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def cut(text: str) -> str:
    """Shorten what a sender wrote so that it can be quoted; a name may have megabytes."""
    most = _MOST_QUOTED_CHARACTERS
    return text if len(text) <= most else text[:most] + "…"


class _Reader:
    """Reads step after step, and knows what the earlier ones touch."""

    def __init__(self, stored_name: Mapping[str, str], read_only: frozenset[str]) -> None:
        self.steps: list[Operation] = []
        self._stored_name = stored_name
        self._read_only = read_only
        # Paths touched and paths above them, as stored, each with the words of its sender: so that
        # ten thousand paths are not compared with each other.
        self._touched: dict[tuple[str, ...], str] = {}
        self._above: dict[tuple[str, ...], str] = {}

    def read(self, operator: Operator, sent: str, value: object) -> None:
        """Read one operator's value for one path."""
        path = self._touch(sent)
        if operator in _RULES:
            is_right, words = _RULES[operator]
            if not is_right(value):
                raise CannotApply(sent, f"can not be changed so: {operator} takes {words}")
        if operator is Operator.RENAME:
            value = self._touch(cast("str", value))
        if operator in {Operator.PUSH, Operator.ADD_TO_SET}:
            value = _added(operator, value)
            if isinstance(value, str):
                raise CannotApply(sent, value)
        self.steps.append(Operation(operator, path, value))

    def _touch(self, sent: str) -> tuple[str, ...]:
        parts = tuple(sent.split("."))
        wrong = _wrong_with_path(parts)
        if wrong is not None:
            raise CannotApply(sent, wrong)
        if parts[0] in self._read_only:
            raise CannotApply(sent, "can not be changed")
        path = (self._stored_name.get(parts[0], parts[0]), *parts[1:])
        conflict = self._conflict(path)
        if conflict == sent:
            raise CannotApply(sent, "is changed twice")
        if conflict is not None:
            raise CannotApply(sent, f"conflicts with {cut(conflict)}, which is changed as well")
        self._touched[path] = sent
        self._above |= {path[:end]: sent for end in range(1, len(path))}
        return path

    def _conflict(self, path: tuple[str, ...]) -> str | None:
        for end in range(1, len(path) + 1):
            if path[:end] in self._touched:
                return self._touched[path[:end]]
        return self._above.get(path)


def _object(path: str, value: object) -> dict[str, object]:
    if value is None or value == []:
        return {}
    if not isinstance(value, dict):
        holds = "operators" if path == "" else "paths and values"
        raise CannotApply(path, f"must be an object of {holds}")
    return cast("dict[str, object]", value)


def _operator(name: str) -> Operator:
    if not name.startswith("$"):
        raise CannotApply(
            name, 'is not an operator; attributes are set with {"$set": {"name": "value"}}'
        )
    try:
        return Operator(name)
    except ValueError:
        raise CannotApply(name, f"is not a known operator; those are {_KNOWN}") from None


def _wrong_with_path(parts: Sequence[str]) -> str | None:
    if len(parts) > limits.MAX_NESTING_DEPTH:
        return f"has {len(parts)} parts, at most {limits.MAX_NESTING_DEPTH} are allowed"
    if "" in parts:
        return "must be names joined by single dots"
    if len(parts[0]) > limits.MAX_ATTRIBUTE_NAME_CHARACTERS:
        return f"attribute names have 1 to {limits.MAX_ATTRIBUTE_NAME_CHARACTERS} characters"
    operators = [part for part in parts if part.startswith("$")]
    if operators:
        return f"can not hold {cut(operators[0])}: no name in a path begins with $"
    return None


def _added(operator: Operator, value: object) -> list[Any] | str:
    if not isinstance(value, dict):
        return [value]
    fields = cast("dict[str, Any]", value)
    if not any(name.startswith("$") for name in fields):
        return [fields]
    others = [name for name in fields if name != _EACH]
    if others:
        return f"can not be changed so: {operator} knows {_EACH} only, not {cut(others[0])}"
    if not isinstance(fields[_EACH], list):
        return f"can not be changed so: {_EACH} takes an array"
    return cast("list[Any]", fields[_EACH])


def _is_number_or_text(value: object) -> bool:
    return is_number(value) or isinstance(value, str)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_end(value: object) -> bool:
    return is_number(value) and value in {1, -1}


# What an operator takes, and how to say so; the others take any value.
_RULES: Mapping[Operator, tuple[Callable[[object], bool], str]] = {
    Operator.INC: (is_number, "a number"),
    Operator.MUL: (is_number, "a number"),
    Operator.MIN: (_is_number_or_text, "a number or a text"),
    Operator.MAX: (_is_number_or_text, "a number or a text"),
    Operator.POP: (_is_end, "1 for the last element or -1 for the first"),
    Operator.RENAME: (_is_text, "the new path"),
}
