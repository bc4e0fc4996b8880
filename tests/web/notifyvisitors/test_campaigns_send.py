"""`campaign/send`: messages to single users, now or later, to who may be sent to."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.web.conftest import MakeCaller
from tests.web.mailing import give_channel, give_template, give_user, messages_of, send_all
from tests.web.notifyvisitors.campaign_calls import SEND, message, sent, skipped
from tests.web.notifyvisitors.refusals import Json, mistake, wrapped, wrapped_mistake
from tests.web.server import Caller, at_once
from tidings.base import limits

UNKNOWN = "There is no such user."
OPTED_OUT = "The opt-in is 0: the person does not want this medium."
CONTENT: Json = {"subject": "Hi {{ first_name }}", "html": "<p>Hi, {{ data.what }}</p>"}


@pytest.fixture
def shop(caller: Caller) -> Caller:
    """Lend a brand with a channel, a template and a user."""
    give_channel(caller)
    give_template(caller)
    give_user(caller, "ada")
    return caller


def statuses(told: list[Json]) -> list[str]:
    """Return the status of each message."""
    return [one["status"] for one in told]


def test_a_message_is_queued_sent_and_told_of(
    shop: Caller, shared_database_url: str, tmp_path: Path
) -> None:
    """The whole way, with what the call gives the template."""
    give_template(shop, "order", CONTENT)
    [told] = sent(shop, message(template="order", data={"what": "it is on its way"}))

    [mail] = send_all(shop, shared_database_url, tmp_path)

    message_id = told.pop("message_id")
    assert told == {"userID": "ada", "status": "queued"}
    assert (len(message_id), mail.recipient) == (24, "ada@people.test")
    assert mail.parsed["subject"] == "Hi ada"
    assert "it is on its way" in mail.content.decode()
    assert message_id in mail.parsed["message-id"]


def test_a_content_of_its_own_takes_the_place_of_a_template(
    shop: Caller, shared_database_url: str, tmp_path: Path
) -> None:
    """For who keeps their texts elsewhere."""
    sent(shop, message(template=None, content=CONTENT, data={"what": "no template"}))

    [mail] = send_all(shop, shared_database_url, tmp_path)

    assert mail.parsed["subject"] == "Hi ada"
    assert "no template" in mail.content.decode()


def test_each_is_told_of_in_the_order_of_the_call(shop: Caller) -> None:
    """Whoever may not be sent to is skipped with the reason, and the others get theirs."""
    give_user(shop, "bob", email_opt_in=0)
    give_user(shop, "cyd", email=None)

    told = sent(shop, *map(message, ("bob", "ada", "nobody", "cyd", "ada")))

    ids = [one.pop("message_id") for one in told if "message_id" in one]
    assert told == [
        skipped("bob", "opted_out", OPTED_OUT),
        {"userID": "ada", "status": "queued"},
        skipped("nobody", "unknown_user", UNKNOWN),
        skipped("cyd", "no_address", "The person has no address for this medium."),
        {"userID": "ada", "status": "queued"},
    ]
    assert len(set(ids)) == len(messages_of(shop)) == 2


def test_what_somebody_waits_for_goes_to_who_wants_no_marketing(shop: Caller) -> None:
    """A receipt is no advertisement."""
    give_user(shop, "bob", email_opt_in=0)

    told = sent(shop, message("bob"), message("bob", transactional=True))

    assert statuses(told) == ["skipped", "queued"]


@pytest.mark.parametrize("first", [True, False])
def test_the_rules_for_marketing_hold_for_it_alone_when_both_are_sent(
    shop: Caller, shared_database_url: str, tmp_path: Path, *, first: bool
) -> None:
    """By one channel, whichever came first: each kind is asked about by its own rules."""
    give_user(shop, "bob")
    sent(shop, *[message("bob", transactional=kind) for kind in (first, not first)])
    give_user(shop, "bob", email_opt_in=0)

    mails = send_all(shop, shared_database_url, tmp_path)

    assert [mail.recipient for mail in mails] == ["bob@people.test"]
    assert sorted(row["status"] for row in messages_of(shop)) == ["sent", "skipped"]


def test_who_opts_out_after_a_message_was_queued_does_not_get_it(
    shop: Caller, shared_database_url: str, tmp_path: Path
) -> None:
    """It is asked again when it is sent."""
    sent(shop, message())
    give_user(shop, "ada", email_opt_in=0)

    mails = send_all(shop, shared_database_url, tmp_path)

    [row] = messages_of(shop)
    assert (mails, row["status"], row["reason"]) == ([], "skipped", "opted_out")


def test_a_visitor_is_named_by_the_anonymous_id(shop: Caller) -> None:
    """As in the other calls about one person."""
    visitor = {"anonymousID": "v-1", "user_attributes": {"email": "v@people.test"}}
    shop.post("/api/v1/user/create", {"nv": [visitor]})

    [told] = sent(shop, message(userID=None, anonymousID="v-1"))

    assert (told["anonymousID"], told["status"]) == ("v-1", "queued")


def test_with_merging_an_address_names_its_user(make_caller: MakeCaller) -> None:
    """Documented for every call of the vendor's."""
    shop = make_caller(merging=True)
    give_channel(shop)
    give_template(shop)
    give_user(shop, "ada")

    [told] = sent(shop, message(userID=None, email="ada@people.test"))

    assert (told["email"], told["status"]) == ("ada@people.test", "queued")


