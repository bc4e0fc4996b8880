"""The compiler and the reference say the same of everybody, whatever is asked and stored."""

from datetime import datetime, tzinfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.segments.histories import NOWS, ZONES, People
from tests.segments.reference import Judge, Somebody
from tests.segments.trees import KINDS, Json, definitions
from tests.segments.world import found, store, tree
from tidings.base.ids import BrandId
from tidings.segments.compile import Scope, compile_members, compile_preview
from tidings.segments.model import Preview, SegmentId
from tidings.segments.store import select_preview
from tidings.storage.pool import Database

OTHER = SegmentId(1)
OTHER_DEFINITION = {"any": [{"event": {"name": "Bought"}}, {"attribute": "vip", "is": True}]}


CROWDS = 3

Crowd = tuple[BrandId, list[Somebody]]


@st.composite
def cases(draw: st.DrawFn, kind: str) -> tuple[datetime, tzinfo, int, Json]:
    """Draw when and where it is asked, the number of a crowd, and a definition."""
    now, zone = draw(st.sampled_from(NOWS)), draw(st.sampled_from(ZONES))
    return now, zone, draw(st.integers(1, CROWDS)), draw(definitions(kind, now, zone))


@pytest.fixture
def crowds() -> dict[tuple[datetime, str, int], Crowd]:
    """Keep who is stored already, by when and where they are asked for."""
    return {}


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_compiler_and_reference_find_the_same_people(
    database: Database,
    crowds: dict[tuple[datetime, str, int], Crowd],
    kind: str,
    data: st.DataObject,
) -> None:
    """Who is in is decided by SQL; what that means is written down in Python, and must agree."""
    now, zone, number, definition = data.draw(cases(kind))
    key = (now, str(zone), number)
    if key not in crowds:
        drawn = People(now, zone, number).draw(first=1_000 * (len(crowds) + 1))
        crowds[key] = await store(database, drawn), drawn
    brand_id, there = crowds[key]
    others = {OTHER: tree(OTHER_DEFINITION, zone)}
    judge = Judge(now, zone, others)
    some = [who.ref for who in there[::2]]
    node = tree(definition, zone)
    members = sorted(who.ref for who in there if judge.meets(who, node))
    scope = Scope(brand_id, zone, now, segments=others)
    few = Scope(brand_id, zone, now, people=some, segments=others)

    got = await found(database, compile_members(node, scope))
    of_some = await found(database, compile_members(node, few))
    async with database.transaction() as tx:
        preview = await select_preview(tx, compile_preview(node, scope, examples=3))

    assert got == members
    assert of_some == [one for one in members if one in some]
    assert preview == Preview(len(members), tuple(members[:3]))
