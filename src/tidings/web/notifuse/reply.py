"""From outcomes to this wire's words: pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from tidings.base.errors import Code, Mistake, Refused
from tidings.brands.model import Brand
from tidings.events.model import Answer, Stored
from tidings.identity.model import IdentifierKind, Refusal
from tidings.profiles.model import Profile, ProfileRef
from tidings.reports.model import Month
from tidings.web.gate import MethodNotAllowed, Reply
from tidings.web.notifuse.names import wire_name, wire_path
from tidings.web.notifuse.parse import Contact, Failure

WORDS_OF_CODE: Mapping[Code, tuple[int, str]] = {
    Code.INVALID: (400, "Bad Request"),
    Code.UNAUTHENTICATED: (401, "Unauthorized"),
    Code.FORBIDDEN: (403, "Forbidden"),
    Code.NOT_FOUND: (404, "Not Found"),
    Code.CONFLICT: (409, "Conflict"),
    Code.TOO_LARGE: (413, "Request Entity Too Large"),
    Code.RATE_LIMITED: (429, "Too Many Requests"),
    Code.INTERNAL: (500, "Internal Server Error"),
    Code.UNAVAILABLE: (503, "Service Unavailable"),
}
_METHOD_NOT_ALLOWED = (405, "Method Not Allowed")

FIELD_OF_KIND: Mapping[IdentifierKind, str] = {
    IdentifierKind.USER_ID: "id",
    IdentifierKind.EMAIL: wire_name("email"),
    IdentifierKind.MOBILE: wire_name("mobile"),
    IdentifierKind.ANONYMOUS_ID: "anonymousID",
}
WORDS_OF_REFUSAL: Mapping[Refusal, str] = {
    Refusal.TWO_USERS: "already identifies another contact; it is kept here, and identifies that",
    Refusal.PLACEHOLDER: "stands for having none, so it identifies nobody",
    Refusal.TOO_MANY: "is one too many: the contact has as many identifiers as it may have",
}

_MOST_PATH_CHARACTERS = 100
_encode = msgspec.json.Encoder().encode


def refuse(refused: Refused, *, records: str = "contacts") -> Reply:
    """Refuse any call: both texts are always there, for the clients rely on them.

    Shape:  records - the field of the call that has them.
    """
    words = WORDS_OF_CODE[refused.code]
    if isinstance(refused, MethodNotAllowed):
        words = _METHOD_NOT_ALLOWED
    return _refusal(words, _message(refused, records))


def contacts_upserted(parsed: Sequence[Contact | Failure], stored: Stored) -> Answer:
    """Answer `contacts.upsert`: each id once, where the call has it first.

    Shape:  stored - with an outcome for each record that is no failure already, in order.
    """
    outcomes = iter(stored.operated)
    inserted: set[str] = set()
    errors: list[dict[str, str]] = []
    for record in parsed:
        if isinstance(record, Failure):
            errors.append(_error(record.user_id, record.path, record.message))
            continue
        outcome = next(outcomes)
        if outcome.failure is not None:
            path = wire_path(outcome.failure.path)
            errors.append(_error(record.user_id, path, outcome.failure.message))
        elif outcome.is_new:
            inserted.add(record.user_id)
    failed = {error["id"] for error in errors}
    user_ids = list(dict.fromkeys(record.user_id for record in parsed))
    stored_ids = [user_id for user_id in user_ids if user_id not in failed]
    body: dict[str, Any] = {
        "statusCode": 200,
        "success": not failed,
        "inserted": [user_id for user_id in stored_ids if user_id in inserted],
        "updated": [user_id for user_id in stored_ids if user_id not in inserted],
        "failed": [user_id for user_id in user_ids if user_id in failed],
    }
    contacts = [record for record in parsed if isinstance(record, Contact)]
    warnings = [*_mismatches(contacts, stored), *_refused_claims(contacts, stored)]
    further = {"errors": errors, "warnings": warnings}
    return Answer(200, _encode(body | {name: told for name, told in further.items() if told}))


def contact_found(
    brand: Brand, user_id: str, profile: Profile, *, received: Mapping[Month, int]
) -> Reply:
    """Answer `contacts.info`.

    Shape:  received - how many messages they got in each month.
    """
    contact: dict[str, Any] = {
        "id": contact_id(brand, profile.ref),
        "externalId": user_id,
        "project": str(brand.brand_id),
        "profile": _shown(profile.attributes) | {"id": user_id},
        "stats": _by_year(received),
        "createdAt": written(profile.created_at),
    }
    return Reply(200, _encode({"statusCode": 200, "contact": contact}))


def as_reply(answer: Answer) -> Reply:
    """Send an answer, the first time or again."""
    return Reply(answer.status, answer.body)


def _refusal(words: tuple[int, str], message: str) -> Reply:
    status, error = words
    return Reply(status, _encode({"statusCode": status, "error": error, "message": message}))


def _message(refused: Refused, records: str) -> str:
    # The envelope has no room for a list, so what is wrong with several contacts is one text.
    placed = [(_place(mistake, records), mistake.message) for mistake in refused.mistakes]
    if not placed or not all(place for place, _ in placed):
        return refused.message
    return "; ".join(f"{place} {words}" for place, words in placed)


def _place(mistake: Mistake, records: str) -> str:
    record = "" if mistake.index is None else f"{records}[{mistake.index}]"
    return ".".join(part for part in (record, mistake.field) if part)


def _error(user_id: str, path: str, message: str) -> dict[str, str]:
    if len(path) > _MOST_PATH_CHARACTERS:
        path = path[:_MOST_PATH_CHARACTERS] + "…"  # a name sent may have megabytes
    return {"id": user_id, "path": path or "profile", "message": message}


def _mismatches(contacts: Sequence[Contact], stored: Stored) -> Iterator[dict[str, str]]:
    for warned in stored.warnings:
        yield {
            "id": contacts[warned.index].user_id,
            "field": wire_name(warned.mismatch.attribute),
            "locked_type": warned.mismatch.locked.value,
            "got_type": warned.mismatch.got.value,
        }


def _refused_claims(contacts: Sequence[Contact], stored: Stored) -> Iterator[dict[str, str]]:
    for refused in stored.refused:
        yield {
            "id": contacts[refused.index].user_id,
            "field": FIELD_OF_KIND[refused.identifier.kind],
            "message": WORDS_OF_REFUSAL[refused.reason],
        }


def contact_id(brand: Brand, ref: ProfileRef) -> str:
    """Return our own id of a contact."""
    # Slot and profile id alone are unique in a database; a brand's number may be longer than there
    # is room for in the 24 digits that this wire's ids have.
    slot, profile_id = ref
    return f"{brand.brand_id & 0xFFFF:04x}{slot:04x}{profile_id:016x}"


def _by_year(received: Mapping[Month, int]) -> dict[str, dict[str, int]]:
    # Years and months as this wire has them: texts, without leading zeros.
    stats: dict[str, dict[str, int]] = {}
    for (year, month), count in received.items():
        stats.setdefault(str(year), {})[str(month)] = count
    return stats


def _shown(attributes: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in attributes.items() if wire_name(name) == name}
    # The renamed last: what the other wire stored under such a name is none of this wire's.
    renamed = {wire_name(name): attributes[name] for name in attributes if name not in shown}
    return shown | renamed


def written(instant: datetime) -> str:
    """Write a time as this wire does."""
    utc = instant.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='milliseconds')}Z"
