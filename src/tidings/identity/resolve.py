"""What claims make of people: who is created, who gains an identifier, who are one. Pure.

Claims are taken one after the other, and each sees what those before it did: A and B, then B and C,
make one person of all three.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from tidings.base import limits
from tidings.base.ids import ProfileId
from tidings.identity.claim import is_placeholder
from tidings.identity.model import Claim, Identifier, IdentifierKind, Refusal
from tidings.profiles.model import ProfileRef
from tidings.storage.slots import Slot

_NEVER = datetime.max.replace(tzinfo=UTC)
_NOWHERE = ProfileRef(Slot(-1), ProfileId(-1))


class Person(NamedTuple):
    """Somebody who exists, as far as it matters for merging.

    Shape:  user_id - None for a visitor; identifiers - how many lead to them.
    """

    ref: ProfileRef
    user_id: str | None
    created_at: datetime
    identifiers: int


class Refused(NamedTuple):
    """A claim that was not followed.

    Shape:  claimed - the one of its identifiers that was refused; owner - whose that is, None when
            it is nobody's.
    """

    claim: Claim
    claimed: Identifier
    reason: Refusal
    owner: ProfileRef | None


class Merge(NamedTuple):
    """Two people who are one.

    Shape:  by - the identifier that led from the claiming record to the second.
    """

    kept: ProfileRef
    absorbed: ProfileRef
    by: Identifier


class NewPerson(NamedTuple):
    """Somebody to create, with all identifiers that lead to them, in the order of the claim."""

    identifiers: tuple[Identifier, ...]
    user_id: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do so that every claim is followed, except those refused.

    Shape:  attach - identifiers of nobody, and whose they become; named - visitors who become
            users.
    """

    people: Sequence[NewPerson]
    attach: Mapping[Identifier, ProfileRef]
    named: Mapping[ProfileRef, str]
    merges: Sequence[Merge]
    refused: Sequence[Refused]


class _Body(msgspec.Struct, eq=False):
    """A person while claims are taken: one who exists, or one to be created (`ref` is None).

    Shape:  identifiers - how many lead to them; claimed - those of them that claims name.
    """

    ref: ProfileRef | None
    user_id: str | None
    created_at: datetime | None
    identifiers: int
    claimed: list[Identifier] = []
    gained: list[Identifier] = []
    is_absorbed: bool = False

    def gain(self, identifier: Identifier) -> None:
        self.claimed.append(identifier)
        self.gained.append(identifier)
        self.identifiers += 1
        if identifier.kind is IdentifierKind.USER_ID and self.user_id is None:
            self.user_id = identifier.value


def plan(claims: Iterable[Claim], known: Mapping[Identifier, Person]) -> Plan:
    """Say what these claims make of people.

    Shape:  claims - in the order sent; known - the person of each identifier that leads to one.
    Source: docs/identity.md (our choice; neither wire defines it).
    """
    world = _World(known)
    for claim in claims:
        world.take(claim)
    return world.plan()


class _World:
    def __init__(self, known: Mapping[Identifier, Person]) -> None:
        self._was_named = {person.ref: person.user_id for person in known.values()}
        bodies = {
            person.ref: _Body(person.ref, person.user_id, person.created_at, person.identifiers)
            for person in known.values()
        }
        self._bodies = list(bodies.values())
        self._body_of = {identifier: bodies[person.ref] for identifier, person in known.items()}
        for identifier, body in self._body_of.items():
            body.claimed.append(identifier)
        self._merges: list[Merge] = []
        self._refused: list[Refused] = []

    def take(self, claim: Claim) -> None:
        """Follow one claim as far as it may be."""
        body: _Body | None = None
        for identifier in claim.by_kind():
            if identifier != claim.identifier and is_placeholder(identifier):
                self._refuse(claim, identifier, Refusal.PLACEHOLDER)
                continue
            other = self._body_of.get(identifier)
            if body is None:
                body = other or self._create(identifier)
            elif other is None:
                if body.identifiers < limits.MAX_IDENTIFIERS_PER_PERSON:
                    self._give(body, identifier)
                else:
                    self._refuse(claim, identifier, Refusal.TOO_MANY)
            elif other is not body:
                reason = _obstacle(body, other)
                if reason is None:
                    body = self._merge(body, other, identifier)
                else:
                    self._refuse(claim, identifier, reason)

    def plan(self) -> Plan:
        """Return what has come of it."""
        living = [body for body in self._bodies if not body.is_absorbed]
        return Plan(
            people=[
                NewPerson(tuple(body.gained), body.user_id) for body in living if body.ref is None
            ],
            attach={one: body.ref for body in living if body.ref for one in body.gained},
            named={
                body.ref: body.user_id
                for body in living
                if body.ref and body.user_id and self._was_named[body.ref] is None
            },
            merges=self._merges,
            refused=self._refused,
        )

    def _create(self, identifier: Identifier) -> _Body:
        body = _Body(None, None, None, 0)
        self._bodies.append(body)
        self._give(body, identifier)
        return body

    def _give(self, body: _Body, identifier: Identifier) -> None:
        body.gain(identifier)
        self._body_of[identifier] = body

    def _merge(self, one: _Body, other: _Body, by: Identifier) -> _Body:
        kept, absorbed = sorted((one, other), key=_precedence)
        if kept.ref is not None and absorbed.ref is not None:
            self._merges.append(Merge(kept.ref, absorbed.ref, by))
        # Their own only, so that a call of nothing but merges takes no longer for each.
        for identifier in absorbed.claimed:
            self._body_of[identifier] = kept
        kept.claimed += absorbed.claimed
        kept.gained += absorbed.gained
        kept.identifiers += absorbed.identifiers
        kept.user_id = kept.user_id or absorbed.user_id
        absorbed.is_absorbed = True
        return kept

    def _refuse(self, claim: Claim, identifier: Identifier, reason: Refusal) -> None:
        owner = self._body_of.get(identifier)
        self._refused.append(
            Refused(claim, identifier, reason, None if owner is None else owner.ref)
        )


def _obstacle(one: _Body, other: _Body) -> Refusal | None:
    # A mailbox or a telephone that a family shares must not fuse two customers.
    if one.user_id is not None and other.user_id is not None:
        return Refusal.TWO_USERS
    if one.identifiers + other.identifiers > limits.MAX_IDENTIFIERS_PER_PERSON:
        return Refusal.TOO_MANY
    return None


def _precedence(body: _Body) -> tuple[bool, bool, datetime, ProfileRef]:
    # Who exists stays; then who is known by a user id; of two equals the oldest.
    return (
        body.ref is None,
        body.user_id is None,
        body.created_at or _NEVER,
        body.ref or _NOWHERE,
    )
