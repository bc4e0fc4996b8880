"""Ingest of events that segments watch: how many go in, and how soon members are up to date."""

import os
import random
import statistics
from typing import Any

from bench import crowd
from bench.entrance import Entrance
from bench.load import send_all, send_steadily
from bench.material import bodies
from bench.publishing import STATEMENT_SECONDS, Publisher
from bench.server import Server
from tidings.segments.model import SegmentId
from tidings.storage.pool import connect

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
CONNECTIONS = 8
CALLS, EVENTS_PER_CALL = 200, 1_000
FRESH_SECONDS = 40
SEGMENTS = 20

_WATCHED = [crowd.name_of(number) for number in range(11, 16)]
_UNWATCHED = [crowd.name_of(number) for number in range(46, 51)]
_FROM_PUNE = {"attribute": "city", "equals": "Pune"}
_DEAR = [{"attribute": "price", "at_least": 20}]
_SPENT = {"attribute": "price", "at_least": 99}


def _watching() -> dict[str, object]:
    """Return definitions about the events that are sent, one about each name."""
    once, twice, often, lately, much = ({"name": name, "in_last": "30 days"} for name in _WATCHED)
    definitions: list[object] = [
        {"event": once},
        {"event": {**twice, "at_least": 2}},
        {"event": {**often, "at_least": 3, "where": _DEAR}},
        {"all": [_FROM_PUNE, {"event": lately}]},
        {"event": {**much, "sum": _SPENT}},
    ]
    return {f"bench watching {number}": one for number, one in enumerate(definitions)}


def others(count: int) -> dict[str, object]:
    """Return definitions about events that are not sent, by the names of their segments."""
    return {
        f"bench {number}": {
            "event": {
                "name": crowd.name_of(21 + number % 20),
                "in_last": f"{7 + number} days",
                "at_least": 1 + number % 3,
            }
        }
        for number in range(count)
    }


class Watched:
    """One run; every event that is sent concerns one of the segments that watch any."""

    def __init__(self, publisher: Publisher, server: Server) -> None:
        self._publisher = publisher
        self._server = server
        self._chance = random.Random(os.getpid())  # other people each time, as a folder is kept

    def run(self) -> None:
        """Measure and print everything."""
        watching = self._publisher.publish(_watching())
        self._publisher.publish(others(SEGMENTS - len(watching)))
        rates: list[tuple[float, float]] = []
        for _ in range(ROUNDS):
            without = self._rate(_UNWATCHED)
            rates.append((self._rate(_WATCHED), without))
            self._publisher.settle()
        watched, without = (statistics.median(one) for one in zip(*rates, strict=True))
        ratio = statistics.median(ours / theirs for ours, theirs in rates)
        print(
            f"segments, ingest of watched events: {watched:,.0f}/s; of unwatched "
            f"{without:,.0f}/s; ratio {ratio:.2f} (reach 0.80)",
            flush=True,
        )
        self._freshness(watching[0], without / 2)

    def _rate(self, names: list[str]) -> float:
        sent = send_all(
            self._server.target,
            "/api/event",
            bodies(self._events(CALLS * EVENTS_PER_CALL, names), EVENTS_PER_CALL),
            connections=CONNECTIONS,
        )
        return CALLS * EVENTS_PER_CALL / sent.seconds

    def _freshness(self, watching: SegmentId, rate: float) -> None:
        per_second = rate / EVENTS_PER_CALL
        calls = round(FRESH_SECONDS * per_second)
        events = self._events(calls * EVENTS_PER_CALL, _WATCHED)
        entering = self._publisher.run(self._outside(watching, calls, sent=events))
        # With each call one of them, by its last event.
        for number, (user_id, _) in enumerate(entering):
            last = events[(number + 1) * EVENTS_PER_CALL - 1]
            last["userID"], last["event_name"] = user_id, _WATCHED[0]
        packed = bodies(events, EVENTS_PER_CALL)
        before = self._server.processor_seconds()
        people = [person for _, person in entering]
        with Entrance(self._publisher.url, watching, people) as entrance:
            sent = send_steadily(
                self._server.target,
                "/api/event",
                packed,
                connections=CONNECTIONS,
                per_second=per_second,
                answered=entrance.answered,
            )
        delays = entrance.delays()
        print(
            f"segments, freshness at {len(events) / sent.seconds:,.0f} events/s: p50 "
            f"{delays[len(delays) // 2]:.2f} s, p99 {delays[len(delays) * 99 // 100]:.2f} s "
            f"(reach 1); of a core: {self._server.used_since(before, seconds=sent.seconds)}",
            flush=True,
        )

    async def _outside(
        self, segment_id: SegmentId, count: int, *, sent: list[dict[str, Any]]
    ) -> list[tuple[str, tuple[int, int]]]:
        """Return people who are in no such segment, and are sent nothing: user, then person."""
        connection = await connect(self._publisher.url, statement_seconds=STATEMENT_SECONDS)
        rows = await connection.fetch(
            "SELECT user_id, slot, profile_id FROM profiles AS p WHERE brand_id = $1"
            " AND NOT EXISTS (SELECT FROM memberships AS m WHERE m.slot = p.slot"
            " AND m.profile_id = p.profile_id AND segment_id = $2)"
            " AND user_id <> ALL ($3::text[]) ORDER BY md5(user_id) LIMIT $4",
            self._publisher.crowd.brand_id,
            segment_id,
            sorted({str(one["userID"]) for one in sent}),
            count,
        )
        await connection.close()
        return [(row["user_id"], (row["slot"], row["profile_id"])) for row in rows]

    def _events(self, count: int, names: list[str]) -> list[dict[str, Any]]:
        return [
            crowd.event(number, names[number % len(names)], self._chance) for number in range(count)
        ]
