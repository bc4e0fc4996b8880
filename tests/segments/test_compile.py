"""The compiler and the reference say the same of everybody, whatever is asked and stored."""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.segments.crowds import Crowds, cases
from tests.segments.histories import People
from tests.segments.memberships import enlist
from tests.segments.reference import Happening, Judge, Somebody
from tests.segments.trees import KINDS, Json
from tests.segments.world import BOUGHT, NOON, VIEWED, found, ref, store, tree
from tidings.base.ids import BrandId
from tidings.profiles.model import ProfileRef
from tidings.segments.compile import Scope, compile_members
from tidings.segments.compile_preview import compile_preview
from tidings.segments.model import Preview, SegmentId
from tidings.segments.store_members import select_preview
from tidings.storage.pool import Database

OTHER = SegmentId(1)
OTHER_DEFINITION = {"any": [{"event": {"name": "Bought"}}, {"attribute": "vip", "is": True}]}
VERSION = 2


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_compiler_and_reference_find_the_same_people(
    database: Database,
    crowds: Crowds,
    kind: str,
    data: st.DataObject,
) -> None:
    """Who is in is decided by SQL; what that means is written down in Python, and must agree."""
    now, zone, number, definition = data.draw(cases(kind))
    key = (now, str(zone), number)
    others = {OTHER: tree(OTHER_DEFINITION, zone)}
    judge = Judge(now, zone, others)
    if key not in crowds:
        drawn = People(now, zone, number).draw(first=1_000 * (len(crowds) + 1))
        crowds[key] = brand_id, _ = await store(database, drawn), drawn
        listed = [who.ref for who in drawn if judge.meets(who, others[OTHER])]
        await enlist(database, brand_id, OTHER, {VERSION: listed, 1: [who.ref for who in drawn]})
    brand_id, there = crowds[key]
    some = [who.ref for who in there[::2]]
    node = tree(definition, zone)
    members = sorted(who.ref for who in there if judge.meets(who, node))
    of_some = [one for one in members if one in some]
    scope = Scope(brand_id, zone, now, segments=others)

    async def of(scope: Scope) -> list[ProfileRef]:
        return await found(database, compile_members(node, scope))

    assert await of(scope) == members
    # Nobody of a crowd is in a slot with anybody else.
    for few in (replace(scope, people=some), replace(scope, slots=[one.slot for one in some])):
        assert await of(few) == of_some
        # It is the same whether the other segment is asked for what it is or for whom it has.
        assert await of(replace(few, segments={}, lists={OTHER: VERSION})) == of_some
    async with database.transaction() as tx:
        preview = await select_preview(tx, compile_preview(node, scope, examples=3))
    assert preview == Preview(len(members), tuple(members[:3]))


@pytest.mark.parametrize(
    ("definition", "numbers"),
    [
        ({"segment": 1}, [1, 2]),
        ({"not": {"segment": 1}}, [3, 4]),
        ({"any": [{"segment": 1}, {"attribute": "city", "equals": "Pune"}]}, [1, 2, 3]),
        ({"all": [{"segment": 1}, {"segment": 2}]}, [2]),
        ({"all": [{"segment": 1}, {"attribute": "city", "equals": "Pune"}]}, [1]),
        ({"not": {"any": [{"segment": 1}, {"segment": 2}]}}, [4]),
    ],
)
async def test_a_custom_list_has_whom_it_lists(
    database: Database, definition: Json, numbers: list[int]
) -> None:
    """In the version that counts; not one that is loaded beside it, nor another brand's."""
    people = [
        Somebody(ref(one), NOON, {"city": "Pune" if one % 2 else "Mumbai"}) for one in range(1, 5)
    ]
    brand_id = await store(database, people)
    other_brand_id = await store(database, [Somebody(ref(9), NOON, {"city": "Pune"})])
    await enlist(database, brand_id, SegmentId(1), {1: [ref(4)], 2: [ref(1), ref(2)], 3: [ref(3)]})
    await enlist(database, brand_id, SegmentId(2), {1: [ref(2), ref(3)]})
    await enlist(database, other_brand_id, SegmentId(1), {2: [ref(9)]})
    scope = Scope(brand_id, UTC, NOON, lists={SegmentId(1): 2, SegmentId(2): 1})

    got = await found(database, compile_members(tree(definition), scope))

    assert got == [ref(number) for number in numbers]


