"""Calls about segments that are refused: every mistake with its place, and nothing is changed."""

import asyncio
import json
from typing import Any

import pytest

from tests.support import wait_until
from tests.web.conftest import MakeCaller
from tests.web.notifyvisitors.events import QUEUED, event, send
from tests.web.notifyvisitors.refusals import Json, mistake, wrapped, wrapped_mistake
from tests.web.notifyvisitors.segment_calls import BOUGHT, VIEWED, ask, path, publish, success
from tests.web.server import Caller, told
from tidings.base import limits
from tidings.storage.pool import Database

NO_ID = "must be a whole number from 1 to 9,223,372,036,854,775,807"
NO_SIZE = "must be a whole number from 1 to 100"
NO_MEMBERS_SIZE = "must be a whole number from 1 to 500"
NO_CURSOR = "is not a cursor of an earlier answer"
MISSING = "must be there"


@pytest.fixture
def shop(make_caller: MakeCaller) -> Caller:
    """Lend a caller whose people bought or viewed something."""
    caller = make_caller()
    send(caller, event(event_name="Bought"), event(userID="Bob", event_name="Viewed"))
    return caller


def test_every_mistake_of_a_definition_is_told_with_its_path(
    shop: Caller, shared_database_url: str
) -> None:
    """In their order, also those about other segments; by each call that takes a definition."""
    segment_id = publish(shop, shared_database_url, BOUGHT)
    definition: Json = {
        "all": [
            {"segment": segment_id},
            {"event": {"name": "Never", "at_last": 2}},
            {"any": [{"segment": 99_999_999}, {"not": {"attribute": "plan", "equals": 1}}]},
        ],
        "none": [],
    }
    mistakes = [
        mistake("is unknown: the brand never had an event 'Never'", "definition.all[1].event.name"),
        mistake(
            "is unknown here; known are at_least, at_most, avg, distinct, exactly, first, from, "
            "in_last, last, max, min, name, performed, sum, until, where",
            "definition.all[1].event.at_last",
        ),
        mistake("is 99999999, which is no published segment", "definition.all[2].any[0].segment"),
        mistake(
            "is unknown: profiles have no attribute 'plan'",
            "definition.all[2].any[1].not.attribute",
        ),
        mistake("is unknown here; known are all", "definition.none"),
    ]
    first = "Error: definition.all[1].event.name is unknown: the brand never had an event 'Never'."
    calls: dict[str, Json] = {
        "create": {"name": "Other"},
        "update": {"segment_id": segment_id},
        "preview": {},
    }

    answers = [shop.tell(path(name), {**calls[name], "definition": definition}) for name in calls]

    assert answers == [wrapped(400, first, *mistakes)] * 3


@pytest.mark.parametrize("definition", [[], "all", 7, True])
def test_what_is_no_definition_is_refused_as_a_whole(shop: Caller, definition: object) -> None:
    """The place is the field itself."""
    answer = shop.tell(path("preview"), {"definition": definition})

    assert answer == wrapped_mistake("must be an object", "definition", None)


