"""Whom a record is about, and who it claims to be: pure."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tidings.base import limits
from tidings.brands.model import Brand
from tidings.identity.claim import Named, claim_of
from tidings.identity.model import IdentifierKind, identifier_of
from tidings.profiles.accept import is_email, is_mobile
from tidings.web.notifyvisitors.records import EventRecord, UserRecord, UserReference

EMPTY = "can not be empty"  # the vendor's words

FIELD_OF_KIND: Mapping[IdentifierKind, str] = {
    IdentifierKind.USER_ID: "userID",
    IdentifierKind.EMAIL: "email",
    IdentifierKind.MOBILE: "mobile",
    IdentifierKind.ANONYMOUS_ID: "anonymousID",
}


class Wrong(NamedTuple):
    """What is wrong with how a record names its user; no field means the user id."""

    words: str
    field: str | None = None


def name_user(record: UserRecord, brand: Brand, *, position: int = 0) -> Named | Wrong:
    """Say whom a record of `user/create` is about."""
    if not brand.merging:
        return _by_id(record, brand)
    # What is malformed among the attributes is told with them.
    attributes = record.user_attributes or {}
    email, mobile = _text(attributes, "email", is_email), _text(attributes, "mobile", is_mobile)
    return _by_all(record, brand, position, email=email, mobile=mobile)


def name_event(record: EventRecord, brand: Brand, *, position: int) -> Named | Wrong:
    """Say whom an event is about; without merging its address and number say nothing."""
    if not brand.merging:
        return _by_id(record, brand)
    if record.email and not is_email(record.email):
        return Wrong("must be an e-mail address such as ada@example.com", "email")
    if record.mobile and not is_mobile(record.mobile):
        return Wrong("must be in E.164 format, such as +551155256325", "mobile")
    attributes = record.user_params or {}
    email = record.email or _text(attributes, "email", is_email)
    mobile = record.mobile or _text(attributes, "mobile", is_mobile)
    return _by_all(record, brand, position, email=email, mobile=mobile)


def name_reference(reference: UserReference, brand: Brand) -> Named | Wrong:
    """Say whom a question or a deletion is about: the first of what it names."""
    if not brand.merging:
        return _by_id(reference, brand)
    return _by_all(reference, brand, 0, email=reference.email, mobile=reference.mobile)


def _by_id(record: UserRecord | EventRecord | UserReference, brand: Brand) -> Named | Wrong:
    user_id = record.userID
    if user_id is not None and user_id != "":
        text = user_id if isinstance(user_id, str) else str(user_id)
        kind = IdentifierKind.USER_ID
    else:
        text = record.anonymousID or record.nv_uid or ""
        kind = IdentifierKind.ANONYMOUS_ID
    if not text:
        return Wrong(EMPTY)
    return _wrong_with_id(text) or Named(identifier_of(brand.brand_id, kind, text))


def _by_all(
    record: UserRecord | EventRecord | UserReference,
    brand: Brand,
    position: int,
    *,
    email: str | None,
    mobile: str | None,
) -> Named | Wrong:
    said: dict[IdentifierKind, str] = {}
    user_id = record.userID
    if user_id is not None and user_id != "":
        said[IdentifierKind.USER_ID] = user_id if isinstance(user_id, str) else str(user_id)
    if email:
        said[IdentifierKind.EMAIL] = email
    if mobile:
        said[IdentifierKind.MOBILE] = mobile
    visitor = record.anonymousID or record.nv_uid
    if visitor:
        said[IdentifierKind.ANONYMOUS_ID] = visitor
    if not said:
        return Wrong(EMPTY)
    for given in (said.get(IdentifierKind.USER_ID), visitor):
        wrong = _wrong_with_id(given) if given else None
        if wrong is not None:
            return wrong
    return claim_of(brand.brand_id, said, position=position)


def _wrong_with_id(text: str) -> Wrong | None:
    if text != text.strip():
        return Wrong("can not have white space around it")
    if len(text) > limits.MAX_USER_ID_CHARACTERS:
        most = limits.MAX_USER_ID_CHARACTERS
        return Wrong(f"has {len(text)} characters, at most {most} are allowed")
    return None


def _text(attributes: Mapping[str, Any], name: str, is_one: Callable[[str], bool]) -> str | None:
    value = attributes.get(name)
    return value if isinstance(value, str) and is_one(value) else None
