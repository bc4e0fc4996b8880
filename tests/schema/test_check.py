"""What a first value locks, what fits under a lock, and how a record is parted: pure."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.schema.json_values import NEAR_DATES, TEXTS, VALUES
from tidings.base.ids import NameId
from tidings.base.times import is_date
from tidings.schema.check import AS_SENT, Checked, Verdict, fits, judge, part, shape_of, type_of
from tidings.schema.model import AttributeType, Lock, Mismatch, Status

OWNER = NameId(7)

FIRST_TYPES: list[tuple[object, AttributeType]] = [
    ("Mumbai", AttributeType.STRING),
    ("", AttributeType.STRING),
    ("12", AttributeType.STRING),
    ("12.5", AttributeType.STRING),
    ("true", AttributeType.STRING),
    ("null", AttributeType.STRING),
    ("20220327", AttributeType.STRING),
    ("2021-02-29", AttributeType.STRING),
    ("2022-03-27", AttributeType.DATE),
    ("2022-03-27 04:08:18", AttributeType.DATE),
    ("2022-03-27T04:08:18+0530", AttributeType.DATE),
    (0, AttributeType.NUMBER),
    (-1, AttributeType.NUMBER),
    (2**70, AttributeType.NUMBER),
    (12.5, AttributeType.NUMBER),
    (1e300, AttributeType.NUMBER),
    (True, AttributeType.BOOLEAN),
    (False, AttributeType.BOOLEAN),
    ({}, AttributeType.OBJECT),
    ({"a": [1]}, AttributeType.OBJECT),
    ([{}], AttributeType.OBJECT_ARRAY),
    ([{"a": 1}, {"b": 2}], AttributeType.OBJECT_ARRAY),
    ([1], AttributeType.ARRAY),
    ([None], AttributeType.ARRAY),
    ([[]], AttributeType.ARRAY),
    ([[{}]], AttributeType.ARRAY),
    (["2022-03-27"], AttributeType.ARRAY),
    ([{}, 1], AttributeType.ARRAY),
    ([{}, None], AttributeType.ARRAY),
]

SHOWN_TYPES: list[tuple[object, AttributeType]] = [
    ("2022-03-27", AttributeType.STRING),
    (1.5, AttributeType.NUMBER),
    (False, AttributeType.BOOLEAN),
    ({}, AttributeType.OBJECT),
    ([{}], AttributeType.OBJECT_ARRAY),
    ([1], AttributeType.ARRAY),
    ([], AttributeType.ARRAY),
]


def lock(kind: AttributeType, status: Status = Status.ACTIVE) -> Lock:
    """Make a lock."""
    return Lock(kind, status)


def checked(attributes: dict[str, Any], locks: Mapping[str, Lock]) -> Checked | None:
    """Judge and part one record, None when there is something to learn first."""
    verdict = judge(OWNER, attributes, locks)
    return None if verdict is None else part(verdict, attributes)


@pytest.mark.parametrize(("value", "locked"), FIRST_TYPES)
def test_the_json_type_of_the_first_value_decides(value: object, locked: AttributeType) -> None:
    """Known bug 23: a guess at what a text means fixed wrong types for ever."""
    assert type_of(value) is locked


@pytest.mark.parametrize("value", [None, []])
def test_what_holds_nothing_says_nothing(value: object) -> None:
    """The first real value must not find a lock made by an empty one."""
    assert type_of(value) is None


@pytest.mark.parametrize(("value", "locked"), FIRST_TYPES)
def test_a_value_fits_under_the_lock_it_made_and_as_text_under_string(
    value: object, locked: AttributeType
) -> None:
    """Of the seven locks a value fits its own; a date also fits where any text does."""
    takers = {locked, AttributeType.STRING} if isinstance(value, str) else {locked}

    assert {kind for kind in AttributeType if fits(value, kind)} == takers


def test_null_fits_everywhere_and_an_empty_array_under_both_arrays() -> None:
    """Neither contradicts anything."""
    assert [kind for kind in AttributeType if fits(None, kind)] == list(AttributeType)
    assert [kind for kind in AttributeType if fits([], kind)] == [
        AttributeType.OBJECT_ARRAY,
        AttributeType.ARRAY,
    ]


@given(VALUES)
def test_any_value_fits_under_the_type_it_would_lock(value: object) -> None:
    """A sender who repeats himself is never told that he contradicts himself."""
    locked = type_of(value)

    assert locked is None or fits(value, locked)


@given(st.one_of(TEXTS, NEAR_DATES))
def test_a_text_locks_string_unless_it_is_a_date(text: str) -> None:
    """A numeric text stays a text, whatever it looks like."""
    assert type_of(text) is (AttributeType.DATE if is_date(text) else AttributeType.STRING)
    assert fits(text, AttributeType.STRING)
    assert fits(text, AttributeType.DATE) is is_date(text)


@given(st.one_of(st.integers(), st.floats(allow_nan=False), st.booleans()))
def test_a_number_is_a_number_and_a_boolean_is_none(value: float) -> None:
    """In Python a boolean is an integer; in JSON it is not."""
    is_number = not isinstance(value, bool)

    assert (fits(value, AttributeType.NUMBER), fits(value, AttributeType.BOOLEAN)) == (
        is_number,
        not is_number,
    )


def test_records_of_one_kind_share_a_shape() -> None:
    """What follows from a shape is worked out once and looked up for a million records."""
    one = shape_of("Bought", {"price": 1, "city": "Mumbai"})
    same = shape_of("Bought", {"price": 2, "city": "2022-03-27"})

    assert one == same


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("Sold", {"price": 1, "city": "Mumbai"}),
        ("Bought", {"price": 1.0, "city": "Mumbai"}),
        ("Bought", {"price": True, "city": "Mumbai"}),
        ("Bought", {"price": None, "city": "Mumbai"}),
        ("Bought", {"price": 1}),
        ("Bought", {"price": 1, "town": "Mumbai"}),
    ],
)
def test_whatever_may_be_checked_otherwise_has_another_shape(
    name: str, attributes: dict[str, Any]
) -> None:
    """A shape shared by mistake would let a wrong value through unchecked."""
    shapes = {shape_of("Bought", {"price": 1, "city": "Mumbai"}), shape_of(name, attributes)}

    assert len(shapes) == 2


def test_attributes_that_fit_are_stored_as_sent() -> None:
    """The common case costs one look-up."""
    locks = {"city": lock(AttributeType.STRING), "price": lock(AttributeType.NUMBER)}
    attributes = {"city": "Mumbai", "price": 1}

    assert judge(OWNER, attributes, locks) == Verdict(
        owner=OWNER, is_clean=True, discarded=(), suspects=()
    )
    assert checked(attributes, locks) is AS_SENT


def test_a_value_that_contradicts_its_lock_is_put_aside() -> None:
    """It is kept and shown, never among the attributes: nothing is lost, nothing is wrong."""
    locks = {"city": lock(AttributeType.STRING), "price": lock(AttributeType.NUMBER)}

    assert checked({"city": "Mumbai", "price": "1"}, locks) == Checked(
        kept={"city": "Mumbai"},
        aside={"price": "1"},
        mismatches=[Mismatch("price", AttributeType.NUMBER, AttributeType.STRING)],
    )


@pytest.mark.parametrize(("value", "got"), SHOWN_TYPES)
def test_a_mismatch_names_the_type_that_the_sender_sees(value: object, got: AttributeType) -> None:
    """Who sent a text is told of a text, also when it has the form of a date."""
    other = AttributeType.BOOLEAN if got is AttributeType.NUMBER else AttributeType.NUMBER

    told = checked({"a": value}, {"a": lock(other)})

    assert told == Checked(kept={}, aside={"a": value}, mismatches=[Mismatch("a", other, got)])


def test_a_string_lock_takes_a_text_that_looks_like_a_date() -> None:
    """A person named "2020-01-01" has a name all the same."""
    assert checked({"name": "2020-01-01"}, {"name": lock(AttributeType.STRING)}) is AS_SENT


def test_a_date_lock_is_looked_at_for_every_value() -> None:
    """Two texts have one shape, and only one of them may be a date."""
    locks = {"on": lock(AttributeType.DATE)}
    verdict = judge(OWNER, {"on": "2022-03-27"}, locks)
    assert verdict is not None

    assert part(verdict, {"on": "2022-03-27"}) is AS_SENT
    assert part(verdict, {"on": "soon"}) == Checked(
        kept={},
        aside={"on": "soon"},
        mismatches=[Mismatch("on", AttributeType.DATE, AttributeType.STRING)],
    )


def test_a_discarded_attribute_is_not_kept_and_not_counted() -> None:
    """The operator said that he does not want it, whatever its type."""
    locks = {
        "city": lock(AttributeType.STRING),
        "junk": lock(AttributeType.NUMBER, Status.DISCARDED),
    }

    for value in (1, "one", None, [1]):
        assert checked({"city": "Mumbai", "junk": value}, locks) == Checked(
            kept={"city": "Mumbai"}, aside={}, mismatches=[]
        )


def test_an_inactive_attribute_is_kept_and_checked() -> None:
    """It is only not offered."""
    locks = {"price": lock(AttributeType.NUMBER, Status.INACTIVE)}

    assert checked({"price": 1}, locks) is AS_SENT
    assert checked({"price": "1"}, locks) == Checked(
        kept={},
        aside={"price": "1"},
        mismatches=[Mismatch("price", AttributeType.NUMBER, AttributeType.STRING)],
    )


def test_an_attribute_without_a_lock_must_be_learned_first() -> None:
    """A verdict without it would hold for the next record too, whose value may lock it."""
    assert (
        judge(OWNER, {"city": "Mumbai", "price": 1}, {"price": lock(AttributeType.NUMBER)}) is None
    )


def test_a_null_without_a_lock_teaches_nothing() -> None:
    """It is stored as it is; its shape tells it from a value."""
    assert checked({"city": None}, {}) is AS_SENT


@given(
    st.dictionaries(st.sampled_from("abcdef"), VALUES),
    st.fixed_dictionaries({name: st.sampled_from(AttributeType) for name in "abcdef"}),
    st.sets(st.sampled_from("abcdef"), max_size=2),
)
def test_any_record_is_parted_without_loss(
    attributes: dict[str, Any], types: dict[str, AttributeType], discarded: set[str]
) -> None:
    """Every value is kept if it fits, aside if not, and left out only where that was asked for."""
    locks = {
        name: lock(kind, Status.DISCARDED if name in discarded else Status.ACTIVE)
        for name, kind in types.items()
    }

    told = checked(attributes, locks)

    assert told is not None
    wanted = {name: value for name, value in attributes.items() if name not in discarded}
    fitting = {name: value for name, value in wanted.items() if fits(value, types[name])}
    assert (attributes if told.kept is None else told.kept) == fitting
    assert told.aside == {name: wanted[name] for name in wanted if name not in fitting}
    assert [(found.attribute, found.locked) for found in told.mismatches] == [
        (name, types[name]) for name in told.aside
    ]
