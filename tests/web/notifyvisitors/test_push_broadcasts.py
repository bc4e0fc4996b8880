"""`broadcast`: a push to many makes a campaign; and what holds for every call that sends pushes."""

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.web.conftest import MakeCaller
from tests.web.mailing import give_push_channels, messages_of
from tests.web.notifyvisitors.campaign_calls import ask
from tests.web.notifyvisitors.push_calls import (
    CHANNELS,
    CONTENT,
    EVERYBODY,
    PLATFORMS,
    SAID,
    broadcast,
    give_shop,
    give_subscribers,
    sent,
)
from tests.web.notifyvisitors.refusals import Json, wrapped, wrapped_mistake
from tests.web.notifyvisitors.segment_calls import publish
from tests.web.server import Caller

__all__ = ["give_shop", "give_subscribers"]


@pytest.mark.parametrize(
    ("platform", "kind"), [("web", "webpush"), ("android", "fcm"), ("ios", "fcm")]
)
@pytest.mark.parametrize("call", ["send", "broadcast/all"])
def test_without_a_channel_to_the_platform_it_says_which_is_needed(
    caller: Caller, platform: str, kind: str, call: str
) -> None:
    """The vendor sets it up elsewhere, and callers have never heard of channels."""
    whom, index = ({"userID": "ada"}, 0) if call == "send" else ({}, None)

    answer = caller.tell(f"/api/v1/{platform}/{call}", {**whom, **SAID})

    words = f"is needed for pushes to {platform}: the brand has none of the kind {kind}"
    assert answer == wrapped_mistake(words, "channel", index)


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("wrap", [False, True])
def test_everybody_is_sent_a_push_by_a_campaign_of_one_platform(
    shop: Caller, platform: str, *, wrap: bool
) -> None:
    """Its name says where it comes from."""
    found = broadcast(shop, f"/api/v1/{platform}/broadcast/all", {"nv": SAID} if wrap else SAID)

    start, _, drawn = found["name"].rpartition(" ")
    definition = found["definition"]
    assert (start, len(drawn)) == (f"{platform}/broadcast/all", 8)
    assert definition.pop("template").startswith("campaign-")
    assert definition == {
        "name": found["name"],
        "channel": CHANNELS[platform],
        "audience": "all",
        "platform": platform,
    }
    [row] = shop.rows(
        "SELECT content::text FROM template_versions JOIN templates USING (template_id) "
        "WHERE templates.brand_id = $1",
        shop.brand_id,
    )
    assert json.loads(row["content"]) == CONTENT


@pytest.mark.parametrize("kind", [str, int])
def test_a_segment_is_sent_a_push_by_a_campaign(
    shop: Caller, shared_database_url: str, kind: type[str] | type[int]
) -> None:
    """The vendor's ids are texts in some places and numbers in others."""
    segment_id = publish(shop, shared_database_url, EVERYBODY)

    body = {"segmentID": kind(segment_id), **SAID}
    found = broadcast(shop, "/api/v1/ios/broadcast/segment", body)

    assert found["name"].startswith("ios/broadcast/segment ")
    assert found["definition"]["segments"] == [segment_id]
    assert found["definition"]["platform"] == "ios"


@pytest.mark.parametrize(
    ("fields", "words", "field"),
    [
        ({}, "can not be empty", "segmentID"),
        ({"segmentID": "x"}, "is no id of a segment", "segmentID"),
        ({"segmentID": 999_999}, "is no published segment of the brand", "segmentID"),
        ({"segmentID": 1, "title": ""}, "can not be empty", "title"),
        ({"segmentID": 1, "message": "{{ x"}, "line 1: {{ is not closed", "message"),
        ({"segmentID": 1, "channel": "apps"}, "does not reach web; there are browsers", "channel"),
    ],
)
def test_a_broadcast_that_cannot_be_made_leaves_nothing(
    shop: Caller, fields: Json, words: str, field: str
) -> None:
    """Neither a campaign nor a template."""
    answer = shop.tell("/api/v1/web/broadcast/segment", SAID | fields)

    assert answer == wrapped_mistake(words, field, None)
    assert ask(shop, "list")["campaigns"] == []
    query = "SELECT key FROM templates WHERE brand_id = $1"
    assert shop.rows(query, shop.brand_id) == []


def urls() -> Iterator[tuple[str, Json]]:
    """Yield every URL with a body that it takes."""
    for platform in PLATFORMS:
        yield f"/api/v1/{platform}/send", {"userID": "ada", **SAID}
        yield f"/api/v1/{platform}/broadcast/all", SAID


@pytest.mark.parametrize(("url", "body"), list(urls()))
@pytest.mark.usefixtures("subscribers")
def test_a_repeated_call_gets_the_first_answer(
    shop: Caller, second_client: httpx.Client, url: str, body: Json
) -> None:
    """In another process too; with another body the key is refused."""
    first = shop.tell(url, body, idempotency_key="k-1")

    assert first.status == 200
    assert shop.at(second_client).tell(url, body, idempotency_key="k-1") == first
    other = shop.tell(url, {**body, "title": "Other"}, idempotency_key="k-1")
    assert other == wrapped(
        409, "This Idempotency-Key was used for another request. Use a new key for each call."
    )
    assert len(messages_of(shop)) + len(ask(shop, "list")["campaigns"]) == 1


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_brand_reaches_nobody_of_another(
    shop: Caller,
    subscribers: dict[str, str],
    make_caller: MakeCaller,
    shared_database_url: str,
    *,
    platform: str,
) -> None:
    """Neither its users nor its devices, segments and channels, though it has channels itself."""
    segment_id = publish(shop, shared_database_url, EVERYBODY)
    attacker = make_caller()
    give_push_channels(attacker)
    url = f"/api/v1/{platform}"

    pushes = [{"userID": "ada", **SAID}, {"subscriberID": subscribers[platform], **SAID}]
    told = sent(attacker, platform, {"nv": pushes})

    assert [one["reason"] for one in told] == ["unknown_user", "unknown_subscriber"]
    answer = attacker.tell(f"{url}/broadcast/segment", {"segmentID": segment_id, **SAID})
    words = "is no published segment of the brand"
    assert answer == wrapped_mistake(words, "segmentID", None)
    broadcast(attacker, f"{url}/broadcast/all", SAID)
    assert messages_of(shop) == []
    assert ask(shop, "list")["campaigns"] == []
