"""`subscribe` and `unsubscribe`: where a user gets pushes, as a page or an app says."""

import json
from functools import partial

import httpx
import pytest

from tests.web.conftest import MakeCaller
from tests.web.notifyvisitors.events import event, send
from tests.web.notifyvisitors.refusals import Json, mistake, wrapped, wrapped_mistake
from tests.web.server import Caller, Told, at_once

# The example of RFC 8291, section 5.
KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-"
    "JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}
ENDPOINT = "https://push.test/one"
BROWSER: Json = {"endpoint": ENDPOINT, "expirationTime": None, "keys": KEYS}
APPS = ("android", "ios")

NO_USER = wrapped(404, "There is no such user. Create them first, with user/create or an event.")
NO_SUBSCRIBER = wrapped(404, "There is no such subscriber, or there is none any more.")
NO_ENDPOINT = "must be an https URL of at most 2,048 characters"
NO_POINT = "must be a key of 65 bytes in URL-safe base 64"
NO_AUTH = "must be 16 bytes in URL-safe base 64"
NO_TOKEN = "must have 1 to 4,096 characters, and no blanks"
ONE_OF = "is needed, or {}; not both"
NO_ID = "is no id that subscribe answered"


@pytest.fixture
def shop(caller: Caller) -> Caller:
    """Lend a brand with two users."""
    users = [{"userID": one, "user_attributes": {"first_name": one}} for one in ("ada", "bob")]
    caller.tell("/api/v1/user/create", {"nv": users})
    return caller


def subscribed(caller: Caller, platform: str = "web", **body: object) -> str:
    """Register a device, of Ada unless said otherwise; return its id."""
    where = {"subscription": BROWSER} if platform == "web" else {"token": "t"}
    named = {} if {"userID", "anonymousID", "email"} & body.keys() else {"userID": "ada"}
    answer = caller.tell(f"/api/v1/{platform}/subscribe", {**named, **where, **body})
    assert answer.status == 200, answer
    data = answer.body["response"]["data"]
    assert answer == success(data["subscriberID"])
    return data["subscriberID"]


def success(subscriber_id: str) -> Told:
    """Return the answer about a device."""
    data = {"subscriberID": subscriber_id}
    return Told(200, {"response": {"data": data, "message": "success", "status": "success"}})


def devices(caller: Caller) -> list[tuple[str, str, str, Json]]:
    """Return the id, owner, platform and place of every device of a brand, by id."""
    rows = caller.rows(
        "SELECT device_id::text AS id, user_id, platform, place::text AS place FROM devices "
        "JOIN profiles USING (slot, profile_id, brand_id) WHERE brand_id = $1 ORDER BY device_id",
        caller.brand_id,
    )
    return [(row["id"], row["user_id"], row["platform"], json.loads(row["place"])) for row in rows]


def test_a_browser_is_registered_as_it_describes_itself(shop: Caller) -> None:
    """Newer browsers may say more of themselves than we know."""
    subscriber_id = subscribed(shop, subscription={**BROWSER, "options": {"x": [1]}})

    assert devices(shop) == [(subscriber_id, "ada", "web", {"endpoint": ENDPOINT, **KEYS})]
    assert subscribed(shop) == subscriber_id


@pytest.mark.parametrize("platform", APPS)
def test_an_app_is_registered_by_its_token(shop: Caller, platform: str) -> None:
    """Each platform is its own; the token says nothing of it."""
    subscriber_id = subscribed(shop, platform, token="x" * 4_096)

    assert devices(shop) == [(subscriber_id, "ada", platform, {"token": "x" * 4_096})]


def test_a_device_goes_to_who_registers_it_last(shop: Caller) -> None:
    """Somebody else has signed in."""
    first = subscribed(shop, "android")

    assert subscribed(shop, "ios", userID="bob") == first

    assert devices(shop) == [(first, "bob", "ios", {"token": "t"})]


