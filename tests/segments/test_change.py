"""Memberships follow the data, for those who are asked for, and each change is told once."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.segments.crowds import Crowds, cases
from tests.segments.histories import People
from tests.segments.memberships import Change, change, enlist, members
from tests.segments.reference import Happening, Judge, Somebody
from tests.segments.trees import KINDS, Json
from tests.segments.world import BOUGHT, NOON, ref, store, tree
from tidings.base.ids import BrandId
from tidings.segments.compile import Scope
from tidings.segments.compile_change import compile_change
from tidings.segments.model import SegmentId
from tidings.storage.pool import Database

SEGMENT, OTHER = SegmentId(1), SegmentId(2)
EARLIER = NOON - timedelta(days=5)
BOUGHT_IT = {"event": {"name": "Bought"}}
ASKED: list[Json] = [
    BOUGHT_IT,
    {"not": BOUGHT_IT},
    {"attribute": "city", "equals": "Pune"},
    {"all": [{"attribute": "city", "equals": "Pune"}, {"not": {"segment": 2}}]},
    {"any": [BOUGHT_IT, {"segment": 2}]},
]
CROWDS = 2
VERSIONS = itertools.count(1)  # each begins with whom it is given


def somebody(number: int, *, has_bought: bool) -> Somebody:
    """Return a person from Pune or, if the number is even, from Mumbai."""
    history = [Happening(BOUGHT, NOON, {})] if has_bought else []
    return Somebody(ref(number), NOON, {"city": ("Mumbai", "Pune")[number % 2]}, history)


async def shop_of(database: Database, *, buyers: Sequence[int], others: Sequence[int]) -> BrandId:
    """Store people of both kinds."""
    return await store(
        database,
        [
            *(somebody(number, has_bought=True) for number in buyers),
            *(somebody(number, has_bought=False) for number in others),
        ],
    )


async def update(
    database: Database, definition: object, scope: Scope, *, version: int = 1
) -> list[Change]:
    """Bring a version of the segment up to date; return what was told."""
    statement = compile_change(tree(definition), scope, segment_id=SEGMENT, version=version)
    return await change(database, statement)


async def test_whoever_enters_and_leaves_is_told_once(database: Database) -> None:
    """Who stays is not told of, and stays since they came."""
    brand_id = await shop_of(database, buyers=[1, 2, 3], others=[4, 5])
    await enlist(database, brand_id, SEGMENT, {1: [ref(3), ref(5)]}, at=EARLIER)
    scope = Scope(brand_id, UTC, NOON)

    first = await update(database, BOUGHT_IT, scope)
    second = await update(database, BOUGHT_IT, replace(scope, now=NOON + timedelta(hours=1)))

    assert first == [(ref(1), True), (ref(2), True), (ref(5), False)]
    assert second == []
    assert await members(database, SEGMENT, 1) == {ref(1): NOON, ref(2): NOON, ref(3): EARLIER}


@pytest.mark.parametrize("scope", [{"people": [ref(1), ref(4)]}, {"slots": [1, 4]}, {}], ids=str)
async def test_whoever_is_out_of_scope_is_left_alone(
    database: Database, scope: dict[str, Any]
) -> None:
    """Others hold their slots, and will tell of them; another brand's people are never meant."""
    brand_id = await shop_of(database, buyers=[1, 2], others=[4, 5])
    await enlist(database, brand_id, SEGMENT, {1: [ref(4), ref(5)]})
    strangers = await shop_of(database, buyers=[257], others=[260])
    await enlist(database, strangers, SEGMENT, {1: [ref(260)]})

    told = await update(database, BOUGHT_IT, Scope(brand_id, UTC, NOON, **scope))

    if scope:
        assert told == [(ref(1), True), (ref(4), False)]
        assert [*await members(database, SEGMENT, 1)] == [ref(1), ref(260), ref(5)]
    else:
        assert told == [(ref(1), True), (ref(2), True), (ref(4), False), (ref(5), False)]
        assert [*await members(database, SEGMENT, 1)] == [ref(1), ref(2), ref(260)]


