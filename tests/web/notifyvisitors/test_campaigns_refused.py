"""Calls about campaigns that are not what they should be: each mistake with its field."""

import pytest

from tests.web.mailing import give_channel, give_push_channels, give_template
from tests.web.notifyvisitors.campaign_calls import ask, campaign, path
from tests.web.notifyvisitors.refusals import Json, mistake, wrapped, wrapped_mistake
from tests.web.server import Caller, told

LARGEST = "9,223,372,036,854,775,807"


@pytest.fixture
def shop(caller: Caller) -> Caller:
    """Lend a brand with a channel and a template."""
    give_channel(caller)
    give_template(caller)
    return caller


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"name": None}, "name", "must be there"),
        ({"name": "x" * 201}, "name", "must have at most 200 characters"),
        ({"name": " "}, "name", "must not be blank"),
        ({"channel": None}, "channel", "must be there"),
        ({"channel": "none"}, "channel", "is no channel of the brand: there are mail"),
        ({"template": None}, "template", "is needed, or content, or variants; one of them"),
        (
            {"content": {"subject": "x", "html": "x"}},
            "template",
            "is needed, or content, or variants; one of them",
        ),
        ({"template": "none"}, "template", "is no template of the brand"),
        (
            {"template": None, "variants": [{"template": "hello"}, {"template": "none"}]},
            "variants[1].template",
            "is no template of the brand",
        ),
        ({"audience": None}, "segments", 'is needed, or "audience": "all"; not both'),
        ({"audience": "some"}, "audience", "must be all, or left out"),
        ({"segments": [1]}, "segments", 'is needed, or "audience": "all"; not both'),
        (
            {"audience": None, "segments": [999_999]},
            "segments[0]",
            "is no published segment of the brand",
        ),
        (
            {"exclude_segments": [999_999]},
            "exclude_segments[0]",
            "is no published segment of the brand",
        ),
        ({"send_at": None}, "send_at", "is needed, or local_time; not both"),
        ({"local_time": "2026-12-24T09:00"}, "send_at", "is needed, or local_time; not both"),
        ({"send_at": "soon"}, "send_at", 'must be "now" or a time'),
        ({"send_at": "2999-01-01"}, "send_at", "is more than 366 days ahead"),
        (
            {"send_at": None, "local_time": "2026-12-24T09:00Z"},
            "local_time",
            "must be a time without an offset, such as 2026-12-24T09:00",
        ),
        (
            {"send_at": None, "local_time": "9999-12-31T23:00"},
            "local_time",
            "must be a time without an offset, such as 2026-12-24T09:00",
        ),
        (
            {"goal": {"event": "Bought", "window": "a week"}},
            "goal.window",
            'must be such as "7 days" or "12 hours", at most 90 days',
        ),
        (
            {"goal": {"event": "Bought", "window": "91 days"}},
            "goal.window",
            'must be such as "7 days" or "12 hours", at most 90 days',
        ),
        ({"topic": "news"}, "topic", "is no topic of the brand: there is none"),
        ({"throttle_per_minute": 0}, "throttle_per_minute", "must be at least 1"),
    ],
)
def test_a_campaign_with_a_mistake_is_not_created(
    shop: Caller, fields: Json, field: str, words: str
) -> None:
    """400 with the field, in the words of this wire."""
    answer = shop.tell(path("create"), campaign(**fields))

    assert answer == wrapped_mistake(words, field, None)
    assert ask(shop, "list")["campaigns"] == []


def test_a_mistake_in_a_content_is_told_with_its_path_and_saves_no_template(shop: Caller) -> None:
    """Whoever sends a content has no other way to see where it is wrong."""
    content = {"subject": "{{ x", "html": "x"}
    body = campaign(template=None, content=content)

    [told_of] = shop.tell(path("create"), body).body["response"]["errors"]

    assert told_of["field"] == "content.subject"
    rows = shop.rows("SELECT key FROM templates WHERE brand_id = $1", shop.brand_id)
    assert [row["key"] for row in rows] == ["hello"]


def test_mistakes_that_can_be_seen_together_are_told_together(shop: Caller) -> None:
    """Up to twenty."""
    answer = shop.tell(path("create"), {"send_at": "soon"})

    assert answer == wrapped(
        400,
        "Error: name must be there.",
        mistake("must be there", "name"),
        mistake("must be there", "channel"),
        mistake("is needed, or content, or variants; one of them", "template"),
        mistake('must be "now" or a time', "send_at"),
    )


def test_a_field_that_is_unknown_is_refused(shop: Caller) -> None:
    """A typing error in `send_at` must not send at once."""
    answer = shop.tell(path("create"), campaign(sendAt="2026-12-24"))

    assert answer.status == 400
    assert "sendAt" in answer.body["response"]["message"]


def test_a_platform_that_the_channel_does_not_reach_is_refused(shop: Caller) -> None:
    """Nobody would get anything."""
    give_push_channels(shop)
    said = {"title": "T", "text": "x"}

    answer = shop.tell(
        path("create"), campaign(channel="apps", platform="web", template=None, content=said)
    )

    words = "is not reached by channel apps; it reaches android and ios"
    assert answer == wrapped_mistake(words, "platform", None)
    other = shop.tell(path("create"), campaign(platform="tv"))
    assert other.status == 400
    assert "tv" in other.body["response"]["message"]


@pytest.mark.parametrize("name", ["get", "cancel", "pause", "resume"])
def test_an_unknown_campaign_is_404(shop: Caller, name: str) -> None:
    """As with every other thing of a brand."""
    answer = shop.tell(path(name), {"campaign_id": 999_999})

    assert answer == wrapped(404, f"Brand {shop.brand_id} has no campaign 999999.")


@pytest.mark.parametrize(
    ("query", "body", "words"),
    [
        ("", {}, "the body must have `campaign_id`"),
        ("", {"campaign_id": "1"}, "must be a number"),
        ("", {"campaign_id": 0}, "must be at least 1"),
        ("?campaign_id=x", {}, f"must be a whole number from 1 to {LARGEST}"),
        ("?campaign_id=0", {}, f"must be a whole number from 1 to {LARGEST}"),
        (f"?campaign_id={'9' * 5_000}", {}, f"must be a whole number from 1 to {LARGEST}"),
    ],
)
def test_a_call_that_names_no_campaign_is_400(
    shop: Caller, query: str, body: Json, words: str
) -> None:
    """Whichever way it is said."""
    field = None if words.startswith("the body") else "campaign_id"

    for name in ("get", "cancel", "pause", "resume"):
        answer = told(shop.post(path(name) + query, body))
        assert answer == wrapped_mistake(words, field, None)


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"limit": 0}, "limit", "must be at least 1"),
        ({"limit": 101}, "limit", "must be at most 100"),
        ({"cursor": "x"}, "cursor", "is not a cursor of an earlier answer"),
        ({"cursor": "9" * 40}, "cursor", "is not a cursor of an earlier answer"),
    ],
)
def test_a_page_that_cannot_be_is_400(shop: Caller, body: Json, field: str, words: str) -> None:
    """In the body or in the URL."""
    assert shop.tell(path("list"), body) == wrapped_mistake(words, field, None)
    [(name, value)] = body.items()
    assert shop.request("GET", f"{path('list')}?{name}={value}").status_code == 400


def test_a_nul_character_is_refused(shop: Caller) -> None:
    """PostgreSQL cannot hold it."""
    for name in ("create", "send", "get", "list", "pause"):
        answer = shop.post(path(name), b'{"name": "a\\u0000"}')
        assert answer.status_code == 400, name
