"""Two profiles of one person become one: pure."""

import copy
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shop import NOON
from tidings.base.ids import ProfileId
from tidings.profiles.merge import Merged, merge
from tidings.profiles.model import Profile, ProfileRef
from tidings.storage.slots import Slot

HOUR = timedelta(hours=1)
NOW = NOON + 24 * HOUR
Attributes = Mapping[str, Any]
Sides = tuple[Attributes, Attributes]
Names = tuple[str, ...]


def profile(
    number: int,
    attributes: Attributes | None = None,
    mismatched: Attributes | None = None,
    *,
    user_id: str | None = None,
    created_at: datetime = NOON,
) -> Profile:
    """Make a profile in the slot of its number."""
    return Profile(
        ref=ProfileRef(Slot(number), ProfileId(number)),
        user_id=user_id,
        attributes=attributes or {},
        mismatched=mismatched or {},
        created_at=created_at,
        updated_at=created_at,
    )


def merged(stays: Sides, goes: Sides) -> tuple[Attributes, Attributes, Names, Names]:
    """Merge by attributes and what is aside; return both, then names kept and names filled."""
    got = merge(profile(1, *stays), profile(2, *goes), at=NOW)
    return got.profile.attributes, got.profile.mismatched, got.kept, got.filled


@pytest.mark.parametrize(
    ("stays", "goes", "after"),
    [(1, 0, 0), (0, 1, 0), (1, 2, 1), (2, 0, 2), (None, 0, 0), (0, None, 0)],
)
def test_who_said_no_as_either_has_said_no(stays: int, goes: int, after: int) -> None:
    """Nobody is mailed against their will because two records turned out to be theirs."""
    opt_ins = merge(
        profile(1, {"email_opt_in": stays}), profile(2, {"email_opt_in": goes}), at=NOW
    ).profile.attributes

    assert opt_ins == {"email_opt_in": after}


def test_who_stays_keeps_place_and_values_and_empty_ones_are_filled() -> None:
    """The example of docs/identity.md."""
    ada = profile(1, {"city": "Mumbai"}, user_id="ada", created_at=NOON)
    visitor = profile(2, {"city": "Pune", "plan": "gold"}, created_at=NOON - HOUR)

    assert merge(ada, visitor, at=NOW) == Merged(
        profile=Profile(
            ref=ada.ref,
            user_id="ada",
            attributes={"city": "Mumbai", "plan": "gold"},
            mismatched={},
            created_at=NOON - HOUR,
            updated_at=NOW,
        ),
        kept=("city",),
        filled=("plan",),
    )


@pytest.mark.parametrize(
    ("stays", "goes", "expected"),
    [
        ((None, NOON), (None, NOON + HOUR), (None, NOON)),
        ((None, NOON + HOUR), (None, NOON), (None, NOON)),
        (("ada", NOON), (None, NOON + HOUR), ("ada", NOON)),
        ((None, NOON + HOUR), ("ada", NOON), ("ada", NOON)),
        (("ada", NOON), ("bob", NOON), ("ada", NOON)),
    ],
)
def test_the_user_id_is_inherited_and_the_earlier_instant_counts(
    stays: tuple[str | None, datetime],
    goes: tuple[str | None, datetime],
    expected: tuple[str | None, datetime],
) -> None:
    """Of two users, whom only an operator makes one, the id of who stays is the name."""
    one, other = (
        profile(number, user_id=user_id, created_at=created_at)
        for number, (user_id, created_at) in enumerate((stays, goes))
    )

    got = merge(one, other, at=NOW).profile

    assert (got.user_id, got.created_at) == expected


# What who stays has, what who goes has, and then: the attributes, the names kept, the names filled.
OF_ATTRIBUTES: list[tuple[Attributes, Attributes, tuple[Attributes, Names, Names]]] = [
    ({}, {}, ({}, (), ())),
    ({"a": 1}, {}, ({"a": 1}, (), ())),
    ({}, {"a": 1}, ({"a": 1}, (), ("a",))),
    ({"a": 1}, {"a": 1}, ({"a": 1}, (), ())),
    ({"a": 1}, {"a": 2}, ({"a": 1}, ("a",), ())),
    ({"a": None}, {"a": 2}, ({"a": 2}, (), ("a",))),
    ({"a": 1}, {"a": None}, ({"a": 1}, (), ())),
    ({"a": None}, {"a": None}, ({"a": None}, (), ())),
    ({}, {"a": None}, ({}, (), ())),
    ({"a": 0}, {"a": 1}, ({"a": 0}, ("a",), ())),
    ({"a": ""}, {"a": "x"}, ({"a": ""}, ("a",), ())),
    ({"a": []}, {"a": [1]}, ({"a": []}, ("a",), ())),
    ({"a": False}, {"a": True}, ({"a": False}, ("a",), ())),
    ({"a": {"b": 1}}, {"a": {"c": 2}}, ({"a": {"b": 1}}, ("a",), ())),
    ({"z": 1, "b": 1}, {"b": 2, "z": 2, "y": 1, "a": 1},
     ({"z": 1, "b": 1, "y": 1, "a": 1}, ("b", "z"), ("a", "y"))),
]  # fmt: skip


