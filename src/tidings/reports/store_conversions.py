"""The tables of conversions: rows in, models out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

import msgspec

from tidings.base import limits
from tidings.base.ids import BrandId, NameId
from tidings.campaigns.model import Goal
from tidings.messages.model import LaneId
from tidings.reports.model import Conversion, LaneGoal
from tidings.segments.calendar import read_duration
from tidings.storage.sql import Queries
from tidings.storage.tx import Tx

SQL = Queries(__file__)

_goal = msgspec.json.Decoder(Goal).decode


async def select_goals(tx: Tx) -> list[LaneGoal]:
    """Return the goals of all campaigns of all brands that have begun, by brand."""
    goals: list[LaneGoal] = []
    for row in await tx.fetch(SQL["select_goals"]):
        goal = _goal(row["goal"])
        within = read_duration(goal.within)
        if within is None:
            raise AssertionError("a campaign is saved with a duration that can be read")
        brand_id, lane_id = BrandId(row["brand_id"]), LaneId(row["lane_id"])
        goals.append(LaneGoal(brand_id, lane_id, goal.event, within, goal.amount))
    return goals


async def begin_round(tx: Tx, name: str, *, now: datetime) -> datetime:
    """Note until when a job looks, and return until when it had; now the first time."""
    return cast("datetime", await tx.fetchval(SQL["begin_round"], name, now))


async def insert_conversions(
    tx: Tx,
    name: tuple[BrandId, NameId],
    goals: Sequence[LaneGoal],
    *,
    occurred_since: datetime,
    received_since: datetime,
) -> list[Conversion]:
    """Note which events of a name were because of a message, and were not noted before."""
    rows = await tx.fetch(
        SQL["insert_conversions"],
        *name,
        occurred_since,
        received_since,
        [one.lane_id for one in goals],
        [one.within for one in goals],
        [one.amount for one in goals],
        limits.MAX_LTV,
    )
    return [
        Conversion(LaneId(row["lane_id"]), row["template_id"], row["occurred_at"], row["amount"])
        for row in rows
    ]


async def delete_old(tx: Tx, age: timedelta) -> None:
    """Delete what need not be remembered any more."""
    await tx.execute(SQL["delete_old"], age)
