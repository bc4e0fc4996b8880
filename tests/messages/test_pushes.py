"""A push goes to all of a person's devices that its channel reaches, and is one message."""

from collections.abc import AsyncGenerator
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from tests.channels.conftest import rsa_key, rsa_pem
from tests.messages.post import LINKS, PUBLIC_URL, Post
from tests.messages.pushes import Pushing, open_pushing
from tests.support import wait_until
from tidings.base import clock
from tidings.base.errors import Refused
from tidings.campaigns.model import CampaignId, State
from tidings.devices.model import Platform
from tidings.messages.contents import content_of
from tidings.messages.feedback import Feedback, hear
from tidings.messages.model import Status, What
from tidings.messages.naming import message_id_of, public_id

__all__ = ["rsa_key", "rsa_pem"]

UNREGISTERED = {"error": {"message": "gone", "details": [{"errorCode": "UNREGISTERED"}]}}


@pytest.fixture
async def pushing(post: Post, rsa_key: RSAPrivateKey, rsa_pem: str) -> AsyncGenerator[Pushing]:
    """Lend a post with channels to browsers and phones."""
    async with open_pushing(post, rsa_key, rsa_pem) as opened:
        yield opened


async def send(pushing: Pushing, channel: str, **asked: object) -> CampaignId:
    """Send a campaign to everybody, and wait until it is over."""
    post = pushing.post
    asked = {"name": f"by {channel}", "channel": channel, "template": "news"} | asked
    campaign = await post.campaign(**asked)
    await post.work()

    async def is_over() -> bool:
        return await post.state(campaign) is State.FINISHED

    async with post.sending():
        await wait_until(is_over, within_seconds=20)
    return campaign


async def test_a_campaign_goes_to_every_device_that_its_channel_reaches(pushing: Pushing) -> None:
    """Of people with none, one and three devices, on two and three platforms."""
    ada, bob, cyd = await pushing.post.people("ada", "bob", "cyd")
    await pushing.browser(bob, "bobs")
    await pushing.browser(cyd, "cyds")
    await pushing.phone(cyd, "cyd-android")
    await pushing.phone(cyd, "cyd-ios", Platform.IOS)

    await send(pushing, "web")
    assert pushing.browsers.names == ["bobs", "cyds"]
    assert await pushing.post.counted() == {"intended": 3, "sent": 2, "skipped:no_address": 1}

    await send(pushing, "apps")
    assert pushing.tokens == ["cyd-android", "cyd-ios"]
    assert await pushing.post.counted() == {"intended": 6, "sent": 3, "skipped:no_address": 3}
    assert await pushing.devices_of(ada) == []


async def test_a_campaign_for_one_platform_goes_to_no_other(pushing: Pushing) -> None:
    """An app for one of the two has news of its own; who has only the other has no address."""
    bob, cyd = await pushing.post.people("bob", "cyd")
    await pushing.phone(bob, "bob-android")
    await pushing.phone(cyd, "cyd-android")
    await pushing.phone(cyd, "cyd-ios", Platform.IOS)

    await send(pushing, "apps", platform="ios")

    assert pushing.tokens == ["cyd-ios"]
    assert await pushing.post.counted() == {"intended": 2, "sent": 1, "skipped:no_address": 1}


@pytest.mark.parametrize(
    ("channel", "reached"),
    [("web", "it reaches web"), ("mail", "it reaches no devices")],
)
async def test_a_platform_that_the_channel_does_not_reach_is_a_mistake(
    pushing: Pushing, channel: str, reached: str
) -> None:
    """Otherwise everybody would be skipped."""
    await pushing.post.add_template("hello")
    template = "hello" if channel == "mail" else "news"

    with pytest.raises(Refused) as refused:
        await pushing.post.campaign(channel=channel, template=template, platform="ios")

    [mistake] = refused.value.mistakes
    said = f"is not reached by channel {channel}; {reached}"
    assert (mistake.field, mistake.message) == ("platform", said)