async def test_other_versions_and_segments_are_left_alone(database: Database) -> None:
    """What is built beside the version that counts must not be seen in it."""
    brand_id = await shop_of(database, buyers=[1, 2], others=[4])
    await enlist(database, brand_id, SEGMENT, {1: [ref(4)], 2: [ref(4)], 3: [ref(1)]})
    await enlist(database, brand_id, OTHER, {2: [ref(4)]})

    await update(database, BOUGHT_IT, Scope(brand_id, UTC, NOON), version=2)

    assert [*await members(database, SEGMENT, 1)] == [ref(4)]
    assert [*await members(database, SEGMENT, 2)] == [ref(1), ref(2)]
    assert [*await members(database, SEGMENT, 3)] == [ref(1)]
    assert [*await members(database, OTHER, 2)] == [ref(4)]


@pytest.mark.parametrize("definition", ASKED, ids=str)
async def test_slots_are_all_people_in_them(database: Database, definition: Json) -> None:
    """A version is built by slots and kept by people; the two must not differ."""
    numbers = range(1, 3_000)
    brand_id = await shop_of(
        database,
        buyers=[number for number in numbers if number % 3],
        others=[number for number in numbers if not number % 3],
    )
    known = [ref(number) for number in numbers]
    await enlist(database, brand_id, SEGMENT, {1: known[::5], 2: known[::5]})
    await enlist(database, brand_id, OTHER, {1: known[::7]})
    scope = Scope(brand_id, UTC, NOON, lists={OTHER: 1})
    slots = [ref(number).slot for number in range(40, 72)]
    people = [one for one in known if one.slot in slots]

    by_slots = await update(database, definition, replace(scope, slots=slots), version=1)
    by_people = await update(database, definition, replace(scope, people=people), version=2)

    assert by_slots == by_people
    assert len(by_slots) > 50
    assert await members(database, SEGMENT, 1) == await members(database, SEGMENT, 2)


@pytest.mark.parametrize("definition", ASKED[:4], ids=str)
@pytest.mark.parametrize("scope", [{"people": [ref(1)]}, {"slots": [1]}], ids=str)
async def test_whoever_is_no_more_leaves(
    database: Database, definition: Json, scope: dict[str, Any]
) -> None:
    """Somebody was forgotten, or is one with somebody else now."""
    brand_id = await shop_of(database, buyers=[2], others=[])
    await enlist(database, brand_id, SEGMENT, {1: [ref(1)]})

    told = await update(database, definition, Scope(brand_id, UTC, NOON, lists={OTHER: 1}, **scope))

    assert told == [(ref(1), False)]


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_memberships_become_what_the_reference_says(
    database: Database,
    crowds: Crowds,
    kind: str,
    data: st.DataObject,
) -> None:
    """Whoever was a member before, and whoever is looked at."""
    now, zone, number, definition = data.draw(cases(kind))
    key = (now, str(zone), number)
    if key not in crowds:
        drawn = People(now, zone, number).draw(first=1_000 * (len(crowds) + 1))
        crowds[key] = await store(database, drawn), drawn
    brand_id, there = crowds[key]
    known = [who.ref for who in there]
    others = {SegmentId(1): tree(BOUGHT_IT)}
    judge, node = Judge(now, zone, others), tree(definition, zone)
    meant = {who.ref for who in there if judge.meets(who, node)}
    before = set(data.draw(st.lists(st.sampled_from(known), unique=True)))
    looked_at = set(data.draw(st.lists(st.sampled_from(known), unique=True)))
    scope = Scope(brand_id, zone, now, segments=others)
    scope, looked_at = data.draw(
        st.sampled_from(
            [
                (replace(scope, people=list(looked_at)), looked_at),
                # Nobody of a crowd is in a slot with anybody else.
                (replace(scope, slots=[one.slot for one in looked_at]), looked_at),
                (scope, set(known)),
            ]
        )
    )
    version = next(VERSIONS)
    await enlist(database, brand_id, SEGMENT, {version: list(before)})
    statement = compile_change(node, scope, segment_id=SEGMENT, version=version)

    told = await change(database, statement)

    entered, left = (meant - before) & looked_at, (before - meant) & looked_at
    assert told == sorted([*((one, True) for one in entered), *((one, False) for one in left)])
    assert {*await members(database, SEGMENT, version)} == (before | entered) - left
    assert await change(database, statement) == []
