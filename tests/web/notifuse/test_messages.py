"""`messages.send`: each message by itself, its contact first; `messages.info` afterwards."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.web.conftest import MakeCaller
from tests.web.mailing import give_channel, give_template, messages_of, send_all
from tests.web.notifuse.calls import Json, ask, profile, refused, upsert
from tests.web.notifuse.messages import SEND, failed, info, message, send, sent
from tests.web.server import Caller, told
from tidings.base import limits

CONTENT: Json = {
    "subject": "Hi {{ first_name }}",
    "html": "<p>{{ data.orderId }}</p>",
    "text": "{{ data.orderId }}{{ data._token }}",
}


@pytest.fixture
def shop(caller: Caller) -> Caller:
    """Lend a brand with a channel and two templates."""
    give_channel(caller)
    give_template(caller)
    give_template(caller, "order", CONTENT)
    return caller


def test_a_message_is_sent_and_told_of_as_it_was_sent(
    shop: Caller, shared_database_url: str, tmp_path: Path
) -> None:
    """With what the call says in the place of the channel."""
    options = {"from_name": "Ada of the shop", "reply_to": "ada@shop.test"}
    data = {"orderId": 12345}
    [queued] = sent(shop, message(template="order", channelOptions=options, templateData=data))

    [mail] = send_all(shop, shared_database_url, tmp_path)

    shown = info(shop, queued["id"])
    assert mail.recipient == "ada@people.test"
    assert mail.parsed["from"] == "Ada of the shop <news@shop.test>"
    assert mail.parsed["reply-to"] == "ada@shop.test"
    assert (queued["status"], shown["status"]) == ("queued", "sent")
    assert shown["compiledTemplates"]["subject"] == "Hi ada"
    assert shown["compiledTemplates"]["text"] == "12345"
    assert "<p>12345</p>" in shown["compiledTemplates"]["html"]
    assert shown["sentAt"] >= shown["queuedAt"] == queued["queuedAt"]
    changed = {"status", "compiledTemplates", "sentAt"}
    assert {name for name in shown if shown[name] != queued[name]} == changed


def test_a_secret_reaches_the_mail_and_can_never_be_read_again(
    shop: Caller, shared_database_url: str, tmp_path: Path
) -> None:
    """Not by its name, and not in the text that was made of it."""
    data = {"orderId": 12345, "_token": "s3cret"}
    answer = ask(shop, "POST", SEND, {"messages": [message(template="order", templateData=data)]})
    [queued] = answer.json()["queued"]

    [mail] = send_all(shop, shared_database_url, tmp_path)

    assert "12345s3cret" in mail.content.decode()
    shown = info(shop, queued["id"])
    assert (shown["templateData"], shown["compiledTemplates"]) == ({"orderId": 12345}, None)
    assert "s3cret" not in answer.text
    assert "s3cret" not in str(shown)


def test_what_is_wrong_with_one_message_fails_no_other(shop: Caller) -> None:
    """Both lists in the order of the call; the contacts of messages that name what is not there
    are stored all the same."""
    answer = send(
        shop,
        message("a", channel="none"),
        message("b"),
        message("c", contactProfile={"$inc": {"email": 1}}),
        message("d", template=None),
        message("e"),
    )

    assert [one["contact"]["timeZone"] for one in answer.body["queued"]] == [None, None]
    assert answer.body["failed"] == [
        {"contact": "a", "error": "channel is no channel of the brand"},
        {
            "contact": "c",
            "error": "contactProfile: email can only be changed by $set and $unset, not by $inc: "
            "it says who the contact is",
        },
        {"contact": "d", "error": "template is required"},
    ]
    assert (answer.body["success"], len(messages_of(shop))) == (False, 2)
    assert profile(shop, "a")["firstName"] == "a"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"channel": None}, "channel is required"),
        ({"channel": 7}, "channel must be a text of at most 200 characters"),
        ({"template": ""}, "template is required"),
        ({"template": "none"}, "template is no template of the brand"),
        ({"template": "none*"}, "template is the beginning of no template for email"),
        (
            {"notification": "x" * 201},
            "notification must be a text of at most 200 characters",
        ),
        ({"channelOptions": "x"}, "channelOptions must be an object"),
        (
            {"channelOptions": {"cc": "x"}},
            "channelOptions has what is unknown; known are from_name, reply_to, marketing",
        ),
        (
            {"channelOptions": {"from_name": "a\r\nBcc: b@x.test"}},
            "channelOptions.from_name must not have control characters",
        ),
        (
            {"channelOptions": {"reply_to": "nobody"}},
            "channelOptions.reply_to must be an e-mail address",
        ),
        (
            {"channelOptions": {"marketing": 1}},
            "channelOptions.marketing must be true or false",
        ),
        ({"templateData": [1]}, "templateData must be an object"),
        (
            {"templateData": {"a": "x" * limits.MAX_MESSAGE_DATA_BYTES}},
            "templateData has at most 100,000 bytes",
        ),
        ({"sendAt": "soon"}, "sendAt must be a time such as 2026-11-25T18:00:00.000Z"),
        ({"sendAt": 1}, "sendAt must be a time such as 2026-11-25T18:00:00.000Z"),
        ({"sendAt": "2999-01-01T00:00:00Z"}, "sendAt is more than 7 days ahead"),
        (
            {"contactCreatedAt": "x"},
            "contactCreatedAt must be a time such as 2016-02-04T22:44:30.652Z",
        ),
        (
            {"contactProfile": {"$set": {"country": "Atlantis"}}},
            "contactProfile: country must be two capital letters, such as FR",
        ),
    ],
)
def test_a_message_that_cannot_be_says_why(shop: Caller, fields: Json, error: str) -> None:
    """In `failed`, with its contact."""
    answer = send(shop, message(**fields))

    assert answer == failed("ada", error)
    assert messages_of(shop) == []


@pytest.mark.parametrize(
    ("attributes", "reason", "words"),
    [
        ({}, "no_address", "The person has no address for this medium."),
        (
            {"email": "a@people.test", "email_opt_in": 2},
            "hard_bounced",
            "The opt-in is 2: what was sent to this address could not be delivered.",
        ),
    ],
)
def test_who_may_not_be_sent_to_is_told_at_once(
    shop: Caller, attributes: Json, reason: str, words: str
) -> None:
    """With the reason of the page about consent."""
    answer = send(shop, message(contactProfile={"$set": attributes}))

    assert answer == failed("ada", words, reason)


def test_who_wants_no_marketing_gets_what_they_caused(shop: Caller) -> None:
    """A message of this wire is one, unless it says otherwise."""
    unwilling = {"$set": {"email": "a@people.test", "email_opt_in": 0}}

    [queued] = sent(shop, message(contactProfile=unwilling))
    answer = send(shop, message(channelOptions={"marketing": True}))

    words = "The opt-in is 0: the person does not want this medium."
    assert queued["channel"]["data"] == {}
    assert answer == failed("ada", words, "opted_out")


def test_empty_arrays_stand_for_empty_objects(shop: Caller) -> None:
    """One of the clients writes them so."""
    upsert(shop, {"id": "ada", "profile": {"$set": {"email": "a@people.test"}}})

    empty: Json = {"contactProfile": [], "channelOptions": [], "templateData": []}
    [queued] = sent(shop, message(**empty))

    assert (queued["templateData"], queued["channel"]["data"]) == ({}, {})


def test_a_star_draws_one_of_the_templates_that_begin_so(shop: Caller) -> None:
    """For texts that are to differ; one for another medium is none of them."""
    for number in range(2):
        give_template(shop, f"welcome-{number}")

    keys = {one["template"]["key"] for one in sent(shop, *[message(template="welcome-*")] * 50)}

    assert keys == {"welcome-0", "welcome-1"}


def test_a_message_for_later_is_scheduled(make_caller: MakeCaller) -> None:
    """At most seven days ahead."""
    shop = make_caller()
    give_channel(shop)
    give_template(shop)
    later = (datetime.now(UTC) + timedelta(days=7, seconds=-5)).isoformat(timespec="milliseconds")

    [queued] = sent(shop, message(sendAt=later))

    assert (queued["status"], queued["queuedAt"]) == ("scheduled", None)
    assert datetime.fromisoformat(queued["sendAt"]) == datetime.fromisoformat(later)


def test_50_messages_fit_and_51_do_not(shop: Caller) -> None:
    """Our choice, as for contacts; well under the 3 s after which a client gives up."""
    assert len(sent(shop, *[message()] * 50)) == 50

    answer = send(shop, *[message()] * 51)

    assert answer == refused(400, "messages must have at most 50 records")
    assert len(messages_of(shop)) == 50


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"messages": list[Json]()}, "messages must have 1 to 50 records, this one has 0"),
        ({"messages": [Json()]}, "messages[0].contact can not be empty"),
        ({"messages": [{"contact": 7}]}, "messages[0].contact must be a text"),
        (
            {"messages": [message(), {"contact": " x"}]},
            "messages[1].contact can not have white space around it",
        ),
    ],
)
def test_a_call_that_does_not_say_to_whom_is_refused_whole(
    shop: Caller, body: Json, words: str
) -> None:
    """There is nobody to name in `failed`."""
    answer = told(ask(shop, "POST", SEND, body))

    assert answer == refused(400, words)
    assert messages_of(shop) == []


def test_a_nul_character_is_refused(shop: Caller) -> None:
    """PostgreSQL cannot hold it."""
    answer = send(shop, message(), message(templateData={"a": "\0"}))

    assert answer.status == 400
    assert "messages[1] holds a NUL character" in answer.body["message"]
    assert messages_of(shop) == []


def test_one_contact_may_get_several_messages_of_a_call(shop: Caller) -> None:
    """Their operations apply in order."""
    counting = {"$inc": {"messages": 1}, "$set": {"email": "a@people.test"}}

    queued = sent(shop, *[message(contactProfile=counting)] * 3)

    assert len({one["id"] for one in queued}) == 3
    assert profile(shop, "ada")["messages"] == 3


def test_with_merging_a_contact_may_claim_an_address(make_caller: MakeCaller) -> None:
    """As with `contacts.upsert`: who is already known by it is the one who gets the message."""
    shop = make_caller(merging=True)
    give_channel(shop)
    give_template(shop)
    visitor = {"anonymousID": "v-1", "user_attributes": {"email": "ada@people.test"}}
    shop.post("/api/v1/user/create", {"nv": [visitor]})

    [queued] = sent(shop, message("ada"))

    [row] = shop.rows("SELECT count(*) FROM profiles WHERE brand_id = $1", shop.brand_id)
    assert (queued["status"], row["count"]) == ("queued", 1)


def test_a_forgotten_contacts_message_says_nothing_any_more(shop: Caller) -> None:
    """That there was one stays known."""
    [queued] = sent(shop, message(templateData={"orderId": 7}))
    shop.tell("/api/v1/user/delete", {"userID": "ada"})

    shown = info(shop, queued["id"])

    assert (shown["status"], shown["error"]) == ("dropped", "forgotten")
    assert (shown["templateData"], shown["notification"]) == ({}, None)
