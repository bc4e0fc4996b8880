"""Identifiers: the values that lead to a person."""

from collections.abc import Sequence
from enum import IntEnum, StrEnum
from typing import NamedTuple

from tidings.base.ids import BrandId
from tidings.storage.slots import Slot, slot_of


class IdentifierKind(IntEnum):
    """The kinds of identifier, as stored; the numbers never change."""

    USER_ID = 1
    EMAIL = 2
    MOBILE = 3
    ANONYMOUS_ID = 4


_SLOT_NAMES = {kind: kind.name.lower() for kind in IdentifierKind}


class Identifier(NamedTuple):
    """A value that belongs to at most one person of a brand; sorts as its row's primary key.

    Shape:  slot - in which its row lies; made by `identifier_of`.
    """

    slot: Slot
    brand_id: BrandId
    kind: IdentifierKind
    value: str


class Claim(NamedTuple):
    """That further identifiers belong to the person of a record, as merging takes it.

    Shape:  identifier - the record's own, by which it is stored; also - the others, 1..n, in the
            order of their kinds; position - of the record in its call, 0-based.
    """

    identifier: Identifier
    also: tuple[Identifier, ...]
    position: int


class Refusal(StrEnum):
    """Why an identifier was not taken for a person's."""

    TWO_USERS = "two_users"
    PLACEHOLDER = "placeholder"
    TOO_MANY = "too_many"


def identifier_of(brand_id: BrandId, kind: IdentifierKind, value: str) -> Identifier:
    """Make the identifier of a value."""
    return Identifier(slot_of(brand_id, _SLOT_NAMES[kind], value), brand_id, kind, value)


def columns_of(
    identifiers: Sequence[Identifier],
) -> tuple[list[Slot], list[int], list[int], list[str]]:
    """Return slots, brands, kinds and values, as a query takes many identifiers."""
    return (
        [identifier.slot for identifier in identifiers],
        [identifier.brand_id for identifier in identifiers],
        [identifier.kind for identifier in identifiers],
        [identifier.value for identifier in identifiers],
    )