@pytest.mark.parametrize(
    ("platform", "named"),
    [("web", {"endpoint": ENDPOINT}), *((one, {"token": "t"}) for one in APPS)],
)
def test_a_device_is_taken_back_by_where_it_is(shop: Caller, platform: str, named: Json) -> None:
    """A service worker knows no id. The second time it is not there."""
    path = f"/api/v1/{platform}/unsubscribe"
    subscriber_id = subscribed(shop, platform)
    subscribed(shop, "android", token="other")

    assert shop.tell(path, named) == success(subscriber_id)
    assert shop.tell(path, named) == NO_SUBSCRIBER
    assert [one[3] for one in devices(shop)] == [{"token": "other"}]


@pytest.mark.parametrize("platform", ["web", *APPS])
@pytest.mark.parametrize("kind", [str, int])
def test_a_device_is_taken_back_by_its_id(
    shop: Caller, platform: str, kind: type[str] | type[int]
) -> None:
    """Whatever it runs on: who wants no more must not fail because of a word in the URL."""
    subscriber_id = subscribed(shop)
    path = f"/api/v1/{platform}/unsubscribe"

    assert shop.tell(path, {"subscriberID": kind(subscriber_id)}) == success(subscriber_id)
    assert shop.tell(path, {"subscriberID": kind(subscriber_id)}) == NO_SUBSCRIBER
    assert devices(shop) == []


def test_a_visitor_has_devices_too(caller: Caller) -> None:
    """By the id that a page gave them."""
    send(caller, event(userID="", anonymousID="v"))

    subscriber_id = subscribed(caller, anonymousID="v")

    assert devices(caller) == [(subscriber_id, None, "web", {"endpoint": ENDPOINT, **KEYS})]


def test_with_merging_an_address_names_the_user(make_caller: MakeCaller) -> None:
    """As for `campaign/send`; without merging it says nothing."""
    merging, other = make_caller(merging=True), make_caller()
    for caller in (merging, other):
        user = {"userID": "ada", "user_attributes": {"email": "ada@example.com"}}
        caller.tell("/api/v1/user/create", {"nv": [user]})

    subscriber_id = subscribed(merging, email="ada@example.com")

    assert devices(merging) == [(subscriber_id, "ada", "web", {"endpoint": ENDPOINT, **KEYS})]
    body = {"email": "ada@example.com", "subscription": BROWSER}
    assert other.tell("/api/v1/web/subscribe", body) == wrapped_mistake(
        "can not be empty", "userID", None
    )


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (
            {},
            wrapped(
                400,
                "Error: userID can not be empty.",
                mistake("can not be empty", "userID"),
                mistake(NO_ENDPOINT, "subscription.endpoint"),
                mistake(NO_POINT, "subscription.keys.p256dh"),
                mistake(NO_AUTH, "subscription.keys.auth"),
            ),
        ),
        (
            {"userID": "ada", "subscription": {**BROWSER, "endpoint": "http://push.test/one"}},
            wrapped_mistake(NO_ENDPOINT, "subscription.endpoint", None),
        ),
        (
            {"userID": "ada", "subscription": {**BROWSER, "keys": {**KEYS, "auth": "x"}}},
            wrapped_mistake(NO_AUTH, "subscription.keys.auth", None),
        ),
        (
            {"userID": "ada", "subscription": {**BROWSER, "keys": {"auth": KEYS["auth"]}}},
            wrapped_mistake(NO_POINT, "subscription.keys.p256dh", None),
        ),
        (
            {"userID": "ada", "subscription": "https://push.test/one"},
            wrapped_mistake("must be an object", "subscription", None),
        ),
        (
            {"userID": "a" * 101, "subscription": BROWSER},
            wrapped_mistake("must have at most 100 characters", "userID", None),
        ),
        (
            {"userID": "nobody", "subscription": BROWSER},
            NO_USER,
        ),
    ],
)
def test_a_browser_that_cannot_be_registered_is_refused(
    shop: Caller, body: Json, answer: Told
) -> None:
    """With every mistake, named as the browser names its fields."""
    assert shop.tell("/api/v1/web/subscribe", body) == answer
    assert devices(shop) == []


