"""What people did is read as sets: never once a person."""

import json
from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Any

import pytest

from tests.segments.memberships import enlist
from tests.segments.reference import Happening, Somebody
from tests.segments.world import BOUGHT, NOON, VIEWED, ref, store, tree
from tidings.base.ids import BrandId
from tidings.segments.compile import Scope, Statement, compile_members
from tidings.segments.compile_change import compile_change
from tidings.segments.compile_preview import compile_preview
from tidings.segments.model import SegmentId
from tidings.storage.pool import Database
from tidings.storage.slots import ALL_SLOTS

PEOPLE = 6_000
LISTED_ID, SEGMENT_ID, VERSION = SegmentId(3), SegmentId(4), 1

BOUGHT_IT = {"event": {"name": "Bought", "in_last": "30 days"}}
OFTEN = {"event": {"name": "Bought", "at_least": 2, "in_last": "30 days"}}
DEAR = {"event": {"name": "Bought", "where": [{"attribute": "price", "at_least": 40}]}}
VIEWED_IT = {"event": {"name": "Viewed"}}
VIEWED_OFTEN = {"event": {"name": "Viewed", "at_least": 2}}
VIEWED_ONCE = {"event": {"name": "Viewed", "exactly": 1}}
STEPS = {"first": {"name": "Viewed"}, "then": {"name": "Bought"}, "within": "1 day"}
FROM_PUNE = {"attribute": "city", "equals": "Pune"}
LISTED = {"segment": LISTED_ID}
FIRST_SEEN = {"first_seen": {"from": "2026-03-10"}}
LAST_SEEN = {"last_seen": {"until": "2026-03-20"}}

ASKED: dict[str, Any] = {
    "performed": BOUGHT_IT,
    "performed often": OFTEN,
    "performed, with a filter": DEAR,
    "not performed": {"not": BOUGHT_IT},
    "not performed often": {"event": {"name": "Viewed", "at_most": 1}},
    "all": {"all": [FROM_PUNE, OFTEN, {"not": DEAR}]},
    "any": {"any": [FROM_PUNE, OFTEN, {"not": BOUGHT_IT}]},
    "deep": {"any": [{"all": [FROM_PUNE, {"not": {"any": [OFTEN, DEAR]}}]}, {"not": BOUGHT_IT}]},
    "sequence": {"sequence": STEPS},
    "not in a sequence": {"any": [FROM_PUNE, {"not": {"sequence": STEPS}}]},
    "sum": {"event": {"name": "Bought", "sum": {"attribute": "price", "at_least": 50}}},
    "first": {"event": {"name": "Bought", "first": {"in_last": "10 days"}}},
    "last seen": LAST_SEEN,
    "listed": {"all": [LISTED, OFTEN]},
    "not listed": {"all": [FROM_PUNE, {"not": LISTED}, DEAR]},
    "listed or not": {"any": [LISTED, {"all": [FROM_PUNE, OFTEN]}]},
    # How many these have PostgreSQL guesses wrong by far.
    "quiet": {"all": [LAST_SEEN, VIEWED_OFTEN, {"not": LISTED}]},
    "once": {"all": [VIEWED_ONCE, {"not": LISTED}, {"not": {"sequence": STEPS}}]},
    "unseen": {"all": [{"event": {"name": "Bought"}}, {"not": VIEWED_IT}, {"not": LISTED}]},
    "neither": {"all": [FROM_PUNE, {"not": FIRST_SEEN}, {"not": LAST_SEEN}]},
}
READ_OFF_SETS = ["performed", "performed often", "performed, with a filter", "listed", "quiet"]
SUMMED_UP = ["performed often", "all", "any", "not performed often", "once"]