async def test_a_browser_shows_the_person_s_own_words_and_its_click_is_counted(
    pushing: Pushing,
) -> None:
    """The link leads through this server, which knows whose message it was."""
    post = pushing.post
    [ada] = await post.people("ada")
    await pushing.browser(ada, "adas")
    await send(pushing, "web")

    [(_, shown)] = pushing.browsers.shown
    url = urlsplit(str(shown.pop("url")))
    message_id = message_id_of(shown["id"])
    assert message_id is not None
    assert shown == {
        "id": public_id(message_id),
        "title": "Hello ada",
        "body": "World",
        "icon": "https://shop.test/icon.png",
        "image": "https://shop.test/image.png",
    }
    target = parse_qs(url.query)["to"][0]
    link = LINKS.read(url.path.rpartition("/")[2], target=target)
    assert link is not None
    assert (f"{url.scheme}://{url.netloc}", target) == (PUBLIC_URL, "https://shop.test/sale")
    assert (link.brand_id, link.message_id) == (post.brand_id, message_id)
    async with post.shop.database.transaction() as tx:
        clicked = Feedback(What.CLICKED, clock.now(), target)
        assert await hear(tx, post.brand_id, link.message_id, clicked)
        kept = await content_of(tx, post.brand_id, message_id)
    assert kept is not None
    assert (kept.title, kept.text) == ("Hello ada", "World")
    assert await post.counted() == {
        "intended": 1,
        "sent": 1,
        f"clicked:{target}": 1,
        "unique_clicked": 1,
    }
    assert await pushing.events() == [("Push Registered", ada), ("Push Clicked", ada)]


async def test_a_device_that_is_gone_is_forgotten_and_told_of_once(pushing: Pushing) -> None:
    """One is the only one of its person, one of two, and one a phone."""
    ada, bob = await pushing.post.people("ada", "bob")
    await pushing.browser(ada, "adas")
    await pushing.browser(bob, "bobs-old")
    kept = await pushing.browser(bob, "bobs-new")
    phone = await pushing.phone(bob, "bobs-phone")
    pushing.browsers.statuses |= {"adas": 410, "bobs-old": 404}

    await send(pushing, "web")

    assert await pushing.post.counted() == {"intended": 2, "sent": 1, "failed:recipient": 1}
    assert await pushing.devices_of(ada) == []
    assert await pushing.devices_of(bob) == [kept, phone]

    pushing.google.of_token["bobs-phone"] = (404, UNREGISTERED)
    await send(pushing, "apps", name="again")
    await send(pushing, "web", name="once more")

    assert await pushing.devices_of(bob) == [kept]
    assert pushing.browsers.names == ["adas", "bobs-new", "bobs-new", "bobs-old"]
    events = await pushing.events()
    assert sorted(one for one in events if one[0] == "Push Unregistered") == [
        ("Push Unregistered", ada),
        *[("Push Unregistered", bob)] * 2,
    ]


async def test_one_device_that_cannot_be_reached_now_keeps_the_message_from_no_other(
    pushing: Pushing,
) -> None:
    """The person has it: it is sent, and not sent again to both for the sake of one."""
    [ada] = await pushing.post.people("ada")
    both = [await pushing.browser(ada, name) for name in ("one", "two")]
    pushing.browsers.statuses["one"] = 503

    await send(pushing, "web")

    assert pushing.browsers.names == ["one", "two"]
    assert await pushing.post.counted() == {"intended": 1, "sent": 1}
    assert await pushing.devices_of(ada) == both


async def test_what_no_device_took_is_sent_again_to_all_that_are_left(pushing: Pushing) -> None:
    """Two are not there for a moment, and one is there no more."""
    post = pushing.post
    [ada] = await post.people("ada")
    for name in ("one", "two", "three"):
        await pushing.browser(ada, name)
    pushing.browsers.statuses |= {"one": 503, "two": 503, "three": 410}
    [message_id] = await post.through(pushing.web).call(pushing.news, ada)

    async def is_put_off() -> bool:
        message = await post.message(message_id)
        return message.status is Status.QUEUED and message.reason == "busy"

    async with post.sending():
        await wait_until(is_put_off)
        assert pushing.browsers.names == ["one", "three", "two"]
        pushing.browsers.statuses.clear()
        async with post.shop.database.transaction() as tx:
            await tx.execute("UPDATE messages SET due_at = $1", clock.now())
        await wait_until(lambda: len(pushing.browsers.names) == 5)

    assert pushing.browsers.names == ["one", "one", "three", "two", "two"]
    assert await post.counted() == {"intended": 1, "sent": 1}
