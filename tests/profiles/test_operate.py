"""What operations make of attributes, after the examples of MongoDB's manual: pure."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings.base import limits
from tidings.profiles.model import CannotApply, Operation, Operator
from tidings.profiles.operate import apply, changed
from tidings.profiles.operations import read_operations
from tidings.schema.check import Attributes

MOST = limits.MAX_PROFILE_ARRAY_ITEMS
LARGEST = 2**63 - 1
TOO_LARGE_INTEGER = "would leave the range of 64-bit integers"
TOO_LARGE = "would leave the range of numbers"


def after(profile: Attributes, attributes: Attributes) -> Attributes:
    """Apply operations as they are sent."""
    return apply(read_operations(profile, stored_name={}, read_only=frozenset()), attributes)


def refused(profile: Attributes, attributes: Attributes) -> tuple[str, str]:
    """Apply operations that do not fit; return where and why."""
    with pytest.raises(CannotApply) as caught:
        after(profile, attributes)
    return caught.value.path, caught.value.message


def written(value: object) -> str:
    """Write a value down so that True, 1 and 1.0 differ and the order of keys does not count."""
    return json.dumps(value, sort_keys=True)


# An operator, what it is sent, what is there, and what is there then; `...` is nothing.
OF_VALUES: list[tuple[str, Any, Any, Any]] = [
    ("$set", 1, "x", 1), ("$set", None, ..., None), ("$set", {"b": 1}, {"c": 1}, {"b": 1}),
    ("$unset", "", 1, ...), ("$unset", "", ..., ...),
    ("$inc", -2, 10, 8), ("$inc", 1, LARGEST - 1, LARGEST), ("$inc", 0.5, 1, 1.5),
    ("$inc", 1, 1.0, 2.0), ("$inc", 5, ..., 5), ("$inc", 1.0, ..., 1.0),
    ("$mul", 1.25, 10, 12.5), ("$mul", 2, 25, 50), ("$mul", 100, ..., 0), ("$mul", -1.5, ..., 0.0),
    ("$min", 150, 200, 150), ("$min", 250, 200, 200), ("$min", 1.0, 1, 1), ("$min", 1, ..., 1),
    ("$max", 950, 800, 950), ("$max", 870, 870.5, 870.5), ("$max", "x", ..., "x"),
    ("$min", "2013-09-25", "2013-10-01", "2013-09-25"), ("$max", "b", "ba", "ba"),
    ("$push", 89, [44], [44, 89]), ("$push", 1, ..., [1]), ("$push", [1], [], [[1]]),
    ("$push", {"$each": [90, 92]}, [44], [44, 90, 92]), ("$push", {"$each": []}, ..., []),
    ("$addToSet", ["c", "d"], ["a", "b"], ["a", "b", ["c", "d"]]), ("$addToSet", 1, ..., [1]),
    ("$addToSet", {"$each": ["new", "x", "new"]}, ["x", "x"], ["x", "x", "new"]),
    ("$addToSet", {"$each": [1.0, True, "1", None]}, [1], [1, True, "1", None]),
    ("$addToSet", {"y": [1.0], "x": 1}, [{"x": 1, "y": [1]}], [{"x": 1, "y": [1]}]),
    ("$addToSet", {"x": [True]}, [{"x": [1]}], [{"x": [1]}, {"x": [True]}]),
    ("$pull", "b", ["a", "b", "c", "b"], ["a", "c"]), ("$pull", 1, ..., ...),
    ("$pull", 1, [1, 1.0, True, "1", [1]], [True, "1", [1]]),
    ("$pull", {"n": 8}, [{"n": 8}, {"n": 8, "i": "B"}], [{"n": 8, "i": "B"}]),
    ("$pop", -1, [8, 9, 10], [9, 10]), ("$pop", 1, [9, 10], [9]), ("$pop", 1, [], []),
    ("$pop", 1, ..., ...),
]  # fmt: skip
# Operations, what is there, and what is there then.
OF_PATHS: list[tuple[Attributes, Attributes, Attributes]] = [
    ({"$set": {"a.b.c": 1, "d.make": 2, "e.0": 3}}, {"d": {"n": 1}},
     {"d": {"n": 1, "make": 2}, "a": {"b": {"c": 1}}, "e": {"0": 3}}),
    ({"$set": {"t.1": "x", "r.0.n": 2}}, {"t": ["a", "b"], "r": [{"by": "x", "n": 4}]},
     {"t": ["a", "x"], "r": [{"by": "x", "n": 2}]}),
    ({"$set": {"t.3": "d", "r.1.n": 1}}, {"t": ["a"], "r": [2]},
     {"t": ["a", None, None, "d"], "r": [2, {"n": 1}]}),
    ({"$unset": {"a.b": "", "t.0": ""}}, {"a": {"b": 1}, "t": [1, 2]}, {"a": {}, "t": [None, 2]}),
    ({"$unset": {"a.b": "", "c.d": "", "t.x": "", "t.9": ""}}, {"a": 1, "t": [1]},
     {"a": 1, "t": [1]}),
    ({"$inc": {"m.orders": 1, "t.1": 1}}, {"m": {"orders": 2}, "t": [1, 1]},
     {"m": {"orders": 3}, "t": [1, 2]}),
    ({"$push": {"t.0": 1}, "$addToSet": {"a.b": 1}}, {"t": [[]]}, {"t": [[1]], "a": {"b": [1]}}),
    ({"$pull": {"b.c": 1, "d.8": 1}, "$pop": {"b.f": 1, "d.9": -1}}, {"b": {}, "d": [1]},
     {"b": {}, "d": [1]}),
    ({"$rename": {"nmae": "name"}}, {"nmae": {"first": "g"}, "x": 1},
     {"x": 1, "name": {"first": "g"}}),
    ({"$rename": {"name.first": "name.fname"}}, {"name": {"first": "g", "last": "w"}},
     {"name": {"last": "w", "fname": "g"}}),
    ({"$rename": {"a": "b", "x": "y"}}, {"b": 1, "a": [2], "y": 3}, {"b": [2], "y": 3}),
    ({"$rename": {"a.b": "c.d.e", "t.9": "z"}}, {"a": {"b": 1}, "t": [1]},
     {"a": {}, "t": [1], "c": {"d": {"e": 1}}}),
]  # fmt: skip


@pytest.mark.parametrize(("operator", "sent", "before", "expected"), OF_VALUES)
def test_an_operator_does_to_a_value_what_it_does_in_mongodb(
    operator: str, sent: object, before: object, expected: object
) -> None:
    """The examples are the manual's where it has one; a float stays one."""
    attributes, wanted = ({} if value is ... else {"a": value} for value in (before, expected))

    assert written(after({operator: {"a": sent}}, attributes)) == written(wanted)


