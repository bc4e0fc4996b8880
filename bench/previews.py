"""What previews are asked, each beside the best SQL for it that we could write by hand.

That SQL only counts, while a preview also shows some of the people. `$1` is when 30 days began.
"""

import asyncio
import statistics
import time
from dataclasses import dataclass

from bench.crowd import NAMES, Crowd, name_of
from bench.publishing import Publisher
from tidings.segments import actions
from tidings.storage.pool import Database
from tidings.storage.tx import Connection

PREVIEWS = 7
RATIO = 1.3

RARE, COMMON, OTHER = name_of(10), name_of(1), name_of(NAMES - 10)
"""A fiftieth of all events, as if no name were commoner than others; a third; and very few."""

NAMED = "bench other"
"""The segment that a question names: who did `OTHER` in 30 days."""

_IN_30 = "FROM events WHERE brand_id = {{brand_id}} AND name_id = {{{name}}} AND occurred_at >= $1"
_DID_RARE, _DID_COMMON, _DID_OTHER = (
    _IN_30.format(name=name) for name in ("rare", "common", "other")
)
_TWICE = "SELECT slot, profile_id {did} {where} GROUP BY 1, 2 HAVING count(*) >= 2"
_PEOPLE = "SELECT count(*) FROM profiles AS p WHERE brand_id = {brand_id}"
_NOT = "NOT EXISTS (SELECT {did} AND events.slot = p.slot AND events.profile_id = p.profile_id)"
_COUNTED = "SELECT count(*) FROM ({}) AS one"
_ALL_OF = (
    "WITH twice AS MATERIALIZED ({twice}) {people} AND attributes ->> 'city' = 'Pune'"
    " AND (slot, profile_id) IN (SELECT slot, profile_id FROM twice) AND {outside}"
)
_DEAR = "AND (attributes -> 'price')::numeric >= 20"


@dataclass(frozen=True)
class Question:
    """What a preview is asked, and SQL by hand that counts the same.

    Units:  reach - seconds that we may take.
    """

    title: str
    definition: object
    by_hand: str
    reach: float


def _performed(name: str, **asked: object) -> dict[str, object]:
    return {"event": {"name": name, "in_last": "30 days", **asked}}


def _twice(did: str, where: str = "") -> str:
    """Return who did something twice."""
    return _TWICE.format(did=did, where=where)


def _all_of(did: str) -> str:
    """Return who is from Pune, did something twice, and is not in the other segment."""
    return _ALL_OF.format(twice=_twice(did), people=_PEOPLE, outside=_NOT.format(did=_DID_OTHER))


def _questions(segment_id: int) -> list[Question]:
    """Return the questions.

    Shape:  segment_id - of the segment called `NAMED`.
    """
    from_pune = {"attribute": "city", "equals": "Pune"}
    outside = {"not": {"segment": segment_id}}
    dear = [{"attribute": "price", "at_least": 20}]
    rare_twice, common_twice = _performed(RARE, at_least=2), _performed(COMMON, at_least=2)
    return [
        Question(
            "rare event twice in 30 days",
            rare_twice,
            _COUNTED.format(_twice(_DID_RARE)),
            0.3,
        ),
        Question(
            "rare event twice, filtered by a Number",
            _performed(RARE, at_least=2, where=dear),
            _COUNTED.format(_twice(_DID_RARE, _DEAR)),
            1.0,
        ),
        Question(
            "attribute, rare event twice, not in a segment",
            {"all": [from_pune, rare_twice, outside]},
            _all_of(_DID_RARE),
            1.0,
        ),
        Question(
            "attribute, commonest event twice, not in a segment",
            {"all": [from_pune, common_twice, outside]},
            _all_of(_DID_COMMON),
            1.0,
        ),
        Question(
            "did not do the rare event in 30 days",
            _performed(RARE, performed=False),
            f"{_PEOPLE} AND {_NOT.format(did=_DID_RARE)}",
            1.5,
        ),
        Question(
            "did not do the commonest event in 30 days",
            _performed(COMMON, performed=False),
            f"{_PEOPLE} AND {_NOT.format(did=_DID_COMMON)}",
            1.5,
        ),
    ]


def preview_all(publisher: Publisher) -> None:
    """Ask every question, and print each beside its yardstick."""
    named = publisher.publish({NAMED: {"event": {"name": OTHER, "in_last": "30 days"}}})
    for question in _questions(named[0]):
        asyncio.run(_preview(publisher, question))


async def _preview(publisher: Publisher, question: Question) -> None:
    brand_id = publisher.crowd.brand_id
    ours: list[float] = []
    by_hand: list[float] = []
    counts: list[int] = []
    async with Database(publisher.url, size=1) as database:
        for _ in range(PREVIEWS):
            # On the same connection, which has planned such things before, as a server's have.
            async with database.connection() as connection:
                counted, seconds = await _ask_by_hand(connection, publisher.crowd, question)
            by_hand.append(seconds)
            async with database.transaction() as tx:
                node = await actions.read_definition(tx, brand_id, question.definition)
                began = time.perf_counter()
                found = await actions.preview(tx, brand_id, node)
                ours.append(time.perf_counter() - began)
            counts += [counted, found.count]
    # What leaves the window between the two questions may make them differ by a few.
    if max(counts) - min(counts) > max(counts) / 100:
        raise RuntimeError(f"{question.title}: counted {counts}")
    ratio = statistics.median(a / b for a, b in zip(ours, by_hand, strict=True))
    print(
        f"segments, preview, {question.title}: {statistics.median(ours):.3f} s "
        f"(reach {question.reach}); by hand {statistics.median(by_hand):.3f} s; "
        f"ratio {ratio:.2f} (reach {RATIO:.2f}); {counts[-1]:,} people",
        flush=True,
    )


async def _ask_by_hand(
    connection: Connection, crowd: Crowd, question: Question
) -> tuple[int, float]:
    ids = crowd.name_ids
    text = question.by_hand.format(
        brand_id=crowd.brand_id, rare=ids[9], common=ids[0], other=ids[NAMES - 11]
    ).replace("$1", "now() - interval '30 days'")
    began = time.perf_counter()
    counted = await connection.fetchval(text)
    return counted, time.perf_counter() - began
