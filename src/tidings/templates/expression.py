"""What an expression in a template may use: pure.

Each step of a template costs fuel, and so do texts by their length. What a list costs, MiniJinja
does not count: a short template could make one that fills the memory when it is printed. So only
numbers are multiplied, only numbers and texts added, and a list that a template makes itself can be
looped over and searched, but not kept. It is the same that makes nothing of a missing price.
"""

import re
from collections.abc import Iterator
from itertools import chain, islice, pairwise
from typing import NamedTuple

_OF_LANGUAGES = frozenset({"date", "datetime", "money", "number", "percent", "time"})
_OF_TEXTS = frozenset(
    {"capitalize", "e", "escape", "lower", "replace", "safe", "string", "title", "trim"}
    | {"truncate", "upper", "urlencode"}
)
_OF_NUMBERS = frozenset({"abs", "float", "int", "round"})
_OF_LISTS = frozenset({"first", "items", "join", "last", "length", "reverse", "sort", "sum"})
FILTERS = _OF_LANGUAGES | _OF_TEXTS | _OF_NUMBERS | _OF_LISTS | {"d", "default", "unique"}
TESTS = frozenset(
    {"defined", "undefined", "none", "true", "false", "string", "number", "odd", "even"}
    | {"divisibleby", "startingwith", "endingwith"}
)
FUNCTIONS = frozenset({"range"})

_LIST_FILTERS = frozenset({"items", "reverse", "sort", "unique"})
_WORDS = frozenset({"and", "or", "not", "in", "is", "if", "else", "recursive"})
_SIGNS = re.compile(
    r"""\s+
    | (?P<text> "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' )
    | (?P<number> \d[\w.]* )
    | (?P<name> [^\W\d]\w* )
    | (?P<sign> \*\* | // | [=!<>]= | . )""",
    re.X | re.S,
)


NUMBER_GUARD = "tidings_number"
ADDEND_GUARD = "tidings_addend"
_GUARDS = {"*": NUMBER_GUARD, "**": NUMBER_GUARD, "+": ADDEND_GUARD}


class _Sign(NamedTuple):
    kind: str
    text: str
    end: int = 0


_START = _Sign("sign", "")


def wrong_with_expression(
    expression: str, *, is_kept: bool = False, is_loop: bool = False
) -> str | None:
    """Say what an expression uses that it may not, None when nothing is wrong.

    Shape:  is_kept - the expression is what `set` keeps; is_loop - it is what `for` has.
    """
    signs = list(_signs(expression))
    looped = next((sign for sign in signs if is_loop and sign.text == "in"), None)
    wrong = next(_wrong_names(signs, looped), None)
    if wrong is not None:
        return wrong
    if is_kept and _makes_list(signs):
        return "set cannot keep a list that the template makes"
    return None


def guarded(code: str) -> str:
    """Return an expression, or a tag's inside, that fails when anything but numbers is multiplied.

    Shape:  every operand of `*`, `**` and `+` is given a filter; a filter binds closer.
    """
    signs = list(_signs(code))
    added: list[tuple[int, str]] = []
    for place, sign in enumerate(signs):
        guard = _GUARDS.get(sign.text)
        if guard is not None and place > 0 and _is_operand(signs[place - 1]):
            added.append((signs[place - 1].end, guard))
            added.append((_end_of_operand(signs, place + 1), guard))
    pieces: list[str] = []
    done = 0
    for position, guard in sorted(added):
        pieces += [code[done:position], f"|{guard}"]
        done = position
    return "".join([*pieces, code[done:]])


def _signs(expression: str) -> Iterator[_Sign]:
    for match in _SIGNS.finditer(expression):
        if match.lastgroup is not None:
            yield _Sign(match.lastgroup, match[0], match.end())


def _wrong_names(signs: list[_Sign], looped: _Sign | None) -> Iterator[str]:
    """Say which names are wrong.

    Shape:  looped - the `in` of a loop, behind which a function may stand.
    """
    for place, (sign, after) in enumerate(pairwise([*signs, _START])):
        before = signs[place - 1] if place else _START
        if sign.text == "{":
            yield "{ } is not allowed within a tag"
        if sign.kind == "name" and before.text == "|" and sign.text not in FILTERS:
            yield f"there is no filter {sign.text}; there are {', '.join(sorted(FILTERS))}"
        if _is_test(signs, place) and sign.text not in TESTS:
            yield f"there is no test {sign.text}; there are {', '.join(sorted(TESTS))}"
        called = after.text == "(" and sign.kind == "name" and sign.text not in _WORDS
        if called and before.text == ".":
            yield f"{sign.text}() cannot be called"
        is_function = called and before.text not in {".", "|", "is", "not"}
        if is_function and sign.text not in FUNCTIONS:
            yield f"there is no function {sign.text}"
        elif is_function and before is not looped:
            yield f"{sign.text}() can only be what a loop goes through"
        if after.text == "(" and (sign.text in {")", "]"} or sign.kind == "text"):
            yield "only a name can be called"


def _is_test(signs: list[_Sign], place: int) -> bool:
    """Say whether a sign names a test: it stands behind `is` or `is not`."""
    words = [sign.text for sign in signs[max(0, place - 2) : place]]
    return (words[-1:] == ["is"] and signs[place].text != "not") or words == ["is", "not"]


def _makes_list(signs: list[_Sign]) -> bool:
    """Say whether there is a list, a pair, a range, or a part of a list in an expression."""
    within: list[str] = [""]
    for before, sign in zip([_START, *signs[:-1]], signs, strict=True):
        if sign.text in {"(", "["}:
            within.append(sign.text if _is_operand(before) else f" {sign.text}")
        elif sign.text in {")", "]"} and len(within) > 1:
            within.pop()
        is_list = (
            within[-1] == " ["
            or (sign.text == "," and within[-1] != "(")
            or (sign.text == ":" and within[-1] == "[")
            or (before.text == "|" and sign.text in _LIST_FILTERS)
        )
        if is_list:
            return True
    return False


def _is_operand(sign: _Sign) -> bool:
    """Say whether a value ends with a sign: a bracket behind it calls it or takes a part."""
    is_name = sign.kind == "name" and sign.text not in _WORDS
    return is_name or sign.kind in {"text", "number"} or sign.text in {")", "]"}


def _end_of_operand(signs: list[_Sign], place: int) -> int:
    """Return where the value ends that begins at a place, with its parts, calls and filters."""
    depth = 0
    has_begun = False
    for sign, after in pairwise(chain(islice(signs, place, None), [_START])):
        has_begun |= sign.text not in {"-", "+"}
        depth += (sign.text in {"(", "["}) - (sign.text in {")", "]"})
        goes_on = sign.text in {".", "|"} or after.text in {".", "|", "(", "["}
        if has_begun and depth == 0 and not goes_on:
            return sign.end
    return signs[-1].end