def test_a_segment_cannot_lead_back_to_itself(shop: Caller, shared_database_url: str) -> None:
    """Told at the place where the way begins."""
    first = publish(shop, shared_database_url, BOUGHT, name="First")
    second = publish(shop, shared_database_url, {"segment": first}, name="Second")

    answer = shop.tell(
        path("update"), {"segment_id": first, "definition": {"any": [VIEWED, {"segment": second}]}}
    )

    words = f"leads back to the segment itself: {first} names {second} names {first}"
    assert answer == wrapped_mistake(words, "definition.any[1].segment", None)


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("create", {}, [(MISSING, "name"), (MISSING, "definition")]),
        ("create", {"name": None, "definition": BOUGHT}, [(MISSING, "name")]),
        ("create", {"name": 7, "definition": BOUGHT}, [("must be a text", "name")]),
        ("create", {"name": "", "definition": BOUGHT}, [("must have 1 to 200 characters", "name")]),
        ("create", {"name": " ", "definition": BOUGHT}, [("must not be blank", "name")]),
        (
            "create",
            {"name": "x" * 201, "definition": BOUGHT},
            [("must have 1 to 200 characters", "name")],
        ),
        (
            "create",
            {"name": "a\0", "definition": BOUGHT, "draft": 1},
            [
                ("must not have the character NUL or half a character", "name"),
                ("must be true or false", "draft"),
            ],
        ),
        (
            "create",
            {"Name": "Some", "name": "Some", "definition": BOUGHT},
            [("is unknown here; known are definition, draft, name", "Name")],
        ),
        ("update", {"name": "Some"}, [(MISSING, "segment_id")]),
        ("update", {"segment_id": 1}, [("the body must have a name, a definition, or both", None)]),
        (
            "update",
            {"segment_id": 1, "name": "Some", "draft": True},
            [("can only stand beside a definition", "draft")],
        ),
        (
            "update",
            {"segment_id": 1, "nmae": "Some"},
            [
                ("is unknown here; known are definition, draft, name, segment_id", "nmae"),
                ("the body must have a name, a definition, or both", None),
            ],
        ),
        ("get", {}, [(MISSING, "segment_id")]),
        ("get", {"segment_id": 0}, [(NO_ID, "segment_id")]),
        ("count", {"segment_id": "1"}, [(NO_ID, "segment_id")]),
        ("delete", {"segment_id": 1.5}, [(NO_ID, "segment_id")]),
        ("publish", {"segment_id": True}, [(NO_ID, "segment_id")]),
        ("publish", {"segment_id": 2**63}, [(NO_ID, "segment_id")]),
        ("get", {"segment_id": 1, "id": 1}, [("is unknown here; known are segment_id", "id")]),
        ("list", {"limit": 0}, [(NO_SIZE, "limit")]),
        ("list", {"limit": 101}, [(NO_SIZE, "limit")]),
        ("list", {"cursor": "AAAAAAAAAAAAAQ"}, [(NO_CURSOR, "cursor")]),
        ("members", {"limit": 501}, [(MISSING, "segment_id"), (NO_MEMBERS_SIZE, "limit")]),
        ("members", {"segment_id": 1, "cursor": ""}, [(NO_CURSOR, "cursor")]),
        ("members", {"segment_id": 1, "cursor": 7}, [(NO_CURSOR, "cursor")]),
        ("members", {"segment_id": 1, "cursor": "é"}, [(NO_CURSOR, "cursor")]),
        ("members", {"segment_id": 1, "cursor": "AAAAAAAAAAE"}, [(NO_CURSOR, "cursor")]),
        ("members", {"segment_id": 1, "cursor": "AAAAAAAAAAAAAQ=="}, [(NO_CURSOR, "cursor")]),
        ("members", {"segment_id": 1, "cursor": "AAAA!AAAAAAAAAQ"}, [(NO_CURSOR, "cursor")]),
        ("members", {"segment_id": 1, "cursor": "AQAAAAAAAAAAAQ"}, [(NO_CURSOR, "cursor")]),
        ("members", {"segment_id": 1, "cursor": "__8AAAAAAAAAAQ"}, [(NO_CURSOR, "cursor")]),
        ("preview", {}, [(MISSING, "definition")]),
    ],
)  # fmt: skip
def test_every_mistake_of_a_call_is_told_by_its_field(
    shop: Caller, name: str, body: Json, expected: list[tuple[str, str | None]]
) -> None:
    """Whoever mends one of them should not meet the next one by another call."""
    words, field = expected[0]
    message = f"Error: {'' if field is None else f'{field} '}{words}."

    answer = shop.tell(path(name), body)

    assert answer == wrapped(400, message, *(mistake(*one) for one in expected))
    assert ask(shop, "list") == {"segments": [], "cursor": None}


@pytest.mark.parametrize(
    ("url", "field", "words"),
    [
        ("get?segment=1&segment_id=1", "segment", "is unknown here; known are segment_id"),
        ("get?segment_id=x", "segment_id", NO_ID),
        ("get?segment_id=" + "9" * 5_000, "segment_id", NO_ID),
        ("list?limit=%C2%B2", "limit", NO_SIZE),
        ("create?draft=1", "draft", "cannot come in the URL of this call; send it in the body"),
    ],
)
def test_a_mistake_in_the_url_is_told_by_its_field(
    shop: Caller, url: str, field: str, words: str
) -> None:
    """A parameter that nobody reads would be a filter that nobody applies."""
    whole = {"name": "Some", "definition": BOUGHT} if url.startswith("create") else b""

    answer = shop.tell(path(url), whole)

    assert answer == wrapped_mistake(words, field, None)


