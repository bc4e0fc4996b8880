"""From this wire's JSON to what is to be done to each contact, or why it cannot be: pure.

A body that cannot be read, or that does not say whom it is about, is refused whole. What is wrong
with one contact only fails that contact.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import msgspec

from tidings.base import limits
from tidings.base.errors import Code, Mistake, Refused
from tidings.base.times import parse_instant
from tidings.brands.model import Brand
from tidings.identity.claim import claim_of
from tidings.identity.model import Claim, Identifier, IdentifierKind, identifier_of
from tidings.profiles.accept import is_email, is_mobile
from tidings.profiles.model import CannotApply, Operation, Operations, Operator
from tidings.profiles.operations import read_operations
from tidings.web.notifuse.names import STORED_NAMES, wire_path
from tidings.web.notifuse.records import ContactRecord, UpsertCall
from tidings.web.reading import TOO_DEEP, has_too_many_levels, read_call, refuse

EMPTY = "can not be empty"

_upsert_call = msgspec.json.Decoder(UpsertCall)
_FUTURE = timedelta(hours=limits.MAX_CREATION_FUTURE_HOURS)
_READ_ONLY = frozenset({"id"})
_IDENTIFYING: Mapping[tuple[str, ...], tuple[IdentifierKind, Callable[[str], bool]]] = {
    ("email",): (IdentifierKind.EMAIL, is_email),
    ("mobile",): (IdentifierKind.MOBILE, is_mobile),
}
# What these make of an address is known only when it is stored, and by then it must be known
# whose address it is.
_PLAIN = frozenset({Operator.SET, Operator.UNSET})


@dataclass(frozen=True, slots=True)
class Contact:
    """One record that can be stored.

    Shape:  user_id - as the call has it; its claim's position counts such records only, as do the
            outcomes of a batch.
    """

    user_id: str
    identifier: Identifier
    operations: Operations
    claim: Claim | None


@dataclass(frozen=True, slots=True)
class Failure:
    """One record that cannot.

    Shape:  path - as the caller writes it, or a field of the record.
    """

    user_id: str
    path: str
    message: str


def parse_contacts(body: bytes, brand: Brand, received_at: datetime) -> list[Contact | Failure]:
    """Read `contacts.upsert`: every record, in the order sent.

    Errors: `invalid` for a body that is refused whole, with every mistake; `too_large` for one
            that would take the memory of many.
    """
    call = read_call(body, _upsert_call, ContactRecord, under="contacts")
    if not call.contacts:
        most = limits.MAX_CONTACTS_PER_CALL
        raise refuse([Mistake(f"must have 1 to {most} records, this one has 0", "contacts")])
    mistakes: list[Mistake] = []
    for index, record in enumerate(call.contacts):
        wrong = wrong_with_id(record.id)
        if wrong is not None:
            mistakes.append(Mistake(wrong, "id", index))
        if is_profile_too_deep(record.profile):
            mistakes.append(Mistake(TOO_DEEP, "profile", index))
    if mistakes:
        raise refuse(mistakes)
    parsed: list[Contact | Failure] = []
    position = 0
    for record in call.contacts:
        try:
            parsed.append(contact_of(record, brand, received_at, position=position))
            position += 1
        except CannotApply as error:
            parsed.append(Failure(record.id, error.path, error.message))
    return parsed


def is_profile_too_deep(profile: object) -> bool:
    """Say whether operations are nested too deep to be looked at."""
    # As on the other wire the attributes are the first level; above them are the operators.
    return isinstance(profile, dict) and any(
        has_too_many_levels(values) for values in cast("dict[str, object]", profile).values()
    )


def contact_of(
    record: ContactRecord, brand: Brand, received_at: datetime, *, position: int
) -> Contact:
    """Read one contact whose id is one, and what is to be done to it.

    Shape:  position - of its claim, if it has one.
    Errors: `CannotApply` for what fails this contact alone.
    """
    steps = _steps(record.profile)
    operations = Operations(steps, _created_at(record.createdAt, brand, received_at))
    if not brand.merging:
        identifier = identifier_of(brand.brand_id, IdentifierKind.USER_ID, record.id)
        return Contact(record.id, identifier, operations, None)
    said = {IdentifierKind.USER_ID: record.id, **_said(steps)}
    named = claim_of(brand.brand_id, said, position=position)
    return Contact(record.id, named.identifier, operations, named.claim)


def parse_contact_query(query: Mapping[str, str], brand: Brand) -> Identifier:
    """Read whom `contacts.info` asks for.

    Errors: `invalid` when it names nobody, or an id that nobody can have.
    """
    asked = require(query, "contact")
    wrong = wrong_with_id(asked)
    if wrong is not None:
        raise Refused(Code.INVALID, f"contact {wrong}")
    return identifier_of(brand.brand_id, IdentifierKind.USER_ID, asked)


def require(query: Mapping[str, str], name: str) -> str:
    """Return a parameter of the URL.

    Errors: `invalid` when it is missing or empty.
    """
    value = query.get(name)
    if not value:
        raise Refused(Code.INVALID, f"{name} is required")
    return value


def wrong_with_id(text: str) -> str | None:
    """Say why no contact can have this id, None when one can."""
    if not text:
        return EMPTY
    if text != text.strip():
        return "can not have white space around it"
    if len(text) > limits.MAX_USER_ID_CHARACTERS:
        return f"has {len(text)} characters, at most {limits.MAX_USER_ID_CHARACTERS} are allowed"
    return None


def _steps(profile: object) -> Sequence[Operation]:
    steps = read_operations(profile, stored_name=STORED_NAMES, read_only=_READ_ONLY)
    if len(steps) > limits.MAX_USER_ATTRIBUTES_PER_RECORD:
        most = limits.MAX_USER_ATTRIBUTES_PER_RECORD
        raise CannotApply("profile", f"has {len(steps)} operations, at most {most} are allowed")
    for step in steps:
        if step.operator not in _PLAIN:
            _refuse_identifying(step)
    return steps


def _refuse_identifying(step: Operation) -> None:
    paths = [step.path, step.value] if step.operator is Operator.RENAME else [step.path]
    for path in paths:
        if path[:1] in _IDENTIFYING:
            words = f"can only be changed by $set and $unset, not by {step.operator}"
            raise CannotApply(wire_path(".".join(path)), f"{words}: it says who the contact is")


def _said(steps: Sequence[Operation]) -> dict[IdentifierKind, str]:
    said: dict[IdentifierKind, str] = {}
    for operator, path, value in steps:
        if operator is Operator.SET and path in _IDENTIFYING and isinstance(value, str):
            kind, is_one = _IDENTIFYING[path]
            # What is no address fails its contact when it is stored, and must claim nobody.
            if is_one(value):
                said[kind] = value
    return said


def _created_at(sent: object, brand: Brand, received_at: datetime) -> datetime | None:
    if sent is None:
        return None
    created_at = parse_instant(sent, brand.clock_zone) if isinstance(sent, str) else None
    if created_at is None:
        raise CannotApply("createdAt", "must be a time such as 2016-02-04T22:44:30.652Z")
    if created_at.year < limits.EARLIEST_CREATION_YEAR:
        raise CannotApply("createdAt", f"is before the year {limits.EARLIEST_CREATION_YEAR}")
    if created_at - received_at > _FUTURE:
        hours = limits.MAX_CREATION_FUTURE_HOURS
        raise CannotApply("createdAt", f"is more than {hours} hours in the future")
    return created_at
