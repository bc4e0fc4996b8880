"""Calls of the Notifuse wire that count, and what their answers say."""

from typing import Any

from tests.faults.client import Door

UPSERT = "/v2/contacts.upsert"

Json = dict[str, Any]
Told = tuple[int, Json]


def upsert(door: Door, call: Json) -> Told:
    """Make a call, the same bytes each time, and return its answer."""
    answer = door.call("POST", UPSERT, call)
    return answer.status, answer.body


def upserted(*, inserted: list[str] | None = None, updated: list[str] | None = None) -> Told:
    """Make the answer to a call of which nothing failed."""
    lists = {"inserted": inserted or [], "updated": updated or [], "failed": []}
    return 200, {"statusCode": 200, "success": True, **lists}


def visit(contact: str, mark: str) -> Json:
    """Make the record of one visit: it is counted, and its mark is kept."""
    return {"id": contact, "profile": {"$inc": {"visits": 1}, "$push": {"marks": mark}}}


def visited(contact: str, *marks: str) -> Json:
    """Make the profile of a contact with these visits and no others."""
    return {"id": contact, "visits": len(marks), "marks": list(marks)}


def profile(door: Door, contact: str) -> Json:
    """Read a contact's profile."""
    return door.call("GET", f"/v2/contacts.info?contact={contact}").body["contact"]["profile"]
