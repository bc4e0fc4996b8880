"""A campaign with a test of two variants, and what is done with it until everybody has theirs."""

from collections import Counter
from typing import Any

from tests.messages.post import Post
from tests.reports.deeds import hear_of, messages_of, report
from tests.support import wait_until
from tidings.campaigns import actions as campaigns
from tidings.campaigns import jobs
from tidings.campaigns.model import Campaign, CampaignId, State
from tidings.campaigns.progress import Progress
from tidings.campaigns.winner import Standing
from tidings.messages.model import What
from tidings.profiles.model import ProfileRef
from tidings.reports.model import Counts

PEOPLE = 60
SPLIT: dict[str, Any] = {
    "template": None,
    "variants": [{"template": "short"}, {"template": "long"}],
    "test": {"share": 40, "winner": "opens", "after": "4 hours"},
}
AFTER = "4 hours"
WAITING = ("queued", "waits for the winner")


async def crowd(post: Post, count: int = PEOPLE) -> list[ProfileRef]:
    """Create people and the templates of both variants, whose subjects are their keys."""
    for key in ("short", "long"):
        await post.add_template(key, {"subject": key, "html": "<p>Hello</p>"})
    return await post.people(*(f"user{number}" for number in range(count)))


async def begin(post: Post, **asked: Any) -> CampaignId:
    """Start such a campaign, and go through its people."""
    campaign = await post.campaign(**{**SPLIT, **asked})
    await post.work()
    return campaign


async def find(post: Post, campaign: CampaignId) -> tuple[Campaign, Progress, Standing]:
    """Return a campaign, how many of its messages did what, and how its test is."""
    async with post.shop.database.transaction() as tx:
        found = await campaigns.find(tx, post.brand_id, campaign)
        progress = (await campaigns.progress(tx, post.brand_id, [found]))[campaign]
    assert progress.test is not None
    return found, progress, progress.test


async def decide(post: Post) -> None:
    """Look at all tests, as the job does."""
    async with post.shop.database.transaction() as tx:
        await jobs.decide(tx)


async def let_pass(post: Post, campaign: CampaignId, time: str = AFTER) -> None:
    """Let a time pass since all people were gone through, and since the test was sent."""
    async with post.shop.database.transaction() as tx:
        await tx.execute(
            "UPDATE campaigns SET filled_at = filled_at - $2::text::interval,"
            " tested_at = tested_at - $2::text::interval WHERE campaign_id = $1",
            campaign,
            time,
        )


async def send_what_is_due(post: Post, mails: int) -> None:
    """Send until so many mails have come in all, and nothing is in hand."""

    async def is_sent() -> bool:
        async with post.shop.database.transaction() as tx:
            waiting: int = await tx.fetchval(
                "SELECT count(*) FROM messages"
                " WHERE status = 'sending' OR (status = 'queued' AND due_at <= now())"
            )
        return waiting == 0 and len(post.server.mails) >= mails

    async with post.sending(processes=2):
        await wait_until(is_sent, within_seconds=30)


async def send_test(post: Post, campaign: CampaignId) -> int:
    """Send the test of a campaign, and have that noted; return to how many it went."""
    _, progress, _ = await find(post, campaign)
    held = await held_back(post, campaign)
    await send_what_is_due(post, progress.intended - held)
    await decide(post)
    return progress.intended - held


async def held_back(post: Post, campaign: CampaignId) -> int:
    """Return how many wait for the winner."""
    return (await rows(post, campaign)).count(WAITING)


async def rows(post: Post, campaign: CampaignId) -> list[tuple[str, str | None]]:
    """Return the status and template of every message, and what waits for the winner."""
    async with post.shop.database.transaction() as tx:
        found = await tx.fetch(
            "SELECT status, key, due_at = 'infinity' AS waits FROM messages"
            " JOIN lanes USING (lane_id) LEFT JOIN templates USING (template_id)"
            " WHERE source = 'campaign' AND source_id = $1",
            campaign,
        )
    return [
        WAITING if row["waits"] and row["status"] == "queued" else (row["status"], row["key"])
        for row in found
    ]


async def open_all(post: Post, campaign: CampaignId, *, of: str, but: int = 0) -> int:
    """Let all messages of a variant be opened but so many; return how many were."""
    async with post.shop.database.transaction() as tx:
        found = await tx.fetch(
            "SELECT slot, profile_id FROM messages JOIN lanes USING (lane_id)"
            " JOIN templates USING (template_id) WHERE status = 'sent' AND source = 'campaign'"
            " AND source_id = $1 AND key = $2 ORDER BY message_id",
            campaign,
            of,
        )
    people = [ProfileRef(row["slot"], row["profile_id"]) for row in found]
    messages = await messages_of(post, campaign)
    opened = people[but:]
    for person in opened:
        await hear_of(post, messages[person], What.OPENED)
    return len(opened)


async def finish(post: Post, campaign: CampaignId) -> None:
    """Do and send what is left, until the campaign is finished."""

    async def is_over() -> bool:
        return await post.state(campaign) is State.FINISHED

    await post.work()
    async with post.sending(processes=2):
        await wait_until(is_over, within_seconds=30)


def subjects(post: Post) -> Counter[str]:
    """Return how many mails came of each variant."""
    return Counter(str(mail.parsed["subject"]) for mail in post.server.mails)


async def check_balance(post: Post, campaign: CampaignId) -> None:
    """Hold the report of a campaign against the rows themselves, per template and in all."""
    told = await report(post, campaign)
    counted = Counter(await rows(post, campaign))
    by_template: dict[str, Counter[str]] = {}
    for (status, key), number in counted.items():
        is_waiting = (status, key) == WAITING
        by_template.setdefault("" if is_waiting or key is None else key, Counter())[
            "waiting" if status in {"queued", "sending"} else status
        ] += number
    assert {key: _numbers(one) for key, one in told.templates} == {
        key: tuple(one[what] for what in ("waiting", "sent", "skipped", "failed"))
        for key, one in by_template.items()
    }
    assert sum(one.intended for _, one in told.templates) == told.line.counts.intended
    assert sum(one.intended for _, one in told.days) == told.line.counts.intended
    assert sum(one.waiting for _, one in told.days) == told.line.counts.waiting


def _numbers(one: Counts) -> tuple[int, ...]:
    assert one.intended == one.waiting + one.sent + one.all_skipped + one.all_failed
    return one.waiting, one.sent, one.all_skipped, one.all_failed
