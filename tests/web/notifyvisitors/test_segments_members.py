"""Who is in a segment, page by page, and in which segments somebody is."""

import pytest

from tests.web.conftest import MakeCaller
from tests.web.notifyvisitors.events import event, send
from tests.web.notifyvisitors.refusals import Json
from tests.web.notifyvisitors.segment_calls import (
    BOUGHT,
    VIEWED,
    ask,
    names,
    pages,
    publish,
    work,
)
from tests.web.server import Caller

PEOPLE = [f"u{number:02}" for number in range(20)]


@pytest.fixture
def shop(make_caller: MakeCaller) -> Caller:
    """Lend a caller with twenty people who bought something."""
    caller = make_caller()
    send(caller, *[event(userID=user, event_name="Bought") for user in PEOPLE])
    return caller


@pytest.mark.parametrize("limit", [1, 7, 20, 21])
def test_the_pages_hold_every_member_once(
    shop: Caller, shared_database_url: str, limit: int
) -> None:
    """Followed by the cursor to its end."""
    segment_id = publish(shop, shared_database_url, BOUGHT)

    found = pages(shop, "members", segment_id=segment_id, limit=limit)

    assert names([one for page in found for one in page]) == PEOPLE
    assert {len(page) for page in found[:-1]} <= {limit}
    assert all(one.keys() == {"userID", "entered_at"} for page in found for one in page)


def test_people_who_come_and_go_between_two_pages_move_nobody_else(
    shop: Caller, shared_database_url: str
) -> None:
    """A cursor is a place: it stays good when the person at it is forgotten."""
    send(shop, event(userID="other", event_name="Viewed"))
    segment_id = publish(shop, shared_database_url, BOUGHT)
    first = ask(shop, "members", segment_id=segment_id, limit=5)
    gone = [one["userID"] for one in first["members"]][-2:]
    shop.tell("/api/v1/user/delete", {"nv": [{"userID": user} for user in gone]})
    late = [f"late{number}" for number in range(10)]
    send(shop, *[event(userID=user, event_name="Bought") for user in late])
    work(shared_database_url)

    second = ask(shop, "members", segment_id=segment_id, cursor=first["cursor"])

    stayed = set(PEOPLE) - {one["userID"] for one in first["members"]}
    seen = set(names(second["members"]))
    assert second["cursor"] is None
    assert seen - set(late) == stayed
    assert seen & set(gone) == set()
    assert names(ask(shop, "members", segment_id=segment_id)["members"]) == sorted(
        [*late, *(user for user in PEOPLE if user not in gone)]
    )


def test_a_cursor_goes_on_in_the_members_of_another_definition(
    shop: Caller, shared_database_url: str
) -> None:
    """Places are the same in every version: what comes is who is in the segment now."""
    viewers = PEOPLE[::2]
    send(shop, *[event(userID=user, event_name="Viewed") for user in viewers])
    segment_id = publish(shop, shared_database_url, BOUGHT)
    in_order = [one["userID"] for one in ask(shop, "members", segment_id=segment_id)["members"]]
    first = ask(shop, "members", segment_id=segment_id, limit=5)
    ask(shop, "update", segment_id=segment_id, definition=VIEWED)
    work(shared_database_url)

    second = ask(shop, "members", segment_id=segment_id, cursor=first["cursor"])

    assert [one["userID"] for one in first["members"]] == in_order[:5]
    expected = [user for user in in_order[5:] if user in viewers]
    assert [one["userID"] for one in second["members"]] == expected


def test_members_without_a_user_id_are_shown_by_another_identifier(
    make_caller: MakeCaller, shared_database_url: str
) -> None:
    """By the anonymous id, else by what there is: each can be sent to `userData` again."""
    caller = make_caller(merging=True)
    who: list[Json] = [
        {"userID": "ada", "anonymousID": "v-1"},
        {"userID": None, "anonymousID": "v-2", "email": "v2@example.com"},
        {"userID": None, "email": "bob@example.com"},
        {"userID": None, "mobile": "+551155256325"},
    ]
    send(caller, *[event(event_name="Bought", **one) for one in who])
    segment_id = publish(caller, shared_database_url, BOUGHT)

    members = ask(caller, "members", segment_id=segment_id)["members"]

    for one in members:
        del one["entered_at"]
    assert sorted(members, key=str) == sorted(
        [
            {"userID": "ada"},
            {"userID": None, "anonymousID": "v-2"},
            {"userID": None, "email": "bob@example.com"},
            {"userID": None, "mobile": "+551155256325"},
        ],
        key=str,
    )


def test_a_user_is_told_with_every_segment_they_are_in(
    shop: Caller, shared_database_url: str
) -> None:
    """By id, since when, and only where they are a member; a draft has nobody."""
    send(shop, event(userID="u00", event_name="Viewed"), event(userID="cyd", event_name="Viewed"))
    buyers = publish(shop, shared_database_url, BOUGHT, name="Buyers")
    viewers = publish(shop, shared_database_url, VIEWED, name="Viewers")
    ask(shop, "create", name="Draft", definition=BOUGHT, draft=True)
    members = ask(shop, "members", segment_id=buyers)["members"]
    entered = next(one["entered_at"] for one in members if one["userID"] == "u00")

    both = shop.read("u00")["segments"]

    assert both[0] == {"segment_id": buyers, "name": "Buyers", "entered_at": entered}
    assert [(one["segment_id"], one["name"]) for one in both] == [
        (buyers, "Buyers"),
        (viewers, "Viewers"),
    ]
    assert [one["name"] for one in shop.read("u01")["segments"]] == ["Buyers"]
    assert [one["name"] for one in shop.read("cyd")["segments"]] == ["Viewers"]
    ask(shop, "delete", segment_id=buyers)
    assert [one["name"] for one in shop.read("u00")["segments"]] == ["Viewers"]


def test_a_user_is_told_with_the_members_that_count_while_others_are_found(
    shop: Caller, shared_database_url: str
) -> None:
    """An edit shows when it is built, and not before."""
    segment_id = publish(shop, shared_database_url, BOUGHT)
    send(shop, event(userID="cyd", event_name="Viewed"))
    work(shared_database_url)

    ask(shop, "update", segment_id=segment_id, definition=VIEWED)

    assert len(shop.read("u00")["segments"]) == 1
    assert shop.read("cyd")["segments"] == []
    work(shared_database_url)
    assert shop.read("u00")["segments"] == []
    assert len(shop.read("cyd")["segments"]) == 1
