"""From outcomes to this wire's words: pure.

Two envelopes: the User API answers bare, everything else inside `response`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from tidings.base.errors import Code, Mistake, Refused
from tidings.brands.model import Brand
from tidings.events.model import Answer, Stored
from tidings.identity.model import Refusal
from tidings.web.gate import MethodNotAllowed, Reply
from tidings.web.notifyvisitors.naming import FIELD_OF_KIND
from tidings.web.notifyvisitors.parse import Records

STATUS_OF_CODE: Mapping[Code, int] = {
    Code.INVALID: 400,
    Code.UNAUTHENTICATED: 401,
    Code.FORBIDDEN: 403,
    Code.NOT_FOUND: 404,
    Code.CONFLICT: 409,
    Code.TOO_LARGE: 413,
    Code.RATE_LIMITED: 429,
    Code.INTERNAL: 500,
    Code.UNAVAILABLE: 503,
}
WORDS_OF_REFUSAL: Mapping[Refusal, str] = {
    Refusal.TWO_USERS: "identifies another user already; it is kept for an operator to decide",
    Refusal.PLACEHOLDER: "stands for having none, so it identifies nobody",
    Refusal.TOO_MANY: "is one too many: the user has as many identifiers as one may have",
}
_METHOD_NOT_ALLOWED = 405

_encode = msgspec.json.Encoder().encode


def refuse_bare(refused: Refused) -> Reply:
    """Refuse a call of the User API."""
    status = _status(refused)
    body: dict[str, Any] = {"message": refused.message, "status_code": str(status)}
    return _reply(status, body | _errors(refused.mistakes))


def refuse_wrapped(refused: Refused) -> Reply:
    """Refuse any other call."""
    body: dict[str, Any] = {"message": refused.message, "status": "error"}
    return _reply(_status(refused), {"response": body | _errors(refused.mistakes)})


def users_stored(records: Records, stored: Stored) -> Answer:
    """Answer `user/create`."""
    body: dict[str, Any] = {
        "userIDs": records.user_ids,
        "status_code": "200",
        "processed": len(records.user_ids),
    }
    return Answer(200, _encode(body | _warnings(records, stored, under="user_attributes")))


def events_queued(records: Records, stored: Stored) -> Answer:
    """Answer the calls that take events."""
    body: dict[str, Any] = {"status": "queued"}
    if not stored.warnings and not stored.refused:
        return _QUEUED
    return Answer(
        200, _encode({"response": body | _warnings(records, stored, under="user_params")})
    )


def user_event_stored(records: Records, stored: Stored) -> Answer:
    """Answer `user_event/create`."""
    body: dict[str, Any] = {
        "data": {"userID": records.user_ids[0]},
        "message": "success",
        "status": "success",
    }
    return Answer(
        200, _encode({"response": body | _warnings(records, stored, under="user_params")})
    )


def users_deleted(user_ids: Sequence[str]) -> Reply:
    """Answer `user/delete`."""
    return _reply(200, {"userIDs": user_ids, "status_code": "200", "processed": len(user_ids)})


def success(data: Mapping[str, Any]) -> Reply:
    """Answer a query."""
    return _reply(200, {"response": {"data": data, "message": "success", "status": "success"}})


def instant(brand: Brand, at: datetime | None) -> str | None:
    """Write a time as this wire does: in the brand's time zone, in whole seconds."""
    if at is None:
        return None
    return at.astimezone(brand.time_zone).isoformat(timespec="seconds")


def as_reply(answer: Answer) -> Reply:
    """Send an answer, the first time or again."""
    return Reply(answer.status, answer.body)


_QUEUED = Answer(200, _encode({"response": {"status": "queued"}}))


def _status(refused: Refused) -> int:
    if isinstance(refused, MethodNotAllowed):
        return _METHOD_NOT_ALLOWED
    return STATUS_OF_CODE[refused.code]


def _reply(status: int, body: Mapping[str, Any]) -> Reply:
    return Reply(status, _encode(body))


def _errors(mistakes: Sequence[Mistake]) -> dict[str, Any]:
    if not mistakes:
        return {}
    errors: list[dict[str, Any]] = []
    for mistake in mistakes:
        where: dict[str, Any] = {"index": mistake.index, "field": mistake.field}
        said = {name: value for name, value in where.items() if value is not None}
        errors.append(said | {"message": mistake.message})
    return {"errors": errors}


def _warnings(records: Records, stored: Stored, *, under: str) -> dict[str, Any]:
    told: list[dict[str, Any]] = [
        {
            "index": records.change_indexes[warned.index] if warned.is_profile else warned.index,
            "field": f"{under if warned.is_profile else 'attributes'}.{warned.mismatch.attribute}",
            "locked_type": warned.mismatch.locked.value,
            "got_type": warned.mismatch.got.value,
        }
        for warned in stored.warnings
    ]
    told += [
        {
            "index": refused.index,
            "field": FIELD_OF_KIND[refused.identifier.kind],
            "reason": refused.reason.value,
            "message": WORDS_OF_REFUSAL[refused.reason],
        }
        for refused in stored.refused
    ]
    return {"warnings": told} if told else {}
