"""`report/campaign` and `report/campaigns`: what became of messages, in this wire's words."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.web.conftest import MakeCaller
from tests.web.mailing import give_channel, give_template, give_user, send_all
from tests.web.notifyvisitors.campaign_calls import ask, campaign, success
from tests.web.notifyvisitors.events import QUEUED, event, send
from tests.web.notifyvisitors.refusals import Json, mistake, wrapped
from tests.web.notifyvisitors.segment_calls import work
from tests.web.server import Caller, told
from tidings.base import clock
from tidings.messages.feedback import Feedback, hear
from tidings.messages.model import MessageId, What
from tidings.reports.jobs import count_conversions
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx

LIST, READ = "/api/v1/report/campaigns", "/api/v1/report/campaign"
LINK = "https://shop.test/sale"
KOLKATA = timedelta(hours=5, minutes=30)
NOTHING: Json = {
    **dict.fromkeys(("intended", "waiting", "skipped"), 0),
    "skipped_by_reason": {},
    **dict.fromkeys(("sent", "rejected"), 0),
    "rejected_by_reason": {},
    **dict.fromkeys(("delivered", "opened", "unique_opens", "clicked", "unique_clicks"), 0),
    **dict.fromkeys(("bounced", "complained", "unsubscribed", "scanned", "conversions"), 0),
    "revenue": 0.0,
}
TIMES = ("created_at", "send_at", "started_at", "finished_at")


@pytest.fixture
def shop(make_caller: MakeCaller) -> Caller:
    """Lend a brand in Kolkata with a channel, a template and two users, one of whom says no."""
    caller = make_caller(time_zone="Asia/Kolkata")
    give_channel(caller)
    give_template(caller)
    give_user(caller, "ada")
    give_user(caller, "bob", email_opt_in=0)
    return caller


def create(caller: Caller, name: str = "Sale", **fields: Any) -> int:
    """Create a campaign, and return its id."""
    return ask(caller, "create", **campaign(name=name, **fields))["campaign_id"]


def report(caller: Caller, campaign_id: int) -> Json:
    """Return the report of a campaign, without its times."""
    answer = caller.client.get(READ, params={"campaign_id": campaign_id}, headers=caller.headers)
    assert answer.status_code == 200, answer.text
    data: Json = answer.json()["response"]["data"]
    return {name: value for name, value in data.items() if name not in TIMES}


def names(caller: Caller, **query: object) -> list[str]:
    """Return the names of the campaigns that are listed."""
    answer = caller.request("GET", f"{LIST}?{'&'.join(f'{k}={v}' for k, v in query.items())}")
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["response"]["data"]["campaigns"]]


def click(caller: Caller) -> None:
    """Let the only message that was sent be opened and clicked."""
    [row] = caller.rows(
        "SELECT slot, message_id FROM messages WHERE brand_id = $1 AND status = 'sent'",
        caller.brand_id,
    )

    async def hear_both(tx: Tx) -> None:
        message_id = MessageId(Slot(row["slot"]), row["message_id"])
        for what, detail in ((What.OPENED, ""), (What.CLICKED, LINK), (What.CLICKED, LINK)):
            assert await hear(
                tx, caller.brand_id, message_id, Feedback(what, clock.now(), detail=detail)
            )

    caller.backstage.do(hear_both)


def test_a_campaign_is_reported_with_all_that_came_of_it(
    shop: Caller, shared_database_url: str, tmp_path: Path
) -> None:
    """From the call that makes it to the order that it led to."""
    goal = {"event": "Order Placed", "window": "3 days", "amount": "total"}
    campaign_id = create(shop, goal=goal)
    work(shared_database_url)
    send_all(shop, shared_database_url, tmp_path)
    click(shop)
    order = event(userID="ada", event_name="Order Placed", attributes={"total": 99.5})
    assert send(shop, {name: order[name] for name in order if name != "event_time"}) == QUEUED
    shop.backstage.do(count_conversions)

    told = report(shop, campaign_id)

    counted = NOTHING | {
        "intended": 2,
        "skipped": 1,
        "skipped_by_reason": {"opted_out": 1},
        "sent": 1,
        "opened": 1,
        "unique_opens": 1,
        "clicked": 2,
        "unique_clicks": 1,
        "conversions": 1,
        "revenue": 99.5,
    }
    assert told == {
        "campaign_id": campaign_id,
        "name": "Sale",
        "channel": "mail",
        "state": "sending",
        **counted,
        "test": None,
        "rates": {
            "delivered": 0.0,
            "opened": 1.0,
            "clicked": 1.0,
            "bounced": 0.0,
            "complained": 0.0,
            "unsubscribed": 0.0,
            "converted": 1.0,
        },
        "by_day": [{"day": f"{clock.now() + KOLKATA:%Y-%m-%d}", **counted}],
        "by_template": [{"template": "hello", **counted}],
        "by_link": [{"link": LINK, "clicked": 2}],
    }


def test_the_list_has_every_campaign_with_its_numbers_by_page(
    shop: Caller, shared_database_url: str
) -> None:
    """The latest first; the cursor leads to the next."""
    first = create(shop, "First")
    work(shared_database_url)
    second = create(shop, "Second")

    page = shop.post(LIST, {"limit": 1}).json()["response"]["data"]
    rest = shop.post(LIST, {"limit": 1, "cursor": page["cursor"]}).json()["response"]["data"]
    end = shop.post(LIST, {"cursor": str(first)}).json()["response"]["data"]

    shown = [*page["campaigns"], *rest["campaigns"]]
    assert [(one["campaign_id"], one["name"]) for one in shown] == [
        (second, "Second"),
        (first, "First"),
    ]
    counted = NOTHING | {"intended": 2, "waiting": 2}
    assert {name: shown[1][name] for name in NOTHING} == counted
    assert {name: shown[0][name] for name in NOTHING} == NOTHING
    assert end == {"campaigns": [], "cursor": None}


def test_the_list_can_be_of_a_time_and_of_a_channel(shop: Caller) -> None:
    """Dates are the brand's: a `to` is that whole day."""
    create(shop)
    today = clock.now() + KOLKATA
    day = timedelta(days=1)

    assert names(shop, channel="mail") == ["Sale"]
    assert names(shop, channel="sms") == []
    assert names(shop, **{"from": f"{today:%Y-%m-%d}", "to": f"{today:%Y-%m-%d}"}) == ["Sale"]
    assert names(shop, **{"from": f"{today + day:%Y-%m-%d}"}) == []
    assert names(shop, to=f"{today - day:%Y-%m-%d}") == []


