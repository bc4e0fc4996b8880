"""`python -m bench.reports`: the report of a campaign of a million messages, over HTTP.

It stands beside one statement by hand that adds up the same rows by day. And a round of the job
that counts conversions: 20,000 goal events of an hour, of people who were sent ten messages each.
"""

import asyncio
import itertools
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from bench.server import Server, serving
from tidings.messages.jobs import fold_counts
from tidings.messages.model import What
from tidings.reports.jobs import count_conversions
from tidings.storage.embedded import EmbeddedPostgres
from tidings.storage.pool import Database, connect
from tidings.storage.slots import SLOT_COUNT
from tidings.storage.tx import Connection

MESSAGES = 1_000_000
DAYS, LINKS, SHARDS = 60, 50, 16
REACH_SECONDS = 0.2
ROUNDS = 20
PEOPLE, MESSAGES_EACH, ORDERS = 50_000, 10, 20_000

_CAMPAIGN = """
INSERT INTO campaigns (
    brand_id, name, channel_id, definition, state, lane_id, created_at, started_at
)
SELECT $1, name, 1, $2, 'sending', lane_id, now(), now()
FROM (SELECT 'bench ' || lane_id AS name, lane_id FROM lanes WHERE brand_id = $1) AS lanes
RETURNING campaign_id
"""
_LANE = """
INSERT INTO lanes (brand_id, channel_id, source, source_id, options, is_open)
VALUES ($1, 1, 'campaign', 1, '{}', false)
RETURNING lane_id
"""
_BY_HAND = """
SELECT day, what, sum(count) FROM message_counts WHERE brand_id = $1 AND lane_id = $2 GROUP BY 1, 2
"""
_GOAL = b'{"name": "Bench", "channel": "mail", "goal": {"event": "Bought", "within": "3 days"}}'
_NAME = """
INSERT INTO event_names (brand_id, name, kind, first_seen_at)
VALUES ($1, 'Bought', 'custom', now())
RETURNING name_id
"""


async def prepare(url: str, brand_id: int) -> tuple[int, int]:
    """Put a campaign into the database, with what was counted of it; return it and its lane."""
    connection = await connect(url)
    lane_id = await connection.fetchval(_LANE, brand_id)
    campaign_id = await connection.fetchval(_CAMPAIGN, brand_id, _GOAL)
    today = datetime.now(UTC).date()
    details = {
        What.CLICKED: [f"https://shop.test/{number}" for number in range(LINKS)],
        What.SKIPPED: ["opted_out", "capped", "suppressed"],
        What.FAILED: ["recipient", "attempts"],
    }
    each = MESSAGES // DAYS // SHARDS
    await connection.copy_records_to_table(
        "message_counts",
        records=[
            (brand_id, lane_id, 1, today - timedelta(days=day), what.value, detail, shard, each)
            for day, shard, what in itertools.product(range(DAYS), range(SHARDS), What)
            for detail in details.get(what, [""])
        ],
        columns=["brand_id", "lane_id", "template_id", "day", "what", "detail", "shard", "count"],
    )
    await _copy_orders(connection, brand_id, lane_id)
    await connection.execute("VACUUM ANALYZE message_counts, messages, events")
    await connection.close()
    return campaign_id, lane_id


async def _copy_orders(connection: Connection, brand_id: int, lane_id: int) -> None:
    name_id = await connection.fetchval(_NAME, brand_id)
    now = datetime.now(UTC)
    clicked = now - timedelta(hours=3)
    await connection.copy_records_to_table(
        "messages",
        records=[
            (
                *(number % SLOT_COUNT, number * MESSAGES_EACH + nth, brand_id, number, lane_id),
                *(1, str(nth), "sent", now, now, clicked, clicked if nth == 0 else None),
            )
            for number, nth in itertools.product(range(PEOPLE), range(MESSAGES_EACH))
        ],
        columns=[
            *("slot", "message_id", "brand_id", "profile_id", "lane_id"),
            *("template_id", "dedupe_key", "status", "created_at", "due_at", "ended_at"),
            "clicked_at",
        ],
    )
    await connection.copy_records_to_table(
        "events",
        records=[
            (
                *(number % SLOT_COUNT, number, brand_id, name_id),
                *(now - timedelta(minutes=number % 50), now, 0.0, b'{"total": 10}'),
            )
            for number in range(ORDERS)
        ],
        columns=[
            *("slot", "profile_id", "brand_id", "name_id"),
            *("occurred_at", "received_at", "ltv", "attributes"),
        ],
    )


async def measure(url: str, server: Server) -> None:
    """Ask for the report, as it is counted and as it is folded; then count conversions twice."""
    campaign_id, lane_id = await prepare(url, server.target.brand_id)
    await _report(url, server, (campaign_id, lane_id), title="as counted")
    async with Database(url) as database, database.transaction() as tx:
        await fold_counts(tx)
    await _report(url, server, (campaign_id, lane_id), title="folded")
    for title in ("first counted", "looked at again"):
        async with Database(url) as database, database.transaction() as tx:
            began = time.perf_counter()
            await count_conversions(tx)
            seconds = time.perf_counter() - began
        print(f"{ORDERS:,} goal events of an hour, {title}: {seconds:.2f} s", flush=True)


async def _report(url: str, server: Server, campaign: tuple[int, int], *, title: str) -> None:
    target = server.target
    ours: list[float] = []
    by_hand: list[float] = []
    connection = await connect(url)
    headers = {"x-brand-id": str(target.brand_id), "x-api-key": target.key}
    at = f"http://127.0.0.1:{target.port}/api/v1/report/campaign?campaign_id={campaign[0]}"
    async with httpx.AsyncClient(headers=headers, trust_env=False) as client:
        for _ in range(ROUNDS):
            began = time.perf_counter()
            await connection.fetch(_BY_HAND, target.brand_id, campaign[1])
            by_hand.append(time.perf_counter() - began)
            began = time.perf_counter()
            (await client.get(at)).raise_for_status()
            ours.append(time.perf_counter() - began)
    await connection.close()
    ratio = statistics.median(a / b for a, b in zip(ours, by_hand, strict=True))
    print(
        f"report of {MESSAGES:,} messages, {DAYS} days, {LINKS} links, {title}: "
        f"{statistics.median(ours) * 1_000:.0f} ms, slowest {max(ours) * 1_000:.0f} ms "
        f"(reach {REACH_SECONDS * 1_000:.0f}); by hand "
        f"{statistics.median(by_hand) * 1_000:.0f} ms; ratio {ratio:.1f}",
        flush=True,
    )


def main() -> None:
    """Measure on a server and a database of its own."""
    with tempfile.TemporaryDirectory(prefix="tidings-bench-") as folder:
        database = EmbeddedPostgres(Path(folder))
        url = database.start_or_join()
        try:
            with serving(Path(folder), web_processes=1) as server:
                asyncio.run(measure(url, server))
        finally:
            database.leave()


if __name__ == "__main__":
    main()
