"""Who is let in: a brand with its key, or a bearer; everybody else is told so and nothing more."""

from typing import Any

import httpx
import pytest

from tests.support import wait_until
from tests.waiting import wait_until as eventually
from tests.web.conftest import MakeCaller
from tests.web.notifyvisitors.endpoints import PATHS
from tests.web.notifyvisitors.refusals import bare, wrapped
from tests.web.server import Caller, Told, create_brand, told
from tidings.base import clock
from tidings.base.errors import Code, Refused
from tidings.brands import actions as brands
from tidings.brands import directory as directories
from tidings.brands.actions import hash_key
from tidings.brands.directory import Directory
from tidings.storage.pool import Database

MESSAGE = "Invalid auth: send a valid x-api-key with its x-brand-id, or a bearer token."
BARE = {"/api/v1/user/create", "/api/v1/user/delete"}
OPEN = "/api/v1/event/count?event_name=a"


def refused(path: str) -> Told:
    """Return the refusal of a caller whom nobody knows, in the envelope of the URL."""
    return bare(401, MESSAGE) if path in BARE else wrapped(401, MESSAGE)


@pytest.mark.parametrize("path", PATHS)
def test_every_url_refuses_a_caller_without_a_key(shared_client: httpx.Client, path: str) -> None:
    """401 in its own envelope, whatever the body; and no word about limits of anybody."""
    for body in (b"", b"{", b'{"nv": [{"userID": "Ada"}]}'):
        answer = shared_client.post(path, content=body)

        assert told(answer) == refused(path)
        assert [name for name in answer.headers if name.startswith("x-ratelimit")] == []


@pytest.mark.parametrize(
    "headers",
    [
        {"x-api-key": "{key}"},
        {"x-api-key": "{key}", "x-brand-id": ""},
        {"x-api-key": "{key}", "x-brand-id": "{other}"},
        {"x-api-key": "{key}", "x-brand-id": "0"},
        {"x-api-key": "{key}", "x-brand-id": "-1"},
        {"x-api-key": "{key}", "x-brand-id": "{brand}.0"},
        {"x-api-key": "{key}", "x-brand-id": "9" * 50},
        {"x-api-key": "{key}", "x-brand-id": "{brand} OR 1=1"},
        {"x-api-key": "", "x-brand-id": "{brand}"},
        {"x-api-key": "{key}x", "x-brand-id": "{brand}"},
        {"x-api-key": "{prefix}", "x-brand-id": "{brand}"},
        {"x-api-key": "{other_key}", "x-brand-id": "{brand}"},
        {"x-brand-id": "{brand}"},
        {"authorization": "Bearer"},
        {"authorization": "Bearer {key}x"},
        {"authorization": "Basic {key}"},
        {"authorization": "{key}"},
        {"authorization": "Bearer {key}", "x-api-key": "wrong", "x-brand-id": "{brand}"},
    ],
)
def test_what_is_not_a_brand_with_its_own_key_is_refused(
    make_caller: MakeCaller, headers: dict[str, str]
) -> None:
    """In one and the same way: the answer must not tell which half was right."""
    caller, other = make_caller(), make_caller()
    values = {
        "key": caller.key.secret,
        "prefix": caller.key.prefix,
        "brand": caller.brand_id,
        "other": other.brand_id,
        "other_key": other.key.secret,
    }
    sent = {name: value.format(**values) for name, value in headers.items()}

    answer = caller.client.post("/api/event", content=b"{}", headers=sent)

    assert told(answer) == refused("/api/event")


def test_a_key_that_is_no_ascii_is_refused(shared_client: httpx.Client) -> None:
    """Any bytes may come in a header."""
    headers = {b"x-brand-id": b"1", b"x-api-key": b"\xff\xfe"}

    assert told(shared_client.post("/api/event", headers=headers)) == refused("/api/event")


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
def test_a_bearer_token_alone_is_enough(caller: Caller, scheme: str) -> None:
    """Documented for partner apps: the token says whose it is."""
    headers = {"authorization": f"{scheme}{caller.key.secret}"}

    answer = caller.client.get(OPEN, headers=headers)

    assert answer.status_code == 200


def test_a_key_made_a_moment_ago_works_at_once_in_every_process(
    make_caller: MakeCaller, second_client: httpx.Client
) -> None:
    """`key create` prints a line to paste; it must work when it is pasted."""
    caller = make_caller()

    for process in (caller, caller.at(second_client)):
        assert process.request("GET", OPEN).status_code == 200


