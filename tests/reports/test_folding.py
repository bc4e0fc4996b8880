"""Counts of days that are over are kept in one row each, and no report changes by it."""

from datetime import timedelta

import pytest

from tests.messages.post import Post
from tests.reports.deeds import report
from tidings.base import clock
from tidings.messages.jobs import fold_counts

ROWS = "SELECT count(*) AS rows, count(*) FILTER (WHERE shard <> 0) AS unfolded FROM message_counts"
SPREAD = """
INSERT INTO message_counts (
    brand_id, lane_id, template_id, day, what, detail, shard, count, amount
)
SELECT brand_id, lane_id, template_id, day - days, kind, '', 100 + n, n, n * 0.5
FROM message_counts,
    generate_series(0, 3) AS days,
    generate_series(1, 16) AS n,
    unnest(ARRAY['sent', 'skipped', 'converted']) AS kind
WHERE what = 'intended'
"""
PER_DAY = sum(range(1, 17))


async def rows(post: Post) -> tuple[int, int]:
    """Count the rows, and those that are not folded."""
    async with post.shop.database.transaction() as tx:
        row = await tx.fetchrow(ROWS)
    assert row is not None
    return row["rows"], row["unfolded"]


async def test_folding_changes_rows_and_no_number(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Again and again; and what somebody may still add to stays."""
    await post.add_template("hello")
    await post.people("ada")
    campaign = await post.campaign()
    await post.work()
    async with post.shop.database.transaction() as tx:
        await tx.execute(SPREAD)
    before, told = await rows(post), await report(post, campaign)

    for _ in range(2):
        async with post.shop.database.transaction() as tx:
            await fold_counts(tx)
    after = await rows(post)

    assert await report(post, campaign) == told
    assert told.line.counts.sent == 4 * PER_DAY
    assert told.line.counts.revenue == 4 * PER_DAY / 2
    # Three counts of each of four days, in 16 rows; of two days they are one.
    assert before[0] - after[0] == 2 * 3 * 15
    assert before[1] - after[1] == 2 * 3 * 16
    tomorrow_but_one = clock.now() + timedelta(days=2)
    monkeypatch.setattr(clock, "now", lambda: tomorrow_but_one)
    async with post.shop.database.transaction() as tx:
        await fold_counts(tx)
    assert (await rows(post))[1] == 0
    assert await report(post, campaign) == told
