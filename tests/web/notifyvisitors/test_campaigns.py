"""`campaign/create` and what is done with a campaign afterwards."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.web.conftest import MakeCaller
from tests.web.mailing import give_channel, give_template, give_user, send_all
from tests.web.notifyvisitors.campaign_calls import ask, campaign, path, success
from tests.web.notifyvisitors.refusals import Json, wrapped
from tests.web.notifyvisitors.segment_calls import publish, work
from tests.web.server import Caller, Told, at_once, told

CONTENT: Json = {"subject": "Hi {{ first_name }}", "html": "<p>Hi</p>"}
NONE_YET: Json = {"intended": 0, "waiting": 0, "sent": 0, "skipped": {}, "failed": {}}


@pytest.fixture
def shop(caller: Caller) -> Caller:
    """Lend a brand with a channel, a template, and two users of whom one wants no mails."""
    give_channel(caller)
    give_template(caller)
    give_user(caller, "ada")
    give_user(caller, "bob", email_opt_in=0)
    return caller


def create(caller: Caller, **fields: object) -> int:
    """Create a campaign, and return its id."""
    return ask(caller, "create", **campaign(**fields))["campaign_id"]


def change(caller: Caller, name: str, campaign_id: int) -> Told:
    """Pause, resume or cancel a campaign."""
    return caller.tell(path(name), {"campaign_id": campaign_id})


def test_a_campaign_goes_to_everybody_and_tells_how_far_it_is(
    shop: Caller, shared_database_url: str, tmp_path: Path
) -> None:
    """From its creation to its end."""
    campaign_id = create(shop)
    before = ask(shop, "get", campaign_id=campaign_id)
    work(shared_database_url)
    begun = ask(shop, "get", campaign_id=campaign_id)
    mails = send_all(shop, shared_database_url, tmp_path)
    after = ask(shop, "get", campaign_id=campaign_id)

    assert (before["state"], before["messages"]) == ("scheduled", NONE_YET)
    assert (begun["state"], begun["messages"]) == (
        "sending",
        NONE_YET | {"intended": 2, "waiting": 2},
    )
    assert [mail.recipient for mail in mails] == ["ada@people.test"]
    assert after["messages"] == NONE_YET | {"intended": 2, "sent": 1, "skipped": {"opted_out": 1}}
    assert list(after) == list(before)
    assert [after[name] is None for name in ("created_at", "send_at", "started_at")] == [False] * 3
    assert (after["error"], after["finished_at"]) == (None, None)


def test_a_campaign_is_read_as_it_was_created(make_caller: MakeCaller) -> None:
    """Every field, in the words of this wire."""
    shop = make_caller(time_zone="Asia/Kolkata")
    give_channel(shop)
    give_template(shop)
    give_template(shop, "other")
    definition: Json = {
        "name": "Sale",
        "channel": "mail",
        "variants": [{"template": "hello", "share": 3}, {"template": "other", "share": 1}],
        "audience": "all",
        "goal": {"event": "Bought", "window": "7 days", "amount": "total"},
        "throttle_per_minute": 100,
        "utm": {"utm_source": "sale"},
    }
    at = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)
    local = (at + timedelta(hours=5, minutes=30)).isoformat(sep=" ")[:19]

    campaign_id = ask(shop, "create", **definition, send_at=local)["campaign_id"]

    found = ask(shop, "get", campaign_id=campaign_id)
    assert found["definition"] == definition
    assert datetime.fromisoformat(found["send_at"]) == at
    assert found["send_at"].endswith("+05:30")


def test_segments_say_who_is_meant_and_who_is_not(
    shop: Caller, shared_database_url: str, tmp_path: Path
) -> None:
    """Those of one without those of another."""
    give_user(shop, "cyd", plan="gold")
    give_user(shop, "dan", plan="gold", vip=True)
    gold = publish(shop, shared_database_url, {"attribute": "plan", "equals": "gold"}, name="Gold")
    vips = publish(shop, shared_database_url, {"attribute": "vip", "is": True}, name="VIPs")

    campaign_id = create(shop, audience=None, segments=[gold], exclude_segments=[vips])
    work(shared_database_url)

    assert [mail.recipient for mail in send_all(shop, shared_database_url, tmp_path)] == [
        "cyd@people.test"
    ]
    definition = ask(shop, "get", campaign_id=campaign_id)["definition"]
    assert (definition["segments"], definition["exclude_segments"]) == ([gold], [vips])


def test_a_content_of_its_own_becomes_a_template_that_only_it_has(
    shop: Caller, shared_database_url: str, tmp_path: Path
) -> None:
    """So that what was sent can be looked up, and tests and reports have one kind of content."""
    campaign_id = create(shop, template=None, content=CONTENT)
    work(shared_database_url)

    [mail] = send_all(shop, shared_database_url, tmp_path)

    key = ask(shop, "get", campaign_id=campaign_id)["definition"]["template"]
    [row] = shop.rows(
        "SELECT name FROM templates WHERE brand_id = $1 AND key = $2", shop.brand_id, key
    )
    assert (mail.parsed["subject"], row["name"]) == ("Hi ada", "Sale")
    assert key.startswith("campaign-")


def test_a_campaign_by_each_persons_own_clock_needs_no_instant(shop: Caller) -> None:
    """It begins when that time comes where it comes first."""
    day = (datetime.now(UTC) + timedelta(days=10)).date()

    campaign_id = create(shop, send_at=None, local_time=f"{day}T09:00")

    first = datetime.combine(day, datetime.min.time(), UTC) - timedelta(hours=5)
    shown = ask(shop, "get", campaign_id=campaign_id)
    assert datetime.fromisoformat(shown["send_at"]) == first
    assert shown["definition"]["local_time"] == f"{day}T09:00"


def test_a_campaign_is_paused_resumed_and_cancelled(shop: Caller, shared_database_url: str) -> None:
    """And says each time how far it is."""
    campaign_id = create(shop)
    work(shared_database_url)

    for name, state in (("pause", "paused"), ("resume", "sending"), ("cancel", "cancelled")):
        assert change(shop, name, campaign_id) == success(campaign_id=campaign_id, state=state)
        assert ask(shop, "get", campaign_id=campaign_id)["state"] == state

    work(shared_database_url)
    after = ask(shop, "get", campaign_id=campaign_id)
    assert after["messages"] == NONE_YET | {"intended": 2, "skipped": {"cancelled": 2}}
    assert after["finished_at"] is not None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pause", "is cancelled and cannot be paused."),
        ("resume", "is cancelled and cannot be resumed."),
        ("cancel", "is cancelled and cannot be cancelled."),
    ],
)
def test_what_is_over_stays_so(shop: Caller, name: str, words: str) -> None:
    """409: nothing is wrong with the call."""
    campaign_id = create(shop)
    change(shop, "cancel", campaign_id)

    assert change(shop, name, campaign_id) == wrapped(409, f"Campaign {campaign_id} {words}")


def test_a_campaign_may_be_named_in_the_url(shop: Caller) -> None:
    """Of every call about one campaign, and the URL wins."""
    campaign_id = create(shop)

    answer = shop.request("GET", f"{path('get')}?campaign_id={campaign_id}")
    assert answer.json()["response"]["data"]["name"] == "Sale"
    answer = shop.post(f"{path('cancel')}?campaign_id={campaign_id}", {"campaign_id": 1})
    assert told(answer) == success(campaign_id=campaign_id, state="cancelled")


def test_campaigns_are_listed_page_by_page_the_latest_first(shop: Caller) -> None:
    """A cursor stays good while others are created."""
    ids = [create(shop, name=f"Sale {number}") for number in range(5)]

    first = ask(shop, "list", limit=2)
    create(shop, name="Another")
    second = ask(shop, "list", limit=2, cursor=first["cursor"])
    third = ask(shop, "list", limit=2, cursor=second["cursor"])

    pages = [[one["campaign_id"] for one in page["campaigns"]] for page in (first, second, third)]
    assert pages == [ids[4:2:-1], ids[2:0:-1], ids[:1]]
    assert third["cursor"] is None
    assert "definition" not in first["campaigns"][0]


def test_a_repeated_creation_makes_no_second_campaign(
    shop: Caller, second_client: httpx.Client
) -> None:
    """With an `Idempotency-Key`; without one the name is taken."""
    body = campaign(template=None, content=CONTENT)
    processes = [shop, shop.at(second_client)] * 3
    answers = at_once(
        partial(one.tell, path("create"), body, idempotency_key="k-1") for one in processes
    )

    campaign_id = answers[0].body["response"]["data"]["campaign_id"]
    assert answers == [success(campaign_id=campaign_id, state="scheduled")] * 6
    again = shop.tell(path("create"), body)
    assert again == wrapped(409, f"Brand {shop.brand_id} has a campaign 'Sale' already.")
    keys = shop.rows("SELECT key FROM templates WHERE brand_id = $1", shop.brand_id)
    assert len(json.dumps([row["key"] for row in keys]).split("campaign-")) == 2
