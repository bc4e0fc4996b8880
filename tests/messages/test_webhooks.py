"""A webhook is a message like the others, to somebody's server: signed, and asked for consent."""

import base64
import hmac
from collections.abc import AsyncGenerator
from hashlib import sha256

import msgspec
import pytest

from tests.channels.apiserver import ApiServer, Asked
from tests.channels.test_webhook import SECRET, webhook
from tests.messages.post import KEYRING, Post
from tests.support import wait_until
from tidings.base.media import Medium
from tidings.campaigns.model import CampaignId, State
from tidings.channels import actions as channels
from tidings.consent import actions as consent
from tidings.consent import subscriptions
from tidings.consent.model import Topic, TopicKind
from tidings.messages.contents import content_of
from tidings.messages.model import Status
from tidings.messages.naming import message_id_of

BODY = '{"type": "sale", "user": {{ who }}, "name": {{ first_name }}, "cart": {{ cart }}}'


@pytest.fixture
async def server(post: Post) -> AsyncGenerator[ApiServer]:
    """Start somebody's server, give the brand a channel `crm` to it, and a template `sale`."""
    async with ApiServer(status=204, said=b"") as started:
        await post.add_channel("crm", "webhook", webhook(started.url, allow_private=True))
        await post.add_template("sale", {"body": BODY}, medium=Medium.WEBHOOK)
        yield started


async def send(post: Post, **asked: object) -> CampaignId:
    """Send a campaign to everybody, and wait until it is over."""
    campaign = await post.campaign(**{"channel": "crm", "template": "sale"} | asked)
    await post.work()

    async def is_over() -> bool:
        return await post.state(campaign) is State.FINISHED

    async with post.sending():
        await wait_until(is_over, within_seconds=20)
    return campaign


def is_signed(asked: Asked) -> bool:
    """Verify a call as whoever receives it does (Standard Webhooks)."""
    sent = f"{asked.headers['webhook-id']}.{asked.headers['webhook-timestamp']}.".encode()
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, sent + asked.body, sha256)).decode()
    return asked.headers["webhook-signature"] == f"v1,{expected}"


async def test_a_campaign_calls_the_server_once_for_each(post: Post, server: ApiServer) -> None:
    """With everybody's own values, as JSON has them; who has no address of any kind, too."""
    await post.people("ada", who="ada", first_name='A"d\na', cart={"items": [1, None]})
    await post.people("bob", who="bob", email=None)

    await send(post)

    assert all(is_signed(asked) for asked in server.asked)
    bodies = sorted((asked.json for asked in server.asked), key=lambda body: body["user"])
    assert bodies == [
        {"type": "sale", "user": "ada", "name": 'A"d\na', "cart": {"items": [1, None]}},
        {"type": "sale", "user": "bob", "name": "bob", "cart": None},
    ]
    assert await post.counted() == {"intended": 2, "sent": 2}
    message_id = message_id_of(server.asked[0].headers["webhook-id"])
    assert message_id is not None
    async with post.shop.database.transaction() as tx:
        kept = await content_of(tx, post.brand_id, message_id)
    assert kept is not None
    assert kept.text.encode() == server.asked[0].body


async def test_the_rules_for_marketing_hold_for_webhooks(post: Post, server: ApiServer) -> None:
    """Who wants nothing of a topic is not told of to others on account of it; and who had one today
    is capped."""
    [ada] = await post.people("ada", who="ada")
    await post.people("bob", who="bob")
    async with post.shop.database.transaction() as tx:
        topic = Topic("offers", "Offers", TopicKind.OPT_OUT)
        await subscriptions.create_topic(tx, post.brand_id, topic)
        await subscriptions.unsubscribe(tx, post.brand_id, ada, "offers", source="test")
        rules = {"caps": {"webhook": {"messages": 1}}}
        await consent.change_rules(tx, post.brand_id, rules)

    await send(post, topic="offers")
    assert [asked.json["user"] for asked in server.asked] == ["bob"]
    await send(post, name="again")

    assert sorted(asked.json["user"] for asked in server.asked) == ["ada", "bob"]
    assert await post.counted() == {
        "intended": 4,
        "sent": 2,
        "skipped:not_subscribed": 1,
        "skipped:frequency_capped": 1,
    }


async def test_a_body_that_is_no_json_for_one_person_fails_for_that_one_and_says_where(
    post: Post, server: ApiServer
) -> None:
    """Only the values of that person make it so; what is kept of it tells none of them."""
    body = '{"user": {{ who }},\n "more": {{ more|default("1")|safe }}}'
    template = await post.add_template("raw", {"body": body}, medium=Medium.WEBHOOK)
    [ada] = await post.people("ada", who="ada", more="{")
    [bob] = await post.people("bob", who="bob", more='{"n": 1}')
    async with post.shop.database.transaction() as tx:
        crm = await channels.find(tx, KEYRING, post.brand_id, "crm")
    [wrong, right] = await post.through(crm).call(template, ada, bob)

    async def are_over() -> bool:
        both = [(await post.message(one)).status for one in (wrong, right)]
        return both == [Status.FAILED, Status.SENT]

    async with post.sending():
        await wait_until(are_over)

    message = await post.message(wrong)
    assert (message.reason, message.code) == ("failed", "body, line 2, column 12")
    assert msgspec.json.decode(server.only.body) == {"user": "bob", "more": {"n": 1}}
