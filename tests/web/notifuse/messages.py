"""Calls about messages as the clients of this wire make them."""

from typing import Any

from tests.web.notifuse.calls import Json, ask
from tests.web.server import Caller, Told, told

SEND = "/v2/messages.send"
INFO = "/v2/messages.info"


def message(contact: str = "ada", **fields: Any) -> Json:
    """Make a message of a template, its contact with a mailbox; None leaves a field out."""
    said: Json = {
        "contact": contact,
        "contactProfile": {"$set": {"email": f"{contact}@people.test", "firstName": contact}},
        "channel": "mail",
        "template": "hello",
    } | fields
    return {name: value for name, value in said.items() if value is not None}


def send(caller: Caller, *messages: Json, **headers: str) -> Told:
    """Send messages in one call."""
    return told(ask(caller, "POST", SEND, {"messages": list(messages)}, **headers))


def sent(caller: Caller, *messages: Json, **headers: str) -> list[Json]:
    """Send messages that are all queued, and return them as the wire shows them."""
    answer = send(caller, *messages, **headers)
    assert (answer.status, answer.body["failed"]) == (200, []), answer
    return answer.body["queued"]


def info(caller: Caller, message_id: str) -> Json:
    """Return all that the wire tells of a message that exists."""
    answer = told(ask(caller, "GET", f"{INFO}?message={message_id}"))
    assert answer.status == 200, answer
    return answer.body["message"]


def failed(contact: str, error: str, reason: str | None = None) -> Told:
    """Return the answer to one message that is not queued."""
    said = {"contact": contact, "error": error} | ({} if reason is None else {"reason": reason})
    return Told(200, {"statusCode": 200, "success": False, "queued": [], "failed": [said]})