@pytest.mark.parametrize("name", ["create", "get", "list", "preview"])
@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"[]", "Error: the body must be a JSON object."),
        (b"{", "Invalid resource: the body is not valid JSON: it ends too early (byte 1)."),
        (b"[" * 5_000, "Invalid resource: the body is nested deeper than 32 levels."),
        (b'{"name": "\xff"}', "Invalid resource: the body is not valid JSON: it is not UTF-8."),
    ],
)
def test_what_is_no_object_is_refused_as_elsewhere(
    shop: Caller, name: str, body: bytes, message: str
) -> None:
    """In the envelope and the words of the other calls."""
    answer = shop.tell(path(name), body)

    assert (answer.status, answer.body["response"]["message"]) == (400, message)


def test_a_call_of_more_than_a_megabyte_is_refused(shop: Caller) -> None:
    """As the command refuses such a definition; the body of events may have ten times as much."""
    body = json.dumps({"definition": BOUGHT}).encode()
    room = limits.MAX_SEGMENT_BYTES - len(body)

    assert shop.tell(path("preview"), body + b" " * room).status == 200
    answer = shop.tell(path("preview"), body + b" " * (room + 1))

    assert answer == wrapped(413, "A call about a segment has at most 1,000,000 bytes.")


def test_any_content_type_is_read_as_json(shop: Caller) -> None:
    """As in the other calls of this wire."""
    body = json.dumps({"definition": BOUGHT}).encode()

    for content_type in ("application/json", "text/plain", "application/x-www-form-urlencoded", ""):
        answer = shop.tell(path("preview"), body, content_type=content_type)
        assert answer == success(count=1, examples=[{"userID": "Ada"}])


def test_a_name_belongs_to_one_segment_of_a_brand(shop: Caller, make_caller: MakeCaller) -> None:
    """Another brand may have the same."""
    body: Json = {"name": "Some", "definition": BOUGHT, "draft": True}
    assert shop.tell(path("create"), body).status == 200

    again = shop.tell(path("create"), body)

    assert again == wrapped(409, f"Brand {shop.brand_id} has a segment 'Some' already.")
    other = make_caller()
    send(other, event(event_name="Bought"))
    assert other.tell(path("create"), body).status == 200


async def test_previews_wait_for_each_other_and_nobody_waits_for_them(
    shop: Caller, shared_database_url: str
) -> None:
    """Two at once a process; a third is told when to come again. What is sent meanwhile is taken
    in, and keys are looked up, with every connection for segments busy."""

    def call(name: str, body: Json) -> asyncio.Task[Any]:
        return asyncio.create_task(asyncio.to_thread(shop.post, path(name), body))

    def waiting() -> bool:
        [row] = shop.rows("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return row["count"] == len(busy)

    async with Database(shared_database_url) as database:
        async with database.transaction() as tx:
            await tx.execute("LOCK TABLE segment_versions IN ACCESS EXCLUSIVE MODE")
            busy = [call("preview", {"definition": BOUGHT}) for _ in range(2)]
            await wait_until(waiting)
            third = await call("preview", {"definition": BOUGHT})
            busy += [call("list", {}) for _ in range(2)]
            await wait_until(waiting)

            assert await asyncio.to_thread(send, shop, event()) == QUEUED
            new_key = shop.backstage.create_key(shop.brand_id)
            answer = await asyncio.to_thread(
                shop.client.get,
                "/api/v1/user/userData?userID=Ada",
                headers={"authorization": f"Bearer {new_key.secret}"},
            )
            assert answer.status_code == 200
        answers = await asyncio.gather(*busy)

    message = "2 previews are under way here. Send again shortly."
    assert told(third) == wrapped(503, message)
    assert third.headers["retry-after"] == "20"
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200]
    assert ask(shop, "preview", definition=BOUGHT)["count"] == 1
