"""Segments over a million people and ten million events: previews, builds, ingest, and rest.

`python -m bench.segments FOLDER [WORD…]` keeps what it loaded in the folder, for the next run.
"""

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench import crowd
from bench.previews import preview_all
from bench.publishing import STATEMENT_SECONDS, Publisher
from bench.server import Server, serving
from bench.watched import Watched, others
from tidings.storage.embedded import EmbeddedPostgres
from tidings.storage.pool import connect

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
IDLE_SEGMENTS = 100
IDLE_SECONDS = 60
_REST_SECONDS = 10

_LARGE = {"event": {"name": crowd.name_of(1), "in_last": "30 days", "at_least": 3}}
_LARGE_BY_HAND = (
    "INSERT INTO memberships (slot, segment_id, version, profile_id, brand_id, entered_at)"
    " SELECT slot, 0, 1, profile_id, $1, now() FROM events"
    " WHERE brand_id = $1 AND name_id = $2 AND occurred_at >= now() - interval '30 days'"
    " GROUP BY slot, profile_id HAVING count(*) >= 3"
)


def _build(publisher: Publisher) -> None:
    ours: list[float] = []
    by_hand: list[float] = []
    members = 0
    for number in range(ROUNDS):
        by_hand.append(publisher.run(_build_by_hand(publisher)))
        began = time.perf_counter()
        built = publisher.publish({f"bench large {number}": _LARGE})
        ours.append(time.perf_counter() - began)
        members = publisher.count(built[0])
    print(
        f"segments, a full build of {members:,} members: {statistics.median(ours):.1f} s "
        f"(reach 10); by hand, in one statement {statistics.median(by_hand):.1f} s",
        flush=True,
    )


async def _build_by_hand(publisher: Publisher) -> float:
    connection = await connect(publisher.url, statement_seconds=STATEMENT_SECONDS)
    began = time.perf_counter()
    crowd = publisher.crowd
    await connection.execute(_LARGE_BY_HAND, crowd.brand_id, crowd.name_ids[0])
    seconds = time.perf_counter() - began
    await connection.execute("DELETE FROM memberships WHERE segment_id = 0")
    await connection.close()
    return seconds


def _rest(publisher: Publisher, server: Server) -> None:
    publisher.publish(others(IDLE_SEGMENTS))
    publisher.settle()
    publisher.run(_tidy(publisher.url))
    before = server.processor_seconds()
    time.sleep(IDLE_SECONDS)
    used = server.used_since(before, seconds=IDLE_SECONDS)
    print(
        f"segments, idle with {IDLE_SEGMENTS}: {publisher.waiting()} tasks left; "
        f"of a core: {used} (reach 1 %)",
        flush=True,
    )


async def _tidy(url: str) -> None:
    """Do what PostgreSQL would do sooner or later after so much work, and let it come to rest."""
    connection = await connect(url, statement_seconds=STATEMENT_SECONDS)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    await asyncio.sleep(_REST_SECONDS)


_FIGURES: dict[str, Callable[[Publisher, Server], None]] = {
    "segments, previews": lambda publisher, _: preview_all(publisher),
    "segments, a full build": lambda publisher, _: _build(publisher),
    "segments, ingest and freshness": lambda publisher, server: Watched(publisher, server).run(),
    "segments, idle": _rest,
}


def measure(data_dir: Path, wanted: Callable[[str], bool]) -> None:
    """Load the crowd into a folder, unless it is there, and print what is wanted of it.

    Shape:  wanted - whether a figure of this title is asked for; when none is, nothing is loaded.
    """
    figures = [figure for title, figure in _FIGURES.items() if wanted(title)]
    if not figures:
        return
    database = EmbeddedPostgres(data_dir)
    url = database.start_or_join()
    try:
        with serving(data_dir, web_processes=1) as server:
            publisher = Publisher(url, asyncio.run(crowd.load(url, server.target)))
            publisher.clear()
            for figure in figures:
                figure(publisher, server)
                publisher.clear()
    finally:
        database.leave()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    words = sys.argv[2:]
    measure(folder, lambda title: not words or any(word in title for word in words))