def test_a_revoked_key_is_refused_within_5_s_in_every_process(
    make_caller: MakeCaller, second_client: httpx.Client
) -> None:
    """Its replacement works all the while; that is how keys are changed without a gap."""
    caller = make_caller()
    processes = (caller, caller.at(second_client))
    assert [one.request("GET", OPEN).status_code for one in processes] == [200, 200]

    caller.backstage.revoke_key(caller.brand_id, caller.key.key_id)

    eventually(
        lambda: [one.request("GET", OPEN).status_code for one in processes] == [401, 401],
        within_seconds=5,
    )


async def test_a_revoked_key_is_not_believed_in_longer_than_5_s_without_any_refresh(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The age of what a process knows is looked at with every call, not left to a background
    task that may have died."""
    brand_id, key = await create_brand(database_url)
    async with Database(database_url) as one, Database(database_url) as two:
        here, there = Directory(one), Directory(two)
        for directory in (here, there):
            assert (
                await directory.authenticate(hash_key(key.secret), brand_id)
            ).brand_id == brand_id
        async with one.transaction() as tx:
            await brands.revoke_key(tx, brand_id, key.key_id)

        started = clock.monotonic()
        monkeypatch.setattr(clock, "monotonic", lambda: started + 5)

        for directory in (here, there):
            assert await _refusal(directory, key.secret, brand_id) is Code.UNAUTHENTICATED


async def test_a_key_is_not_believed_in_while_the_database_is_away(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been revoked since; within the 5 s it still works, so a restart goes unseen."""
    brand_id, key = await create_brand(database_url)
    database = Database(database_url)
    directory = Directory(database)
    await directory.refresh()
    await database.close()
    database.url = "postgresql://nobody@127.0.0.1:1/nothing"

    assert (await directory.authenticate(hash_key(key.secret), brand_id)).brand_id == brand_id
    started = clock.monotonic()
    monkeypatch.setattr(clock, "monotonic", lambda: started + 5)
    assert await _refusal(directory, key.secret, brand_id) is Code.UNAVAILABLE


async def test_a_key_made_just_after_a_wrong_one_was_tried_works_within_half_a_second(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong keys must not become a flood of reads, and right ones must not wait long for it."""
    monkeypatch.setattr(directories, "MISS_REFRESH_SECONDS", 0.25)
    directory = Directory(database)
    assert await _refusal(directory, "wrong", 1) is Code.UNAUTHENTICATED
    brand_id, key = await create_brand(database.url)

    async def opens() -> bool:
        return await _refusal(directory, key.secret, brand_id) is None

    await wait_until(opens, within_seconds=0.5)


async def _refusal(directory: Directory, secret: str, brand_id: int) -> Code | None:
    try:
        await directory.authenticate(hash_key(secret), brand_id)
    except Refused as refused:
        return refused.code
    return None


@pytest.mark.parametrize("path", PATHS)
def test_other_methods_are_405_with_those_that_are_served(caller: Caller, path: str) -> None:
    """In the envelope of the URL; HTTP demands the list."""
    platforms = ("/api/v1/web/", "/api/v1/android/", "/api/v1/ios/")
    allowed: dict[str, tuple[str, ...]] = {
        **{path: ("POST",) for path in PATHS if path.startswith(platforms)},
        "/api/v1/user/create": ("POST",),
        "/api/v1/user/delete": ("POST", "DELETE"),
        "/api/v1/user_event/create": ("POST",),
        "/api/event": ("POST",),
        "/api/v1/event/create": ("POST",),
        "/api/v1/campaign/send": ("POST",),
        "/api/v1/campaign/create": ("POST",),
        "/api/v1/campaign/cancel": ("POST",),
        "/api/v1/campaign/pause": ("POST",),
        "/api/v1/campaign/resume": ("POST",),
        "/api/v1/campaign/winner": ("POST",),
        "/api/v1/segment/create": ("POST",),
        "/api/v1/segment/update": ("POST",),
        "/api/v1/segment/publish": ("POST",),
        "/api/v1/segment/delete": ("POST", "DELETE"),
        "/api/v1/segment/preview": ("POST",),
    }
    methods = allowed.get(path, ("GET", "POST"))
    message = f"Use {' or '.join(methods)} for this URL."
    expected: Any = bare(405, message) if path in BARE else wrapped(405, message)

    for method in {"GET", "PUT", "PATCH", "DELETE", "OPTIONS"} - set(methods):
        answer = caller.request(method, path)

        assert told(answer) == expected
        assert answer.headers["allow"] == ", ".join(methods)
