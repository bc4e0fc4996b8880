"""What people do because of a campaign, and what is reported of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.messages.post import Post
from tests.support import wait_until
from tidings.base import clock
from tidings.base.ids import BrandId
from tidings.campaigns.model import CampaignId
from tidings.events.model import Event
from tidings.messages.feedback import Feedback, hear
from tidings.messages.model import MessageId, What
from tidings.profiles.model import ProfileRef
from tidings.reports import actions
from tidings.reports.jobs import count_conversions, count_late_conversions
from tidings.reports.model import CampaignReport, Counts
from tidings.storage.slots import Slot

GOAL: Mapping[str, Any] = {"event": "Bought", "within": "3 days", "amount": "price"}
LINK = "https://shop.test/sale"


async def send(post: Post, name: str = "Sale", **asked: Any) -> CampaignId:
    """Send a campaign to everybody to its end."""
    campaign = await post.campaign(name=name, **asked)
    await post.work()

    async def is_over() -> bool:
        return await post.state(campaign) == "finished"

    async with post.sending():
        await wait_until(is_over, within_seconds=20)
    await post.work()
    return campaign


async def messages_of(post: Post, campaign: CampaignId) -> dict[ProfileRef, MessageId]:
    """Return the message of each person whom a campaign went to."""
    async with post.shop.database.transaction() as tx:
        rows = await tx.fetch(
            "SELECT slot, message_id, profile_id FROM messages JOIN lanes USING (lane_id)"
            " WHERE source = 'campaign' AND source_id = $1",
            campaign,
        )
    return {
        ProfileRef(Slot(row["slot"]), row["profile_id"]): MessageId(
            Slot(row["slot"]), row["message_id"]
        )
        for row in rows
    }


async def hear_of(
    post: Post,
    message_id: MessageId,
    what: What = What.CLICKED,
    *,
    at: datetime | None = None,
    is_machine: bool = False,
) -> None:
    """Let something come back of a message, now or at a time."""
    detail = LINK if what is What.CLICKED else ""
    async with post.shop.database.transaction() as tx:
        feedback = Feedback(what, at or clock.now(), detail=detail, is_machine=is_machine)
        assert await hear(tx, post.brand_id, message_id, feedback)


async def buy(
    post: Post,
    *user_ids: str,
    at: datetime | None = None,
    received_at: datetime | None = None,
    price: object = 10,
    name: str = "Bought",
) -> None:
    """Let people do the goal event, in one call."""
    now = clock.now()
    events: list[Event] = [
        post.shop.event(user_id, name, {"price": price}, at=at or now) for user_id in user_ids
    ]
    await post.shop.committer.submit(post.shop.batch(*events, received_at=received_at or now))


async def count(post: Post, *, is_late: bool = False) -> None:
    """Count what led to what, as the job does."""
    async with post.shop.database.transaction() as tx:
        await (count_late_conversions if is_late else count_conversions)(tx)


async def report(post: Post, campaign: CampaignId) -> CampaignReport:
    """Return the report of a campaign."""
    async with post.shop.database.transaction() as tx:
        return await actions.report_campaign(tx, BrandId(post.brand_id), campaign)


async def counts(post: Post, campaign: CampaignId) -> Counts:
    """Return what is counted of a campaign."""
    return (await report(post, campaign)).line.counts


async def converted(post: Post, campaign: CampaignId) -> tuple[int, float]:
    """Return how many conversions a campaign has by now, and what they were worth."""
    await count(post)
    of_campaign = await counts(post, campaign)
    return of_campaign.converted, of_campaign.revenue


def ago(**units: float) -> datetime:
    """Return a time before now."""
    return clock.now() - timedelta(**units)
