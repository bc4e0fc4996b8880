"""`send`: pushes to users and single devices, as the vendor's older API sends them."""

import json

import pytest

from tests.web.mailing import messages_of
from tests.web.notifyvisitors.campaign_calls import skipped
from tests.web.notifyvisitors.push_calls import (
    CHANNELS,
    CONTENT,
    NO_ADDRESS,
    NO_SUBSCRIBER,
    PLATFORMS,
    SAID,
    give_shop,
    give_subscribers,
    lanes,
    queued,
    sent,
)
from tests.web.notifyvisitors.refusals import Json, mistake, wrapped
from tests.web.notifyvisitors.test_devices import subscribed
from tests.web.server import Caller

__all__ = ["give_shop", "give_subscribers"]


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.usefixtures("subscribers")
def test_a_user_is_sent_a_push_on_one_platform(shop: Caller, platform: str, *, wrap: bool) -> None:
    """Bare or in `nv`, through the brand's channel of that platform."""
    body = {"userID": "ada", **SAID}

    told = sent(shop, platform, {"nv": body} if wrap else body)

    assert told == [{"userID": "ada", "status": "queued"}]
    assert queued(shop) == [(CONTENT, {"platform": platform})]
    assert lanes(shop) == [CHANNELS[platform]]


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("kind", [str, int])
def test_one_subscriber_is_sent_a_push(
    shop: Caller, subscribers: dict[str, str], platform: str, kind: type[str] | type[int]
) -> None:
    """And no other device of the same user."""
    subscriber_id = subscribers[platform]

    told = sent(shop, platform, {"subscriberID": kind(subscriber_id), **SAID})

    assert told == [{"subscriberID": subscriber_id, "status": "queued"}]
    assert queued(shop) == [(CONTENT, {"platform": platform, "device": int(subscriber_id)})]


def test_each_is_told_of_in_the_order_of_the_call(
    shop: Caller, subscribers: dict[str, str]
) -> None:
    """Who has no device there, is not there, or has it on another platform is skipped."""
    subscribed(shop, "android", userID="bob", token="bobs")
    whom = [
        {"userID": "bob"},
        {"userID": "ada"},
        {"userID": "nobody"},
        {"subscriberID": subscribers["ios"]},
        {"subscriberID": subscribers["web"]},
        {"subscriberID": "999999999"},
    ]

    told = sent(shop, "web", {"nv": [{**one, **SAID} for one in whom]})

    nowhere = {"status": "skipped", "reason": "unknown_subscriber", "message": NO_SUBSCRIBER}
    assert told == [
        skipped("bob", "no_address", NO_ADDRESS),
        {"userID": "ada", "status": "queued"},
        skipped("nobody", "unknown_user", "There is no such user."),
        {"subscriberID": subscribers["ios"], **nowhere},
        {"subscriberID": subscribers["web"], "status": "queued"},
        {"subscriberID": "999999999", **nowhere},
    ]


@pytest.mark.usefixtures("subscribers")
def test_what_a_push_has_not_is_left_out_and_what_is_waited_for_is_no_marketing(
    shop: Caller,
) -> None:
    """Empty texts are as good as none; a receipt is no advertisement."""
    body = {"userID": "ada", "title": "T", "message": "x", "url": "", "transactional": True}

    assert sent(shop, "ios", body) == [{"userID": "ada", "status": "queued"}]

    assert queued(shop) == [({"title": "T", "text": "x"}, {"platform": "ios"})]
    [row] = shop.rows(
        "SELECT options::text AS options FROM lanes WHERE brand_id = $1", shop.brand_id
    )
    assert json.loads(row["options"]) == {"is_marketing": False}


@pytest.mark.parametrize(
    ("body", "mistakes"),
    [
        (
            {},
            [
                mistake("can not be empty", "title", 0),
                mistake("can not be empty", "message", 0),
                mistake("is needed, or subscriberID", "userID", 0),
            ],
        ),
        (
            {"userID": "ada", "subscriberID": "7", **SAID},
            [mistake("is needed, or a user; not both", "subscriberID", 0)],
        ),
        (
            {"subscriberID": "x", **SAID},
            [mistake("is no id that subscribe answered", "subscriberID", 0)],
        ),
        (
            {"userID": "ada", **SAID, "message": "{{ nope"},
            [mistake("line 1: {{ is not closed", "message", 0)],
        ),
        (
            {"nv": [{"userID": "ada", **SAID}, {"userID": "ada", **SAID, "channel": "apps"}]},
            [mistake("does not reach web; there are browsers", "channel", 1)],
        ),
        (
            {"userID": "ada", **SAID, "channel": "none"},
            [mistake("is no channel of the brand; there are browsers", "channel", 0)],
        ),
    ],
)
def test_a_push_that_cannot_be_sent_is_refused_whole(
    shop: Caller, body: Json, mistakes: list[Json]
) -> None:
    """With every mistake, under the names of the call."""
    answer = shop.tell("/api/v1/web/send", body)

    first = mistakes[0]
    said = f"Error: {first['field']} {first['message']}."
    assert answer == wrapped(400, said, *mistakes)
    assert messages_of(shop) == []
