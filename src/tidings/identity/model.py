"""Identifiers: the values that lead to a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from operator import attrgetter

import msgspec

from tidings.base.ids import BrandId
from tidings.profiles.model import ProfileRef
from tidings.storage.slots import Slot, slot_of


class IdentifierKind(IntEnum):
    """The kinds of identifier, as stored; the numbers never change."""

    USER_ID = 1
    EMAIL = 2
    MOBILE = 3
    ANONYMOUS_ID = 4


_SLOT_NAMES = {kind: kind.name.lower() for kind in IdentifierKind}


class Identifier(msgspec.Struct, frozen=True, order=True, cache_hash=True, gc=False):
    """A value that belongs to at most one person of a brand; sorts as its row's primary key.

    Shape:  slot - in which its row lies; made by `identifier_of`.
    """

    slot: Slot
    brand_id: BrandId
    kind: IdentifierKind
    value: str


class Claim(msgspec.Struct, frozen=True, gc=False):
    """That further identifiers belong to the person of a record, as merging takes it.

    Shape:  identifier - the record's own, by which it is stored; also - the others, 1..n, in the
            order of their kinds; position - of the record in its call, 0-based.
    """

    identifier: Identifier
    also: tuple[Identifier, ...]
    position: int

    def by_kind(self) -> tuple[Identifier, ...]:
        """Return all of them in the order of their kinds."""
        own, first = self.identifier, self.also[0]
        if (own.kind, own.value) <= (first.kind, first.value):
            return (own, *self.also)
        # Only a placeholder before it makes another one the record's own.
        return tuple(sorted((own, *self.also), key=attrgetter("kind", "value")))


class Refusal(StrEnum):
    """Why an identifier was not taken for a person's."""

    TWO_USERS = "two_users"
    PLACEHOLDER = "placeholder"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class MergeDone:
    """The account of one merge.

    Shape:  by - the identifier that led to both, None when an operator decided; kept - attributes
            of which both had another value; filled - those taken over; moved - how many rows of
            each kind went along.
    """

    kept_person: ProfileRef
    absorbed_person: ProfileRef
    absorbed_user_id: str | None
    by: Identifier | None
    kept: Sequence[str]
    filled: Sequence[str]
    moved: Mapping[str, int]
    merged_at: datetime


@dataclass(frozen=True, slots=True)
class Conflict:
    """An identifier that a person claimed and was refused, however often.

    Shape:  owner - whose the identifier is, None when it is nobody's.
    """

    conflict_id: int
    claimant: ProfileRef
    claimed: Identifier
    reason: Refusal
    owner: ProfileRef | None
    times: int
    first_at: datetime
    last_at: datetime


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