@pytest.mark.parametrize(("profile", "before", "expected"), OF_PATHS)
def test_a_path_leads_where_it_leads_in_mongodb(
    profile: Attributes, before: Attributes, expected: Attributes
) -> None:
    """New attributes come last, in the order sent."""
    assert json.dumps(after(profile, before)) == json.dumps(expected)


# An operator, what it is sent, what is there, and why that does not fit.
UNFIT: list[tuple[str, Any, Any, str]] = [
    ("$inc", 1, "1", "is a text, not a number"), ("$inc", 1, True, "is a boolean, not a number"),
    ("$mul", 2, None, "is null, not a number"), ("$push", 1, {}, "is an object, not an array"),
    ("$addToSet", 1, 1, "is a number, not an array"), ("$pull", 1, "", "is a text, not an array"),
    ("$pop", 1, None, "is null, not an array"), ("$inc", 1, LARGEST, TOO_LARGE_INTEGER),
    ("$inc", LARGEST + 1, ..., TOO_LARGE_INTEGER), ("$mul", 2, -LARGEST, TOO_LARGE_INTEGER),
    ("$mul", 10, 1e308, TOO_LARGE), ("$inc", 10**400, 1.5, TOO_LARGE),
    ("$min", 1, "1", "can not compare a number with a text"),
    ("$max", "1", True, "can not compare a boolean with a text"),
    ("$max", 1, [1], "can not compare an array with a number"),
]  # fmt: skip


@pytest.mark.parametrize(("operator", "sent", "before", "message"), UNFIT)
def test_an_operation_on_the_wrong_thing_is_refused(
    operator: str, sent: object, before: object, message: str
) -> None:
    """Making something of it would lose what was there; a boolean is a number in Python only."""
    attributes = {"a": {} if before is ... else {"b": before}}

    assert refused({"$set": {"ok": 1}, operator: {"a.b": sent}}, attributes) == ("a.b", message)


