"""Operations are read as MongoDB reads them, or the first mistake is named: pure."""

import contextlib
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings.base import limits
from tidings.profiles.model import CannotApply, Operation, Operator
from tidings.profiles.operations import read_operations

STORED_NAME = {"firstName": "first_name", "mobileNumber": "mobile"}
ALL = "$set, $unset, $inc, $mul, $min, $max, $push, $addToSet, $pull, $pop, $rename"
TWICE = "is changed twice"
NO_PATH = "must be names joined by single dots"
ENDS = "1 for the last element or -1 for the first"


def read(profile: object) -> Sequence[Operation]:
    """Read operations as the wire does."""
    return read_operations(profile, stored_name=STORED_NAME, read_only=frozenset({"id"}))


def refused(profile: object) -> tuple[str, str]:
    """Read operations that have a mistake; return where it is and what."""
    with pytest.raises(CannotApply) as caught:
        read(profile)
    return caught.value.path, caught.value.message


def test_the_example_of_the_documentation_is_read() -> None:
    """Notifuse's own, and the names that both wires share."""
    profile = {
        "$set": {"firstName": "Justin", "address.city": "London"},
        "$push": {"tags": "customer"},
        "$inc": {"totalOrders": 1},
    }

    assert read(profile) == [
        Operation(Operator.SET, ("first_name",), "Justin"),
        Operation(Operator.SET, ("address", "city"), "London"),
        Operation(Operator.PUSH, ("tags",), ["customer"]),
        Operation(Operator.INC, ("totalOrders",), 1),
    ]


@pytest.mark.parametrize("profile", [None, [], {}, {"$set": []}, {"$inc": None, "$push": {}}])
def test_an_empty_object_asks_for_nothing(profile: object) -> None:
    """PHP has one word for an empty object and an empty array, and its client sends the latter."""
    assert list(read(profile)) == []


VALUES: list[tuple[str, Any, Any]] = [
    ("$set", {"b": [1]}, {"b": [1]}),
    ("$set", None, None),
    ("$unset", "", ""),
    ("$inc", -1.5, -1.5),
    ("$mul", 2, 2),
    ("$min", 5, 5),
    ("$max", "2026-03-29", "2026-03-29"),
    ("$push", 89, [89]),
    ("$push", [], [[]]),
    ("$push", {"name": "x"}, [{"name": "x"}]),
    ("$push", {}, [{}]),
    ("$push", {"$each": [90, 92, 85]}, [90, 92, 85]),
    ("$addToSet", ["c", "d"], [["c", "d"]]),
    ("$addToSet", {"$each": []}, []),
    ("$pull", {"score": 8}, {"score": 8}),
    ("$pop", 1, 1),
    ("$pop", -1, -1),
    ("$rename", "firstName.first", ("first_name", "first")),
]


@pytest.mark.parametrize(("operator", "sent", "value"), VALUES)
def test_an_operator_takes_its_value(operator: str, sent: object, value: object) -> None:
    """With `$each` taken apart, and the path that something is renamed to."""
    assert read({operator: {"a.b": sent}}) == [Operation(Operator(operator), ("a", "b"), value)]


@pytest.mark.parametrize(
    ("operator", "sent", "takes"),
    [
        *((operator, sent, "a number") for operator in ("$inc", "$mul") for sent in ("1", True)),
        *(("$min", sent, "a number or a text") for sent in (None, False, [1])),
        ("$max", {}, "a number or a text"),
        *(("$pop", sent, ENDS) for sent in (0, 2, True, "1", None)),
        *(("$rename", sent, "the new path") for sent in (1, None, ["b"])),
    ],
)
def test_an_operator_refuses_what_it_cannot_take(operator: str, sent: object, takes: str) -> None:
    """Guessing at it would count what nobody meant."""
    words = f"can not be changed so: {operator} takes {takes}"

    assert refused({operator: {"firstName": sent}}) == ("firstName", words)


@pytest.mark.parametrize("operator", ["$push", "$addToSet"])
@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"$each": 1}, "$each takes an array"),
        ({"$each": [1], "$slice": -5}, "{} knows $each only, not $slice"),
        ({"$position": 0, "$each": [1]}, "{} knows $each only, not $position"),
        ({"$sort": 1}, "{} knows $each only, not $sort"),
        ({"$each": [1], "name": 1}, "{} knows $each only, not name"),
    ],
)
def test_only_each_may_stand_beside_values(operator: str, sent: object, words: str) -> None:
    """An array that is not cut to what was asked would grow unseen."""
    expected = f"can not be changed so: {words.format(operator)}"

    assert refused({operator: {"tags": sent}}) == ("tags", expected)


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("text", ("", "must be an object of operators")),
        ([1], ("", "must be an object of operators")),
        (0, ("", "must be an object of operators")),
        ({"$set": "text"}, ("$set", "must be an object of paths and values")),
        ({"$set": False}, ("$set", "must be an object of paths and values")),
        ({"$setOnInsert": {}}, ("$setOnInsert", f"is not a known operator; those are {ALL}")),
        (
            {"$set": {"a": 1}, "firstName": "Ada"},
            (
                "firstName",
                'is not an operator; attributes are set with {"$set": {"name": "value"}}',
            ),
        ),
    ],
)
def test_what_is_no_operations_is_refused(profile: object, expected: tuple[str, str]) -> None:
    """A plain object above all: who sends one means to set, or to replace, and does not say."""
    assert refused(profile) == expected


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", NO_PATH),
        (".a", NO_PATH),
        ("a.", NO_PATH),
        ("a..b", NO_PATH),
        ("a" * 50, "attribute names have 1 to 49 characters"),
        (".".join("a" * 33), "has 33 parts, at most 32 are allowed"),
        ("tags.$", "can not hold $: no name in a path begins with $"),
        ("tags.$[].a", "can not hold $[]: no name in a path begins with $"),
        ("$a", "can not hold $a: no name in a path begins with $"),
        ("id", "can not be changed"),
        ("id.a", "can not be changed"),
    ],
)
@pytest.mark.parametrize("is_new", [False, True])
def test_a_path_that_cannot_be_is_refused(path: str, message: str, is_new: bool) -> None:  # noqa: FBT001
    """Wherever it stands; MongoDB's placeholders for an element need a query, which is not here."""
    profile = {"$rename": {"b": path}} if is_new else {"$set": {path: 1}}

    assert refused(profile) == (path, message)


