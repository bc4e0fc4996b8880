"""A template stays as long as a campaign needs it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.messages.post import Post
from tidings.base.errors import Code, Refused
from tidings.campaigns import actions as campaigns
from tidings.campaigns.model import CampaignId
from tidings.storage.tx import Tx
from tidings.templates import actions as templates

VARIANTS = {"template": None, "variants": [{"template": "other"}, {"template": "hello"}]}


async def delete(post: Post) -> Refused | None:
    """Delete the template, or say why not."""
    try:
        async with post.shop.database.transaction() as tx:
            await campaigns.delete_template(tx, post.brand_id, "hello")
    except Refused as refused:
        return refused
    return None


Deed = Callable[[Tx, Post, CampaignId], Awaitable[None]]


async def nothing(tx: Tx, post: Post, campaign_id: CampaignId) -> None:
    """Leave it a draft."""


async def schedule(tx: Tx, post: Post, campaign_id: CampaignId) -> None:
    """Plan it."""
    await campaigns.schedule(tx, post.brand_id, campaign_id)


async def pause(tx: Tx, post: Post, campaign_id: CampaignId) -> None:
    """Hold it up in the middle."""
    await campaigns.pause(tx, post.brand_id, campaign_id)


@pytest.mark.parametrize("asked", [{"template": "hello"}, VARIANTS], ids=["alone", "a variant"])
@pytest.mark.parametrize(
    ("deeds", "state"),
    [
        ([nothing], "draft"),
        ([schedule], "scheduled"),
        ([schedule, nothing], "sending"),
        ([schedule, pause], "paused"),
    ],
)
async def test_it_is_not_deleted_while_a_campaign_is_not_over(
    post: Post, asked: dict[str, Any], deeds: list[Deed], state: str
) -> None:
    """All of its messages would fail. Who deletes it is told which campaign to cancel."""
    for key in ("hello", "other"):
        await post.add_template(key)
    await post.people("ada")
    definition = {"name": "Sale", "channel": "mail", "audience": "all", **asked}
    async with post.shop.database.transaction() as tx:
        campaign_id = await campaigns.create(tx, post.brand_id, definition)
    for number, deed in enumerate(deeds):
        if number:
            await post.work()
        async with post.shop.database.transaction() as tx:
            await deed(tx, post, campaign_id)

    refused = await delete(post)

    assert refused is not None
    assert (refused.code, refused.message) == (
        Code.CONFLICT,
        f"Template hello is needed by campaign {campaign_id} (Sale, {state}): "
        "cancel what is not to be sent.",
    )
    async with post.shop.database.transaction() as tx:
        await campaigns.cancel(tx, post.brand_id, campaign_id)
    assert await delete(post) is None


async def test_a_template_that_no_campaign_is_made_of_is_deleted(post: Post) -> None:
    """What they are made of is their own."""
    for key in ("hello", "other"):
        await post.add_template(key)
    await post.campaign(template="other")

    assert await delete(post) is None
    async with post.shop.database.transaction() as tx:
        assert [one.key for one in await templates.list_all(tx, post.brand_id)] == ["other"]