@pytest.mark.parametrize("operator", ["$set", "$inc", "$mul", "$min", "$max", "$push", "$pull"])
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("a.b.c", "a.b is a text, so that there can be no a.b.c"),
        ("n.b.c", "n is null, so that there can be no n.b"),
        ("t.x", "t is an array, so that there can be no t.x"),
        ("t.00", "t is an array, so that there can be no t.00"),
        ("t.-1", "t is an array, so that there can be no t.-1"),
        ("t.²", "t is an array, so that there can be no t.²"),
        ("t.0.x", "t.0 is a number, so that there can be no t.0.x"),
    ],
)
def test_a_path_that_cannot_be_made_is_refused(operator: str, path: str, words: str) -> None:
    """Only what takes away has nothing to do there; see the examples."""
    before = {"a": {"b": "x"}, "n": None, "t": [1]}

    assert refused({operator: {path: 1}}, before) == (path, f"does not fit: {words}")


@pytest.mark.parametrize(
    ("rename", "words"),
    [
        ({"t.0": "b"}, "t.0 is in an array, where nothing can be renamed"),
        ({"t.1.x": "b"}, "t.1.x is in an array, where nothing can be renamed"),
        ({"a": "t.0"}, "t.0 is in an array, where nothing can be renamed"),
        ({"a": "t.1.y"}, "t.1.y is in an array, where nothing can be renamed"),
        ({"a": "s.b"}, "s is a text, so that there can be no s.b"),
        ({"s.b": "c"}, "s is a text, so that there can be no s.b"),
        ({"t.x": "c"}, "t is an array, so that there can be no t.x"),
    ],
)
def test_nothing_is_renamed_in_arrays_and_scalars(rename: dict[str, str], words: str) -> None:
    """As in MongoDB: an element has no name."""
    before = {"a": 1, "s": "x", "t": [1, {"x": 1}]}

    assert refused({"$rename": rename}, before) == (next(iter(rename)), f"does not fit: {words}")


@pytest.mark.parametrize("operator", ["$push", "$addToSet"])
def test_an_array_grows_up_to_its_limit(operator: str) -> None:
    """A profile is read whole by whoever reads it; ten thousand elements are a log."""
    full = {"a": list(range(MOST))}
    too_long = f"would have {MOST + 1} elements, at most {MOST} are allowed"

    assert after({operator: {"a": MOST - 1}}, {"a": full["a"][:-1]}) == full
    assert refused({operator: {"a": "x"}}, full) == ("a", too_long)
    assert refused({operator: {"b.c": {"$each": list(range(MOST + 1))}}}, {}) == ("b.c", too_long)
    assert refused({"$set": {"b": {"c": [0] * (MOST + 1)}}}, {}) == ("b", too_long)


def test_an_index_far_beyond_the_end_is_refused() -> None:
    """Twenty bytes must not become megabytes, nor many times twenty bytes gigabytes."""
    beyond = f"would fill up arrays to more than {MOST} elements"
    last = f"a.{MOST - 1}"

    assert len(after({"$set": {last: 1}}, {"a": []})["a"]) == MOST
    assert refused({"$set": {f"a.{MOST}": 1}}, {"a": [1]}) == (f"a.{MOST}", beyond)
    assert refused({"$set": {last: 1, f"b.{MOST - 1}": 1}}, {"a": [], "b": []})[1] == beyond
    assert refused({"$set": {"a." + "9" * 5000: 1}}, {"a": []})[1].startswith("does not fit")


def test_nothing_is_nested_deeper_than_the_limit() -> None:
    """Step by step, renaming could nest a profile deeper than anything can read it."""
    most = limits.MAX_NESTING_DEPTH
    path = ".".join("a" * most)
    too_deep = f"would be nested deeper than {most} levels"
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    longest = after({"$set": {path[:-2]: {"a": 1}}}, {})

    assert after({"$rename": {path: "b"}, "$unset": {"c": deep}}, longest)["b"] == 1
    for operator in ("$set", "$push", "$addToSet", "$pull"):
        assert refused({operator: {"b": deep}}, {}) == ("b", too_deep)
    assert refused({"$set": {path: []}}, {}) == (path, too_deep)
    assert refused({"$rename": {"a": "b.c"}}, longest) == ("a", too_deep)


