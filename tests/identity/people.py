"""Identifiers, claims and people to plan with."""

from datetime import datetime

from tests.shop import NOON
from tidings.base.ids import BrandId, ProfileId
from tidings.identity.model import Claim, Identifier, IdentifierKind, identifier_of
from tidings.identity.resolve import Person
from tidings.profiles.model import ProfileRef
from tidings.storage.slots import Slot

BRAND = BrandId(1001)


def user(value: str) -> Identifier:
    """Make a user id."""
    return identifier_of(BRAND, IdentifierKind.USER_ID, value)


def email(value: str) -> Identifier:
    """Make an e-mail address."""
    return identifier_of(BRAND, IdentifierKind.EMAIL, value)


def mobile(value: str) -> Identifier:
    """Make a mobile number."""
    return identifier_of(BRAND, IdentifierKind.MOBILE, value)


def anonymous(value: str) -> Identifier:
    """Make an anonymous id."""
    return identifier_of(BRAND, IdentifierKind.ANONYMOUS_ID, value)


def claim(own: Identifier, *also: Identifier, position: int = 0) -> Claim:
    """Make the claim of a record."""
    return Claim(own, also, position)


def person(
    number: int,
    user_id: str | None = None,
    *,
    created_at: datetime = NOON,
    identifiers: int = 1,
) -> Person:
    """Make somebody who exists, there since noon unless it says otherwise."""
    return Person(ProfileRef(Slot(0), ProfileId(number)), user_id, created_at, identifiers)
