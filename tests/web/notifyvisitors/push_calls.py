"""Calls that send pushes, and a brand that can."""

import json

import pytest

from tests.web.mailing import give_push_channels, give_user, messages_of
from tests.web.notifyvisitors.campaign_calls import ask, success
from tests.web.notifyvisitors.refusals import Json
from tests.web.notifyvisitors.test_devices import subscribed
from tests.web.server import Caller

PLATFORMS = ("web", "android", "ios")
CHANNELS = {"web": "browsers", "android": "apps", "ios": "apps"}
SAID: Json = {
    "title": "Hello {{ first_name }}",
    "message": "The sale begins.",
    "url": "https://shop.test/sale",
    "icon": "https://shop.test/icon.png",
    "image": "https://shop.test/image.png",
}
CONTENT: Json = {**SAID, "text": SAID["message"]}
CONTENT.pop("message")
EVERYBODY: Json = {"reachable": "email"}
NO_ADDRESS = "The person has no address for this medium."
NO_SUBSCRIBER = "There is no such subscriber, or not on this platform."


@pytest.fixture(name="shop")
def give_shop(caller: Caller) -> Caller:
    """Lend a brand with channels to all platforms and two users."""
    give_push_channels(caller)
    for user in ("ada", "bob"):
        give_user(caller, user)
    return caller


@pytest.fixture(name="subscribers")
def give_subscribers(shop: Caller) -> dict[str, str]:
    """Give Ada a device on each platform; return its id."""
    return {one: subscribed(shop, one, **token(one)) for one in PLATFORMS}


def token(platform: str) -> Json:
    """Return a token of the platform's own; a browser has none."""
    return {} if platform == "web" else {"token": platform}


def sent(caller: Caller, platform: str, body: Json) -> list[Json]:
    """Send pushes; return what is told of each, without the ids of messages."""
    answer = caller.tell(f"/api/v1/{platform}/send", body)
    assert answer.status == 200, answer
    told: Json = answer.body["response"]
    assert (told["message"], told["status"]) == ("queued", "queued")
    for one in told["data"]["messages"]:
        if one["status"] == "queued":
            assert len(one.pop("message_id")) == 24
    return told["data"]["messages"]


def queued(caller: Caller) -> list[tuple[Json, Json]]:
    """Return the content and the options of each message of a brand."""
    return [(json.loads(one["content"]), json.loads(one["options"])) for one in messages_of(caller)]


def lanes(caller: Caller) -> list[str]:
    """Return the channel of each lane that has messages."""
    rows = caller.rows(
        "SELECT DISTINCT channels.key FROM messages JOIN lanes USING (lane_id) "
        "JOIN channels USING (channel_id) WHERE messages.brand_id = $1",
        caller.brand_id,
    )
    return [row["key"] for row in rows]


def broadcast(caller: Caller, url: str, body: Json) -> Json:
    """Make a campaign of a push; return it, whole."""
    answer = caller.tell(url, body)
    assert answer.status == 200, answer
    campaign_id: int = answer.body["response"]["data"]["campaign_id"]
    assert answer == success(campaign_id=campaign_id, state="scheduled")
    return ask(caller, "get", campaign_id=campaign_id)