def test_a_campaign_that_has_not_begun_is_listed_by_when_it_is_to_begin(shop: Caller) -> None:
    """Whoever looks at next week wants to see it there."""
    at = clock.now() + timedelta(days=7)
    create(shop, send_at=f"{at + KOLKATA:%Y-%m-%d %H:%M:%S}")

    assert names(shop, **{"from": f"{at + KOLKATA:%Y-%m-%d}"}) == ["Sale"]
    assert names(shop, to=f"{clock.now() + KOLKATA:%Y-%m-%d}") == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_campaign_is_404(shop: Caller, method: str) -> None:
    """By its number."""
    answer = shop.request(method, f"{READ}?campaign_id=999999999")

    assert told(answer) == wrapped(404, f"Brand {shop.brand_id} has no campaign 999999999.")


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("from=yesterday", "from", "must be a time such as 2026-11-27 04:08:18"),
        ("to=2026-13-01", "to", "must be a time such as 2026-11-27 04:08:18"),
        ("limit=0", "limit", "must be from 1 to 100"),
        ("limit=101", "limit", "must be from 1 to 100"),
        ("limit=" + "9" * 5_000, "limit", "must be from 1 to 100"),
        ("cursor=x", "cursor", "is not a cursor of an earlier answer"),
        ("cursor=0", "cursor", "is not a cursor of an earlier answer"),
        ("form=2026-11-01", "form", "is unknown here; known are from, to, channel, limit, cursor"),
    ],
)
def test_a_list_that_cannot_be_made_is_refused(
    shop: Caller, query: str, field: str, message: str
) -> None:
    """A filter that is left out in silence answers another question."""
    assert told(shop.request("GET", f"{LIST}?{query}")) == wrapped(
        400, f"Error: {field} {message}.", mistake(message, field)
    )


def test_times_at_the_ends_of_what_can_be_counted_are_times(shop: Caller) -> None:
    """They are beyond what the database has, not beyond what it can be asked."""
    create(shop)

    assert names(shop, **{"from": "0001-01-01T00:00:00Z", "to": "9999-12-31"}) == ["Sale"]
    assert names(shop, **{"from": "9999-12-31"}) == []


def test_reports_count_under_a_limit_of_their_own(make_caller: MakeCaller) -> None:
    """50 a minute as the vendor has it, whatever else is called."""
    caller = make_caller(calls=None)
    caller.post("/api/v1/user/count", {"event_name": "a"})

    answer = caller.post(LIST, {})

    assert (answer.headers["x-ratelimit-limit"], answer.headers["x-ratelimit-remaining"]) == (
        "50",
        "49",
    )


def test_another_brands_campaign_is_as_unknown_as_none(
    shop: Caller, make_caller: MakeCaller
) -> None:
    """And is in no list."""
    campaign_id = create(shop)
    other = make_caller()

    assert told(other.request("GET", f"{READ}?campaign_id={campaign_id}")) == wrapped(
        404, f"Brand {other.brand_id} has no campaign {campaign_id}."
    )
    assert told(other.post(LIST, {"cursor": str(campaign_id + 1)})) == success(
        campaigns=[], cursor=None
    )
