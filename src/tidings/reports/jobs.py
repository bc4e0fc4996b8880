"""What reports do by the clock: goal events are counted for the messages that led to them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from tidings.base import clock, limits
from tidings.base.ids import BrandId
from tidings.brands import actions as brands
from tidings.messages import actions as messages
from tidings.reports import store_conversions as store
from tidings.reports.model import Conversion, LaneGoal
from tidings.reports.report import tally_conversions
from tidings.schema import actions as schema
from tidings.storage.tx import Tx

EVERY = timedelta(seconds=limits.CONVERSIONS_SECONDS)
LATE_EVERY = timedelta(seconds=limits.LATE_CONVERSIONS_SECONDS)

# What was received a moment ago may not be committed yet, or by a process whose clock is slow; and
# that a message was opened may be told after what the person did next.
_OVERLAP = timedelta(minutes=limits.CONVERSION_OVERLAP_MINUTES)
_PROMPT = LATE_EVERY
_LATE = timedelta(days=limits.MAX_LATE_GOAL_DAYS)


class _Look(NamedTuple):
    """Which events are looked at."""

    occurred_since: datetime
    received_since: datetime


async def count_conversions(tx: Tx) -> None:
    """Count the goal events that came within the hour after they occurred.

    Events lie by when they occurred: looking for all that came of late would go through weeks of
    them each time.
    """
    looked_until = await store.begin_round(tx, "prompt", now=clock.now())
    received_since = looked_until - _OVERLAP
    await _count(tx, _Look(received_since - _PROMPT, received_since))


async def count_late_conversions(tx: Tx) -> None:
    """Count the goal events that came later than that, and forget what was counted long ago."""
    now = clock.now()
    looked_until = await store.begin_round(tx, "late", now=now)
    await _count(tx, _Look(looked_until - _LATE, looked_until - _OVERLAP))
    await store.delete_old(tx, _OVERLAP)


async def _count(tx: Tx, look: _Look) -> None:
    for brand_id, goals in groupby(await store.select_goals(tx), key=lambda one: one.brand_id):
        counted = await _convert(tx, brand_id, list(goals), look)
        brand = await brands.find_brand(tx, brand_id)
        # In the order in which days that are over are folded, so that neither waits for the other.
        for (lane_id, day), counts in tally_conversions(counted, brand.clock_zone).items():
            await messages.count_conversions(tx, (brand_id, lane_id), day, counts)


async def _convert(
    tx: Tx, brand_id: BrandId, goals: Sequence[LaneGoal], look: _Look
) -> list[Conversion]:
    name_ids = await schema.read_names(tx, brand_id)
    counted: list[Conversion] = []
    for event in sorted({one.event for one in goals} & name_ids.keys()):
        counted += await store.insert_conversions(
            tx,
            (brand_id, name_ids[event]),
            [one for one in goals if one.event == event],
            occurred_since=look.occurred_since,
            received_since=look.received_since,
        )
    return counted
