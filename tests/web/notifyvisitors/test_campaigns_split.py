"""A campaign with a test, in this wire's words."""

from pathlib import Path

import pytest

from tests.web.mailing import give_channel, give_template, give_user, send_all
from tests.web.notifyvisitors.campaign_calls import ask, campaign, path, success
from tests.web.notifyvisitors.refusals import Json, wrapped, wrapped_mistake
from tests.web.notifyvisitors.segment_calls import work
from tests.web.server import Caller, told

PEOPLE = 20
VARIANTS: list[Json] = [{"template": "hello", "share": 1}, {"template": "other", "share": 1}]
SPLIT: Json = {"share": 50, "winner": "clicks", "after": "4 hours"}
REPORT = "/api/v1/report/campaign"


@pytest.fixture
def shop(caller: Caller) -> Caller:
    """Lend a brand with a channel, two templates and some users."""
    give_channel(caller)
    give_template(caller)
    give_template(caller, "other")
    return caller


def create(shop: Caller, **fields: object) -> int:
    """Create a campaign with a test, and return its id."""
    asked = {"template": None, "variants": VARIANTS, "test": SPLIT} | fields
    return ask(shop, "create", **campaign(**asked))["campaign_id"]


def test_a_test_is_read_as_it_was_created_and_tells_how_far_it_is(
    shop: Caller, shared_database_url: str
) -> None:
    """Everywhere where a campaign is shown."""
    campaign_id = create(shop)
    expected: Json = {
        "share": 50,
        "winner_by": "clicks",
        "variants": [
            {"variant": number, "template": key}
            | dict.fromkeys(("sent", "unique_opens", "unique_clicks", "conversions"), 0)
            for number, key in ((1, "hello"), (2, "other"))
        ],
        "winner": None,
        "picked": None,
        "decides_at": None,
        "decided_at": None,
    }

    found = ask(shop, "get", campaign_id=campaign_id)
    [listed] = ask(shop, "list")["campaigns"]
    work(shared_database_url)
    begun = ask(shop, "get", campaign_id=campaign_id)
    reported = shop.request("GET", f"{REPORT}?campaign_id={campaign_id}").json()

    assert (found["definition"]["test"], found["definition"]["variants"]) == (SPLIT, VARIANTS)
    assert found["test"] == listed["test"] == begun["test"] == expected
    assert reported["response"]["data"]["test"] == expected


def test_its_winner_may_be_picked_by_a_call(
    shop: Caller, shared_database_url: str, tmp_path: Path
) -> None:
    """Then everybody gets one of the two."""
    for number in range(PEOPLE):
        give_user(shop, f"user{number}")
    campaign_id = create(shop)
    work(shared_database_url)

    answer = shop.tell(path("winner"), {"campaign_id": campaign_id, "variant": 2})

    assert answer == success(campaign_id=campaign_id, state="sending")
    again = shop.post(f"{path('winner')}?campaign_id={campaign_id}&variant=1", {})
    words = f"Campaign {campaign_id} has its winner: variant 2."
    assert told(again) == wrapped(409, words)
    work(shared_database_url)
    assert len(send_all(shop, shared_database_url, tmp_path)) == PEOPLE
    shown = ask(shop, "get", campaign_id=campaign_id)
    assert (shown["test"]["winner"], shown["test"]["picked"]) == (2, "operator")
    assert shown["test"]["decided_at"] is not None
    assert shown["messages"]["sent"] == PEOPLE


def test_the_share_may_be_left_out(shop: Caller) -> None:
    """One in five is usual."""
    campaign_id = create(shop, test={"winner": "opens", "after": "1 day"})

    assert ask(shop, "get", campaign_id=campaign_id)["definition"]["test"]["share"] == 20


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        (
            {"template": "hello", "variants": None},
            "variants",
            "must be two or more for a test",
        ),
        (
            {"test": SPLIT | {"after": "15 days"}},
            "test.after",
            'must be such as "4 hours" or "1 day", at most 14 days',
        ),
        (
            {"test": SPLIT | {"winner": "goal"}},
            "goal",
            "is needed for a test whose winner is picked by it",
        ),
        (
            {"send_at": None, "local_time": "2030-12-24T09:00"},
            "local_time",
            "cannot go with a test: its winner is sent to everybody else at one time",
        ),
        (
            {"variants": [VARIANTS[0], VARIANTS[0]]},
            "variants[1].template",
            "is another variant's, too: a test could not tell the two apart",
        ),
        ({"test": SPLIT | {"share": 100}}, "test", "must be at most 99"),
    ],
)
def test_a_test_that_cannot_be_is_refused(
    shop: Caller, fields: Json, field: str, words: str
) -> None:
    """400 with the field."""
    asked = {"template": None, "variants": VARIANTS, "test": SPLIT} | fields

    assert shop.tell(path("create"), campaign(**asked)) == wrapped_mistake(words, field, None)


@pytest.mark.parametrize(
    ("query", "body", "mistake"),
    [
        ("", {"variant": 1}, ("must be there", "campaign_id")),
        ("", {"campaign_id": 1}, ("must be there", "variant")),
        ("?campaign_id=1", {}, ("must be there", "variant")),
        ("", {"campaign_id": 1, "variant": 11}, ("must be at most 10", "variant")),
        ("?variant=x", {"campaign_id": 1}, ("must be a whole number from 1 to 10", "variant")),
        ("?variant=0", {"campaign_id": 1}, ("must be a whole number from 1 to 10", "variant")),
    ],
)
def test_a_winner_that_is_none_is_400(
    shop: Caller, query: str, body: Json, mistake: tuple[str, str]
) -> None:
    """In the body or in the URL."""
    answer = told(shop.post(path("winner") + query, body))

    assert answer == wrapped_mistake(*mistake, None)


def test_a_campaign_without_a_test_has_no_winner(shop: Caller) -> None:
    """409, and 404 for one that is not there."""
    campaign_id = ask(shop, "create", **campaign())["campaign_id"]

    assert ask(shop, "get", campaign_id=campaign_id)["test"] is None
    plain = shop.tell(path("winner"), {"campaign_id": campaign_id, "variant": 1})
    gone = shop.tell(path("winner"), {"campaign_id": 999_999, "variant": 1})
    assert plain == wrapped(409, f"Campaign {campaign_id} has no test.")
    assert gone == wrapped(404, f"Brand {shop.brand_id} has no campaign 999999.")
