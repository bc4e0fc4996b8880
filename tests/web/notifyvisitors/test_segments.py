"""Segments over HTTP, from a preview to their end."""

import asyncio
import re
from typing import Any

import pytest

from tests.web.conftest import MakeCaller
from tests.web.notifyvisitors.events import event, send
from tests.web.notifyvisitors.refusals import Json, wrapped
from tests.web.notifyvisitors.segment_calls import (
    BOUGHT,
    VIEWED,
    ask,
    names,
    pages,
    path,
    publish,
    success,
    work,
)
from tests.web.server import Caller, told
from tidings.segments import actions
from tidings.storage.pool import Database

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+05:30")


def shown(caller: Caller, segment_id: int) -> Json:
    """Return what is told of a segment, its times by whether they are there and in the zone."""
    data = ask(caller, "get", segment_id=segment_id)
    for name in ("fresh_at", "created_at", "updated_at"):
        data[name] = data[name] is not None and INSTANT.fullmatch(data[name]) is not None
    return data


@pytest.fixture
def shop(make_caller: MakeCaller) -> Caller:
    """Lend a caller in India whose people bought or viewed something."""
    caller = make_caller(time_zone="Asia/Kolkata")
    bought = [event(userID=user, event_name="Bought") for user in ("ada", "bob")]
    send(caller, *bought, event(userID="cyd", event_name="Viewed"))
    return caller


def test_a_segment_is_made_built_read_changed_and_deleted(
    shop: Caller, shared_database_url: str
) -> None:
    """What each call answers, and what is told of the segment between them."""
    made = shop.tell(path("create"), {"name": "Buyers", "definition": BOUGHT})
    segment_id: int = made.body["response"]["data"]["segment_id"]
    assert made == success(segment_id=segment_id, state="processing")
    whole: Json = {"segment_id": segment_id, "name": "Buyers", "kind": "definition", "error": None}
    whole |= {"definition": BOUGHT, "created_at": True, "updated_at": True}
    begun = {"state": "processing", "percent_built": 0, "members": 0, "fresh_at": False}
    assert shown(shop, segment_id) == whole | begun

    work(shared_database_url)
    done = {"state": "published", "percent_built": None, "members": 2, "fresh_at": True}
    assert shown(shop, segment_id) == whole | done
    assert names(ask(shop, "members", segment_id=segment_id)["members"]) == ["ada", "bob"]

    changed = shop.tell(path("update"), {"segment_id": segment_id, "definition": VIEWED})
    assert changed == success(segment_id=segment_id, state="updating")
    updating = {"state": "updating", "percent_built": 0, "definition": VIEWED}
    assert shown(shop, segment_id) == whole | done | updating
    work(shared_database_url)
    assert shown(shop, segment_id) == whole | done | {"definition": VIEWED, "members": 1}

    assert shop.tell(path("delete"), {"segment_id": segment_id}) == success(segment_id=segment_id)
    gone = wrapped(404, f"Brand {shop.brand_id} has no segment {segment_id}.")
    assert shop.tell(path("get"), {"segment_id": segment_id}) == gone
    assert shop.tell(path("delete"), {"segment_id": segment_id}) == gone
    assert ask(shop, "list") == {"segments": [], "cursor": None}


def test_a_draft_has_nobody_until_it_is_published(shop: Caller, shared_database_url: str) -> None:
    """It can be changed and looked at meanwhile, and nothing is built."""
    made = ask(shop, "create", name="Buyers", definition=VIEWED, draft=True)
    segment_id = made["segment_id"]
    assert made == {"segment_id": segment_id, "state": "draft"}
    body = {"segment_id": segment_id, "definition": BOUGHT, "draft": True}
    assert shop.tell(path("update"), body) == success(segment_id=segment_id, state="draft")
    work(shared_database_url)
    assert ask(shop, "count", segment_id=segment_id) == {"count": 0}

    published = shop.tell(path("publish"), {"segment_id": segment_id})

    assert published == success(segment_id=segment_id, state="processing")
    work(shared_database_url)
    assert ask(shop, "count", segment_id=segment_id) == {"count": 2}


def test_an_edit_that_is_a_draft_changes_no_member(shop: Caller, shared_database_url: str) -> None:
    """The definition that is told is the one that was saved last."""
    segment_id = publish(shop, shared_database_url, BOUGHT)

    edited = ask(shop, "update", segment_id=segment_id, definition=VIEWED, draft=True)

    assert edited == {"segment_id": segment_id, "state": "published"}
    work(shared_database_url)
    told_of = ask(shop, "get", segment_id=segment_id)
    assert (told_of["definition"], told_of["members"]) == (VIEWED, 2)


def test_a_new_name_builds_nothing(shop: Caller, shared_database_url: str) -> None:
    """Who renames a segment of millions must not have it looked through."""
    segment_id = publish(shop, shared_database_url, BOUGHT)
    versions = "SELECT segment_id, version FROM segment_versions WHERE brand_id = $1"
    before = shop.rows(versions, shop.brand_id)

    renamed = shop.tell(path("update"), {"segment_id": segment_id, "name": "Buyers"})

    assert renamed == success(segment_id=segment_id, state="published")
    assert shop.rows(versions, shop.brand_id) == before
    assert shop.rows("SELECT FROM tasks WHERE brand_id = $1", shop.brand_id) == []
    told_of = ask(shop, "get", segment_id=segment_id)
    assert (told_of["name"], told_of["members"]) == ("Buyers", 2)
    assert ask(shop, "update", segment_id=segment_id, name="Buyers") == {
        "segment_id": segment_id,
        "state": "published",
    }