def test_a_message_for_later_waits(make_caller: MakeCaller) -> None:
    """A time without an offset is the brand's; one that is over is now."""
    shop = make_caller(time_zone="Asia/Kolkata")
    give_channel(shop)
    give_template(shop)
    give_user(shop, "ada")
    later = (datetime.now(UTC) + timedelta(days=6)).replace(microsecond=0)
    local = (later + timedelta(hours=5, minutes=30)).strftime("%Y-%m-%d %H:%M:%S")

    sent(shop, message(send_at=local), message(send_at="2020-01-01T00:00:00Z"))

    first, second = messages_of(shop)
    assert first["due_at"] == later
    assert second["due_at"] <= second["created_at"]


def test_a_single_object_is_an_array_of_one(shop: Caller) -> None:
    """As in the other batch calls."""
    assert shop.post(SEND, {"nv": message()}).status_code == 200
    assert len(messages_of(shop)) == 1


def test_100_messages_fit_and_101_do_not(shop: Caller) -> None:
    """The wire's number."""
    assert statuses(sent(shop, *[message()] * 100)) == ["queued"] * 100

    answer = shop.tell(SEND, {"nv": [message()] * 101})

    assert answer == wrapped_mistake("must have at most 100 records", "nv", None)
    assert len(messages_of(shop)) == 100


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"userID": ""}, "userID", "can not be empty"),
        ({"userID": " ada"}, "userID", "can not have white space around it"),
        ({"channel": None}, "channel", "can not be empty"),
        ({"channel": "none"}, "channel", "is no channel of the brand"),
        ({"template": None}, "template", "is needed, or content; not both"),
        ({"content": CONTENT}, "template", "is needed, or content; not both"),
        ({"template": "none"}, "template", "is no template of the brand"),
        ({"template": "none*"}, "template", "is the beginning of no template for email"),
        (
            {"template": None, "content": {"subject": "{{ x", "html": "x"}},
            "content.subject",
            None,
        ),
        ({"template": None, "content": "x"}, "content", "must be an object"),
        ({"data": []}, "data", "must be an object"),
        (
            {"data": {"a": "x" * limits.MAX_MESSAGE_DATA_BYTES}},
            "data",
            "has at most 100,000 bytes",
        ),
        ({"send_at": "soon"}, "send_at", "must be a time such as 2026-12-24 09:00:00"),
        ({"send_at": "2999-01-01"}, "send_at", "is more than 7 days ahead"),
        ({"campaign": "x" * 201}, "campaign", "must have at most 200 characters"),
        ({"transactional": 1}, "transactional", "must be true or false"),
    ],
)
def test_a_mistake_in_one_message_queues_none(
    shop: Caller, fields: Json, field: str, words: str | None
) -> None:
    """Refused whole, as the other batch calls, with the index and the field."""
    answer = shop.tell(SEND, {"nv": [message(), message(**fields)]})

    if words is not None:
        assert answer == wrapped_mistake(words, field, 1)
    [told] = answer.body["response"]["errors"]
    assert (answer.status, told["field"], told["index"]) == (400, field, 1)
    assert messages_of(shop) == []


def test_every_mistake_of_every_message_is_told(shop: Caller) -> None:
    """Up to twenty."""
    answer = shop.tell(SEND, {"nv": [message(channel="a"), message(channel="b", template="c")]})

    unknown = "is no channel of the brand"
    assert answer == wrapped(
        400,
        f"Error: channel {unknown}.",
        mistake(unknown, "channel", 0),
        mistake(unknown, "channel", 1),
    )


def test_more_contents_than_can_be_made_ready_while_a_call_waits_are_refused(shop: Caller) -> None:
    """The same content counts once."""

    def with_content(number: int) -> Json:
        return message(template=None, content={"subject": str(number), "html": "x"})

    assert statuses(sent(shop, *map(with_content, [*range(10), 0, 1]))) == ["queued"] * 12

    answer = shop.tell(SEND, {"nv": [with_content(number) for number in range(11)]})

    words = "is one too many: a call has 10 different contents; save a template"
    assert answer == wrapped_mistake(words, "content", 10)


def test_a_repeated_call_queues_nothing_again(shop: Caller, second_client: httpx.Client) -> None:
    """With an `Idempotency-Key`, at any process, at the same time or later."""
    processes = [shop, shop.at(second_client)] * 3
    answers = at_once(partial(sent, one, message(), idempotency_key="k-1") for one in processes)

    assert answers == [answers[0]] * 6
    assert len(messages_of(shop)) == 1
    conflict = shop.tell(SEND, {"nv": [message("bob")]}, idempotency_key="k-1")
    assert conflict == wrapped(
        409, "This Idempotency-Key was used for another request. Use a new key for each call."
    )


def test_a_refused_call_does_not_use_its_key_up(shop: Caller) -> None:
    """Mend it and send it with the same key."""
    refused = shop.post(SEND, {"nv": [message(channel="none")]}, idempotency_key="k-1")

    assert refused.status_code == 400
    assert statuses(sent(shop, message(), idempotency_key="k-1")) == ["queued"]


def test_what_the_caller_calls_a_campaign_is_kept(shop: Caller) -> None:
    """For reports by it."""
    sent(shop, message(campaign="orders"))

    [row] = messages_of(shop)
    assert json.loads(row["options"]) == {"campaign": "orders"}
