"""The changes of a person are folded in their order; a good value settles one put aside."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shop import NOON, Change, Shop
from tidings.base import clock
from tidings.profiles.model import Patch

NAMES = ["age", "city", "since"]
FITTING: dict[str, list[object]] = {
    "age": [30, 31.5, 0],
    "city": ["Mumbai", "", "2022-03-27"],
    "since": ["2022-03-27", "2022-03-28T04:08:18Z"],
}
CONTRADICTING: dict[str, list[object]] = {
    "age": ["thirty", True, {}],
    "city": [1, ["Mumbai"], False],
    "since": ["soon", 2022, [{}]],
}


@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from(NAMES), st.integers(), max_size=3),
            st.dictionaries(st.sampled_from(NAMES), st.text(), max_size=3),
            st.sets(st.sampled_from(NAMES), max_size=3),
        ),
        max_size=6,
    )
)
def test_any_changes_fold_into_their_end(
    changes: list[tuple[dict[str, Any], dict[str, Any], set[str]]],
) -> None:
    """What a plain loop over attributes and values put aside comes to, one change after another."""
    patch = Patch()
    attributes: dict[str, Any] = {}
    mismatched: dict[str, Any] = {}
    for kept, contradicting, unwanted in changes:
        # A record has each name once: as kept, as put aside, or as removed.
        aside = {name: value for name, value in contradicting.items() if name not in kept}
        removed = unwanted - kept.keys() - aside.keys()
        patch.add(kept, aside, sorted(removed))
        for name in removed:
            attributes.pop(name, None)
            mismatched.pop(name, None)
        attributes |= kept
        mismatched = {k: v for k, v in mismatched.items() if k not in kept} | aside

    assert (patch.kept, patch.aside) == (attributes, mismatched)
    assert patch.removed.isdisjoint(patch.kept)


def changes(seed: int) -> list[tuple[dict[str, object], list[str]]]:
    """Make up what a person's records set and remove, good values and bad."""
    dice = random.Random(seed)  # noqa: S311 - the same changes in every run
    made: list[tuple[dict[str, object], list[str]]] = []
    for _ in range(dice.randint(1, 6)):
        given: dict[str, object] = {}
        removed: list[str] = []
        for name in dice.sample(NAMES, dice.randint(0, 3)):
            deed = dice.choice(["set", "set", "contradict", "remove"])
            if deed == "remove":
                removed.append(name)
            else:
                given[name] = dice.choice((FITTING if deed == "set" else CONTRADICTING)[name])
        made.append((given, removed))
    return made


def to(shop: Shop, user: str, made: list[tuple[dict[str, object], list[str]]]) -> list[Change]:
    """Make the changes of one person."""
    return [shop.change(user, given, removed=removed) for given, removed in made]


async def test_folded_changes_end_where_single_ones_do(shop: Shop) -> None:
    """Whether records came in one call, in several of one commit, or each alone."""
    first = {name: values[0] for name, values in FITTING.items()}
    await shop.send(shop.change("locks the types", first))
    for seed in range(40):
        made = changes(seed)
        for user in (f"single {seed}", f"folded {seed}", f"known {seed}"):
            if user.startswith("known"):
                await shop.send(*to(shop, user, made[:1]))
                await shop.send(*to(shop, user, made[1:]))
            elif user.startswith("folded"):
                await shop.send(*to(shop, user, made))
            else:
                for change in to(shop, user, made):
                    await shop.send(change)

        single = await shop.attributes(f"single {seed}")
        assert await shop.attributes(f"folded {seed}") == single, made
        assert await shop.attributes(f"known {seed}") == single, made


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_good_value_settles_the_one_put_aside(shop: Shop, at_once: bool) -> None:  # noqa: FBT001
    """The sender has mended it; what is aside now would only mislead."""
    records = [shop.change("ada", {"age": value}) for value in (30, "thirty-one", 32)]

    if at_once:
        await shop.send(*records)
    else:
        for record in records:
            await shop.send(record)

    assert await shop.attributes("ada") == ({"age": 32}, {})


async def test_a_contradicting_value_leaves_the_good_one(shop: Shop) -> None:
    """The last good value is the best that is known; the other one is shown beside it."""
    await shop.send(shop.change("ada", {"age": 30}))
    await shop.send(shop.change("ada", {"age": "thirty-one"}))
    await shop.send(shop.change("ada", {"age": "thirty-two"}))

    assert await shop.attributes("ada") == ({"age": 30}, {"age": "thirty-two"})


async def test_a_removed_attribute_is_gone_from_both_sides(shop: Shop) -> None:
    """Null means that there is no such value, good or bad."""
    await shop.send(shop.change("ada", {"age": 30, "city": "Pune"}))
    await shop.send(shop.change("ada", {"age": "old"}))

    await shop.send(shop.change("ada", {}, removed=["age", "never set"]))

    assert await shop.attributes("ada") == ({"city": "Pune"}, {})


async def test_what_is_not_sent_stays(shop: Shop) -> None:
    """A record patches a person; it does not replace them. Objects are replaced whole."""
    await shop.send(shop.change("ada", {"city": "Pune", "address": {"street": "A", "number": 1}}))

    await shop.send(shop.change("ada", {"address": {"street": "B"}}))

    assert await shop.attributes("ada") == ({"city": "Pune", "address": {"street": "B"}}, {})


async def test_the_same_person_in_two_calls_of_one_commit_is_changed_by_both(shop: Shop) -> None:
    """They are folded into one patch, in the order in which the calls came."""
    calls = [shop.batch(shop.change("ada", {"last": n, f"a{n}": n})) for n in range(20)]

    await shop.send_all(*calls)

    expected = {f"a{n}": n for n in range(20)} | {"last": 19}
    assert await shop.attributes("ada") == (expected, {})


async def test_a_person_changed_when_a_record_of_theirs_came(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event does not change a person; a record of theirs does, whatever it says."""
    await shop.send(shop.change("ada", {"city": "Pune"}))
    first = await shop.profile("ada")
    await shop.send(shop.event("ada"))
    second = await shop.profile("ada")
    next_day = NOON + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: next_day)
    await shop.send(shop.change("ada", {"city": "Pune"}))
    third = await shop.profile("ada")

    assert first is not None
    assert first.updated_at == NOON
    assert second == first
    assert third == replace(first, updated_at=next_day)