@pytest.mark.parametrize(
    "definition",
    [
        {"event": {"name": "Bought"}},
        {"attribute": "city", "is_set": True},
        {"not": {"event": {"name": "Viewed"}}},
        {"any": [{"event": {"name": "Bought"}}, {"segment": 1}]},
    ],
)
@pytest.mark.parametrize("nobody", [{"people": []}, {"slots": []}], ids=str)
async def test_a_scope_of_nobody_has_nobody(
    database: Database, definition: Json, nobody: dict[str, Any]
) -> None:
    """And not everybody, as when nothing is said."""
    history = [Happening(BOUGHT, NOON, {})]
    brand_id = await store(database, [Somebody(ref(1), NOON, {"city": "Pune"}, history)])
    scope = Scope(brand_id, UTC, NOON, lists={SegmentId(1): 1}, **nobody)

    assert await found(database, compile_members(tree(definition), scope)) == []


def test_a_scope_has_people_or_slots() -> None:
    """Both at once would be a mistake, whichever of them was meant."""
    with pytest.raises(ValueError, match="not both"):
        Scope(BrandId(1), UTC, NOON, people=[], slots=[])


async def test_whoever_did_something_is_asked_for_what_they_are(database: Database) -> None:
    """Members can be read off what was done, but not when their attributes count, or their age."""
    history = [Happening(BOUGHT, NOON, {})]
    brand_id = await store(
        database,
        [
            Somebody(ref(1), NOON, {"city": "Pune", "email": "a", "email_opt_in": 1}, history),
            Somebody(ref(2), NOON - timedelta(days=9), {"city": "Mumbai"}, history),
        ],
    )
    for asked in (
        {"attribute": "city", "equals": "Pune"},
        {"reachable": "email"},
        {"created": {"in_last": "7 days"}},
        {"any": [{"attribute": "city", "equals": "Pune"}, {"event": {"name": "Viewed"}}]},
    ):
        node = tree({"all": [{"event": {"name": "Bought"}}, asked]})
        got = await found(database, compile_members(node, Scope(brand_id, UTC, NOON)))
        assert got == [ref(1)]


@pytest.mark.parametrize("in_first_slot", [0, 1, 2, 3, 9])
@pytest.mark.parametrize(
    "asked",
    [
        {"attribute": "city", "equals": "Pune"},
        {"not": {"event": {"name": "Viewed"}}},
        {"event": {"name": "Bought"}},
        {"all": [{"attribute": "city", "equals": "Pune"}, {"event": {"name": "Bought"}}]},
        {"any": [{"attribute": "city", "equals": "Pune"}, {"event": {"name": "Viewed"}}]},
    ],
    ids=str,
)
async def test_a_preview_shows_the_first_however_many_are_in_the_first_slot(
    database: Database, asked: Json, in_first_slot: int
) -> None:
    """Where that slot has enough to show, nobody else's id is kept."""
    first = [ref(256 * number) for number in range(in_first_slot)]
    others = [ref(number) for number in (1, 2, 259)]
    outside = Somebody(ref(512_000), NOON, {"city": "Mumbai"}, [Happening(VIEWED, NOON, {})])
    history = [Happening(BOUGHT, NOON, {})]
    members = [Somebody(one, NOON, {"city": "Pune"}, history) for one in [*first, *others]]
    brand_id = await store(database, [*members, *([outside] if "any" not in asked else [])])
    statement = compile_preview(tree(asked), Scope(brand_id, UTC, NOON), examples=3)

    async with database.transaction() as tx:
        preview = await select_preview(tx, statement)

    everybody = sorted(one.ref for one in members)
    assert preview == Preview(len(everybody), tuple(everybody[:3]))
