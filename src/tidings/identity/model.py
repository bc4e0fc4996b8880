"""Identifiers: the values that lead to a person."""

from collections.abc import Sequence
from enum import IntEnum
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
