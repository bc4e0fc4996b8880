"""Looking at who is in segments costs what it shows, and ends in time."""

import json
from typing import Any

import pytest

from tests.segments.house import House
from tests.segments.memberships import enlist
from tests.segments.world import ref
from tests.shop import Shop
from tidings.base.errors import Code, Refused
from tidings.profiles.model import ProfileRef
from tidings.segments import actions as segments
from tidings.segments.store_members import SQL

SEGMENTS, PEOPLE = 5, 2_000
LAST_SEEN: Any = {"last_seen": {"from": "2026-01-01"}}


async def looked_up(shop: Shop, person: ProfileRef) -> list[tuple[str, int, int]]:
    """Return how the memberships of somebody are read: by what, how often, and how many rows."""
    async with shop.database.connection() as connection:
        plan = await connection.fetchval(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {SQL['select_of_person']}", shop.brand_id, *person
        )
    nodes = [json.loads(plan)[0]["Plan"]]
    read: list[tuple[str, int, int]] = []
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        if node.get("Relation Name") == "memberships":
            loops = node["Actual Loops"]
            rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            read.append((node.get("Index Name", node["Node Type"]), loops, round(rows * loops)))
    return read


async def test_a_persons_segments_are_looked_up_by_key(shop: Shop, other_shop: Shop) -> None:
    """Once a segment, however many people are in it; and not at all where there is none."""
    house = House(shop)
    people = [ref(number) for number in range(PEOPLE)]
    for number in range(SEGMENTS):
        segment_id = await house.publish(f"s{number}", LAST_SEEN)
        await enlist(shop.database, shop.brand_id, segment_id, {1: people, 2: people})
    async with shop.database.connection() as connection:
        await connection.execute("ANALYZE memberships, segments")

    assert await looked_up(shop, people[7]) == [("memberships_pkey", SEGMENTS, SEGMENTS)]
    assert await looked_up(other_shop, people[7]) == [("memberships_pkey", 0, 0)]
    async with shop.database.transaction() as tx:
        assert len(await segments.of_person(tx, shop.brand_id, people[7])) == SEGMENTS
        assert await segments.of_person(tx, other_shop.brand_id, people[7]) == []


async def test_counting_that_takes_too_long_is_given_up(shop: Shop) -> None:
    """Whoever asks waits for it, and says then how much less to ask for."""
    house = House(shop)
    segment = await house.segment(await house.publish("Some", LAST_SEEN))
    async with shop.database.transaction() as other, shop.database.transaction() as tx:
        await other.execute("LOCK TABLE memberships IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Refused) as raised:
            await segments.count_each(tx, shop.brand_id, [segment], within_seconds=0.05)

    assert raised.value.code is Code.UNAVAILABLE
    assert raised.value.message == "Counting took longer than 0.05 s; ask for fewer at a time."


async def test_only_the_version_that_counts_is_looked_at(shop: Shop) -> None:
    """Beside it lie the members of one that is being built, or is being cleared."""
    house = House(shop)
    segment = await house.segment(await house.publish("Some", LAST_SEEN))
    one, two = ref(1), ref(2)
    await enlist(shop.database, shop.brand_id, segment.segment_id, {1: [one], 2: [one, two]})

    assert await house.members(segment.segment_id) == [one]
    async with shop.database.transaction() as tx:
        counts = await segments.count_each(tx, shop.brand_id, [segment])
        of_each = [await segments.of_person(tx, shop.brand_id, who) for who in (one, two)]
    assert counts == {segment.segment_id: 1}
    assert [[found.name for found in each] for each in of_each] == [["Some"], []]