def somebody(number: int) -> Somebody:
    """Return a person who viewed a few things and perhaps bought some."""
    history = [
        Happening(VIEWED, NOON - timedelta(hours=7 * number % 900 + 5 * count), {})
        for count in range(number % 4)
    ]
    history += [
        Happening(
            BOUGHT, NOON - timedelta(hours=11 * number % 1_100 + count), {"price": number % 50}
        )
        for count in range(number % 7 // 3)
    ]
    return Somebody(ref(number), NOON, {"city": ("Pune", "Mumbai")[number % 2]}, history)


@pytest.fixture
async def brand_id(database: Database) -> BrandId:
    """Store thousands of people, a list of some, and let PostgreSQL know how many."""
    stored = await store(database, [somebody(number) for number in range(PEOPLE)])
    listed, members = (list(map(ref, range(0, PEOPLE, step))) for step in (3, 2))
    await enlist(database, stored, LISTED_ID, {VERSION: listed})
    # Of whom some stay when the segment is brought up to date, some leave, and others enter.
    await enlist(database, stored, SEGMENT_ID, {VERSION: members})
    async with database.connection() as connection:
        await connection.execute("ANALYZE profiles, events, memberships")
    return stored


def scope_of(brand_id: BrandId, **limits: Any) -> Scope:
    """Return whom to ask for, and the list that may be named."""
    return Scope(brand_id, UTC, NOON, lists={LISTED_ID: VERSION}, **limits)


def change_of(definition: object, scope: Scope) -> Statement:
    """Compile the statement that brings a segment up to date."""
    return compile_change(tree(definition), scope, segment_id=SEGMENT_ID, version=VERSION)


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every node of a plan."""
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes_of(inner)


async def explained(database: Database, statement: Statement, *settings: str) -> dict[str, Any]:
    """Run a statement and return its plan with how often each node ran; nothing stays."""
    async with database.connection() as connection:
        assert await connection.fetchval("SHOW jit") == "off"
        await connection.execute("BEGIN")
        for setting in settings:
            await connection.execute(f"SET LOCAL {setting}")
        plan = await connection.fetchval(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.text}", *statement.parameters
        )
        await connection.execute("ROLLBACK")
    return json.loads(plan)[0]["Plan"]


def rows_read(plan: dict[str, Any]) -> dict[str, float]:
    """Return how many rows of each table a plan looked at."""
    rows: dict[str, float] = {}
    for node in nodes_of(plan):
        # Events lie in a table a month.
        table = node.get("Relation Name", "").partition("_")[0]
        if table and node["Node Type"] != "ModifyTable":
            looked_at = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            rows[table] = rows.get(table, 0) + looked_at * node["Actual Loops"]
    return rows


def run_often(plan: dict[str, Any]) -> list[str]:
    """Return the nodes that ran for a part of everybody, one by one.

    Where few are left, looking each of them up is best.
    """
    return [
        f"{node['Node Type']} {node.get('Relation Name', '')}"
        for node in nodes_of(plan)
        if node["Actual Loops"] > PEOPLE / 10
    ]


@pytest.mark.parametrize("name", ASKED)
async def test_no_node_runs_once_a_person(database: Database, brand_id: BrandId, name: str) -> None:
    """With a million people that would take half a minute instead of half a second."""
    everybody = scope_of(brand_id)
    statements = [
        compile_preview(tree(ASKED[name]), everybody, examples=20),
        change_of(ASKED[name], everybody),
        change_of(ASKED[name], scope_of(brand_id, slots=ALL_SLOTS)),
    ]

    assert [run_often(await explained(database, one)) for one in statements] == [[], [], []]


@pytest.mark.parametrize("name", ASKED)
async def test_a_few_people_are_looked_at_by_their_own_rows(
    database: Database, brand_id: BrandId, name: str
) -> None:
    """An event re-evaluates one person; that must not read what all the others did."""
    scope = scope_of(brand_id, people=[ref(number) for number in (17, 18, 19)])
    for statement in (compile_members(tree(ASKED[name]), scope), change_of(ASKED[name], scope)):
        read = rows_read(await explained(database, statement))
        assert sum(read.values()) < 150, read


async def test_a_few_slots_are_looked_at_by_their_own_rows(
    database: Database, brand_id: BrandId
) -> None:
    """A version is built some slots at a time; each time everybody would be read."""
    scope = scope_of(brand_id, slots=ALL_SLOTS[:32])

    plan = await explained(database, change_of({"all": [FROM_PUNE, {"not": LISTED}]}, scope))

    read = rows_read(plan)
    assert read["profiles"] < PEOPLE / 7
    assert read["memberships"] < PEOPLE / 2


@pytest.mark.parametrize("name", READ_OFF_SETS)
async def test_profiles_are_read_only_when_something_is_asked_of_them(
    database: Database, brand_id: BrandId, name: str
) -> None:
    """Whoever did something is there: nobody else need be looked at."""
    preview = compile_preview(tree(ASKED[name]), scope_of(brand_id), examples=20)

    assert "profiles" not in rows_read(await explained(database, preview))


@pytest.mark.parametrize("name", SUMMED_UP)
async def test_a_set_is_summed_up_once_however_many_processes_look(
    database: Database, brand_id: BrandId, name: str
) -> None:
    """Else each would do all of it for itself, and two together take longer than one alone."""
    preview = compile_preview(tree(ASKED[name]), scope_of(brand_id), examples=20)
    eager = ["parallel_setup_cost = 0", "parallel_tuple_cost = 0"]
    eager += ["min_parallel_table_scan_size = 0", "min_parallel_index_scan_size = 0"]

    plan = await explained(database, preview, *eager)

    # Of a set's events; members are counted by every process, each its part.
    sums = [one for one in nodes_of(plan) if "count(*)" in one.get("Filter", "")]
    assert [one["Actual Loops"] for one in sums] == [1] * len(sums)
    assert sums