def test_a_name_and_a_definition_are_changed_together_or_not_at_all(shop: Caller) -> None:
    """The call is one transaction."""
    ask(shop, "create", name="Taken", definition=BOUGHT, draft=True)
    segment_id = ask(shop, "create", name="Some", definition=BOUGHT, draft=True)["segment_id"]
    wrong: list[Json] = [
        {"name": "Other", "definition": {"event": {"name": "Never"}}},
        {"name": "Taken", "definition": VIEWED},
    ]

    statuses = [
        shop.tell(path("update"), {"segment_id": segment_id, **body}).status for body in wrong
    ]

    assert statuses == [400, 409]
    unchanged = ask(shop, "get", segment_id=segment_id)
    assert (unchanged["name"], unchanged["definition"]) == ("Some", BOUGHT)
    both = {"segment_id": segment_id, "name": "Other", "definition": VIEWED}
    assert shop.tell(path("update"), both) == success(segment_id=segment_id, state="processing")
    changed = ask(shop, "get", segment_id=segment_id)
    assert (changed["name"], changed["definition"]) == ("Other", VIEWED)


def test_a_preview_counts_and_shows_whom_a_definition_has_now(shop: Caller) -> None:
    """And stores nothing; a visitor is shown by the anonymous id."""
    send(shop, event(userID=None, anonymousID="v-1", event_name="Bought"))

    data = ask(shop, "preview", definition=BOUGHT)

    data["examples"].sort(key=str)
    visitor = {"userID": None, "anonymousID": "v-1"}
    assert data == {"count": 3, "examples": [{"userID": "ada"}, {"userID": "bob"}, visitor]}
    assert ask(shop, "list") == {"segments": [], "cursor": None}


def test_a_preview_shows_20_of_many(shop: Caller) -> None:
    """Enough to see who is meant; all of them are a segment's members."""
    send(shop, *[event(userID=f"u{number}", event_name="Bought") for number in range(30)])

    data = ask(shop, "preview", definition=BOUGHT)

    assert (data["count"], len(data["examples"])) == (32, 20)


def test_the_list_tells_all_but_the_definitions_by_page(shop: Caller) -> None:
    """Also when a segment comes between two pages, or the one where a page ended is deleted."""
    ids = [
        ask(shop, "create", name=f"s{number}", definition=BOUGHT, draft=True)["segment_id"]
        for number in range(5)
    ]
    whole = ask(shop, "get", segment_id=ids[0])
    del whole["definition"]
    first = ask(shop, "list", limit=2)
    assert first["segments"][0] == whole
    assert [one["segment_id"] for one in first["segments"]] == ids[:2]
    ask(shop, "delete", segment_id=ids[1])
    ids.append(ask(shop, "create", name="late", definition=BOUGHT, draft=True)["segment_id"])

    second = ask(shop, "list", limit=10, cursor=first["cursor"])

    assert [one["segment_id"] for one in second["segments"]] == ids[2:]
    assert second["cursor"] is None
    shown_ids = [[one["segment_id"] for one in page] for page in pages(shop, "list", limit=5)]
    assert shown_ids == [[ids[0], *ids[2:]], []]


def test_a_custom_list_is_told_as_one_and_can_be_renamed(
    shop: Caller, shared_database_url: str
) -> None:
    """It has no definition; what would give it one is refused."""

    async def make() -> int:
        async with Database(shared_database_url) as database, database.transaction() as tx:
            return await actions.create_list(tx, shop.brand_id, "VIP")

    segment_id = asyncio.run(make())

    ask(shop, "update", segment_id=segment_id, name="VIPs")
    definition = {"segment_id": segment_id, "definition": BOUGHT}
    refused = [shop.tell(path("update"), definition)]
    refused.append(shop.tell(path("publish"), {"segment_id": segment_id}))

    told_of = ask(shop, "get", segment_id=segment_id)
    told_of = {name: told_of[name] for name in ("name", "kind", "state", "definition", "members")}
    whole = {"name": "VIPs", "kind": "list", "state": "draft", "definition": None, "members": 0}
    assert told_of == whole
    message = f"Segment {segment_id} is a custom list: import it again to change it."
    assert refused == [wrapped(409, message)] * 2


@pytest.mark.parametrize("name", ["get", "count", "members", "delete"])
def test_a_segment_may_be_named_in_the_url(shop: Caller, name: str) -> None:
    """By either method; the URL counts before the body, as in the other calls."""
    segment_id = ask(shop, "create", name="Some", definition=BOUGHT, draft=True)["segment_id"]
    by_url = f"{path(name)}?segment_id={segment_id}"
    method = "DELETE" if name == "delete" else "GET"
    other: Any = {"segment_id": segment_id + 1}

    answers = [told(shop.request("POST", by_url, other)), told(shop.request(method, by_url))]

    # It can be deleted once.
    assert [answer.status for answer in answers] == [200, 404 if name == "delete" else 200]


def test_what_another_segment_names_cannot_be_deleted(
    shop: Caller, shared_database_url: str
) -> None:
    """The other one would mean nothing any more."""
    segment_id = publish(shop, shared_database_url, BOUGHT)
    other_id = publish(shop, shared_database_url, {"not": {"segment": segment_id}}, name="Others")

    refused = shop.tell(path("delete"), {"segment_id": segment_id})

    message = f"Segment {other_id} names segment {segment_id}: change it."
    assert refused == wrapped(409, message)
    assert names(ask(shop, "members", segment_id=other_id)["members"]) == ["cyd"]