@pytest.mark.parametrize("path", ["a" * 49, ".".join("a" * 32), "a." + "b" * 50, "a$", "a.0", "ID"])
def test_a_path_at_its_limits_is_read(path: str) -> None:
    """The limits are the last that is allowed."""
    assert read({"$unset": {path: ""}}) == [Operation(Operator.UNSET, tuple(path.split(".")), "")]


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ({"$set": {"a": 1}, "$inc": {"a": 1}}, ("a", TWICE)),
        ({"$set": {"a.b": 1}, "$inc": {"a": 1}}, ("a", "a.b")),
        ({"$set": {"a": 1}, "$inc": {"a.b.c": 1}}, ("a.b.c", "a")),
        ({"$set": {"firstName": 1, "first_name": 2}}, ("first_name", "firstName")),
        ({"$set": {"firstName.a": 1, "first_name": 2}}, ("first_name", "firstName.a")),
        ({"$rename": {"a": "b"}, "$set": {"b": 1}}, ("b", TWICE)),
        ({"$set": {"b.c": 1}, "$rename": {"a": "b"}}, ("b", "b.c")),
        ({"$rename": {"a": "b", "b": "c"}}, ("b", TWICE)),
        ({"$rename": {"a": "a"}}, ("a", TWICE)),
        ({"$rename": {"a": "a.b"}}, ("a.b", "a")),
        ({"$rename": {"a.b": "a"}}, ("a", "a.b")),
        ({"$rename": {"firstName": "first_name"}}, ("first_name", "firstName")),
    ],
)
def test_two_steps_on_one_place_conflict(profile: object, expected: tuple[str, str]) -> None:
    """What comes out would depend on an order that JSON objects do not promise."""
    path, other = expected
    words = TWICE if other is TWICE else f"conflicts with {other}, which is changed as well"

    assert refused(profile) == (path, words)


def test_neighbours_do_not_conflict() -> None:
    """A name that only begins like another is another."""
    profile = {"$set": {"a.b": 1, "a.bc": 2, "ab": 3, "c.b": 4}, "$rename": {"a.d": "a.e"}}

    assert [step.path for step in read(profile)] == [
        ("a", "b"),
        ("a", "bc"),
        ("ab",),
        ("c", "b"),
        ("a", "d"),
    ]


def test_what_a_sender_wrote_is_quoted_shortened() -> None:
    """The message is read by a person, a name may be a million characters long."""
    name = "$" + "x" * 1_000_000

    assert refused({"$push": {"tags": {name: 1}}}) == (
        "tags",
        f"can not be changed so: $push knows $each only, not {name[:100]}…",
    )


def test_many_paths_are_read_in_a_moment() -> None:
    """Comparing each with each would take this call an hour, and everyone else's with it."""
    paths = [f"a.{n % 100}.{n}" for n in range(50_000)]

    assert len(read({"$set": dict.fromkeys(paths, 1)})) == 50_000


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
paths = st.lists(st.sampled_from(["a", "b", "0", "id", "firstName", "$", ""]), max_size=4).map(
    ".".join
)
values = json | paths | st.fixed_dictionaries({}, optional={"$each": json, "$slice": json})


@given(json | st.dictionaries(st.sampled_from(ALL.split(", ")), st.dictionaries(paths, values)))
def test_any_json_is_read_or_refused(profile: object) -> None:
    """What comes over the wire is never a bug of ours; and what was read can be written down."""
    with contextlib.suppress(CannotApply):
        for step in read(profile):
            assert msgspec.json.encode(step.value)
            assert 1 <= len(step.path) <= limits.MAX_NESTING_DEPTH
            assert "id" not in step.path[:1]


def test_json_of_any_depth_is_read_or_refused() -> None:
    """The decoder reads deeper than Python can walk down."""
    deep: object = 1
    for _ in range(100_000):
        deep = {"a": deep}

    assert [step.path for step in read({"$set": {"a": deep}, "$push": {"b": deep}})] == [
        ("a",),
        ("b",),
    ]
    assert refused(deep) == (
        "a",
        'is not an operator; attributes are set with {"$set": {"name": "value"}}',
    )