@pytest.mark.parametrize("platform", APPS)
@pytest.mark.parametrize("token", [None, "", "a b", "a\n", "x" * 4_097])
def test_an_app_without_a_token_is_refused(shop: Caller, platform: str, token: str | None) -> None:
    """Nothing could be sent to it."""
    body = {"userID": "ada"} | ({} if token is None else {"token": token})

    answer = shop.tell(f"/api/v1/{platform}/subscribe", body)

    assert answer == wrapped_mistake(NO_TOKEN, "token", None)
    assert devices(shop) == []


@pytest.mark.parametrize("name", ["subscription", "token"])
def test_what_belongs_to_another_platform_is_refused(shop: Caller, name: str) -> None:
    """An unknown field is more likely a mistake than of no matter."""
    platform, value = ("ios", BROWSER) if name == "subscription" else ("web", "t")

    answer = shop.tell(f"/api/v1/{platform}/subscribe", {"userID": "ada", name: value})

    assert answer.status == 400
    assert name in answer.body["response"]["message"]


@pytest.mark.parametrize(
    ("platform", "body", "said"),
    [
        ("web", {}, ONE_OF.format("endpoint")),
        ("web", {"endpoint": ENDPOINT, "subscriberID": "7"}, ONE_OF.format("endpoint")),
        ("ios", {}, ONE_OF.format("token")),
        ("android", {"token": "t", "subscriberID": 7}, ONE_OF.format("token")),
        ("web", {"subscriberID": ""}, NO_ID),
        ("web", {"subscriberID": "0"}, NO_ID),
        ("web", {"subscriberID": -7}, NO_ID),
        ("web", {"subscriberID": "7a"}, NO_ID),
        ("web", {"subscriberID": "\u0667"}, NO_ID),
        ("web", {"subscriberID": 2**63}, NO_ID),
        ("web", {"subscriberID": "9" * 5_000}, NO_ID),
    ],
)
def test_what_names_no_device_is_refused(
    caller: Caller, platform: str, body: Json, said: str
) -> None:
    """One of the two, and an id as it was answered."""
    answer = caller.tell(f"/api/v1/{platform}/unsubscribe", body)

    assert answer == wrapped_mistake(said, "subscriberID", None)


@pytest.mark.parametrize("named", [{"endpoint": "x"}, {"subscriberID": str(2**63 - 1)}])
def test_a_device_of_nobody_is_not_found(caller: Caller, named: Json) -> None:
    """Whether it was there once is not said."""
    assert caller.tell("/api/v1/web/unsubscribe", named) == NO_SUBSCRIBER


def test_a_repeated_call_gets_the_first_answer(shop: Caller, second_client: httpx.Client) -> None:
    """Also when the device is another's by now, and in another process; with another body the key
    is refused."""
    body = {"userID": "ada", "token": "t"}
    first = shop.tell("/api/v1/ios/subscribe", body, idempotency_key="k-1")
    subscribed(shop, "ios", userID="bob")
    named = {"subscriberID": first.body["response"]["data"]["subscriberID"]}
    path = "/api/v1/ios/unsubscribe"

    for process in (shop, shop.at(second_client)):
        again = process.tell("/api/v1/ios/subscribe", body, idempotency_key="k-1")
        assert again == first
    assert [one[1] for one in devices(shop)] == ["bob"]
    assert shop.tell(path, named, idempotency_key="k-2").status == 200
    assert shop.tell(path, named, idempotency_key="k-2").status == 200
    other = shop.tell(path, {"token": "u"}, idempotency_key="k-2")
    assert other == wrapped(
        409, "This Idempotency-Key was used for another request. Use a new key for each call."
    )


def test_many_calls_about_one_device_leave_it_once(
    shop: Caller, second_client: httpx.Client
) -> None:
    """From both processes, for both users."""
    calls = [
        partial(subscribed, process, "android", userID=user)
        for process in (shop, shop.at(second_client))
        for user in ("ada", "bob") * 4
    ]

    ids = set(at_once(calls))

    [(subscriber_id, user, _, _)] = devices(shop)
    assert ids == {subscriber_id}
    assert user in {"ada", "bob"}