def test_what_changed_is_told_by_value_and_type() -> None:
    """A float that became an integer is to be stored, the same in another order is not."""
    one = {"gone": None, "a": 2, "b": [True], "c": {"x": 1, "y": [2]}, "d": [1], "e": ""}
    other = {"new": None, "a": 2.0, "b": [1], "c": {"y": [2], "x": 1}, "d": [1, 1], "e": ""}

    assert changed(one, other) == {"gone", "new", "a", "b", "d"}


numbers = st.integers(-5, 5) | st.sampled_from([0.5, 1.0, 1e308, LARGEST])
names = st.sampled_from(["a", "b", "0", "1"])
values = st.recursive(
    st.none() | st.booleans() | numbers | st.sampled_from(["", "a", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
profiles = st.dictionaries(names, values, max_size=4)
paths = st.lists(names, min_size=1, max_size=3).map(tuple)
SENT: dict[Operator, st.SearchStrategy[Any]] = {
    **dict.fromkeys(Operator, values),
    **dict.fromkeys((Operator.INC, Operator.MUL), numbers),
    **dict.fromkeys((Operator.PUSH, Operator.ADD_TO_SET), st.lists(values, max_size=3)),
    Operator.POP: st.sampled_from([1, -1]),
    Operator.RENAME: paths,
}
steps = st.sampled_from(Operator).flatmap(
    lambda operator: st.builds(Operation, st.just(operator), paths, SENT[operator])
)


def outcome(batches: list[list[Operation]], attributes: Attributes) -> str:
    """Write down what becomes of attributes, or why nothing does."""
    try:
        for batch in batches:
            attributes = apply(batch, attributes)
    except CannotApply as error:
        return str(error)
    return json.dumps(attributes)


@given(st.lists(steps, max_size=6), profiles)
def test_steps_do_together_what_each_does(sent: list[Operation], before: Attributes) -> None:
    """All or nothing, in their order; and neither the profile nor the steps are ever changed."""
    original = json.dumps((sent, before))

    assert outcome([sent], before) == outcome([[step] for step in sent], before)
    assert json.dumps((sent, before)) == original


@given(profiles, profiles)
def test_what_has_not_changed_is_written_the_same(one: Attributes, other: Attributes) -> None:
    """Nothing that differs is left out, and nothing is stored for nothing."""
    differing = {
        name
        for name in one.keys() | other.keys()
        if name not in one or name not in other or written(one[name]) != written(other[name])
    }

    assert changed(one, other) == differing
    assert changed(one, copy.deepcopy(one)) == set()


@given(st.lists(st.integers(-(2**53), 2**53), min_size=1).flatmap(st.permutations))
def test_increments_in_any_order_give_their_sum(order: list[int]) -> None:
    """No order is promised for calls over many connections."""
    attributes: Attributes = {}
    for by in order:
        attributes = apply([Operation(Operator.INC, ("a", "n"), by)], attributes)

    assert attributes == {"a": {"n": sum(order)}}


@given(st.lists(values, max_size=5), values)
def test_what_is_pushed_is_popped(items: list[Any], value: Any) -> None:
    """And what was there stays as it was."""
    pushed = after({"$push": {"a": {"$each": [value]}}}, {"a": items})

    assert written(pushed) == written({"a": [*items, value]})
    assert written(after({"$pop": {"a": 1}}, pushed)) == written({"a": items})


@given(st.lists(values, max_size=6), st.lists(values, max_size=6))
def test_a_set_holds_what_is_added_once(items: list[Any], added: list[Any]) -> None:
    """Adding again changes nothing; pulling everything leaves nothing."""
    added_once = after({"$addToSet": {"a": {"$each": added}}}, {"a": items})
    pulled = added_once
    for value in [*items, *added]:
        pulled = apply([Operation(Operator.PULL, ("a",), value)], pulled)

    assert added_once["a"][: len(items)] == items
    assert written(after({"$addToSet": {"a": {"$each": added}}}, added_once)) == written(added_once)
    assert pulled == {"a": []}
