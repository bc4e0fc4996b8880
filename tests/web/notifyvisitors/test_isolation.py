"""Two brands never see each other: every URL is tried with the other brand's ids."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from tests.web.conftest import MakeCaller
from tests.web.mailing import give_channel, give_template
from tests.web.notifyvisitors import campaign_calls
from tests.web.notifyvisitors.campaign_calls import campaign, message
from tests.web.notifyvisitors.endpoints import CALLS, PATHS
from tests.web.notifyvisitors.events import QUEUED, event, send
from tests.web.notifyvisitors.refusals import Json, bare, mistake, wrapped, wrapped_mistake
from tests.web.notifyvisitors.segment_calls import BOUGHT, ask, publish
from tests.web.notifyvisitors.test_devices import BROWSER, NO_SUBSCRIBER, NO_USER, subscribed
from tests.web.server import Caller, Told, told
from tests.web.snapshot import snapshot

USER = "shared-id"
EVENT_NAME = "Bought"


class Case(NamedTuple):
    """A call with the other brand's ids, and what it is answered when that brand does not exist."""

    query: str
    body: Json | bytes
    answer: Told

    def about(self, ids: Mapping[str, int]) -> "Case":
        """Return the case with the ids that its words stand for."""
        filled = json.dumps([self.query, self.body, self.answer])
        for word, number in ids.items():
            filled = filled.replace(f'"{word}"', str(number)).replace(word, str(number))
        query, body, answer = json.loads(filled)
        return Case(query, body, Told(*answer))


def success(**data: Any) -> Told:
    """Return the success of everything but the User API."""
    return Told(200, {"response": {"data": data, "message": "success", "status": "success"}})


STORED = Told(200, {"userIDs": [USER], "status_code": "200", "processed": 1})
EVENT = event(
    userID=USER,
    event_name=EVENT_NAME,
    event_id="e-1",
    # A text where the other brand has locked a number: warned of, if types were shared.
    attributes={"size": "L"},
)
QUESTION: Json = {"event_name": EVENT_NAME}
NOBODY = success(users=[], cursor=None)
NO_SEGMENT = wrapped(404, "Brand BRAND has no segment SEGMENT.")
NO_CHANNEL = "is no channel of the brand: there is none"
NOT_TO_SEND = wrapped(
    400,
    f"Error: channel {NO_CHANNEL}.",
    mistake(NO_CHANNEL, "channel"),
    mistake("is no template of the brand", "template"),
)
PLACES: dict[str, Json] = {
    "web": {"subscription": BROWSER},
    "android": {"token": "t"},
    "ios": {"token": "t"},
}
SAID: Json = {"title": "T", "message": "x"}


def no_channel_to(platform: str, index: int | None) -> Told:
    """Return what a brand is told that has no channel to a platform."""
    kind = "webpush" if platform == "web" else "fcm"
    words = f"is needed for pushes to {platform}: the brand has none of the kind {kind}"
    return wrapped_mistake(words, "channel", index)


OF_CAMPAIGN: Json = {"campaign_id": "CAMPAIGN"}
NO_CAMPAIGN = wrapped(404, "Brand BRAND has no campaign CAMPAIGN.")
NOT_TO_NAME = wrapped_mistake(
    "is SEGMENT, which is no published segment", "definition.segment", None
)

