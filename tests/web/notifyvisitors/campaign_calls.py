"""Calls of the Campaign API, and their answers as whole values."""

from typing import Any

from tests.web.notifyvisitors.refusals import Json
from tests.web.server import Caller, Told

SEND = "/api/v1/campaign/send"


def path(name: str) -> str:
    """Return the URL of a call."""
    return f"/api/v1/campaign/{name}"


def message(user_id: str = "ada", **fields: Any) -> Json:
    """Make a message of a template to a user, unless said otherwise; None leaves a field out."""
    said = {"userID": user_id, "channel": "mail", "template": "hello"} | fields
    return {name: value for name, value in said.items() if value is not None}


def campaign(**fields: Any) -> Json:
    """Make a campaign to everybody, now, unless said otherwise; None leaves a field out."""
    said: Json = {
        "name": "Sale",
        "channel": "mail",
        "template": "hello",
        "audience": "all",
        "send_at": "now",
    } | fields
    return {name: value for name, value in said.items() if value is not None}


def success(**data: Any) -> Told:
    """Return the success of a call about campaigns."""
    return Told(200, {"response": {"data": data, "message": "success", "status": "success"}})


def ask(caller: Caller, name: str, /, **body: Any) -> Json:
    """Make a call that succeeds, and return what it tells."""
    answer = caller.post(path(name), body)
    assert answer.status_code == 200, answer.text
    return answer.json()["response"]["data"]


def sent(caller: Caller, *messages: Json, **headers: str) -> list[Json]:
    """Send messages, and return what became of each, its id left out but for its length."""
    answer = caller.post(SEND, {"nv": list(messages)}, **headers)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()["response"]
    assert (told["message"], told["status"]) == ("queued", "queued")
    return told["data"]["messages"]


def skipped(user_id: str, reason: str, words: str) -> Json:
    """Return what is told of a message that is not queued."""
    return {"userID": user_id, "status": "skipped", "reason": reason, "message": words}