@pytest.mark.parametrize(("stays", "goes", "expected"), OF_ATTRIBUTES)
def test_each_attribute_keeps_its_value_or_is_filled(
    stays: Attributes, goes: Attributes, expected: tuple[Attributes, Names, Names]
) -> None:
    """Zero, an empty text and an empty array were said; only null says nothing."""
    attributes, kept, filled = expected

    assert merged((stays, {}), (goes, {})) == (attributes, {}, kept, filled)


# The same of attributes and what is put aside.
OF_BOTH_SIDES: list[tuple[Sides, Sides, tuple[Attributes, Attributes, Names, Names]]] = [
    # What is put aside on one side only stays aside, and goes along.
    (({}, {"age": "x"}), ({}, {}), ({}, {"age": "x"}, (), ())),
    (({}, {}), ({}, {"age": "x"}), ({}, {"age": "x"}, (), ("age",))),
    # A value of the one who stays wins, on whichever side it is.
    (({"age": 1}, {}), ({}, {"age": "x"}), ({"age": 1}, {}, ("age",), ())),
    (({}, {"age": "x"}), ({"age": 1}, {}), ({}, {"age": "x"}, ("age",), ())),
    (({}, {"age": "x"}), ({}, {"age": "y"}), ({}, {"age": "x"}, ("age",), ())),
    (({}, {"age": "x"}), ({}, {"age": "x"}), ({}, {"age": "x"}, (), ())),
    (({"age": None}, {"age": "x"}), ({"age": 1}, {}),
     ({"age": None}, {"age": "x"}, ("age",), ())),
    # Both sides of the one who goes are taken over, and named once.
    (({}, {}), ({"age": 1}, {"age": "x"}), ({"age": 1}, {"age": "x"}, (), ("age",))),
    (({"age": None}, {}), ({"age": 1}, {"age": "x"}),
     ({"age": 1}, {"age": "x"}, (), ("age",))),
    (({"age": 2}, {}), ({"age": 1}, {"age": "x"}), ({"age": 2}, {}, ("age",), ())),
]  # fmt: skip


@pytest.mark.parametrize(("stays", "goes", "expected"), OF_BOTH_SIDES)
def test_a_value_put_aside_counts_as_one(
    stays: Sides, goes: Sides, expected: tuple[Attributes, Attributes, Names, Names]
) -> None:
    """The person said it, whatever its type."""
    assert merged(stays, goes) == expected


names = st.sampled_from(["a", "b", "c"])
values = st.none() | st.integers(0, 2) | st.sampled_from(["x", ""])
attributes = st.dictionaries(names, values)
profiles = st.builds(
    profile, st.integers(1, 2), attributes, attributes, user_id=st.none() | st.just("ada")
)


@given(profiles, profiles)
def test_nothing_said_is_lost_without_a_word(stays: Profile, goes: Profile) -> None:
    """A value of who goes is there afterwards, or was overruled, and then it is named."""
    got = merge(stays, goes, at=NOW)

    after = (got.profile.attributes, got.profile.mismatched)
    said = [*goes.attributes.items(), *goes.mismatched.items()]
    lost = {
        name for name, value in said if value not in (None, *(side.get(name) for side in after))
    }
    assert lost <= set(got.kept)


@given(profiles, profiles)
def test_the_two_are_not_changed(stays: Profile, goes: Profile) -> None:
    """They are what the database has until the merge is written."""
    before = copy.deepcopy((stays, goes))

    merge(stays, goes, at=NOW)

    assert (stays, goes) == before


@given(profiles, profiles)
def test_no_value_of_who_stays_changes(stays: Profile, goes: Profile) -> None:
    """And nobody's attribute is both kept and filled."""
    got = merge(stays, goes, at=NOW)

    for after, before in (
        (got.profile.attributes, stays.attributes),
        (got.profile.mismatched, stays.mismatched),
    ):
        said = {name: value for name, value in before.items() if value is not None}
        assert {name: after[name] for name in said} == said
    assert set(got.kept).isdisjoint(got.filled)


@given(profiles, profiles)
def test_merging_the_same_again_fills_nothing(stays: Profile, goes: Profile) -> None:
    """Everything it had is there."""
    once = merge(stays, goes, at=NOW)

    again = merge(once.profile, goes, at=NOW)

    assert (again.profile, again.filled) == (once.profile, ())