CASES: dict[str, Case] = {
    "/api/v1/user/create": Case(
        "", {"nv": [{"userID": USER, "user_attributes": {"age": "x", "plan": None}}]}, STORED
    ),
    "/api/v1/user/delete": Case(
        f"?userID={USER}", {"nv": [{"userID": USER}]}, bare(404, "None of these users exists.")
    ),
    "/api/v1/user/userData": Case(
        f"?userID={USER}", {"userID": USER}, wrapped(404, "There is no such user.")
    ),
    "/api/v1/user/profile": Case("", QUESTION, NOBODY),
    "/api/v1/user/count": Case("", QUESTION, success(count=0)),
    "/api/v1/user_event/create": Case(
        "", {"nv": EVENT | {"user_params": {"age": "x"}}}, success(userID=USER)
    ),
    "/api/event": Case("", {"nv": [EVENT]}, QUEUED),
    "/api/v1/event/create": Case("", {"nv": [EVENT | {"user_params": {"plan": None}}]}, QUEUED),
    "/api/v1/event/get": Case("", QUESTION, NOBODY),
    "/api/v1/event/count": Case("", QUESTION, success(count=0)),
    "/api/v1/report/campaigns": Case("", {}, success(campaigns=[], cursor=None)),
    "/api/v1/report/campaign": Case(
        "?campaign_id=SEGMENT",
        {"campaign_id": "SEGMENT"},
        wrapped(404, "Brand BRAND has no campaign SEGMENT."),
    ),
    "/api/v1/segment/create": Case(
        "", {"name": "Mine", "definition": {"segment": "SEGMENT"}}, NOT_TO_NAME
    ),
    "/api/v1/segment/update": Case("", {"segment_id": "SEGMENT", "name": "Mine"}, NO_SEGMENT),
    "/api/v1/segment/publish": Case("", {"segment_id": "SEGMENT"}, NO_SEGMENT),
    "/api/v1/segment/delete": Case("?segment_id=SEGMENT", {"segment_id": "SEGMENT"}, NO_SEGMENT),
    "/api/v1/segment/get": Case("?segment_id=SEGMENT", {"segment_id": "SEGMENT"}, NO_SEGMENT),
    "/api/v1/segment/list": Case("", {}, success(segments=[], cursor=None)),
    "/api/v1/segment/count": Case("?segment_id=SEGMENT", {"segment_id": "SEGMENT"}, NO_SEGMENT),
    "/api/v1/segment/members": Case("?segment_id=SEGMENT", {"segment_id": "SEGMENT"}, NO_SEGMENT),
    "/api/v1/segment/preview": Case("", {"definition": {"segment": "SEGMENT"}}, NOT_TO_NAME),
    **{
        f"/api/v1/{platform}/subscribe": Case("", {"userID": USER, **where}, NO_USER)
        for platform, where in PLACES.items()
    },
    **{
        f"/api/v1/{platform}/unsubscribe": Case("", {"subscriberID": "SUBSCRIBER"}, NO_SUBSCRIBER)
        for platform in PLACES
    },
    **{
        f"/api/v1/{platform}/{call}": Case("", SAID | whom, no_channel_to(platform, index))
        for platform in PLACES
        for call, whom, index in (
            ("send", {"subscriberID": "SUBSCRIBER"}, 0),
            ("broadcast/all", {}, None),
            ("broadcast/segment", {"segmentID": "SEGMENT"}, None),
        )
    },
    "/api/v1/campaign/send": Case(
        "", {"nv": [message(USER)]}, wrapped_mistake("is no channel of the brand", "channel")
    ),
    "/api/v1/campaign/create": Case("", campaign(), NOT_TO_SEND),
    "/api/v1/campaign/list": Case("", {}, success(campaigns=[], cursor=None)),
    "/api/v1/campaign/get": Case("?campaign_id=CAMPAIGN", OF_CAMPAIGN, NO_CAMPAIGN),
    "/api/v1/campaign/cancel": Case("", OF_CAMPAIGN, NO_CAMPAIGN),
    "/api/v1/campaign/pause": Case("", OF_CAMPAIGN, NO_CAMPAIGN),
    "/api/v1/campaign/resume": Case("", OF_CAMPAIGN, NO_CAMPAIGN),
    "/api/v1/campaign/winner": Case("", {**OF_CAMPAIGN, "variant": 1}, NO_CAMPAIGN),
}


@pytest.fixture
def victim(make_caller: MakeCaller, shared_database_url: str) -> Caller:
    """Lend a brand with a person, event, types, segment, campaign, event id and used key."""
    victim = make_caller()
    attributes = {"age": 36, "plan": "of the other brand"}
    victim.tell("/api/v1/user/create", {"nv": [{"userID": USER, "user_attributes": attributes}]})
    bought = EVENT | {"attributes": {"size": 40}}
    assert send(victim, bought, idempotency_key="k-1") == QUEUED
    assert victim.read(USER)["events"]["count"] == 1
    publish(victim, shared_database_url, BOUGHT, name="of the other brand")
    assert len(victim.read(USER)["segments"]) == 1
    give_channel(victim)
    give_template(victim)
    campaign_calls.ask(victim, "create", **campaign(name="of the other brand"))
    return victim


