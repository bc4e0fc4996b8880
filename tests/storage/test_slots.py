"""Slots never change: a row is looked for where it was put, in every release to come."""

import zlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings.storage.slots import SLOT_COUNT, slot_of

PINNED = {
    (1001, "user_id", "ada"): 95,
    (1002, "user_id", "ada"): 145,
    (1001, "anonymous_id", "ada"): 7,
    (1001, "email", "ada@example.com"): 41,
    (1001, "mobile", "+551155256325"): 70,
    (1001, "user_id", ""): 52,
    (1001, "user_id", "नमस्ते"): 220,
    (2_147_483_647, "user_id", "x" * 100): 11,
}


@pytest.mark.parametrize(("identifier", "slot"), PINNED.items())
def test_a_slot_is_what_it_has_always_been(identifier: tuple[int, str, str], slot: int) -> None:
    """If this test fails, the change is wrong: people already stored would not be found again."""
    assert slot_of(*identifier) == slot


@given(st.integers(1, 2**31 - 1), st.text(), st.text(st.characters(exclude_categories=["Cs"])))
def test_a_slot_is_a_crc_of_brand_kind_and_value(brand_id: int, kind: str, value: str) -> None:
    """The definition in docs/house.md, so that another program can find a person's slot too."""
    kind = kind.encode(errors="ignore").decode()

    assert slot_of(brand_id, kind, value) == zlib.crc32(f"{brand_id}:{kind}:{value}".encode()) % 256


@pytest.mark.parametrize("form", ["{}", "user-{:08}", "{:032x}", "person{}@example.com"])
def test_people_are_spread_evenly(form: str) -> None:
    """One worker at a time does a slot: a crowded one would be behind all others."""
    people = 100_000

    found = Counter(slot_of(1001, "user_id", form.format(number)) for number in range(people))

    assert sorted(found) == list(range(SLOT_COUNT))
    average = people / SLOT_COUNT
    assert [slot for slot, count in found.items() if not 0.8 < count / average < 1.2] == []
