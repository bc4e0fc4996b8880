"""Calls of this wire as its clients make them, and its answers as whole values."""

from typing import Any

import httpx

from tests.web.server import Caller, Told, told

Json = dict[str, Any]

UPSERT = "/v2/contacts.upsert"
INFO = "/v2/contacts.info"
PHRASES = {
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def bearer(caller: Caller) -> dict[str, str]:
    """Return the one header that the clients authenticate with."""
    return {"authorization": f"Bearer {caller.key.secret}"}


def ask(
    caller: Caller, method: str, path: str, body: object = b"", **headers: str
) -> httpx.Response:
    """Send a request: bytes as they are, anything else as JSON; in headers `_` stands for `-`."""
    sent = bearer(caller) | {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(body, bytes):
        return caller.client.request(method, path, content=body, headers=sent)
    return caller.client.request(method, path, json=body, headers=sent)


def upsert(caller: Caller, *contacts: Json, **headers: str) -> Told:
    """Send contacts in one call."""
    return told(ask(caller, "POST", UPSERT, {"contacts": list(contacts)}, **headers))


def set_to(user_id: str, **attributes: Any) -> Json:
    """Make a contact with attributes to set."""
    return {"id": user_id, "profile": {"$set": attributes}}


def info(caller: Caller, user_id: str) -> Json:
    """Return all that the wire tells of a contact who exists."""
    answer = caller.client.get(INFO, params={"contact": user_id}, headers=bearer(caller))
    assert answer.status_code == 200, answer.text
    return answer.json()["contact"]


def profile(caller: Caller, user_id: str) -> Json:
    """Return a contact's attributes, without the id that is always among them."""
    shown: Json = info(caller, user_id)["profile"]
    assert shown.pop("id") == user_id
    return shown


def refused(status: int, message: str) -> Told:
    """Return a refusal of this wire."""
    return Told(status, {"statusCode": status, "error": PHRASES[status], "message": message})


def upserted(**lists: Any) -> Told:
    """Return the answer to contacts, its lists empty unless given."""
    empty: Json = {"inserted": [], "updated": [], "failed": []}
    success = not lists.get("failed")
    return Told(200, {"statusCode": 200, "success": success} | empty | lists)


def error(user_id: str, path: str, message: str) -> Json:
    """Return one entry of `errors`."""
    return {"id": user_id, "path": path, "message": message}


def count_profiles(caller: Caller) -> int:
    """Count the brand's people in the database."""
    [row] = caller.rows("SELECT count(*) FROM profiles WHERE brand_id = $1", caller.brand_id)
    return row["count"]