def segment_of(caller: Caller) -> int:
    """Return the id of a brand's only segment."""
    [segment] = ask(caller, "list")["segments"]
    return segment["segment_id"]


def campaign_of(caller: Caller) -> int:
    """Return the id of a brand's only campaign."""
    [found] = campaign_calls.ask(caller, "list")["campaigns"]
    return found["campaign_id"]


def test_every_url_has_a_case() -> None:
    """A URL that is added must be thought about here."""
    assert sorted(PATHS) == sorted(CASES)


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("is_known_here", [False, True])
def test_a_call_with_the_other_brands_ids_sees_and_changes_nothing_of_it(
    victim: Caller, make_caller: MakeCaller, method: str, path: str, *, is_known_here: bool
) -> None:
    """It is answered as if that brand did not exist, also with the same idempotency key; and
    this brand having a person of the same id makes no difference to the other."""
    attacker = make_caller()
    ids = {
        "SEGMENT": segment_of(victim),
        "CAMPAIGN": campaign_of(victim),
        "SUBSCRIBER": int(subscribed(victim, userID=USER)),
        "BRAND": attacker.brand_id,
    }
    case = CASES[path].about(ids)
    before = snapshot(victim)
    if is_known_here:
        mine = {"nv": [{"userID": USER, "user_attributes": {"mine": True}}]}
        attacker.tell("/api/v1/user/create", mine)

    body = b"" if case.query else case.body
    answers = [
        attacker.request(method, path + case.query, body, idempotency_key="k-1"),
        attacker.request(method, path, case.body),
    ]

    for answer in answers:
        assert "of the other brand" not in answer.text
    if not is_known_here:
        assert told(answers[0]) == case.answer
    assert snapshot(victim) == before


def test_a_cursor_of_the_other_brand_leads_to_nobody_of_it(
    victim: Caller, make_caller: MakeCaller
) -> None:
    """A cursor is a place among all people; the brand is asked for apart from it."""
    send(victim, *[event(userID=f"v-{number}", event_name=EVENT_NAME) for number in range(5)])
    attacker = make_caller()
    send(attacker, *[event(userID=f"a-{number}", event_name=EVENT_NAME) for number in range(5)])
    path = "/api/v1/event/get"
    page = victim.post(path, QUESTION | {"batch_size": 1}).json()["response"]["data"]

    answer = attacker.post(path, QUESTION | {"cursor": page["cursor"]}).json()["response"]["data"]

    seen = {user["userID"] for user in answer["users"]}
    assert seen <= {f"a-{number}" for number in range(5)}


def test_a_cursor_of_the_other_brands_members_leads_to_nobody_of_it(
    victim: Caller, make_caller: MakeCaller, shared_database_url: str
) -> None:
    """A place among all people again, in a segment that is this brand's."""
    send(victim, *[event(userID=f"v-{number}", event_name=EVENT_NAME) for number in range(5)])
    attacker = make_caller()
    send(attacker, *[event(userID=f"a-{number}", event_name=EVENT_NAME) for number in range(5)])
    mine = publish(attacker, shared_database_url, BOUGHT)
    cursor = ask(victim, "members", segment_id=segment_of(victim), limit=1)["cursor"]

    page = ask(attacker, "members", segment_id=mine, cursor=cursor)["members"]

    assert {one["userID"] for one in page} <= {f"a-{number}" for number in range(5)}


def test_the_key_of_one_brand_does_not_open_another(
    victim: Caller, make_caller: MakeCaller
) -> None:
    """For any URL of the wire."""
    attacker = make_caller()
    before = snapshot(victim)
    headers = attacker.headers | {"x-brand-id": str(victim.brand_id)}

    for method, path in CALLS:
        answer = attacker.client.request(method, path, json=CASES[path].body, headers=headers)
        assert answer.status_code == 401, path
    assert snapshot(victim) == before
