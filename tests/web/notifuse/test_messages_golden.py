"""The exchanges about messages: answers as whole JSON values, but for ids and times."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.web.conftest import MakeCaller
from tests.web.mailing import give_channel, give_template
from tests.web.notifuse.calls import ask
from tests.web.notifuse.calls import info as contact_info
from tests.web.notifuse.messages import INFO, SEND
from tests.web.server import Caller, Told, told

GOLDEN = Path(__file__).parent / "golden"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
CONTENT = {"subject": "On its way", "html": "<p>{{ data.orderId }}: {{ data._token }}</p>"}


@pytest.fixture
def shop(make_caller: MakeCaller) -> Caller:
    """Lend a caller with the limits that a new brand has, a channel and a template."""
    shop = make_caller(calls=None)
    give_channel(shop)
    give_template(shop, "order-shipped", CONTENT)
    return shop


def test_a_message_is_answered_as_documented_and_shown_the_same_again(shop: Caller) -> None:
    """A program written for the vendor parses exactly this; either URL shows it."""
    body = (GOLDEN / "messages_send.request.json").read_bytes().removesuffix(b"\n")

    answer = ask(shop, "POST", SEND, body)

    [shown] = answer.json()["queued"]
    message_id = shown["id"]
    assert told(answer) == Told(200, _expected(shop, shown))
    assert _rates(answer.headers) == ("500", "499")
    expected = Told(200, {"statusCode": 200, "message": shown})
    assert told(ask(shop, "GET", f"{INFO}?message={message_id}")) == expected
    assert told(ask(shop, "GET", f"{SEND}?message={message_id}")) == expected


def test_the_contact_of_a_message_is_stored_first(shop: Caller) -> None:
    """As `contacts.upsert` stores it."""
    ask(shop, "POST", SEND, (GOLDEN / "messages_send.request.json").read_bytes())

    contact = contact_info(shop, "123")

    assert contact["profile"] == {
        "id": "123",
        "firstName": "Justin",
        "lastName": "Bieber",
        "email": "justin.bieber@yopmail.com",
        "timeZone": "America/Toronto",
    }
    assert contact["createdAt"] == "2016-02-04T22:44:30.652Z"


@pytest.mark.parametrize("path", [INFO, SEND, "/messages.info", "/messages.send"])
@pytest.mark.parametrize("message_id", ["abc", "0" * 24, "f" * 24, "é" * 24, "1" * 25])
def test_an_unknown_message_is_404(shop: Caller, path: str, message_id: str) -> None:
    """Whatever it looks like."""
    answer = told(ask(shop, "GET", f"{path}?message={message_id}"))

    assert answer == Told(404, _golden("messages_info.404"))


def _expected(shop: Caller, shown: dict[str, Any]) -> Any:
    assert TIME.fullmatch(shown["createdAt"])
    # It is due when the call came, a moment before it was queued.
    assert shown["sendAt"] <= shown["createdAt"] == shown["queuedAt"]
    text = (GOLDEN / "messages_send.200.json").read_text()
    [row] = shop.rows(
        "SELECT channel_id, template_id FROM channels JOIN templates USING (brand_id) "
        "WHERE brand_id = $1",
        shop.brand_id,
    )
    for word, value in (
        ("ID", shown["id"]),
        ("BRAND", shop.brand_id),
        ("CHANNEL", row["channel_id"]),
        ("TEMPLATE", row["template_id"]),
        ("CONTACT", contact_info(shop, "123")["id"]),
        ("TIME", shown["createdAt"]),
    ):
        text = text.replace(f'"{word}"', f'"{value}"')
    expected = json.loads(text)
    expected["queued"][0]["sendAt"] = shown["sendAt"]
    return expected


def _golden(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_bytes())


def _rates(headers: Any) -> tuple[str, str]:
    return headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]
