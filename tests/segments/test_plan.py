"""What people did is read as sets: never once a person."""

import json
from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Any

import pytest

from tests.segments.reference import Happening, Somebody
from tests.segments.world import BOUGHT, NOON, VIEWED, ref, store, tree
from tidings.base.ids import BrandId
from tidings.segments.compile import Scope, compile_members, compile_preview
from tidings.storage.pool import Database

PEOPLE = 6_000
BOUGHT_IT = {"event": {"name": "Bought", "in_last": "30 days"}}
OFTEN = {"event": {"name": "Bought", "at_least": 2, "in_last": "30 days"}}
DEAR = {"event": {"name": "Bought", "where": [{"attribute": "price", "at_least": 40}]}}
STEPS = {"first": {"name": "Viewed"}, "then": {"name": "Bought"}, "within": "1 day"}
FROM_PUNE = {"attribute": "city", "equals": "Pune"}

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
    "last seen": {"last_seen": {"until": "2026-03-20"}},
}


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
    """Store thousands of people, and let PostgreSQL know how many."""
    stored = await store(database, [somebody(number) for number in range(PEOPLE)])
    async with database.connection() as connection:
        await connection.execute("ANALYZE profiles, events")
    return stored


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every node of a plan."""
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes_of(inner)


async def explained(database: Database, text: str, parameters: tuple[object, ...]) -> Any:
    """Run a statement and return its plan with how often each node ran."""
    async with database.connection() as connection:
        assert await connection.fetchval("SHOW jit") == "off"
        plan = await connection.fetchval(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {text}",
            *parameters,
        )
    return json.loads(plan)[0]["Plan"]


async def test_no_node_runs_once_a_person(database: Database, brand_id: BrandId) -> None:
    """With a million people that would take half a minute instead of half a second."""
    scope = Scope(brand_id, UTC, NOON)
    often: dict[str, list[str]] = {}
    for name, definition in ASKED.items():
        statement = compile_preview(tree(definition), scope, examples=20)
        plan = await explained(database, statement.text, statement.parameters)
        # Where few are left, looking each of them up is best; for a part of everybody it is not.
        often[name] = [
            f"{node['Node Type']} {node.get('Relation Name', '')}"
            for node in nodes_of(plan)
            if node["Actual Loops"] > PEOPLE / 10
        ]

    assert often == {name: [] for name in ASKED}


async def test_a_few_people_are_looked_at_by_their_own_rows(
    database: Database, brand_id: BrandId
) -> None:
    """An event re-evaluates one person; that must not read what all the others did."""
    some = [ref(number) for number in (17, 18, 19)]
    scope = Scope(brand_id, UTC, NOON, people=some)
    for name, definition in ASKED.items():
        statement = compile_members(tree(definition), scope)
        plan = await explained(database, statement.text, statement.parameters)
        read = sum(
            (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
            for node in nodes_of(plan)
            if node.get("Relation Name", "").startswith(("events", "profiles"))
        )
        assert read < 100, f"{name} reads {read} rows"
