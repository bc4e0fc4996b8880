"""What people come to when calls reach a brand with merging: pure, and small enough to be believed.

Written from docs/identity.md alone. A world is a set of people; nothing in it ever changes, a call
makes another world of it. Where the pages leave something open, there is a world for each way.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import Enum, IntEnum
from typing import Any, NamedTuple


class Kind(IntEnum):
    """The kinds of identifier, in the order in which a record's are taken."""

    USER_ID = 1
    EMAIL = 2
    MOBILE = 3
    ANONYMOUS_ID = 4


class Wire(Enum):
    """By which call records come."""

    USERS = "/api/v1/user/create"
    EVENTS = "/api/event"
    USER_EVENT = "/api/v1/user_event/create"
    CONTACTS = "/v2/contacts.upsert"
    DELETION = "/api/v1/user/delete"


class Name(NamedTuple):
    """An identifier, as it is written to identify."""

    kind: Kind
    value: str


class Event(NamedTuple):
    """Something somebody did, with a mark that no other event has."""

    mark: int
    event_id: str | None = None


class Held(NamedTuple):
    """What a profile holds of an attribute: a value of its type, and one put aside."""

    value: Any
    aside: Any = None


class Born(NamedTuple):
    """When somebody was created: between two instants, which are one once the database was read."""

    earliest: datetime
    latest: datetime


class Person(NamedTuple):
    """Somebody.

    Shape:  place - of their profile, None for who was created since the database was read.
    """

    names: frozenset[Name]
    born: Born
    place: tuple[int, int] | None = None
    attributes: frozenset[tuple[str, Held]] = frozenset()
    events: frozenset[Event] = frozenset()

    @property
    def is_user(self) -> bool:
        """Say whether a user id leads to them."""
        return any(name.kind is Kind.USER_ID for name in self.names)


World = frozenset[Person]


class Step(NamedTuple):
    """One thing to do to one attribute: set, unset, inc or push."""

    operator: str
    attribute: str
    value: Any = None


class Record(NamedTuple):
    """One record of a call.

    Shape:  said - identifiers as spelled, each kind once; created_at - of a contact, if sent.
    """

    said: tuple[tuple[Kind, str], ...]
    steps: tuple[Step, ...] = ()
    event: Event | None = None
    created_at: datetime | None = None

    @property
    def names(self) -> tuple[Name, ...]:
        """Return the identifiers, in the order in which they are taken."""
        return tuple(sorted(Name(kind, normal(kind, text)) for kind, text in self.said))

    @property
    def own(self) -> Name:
        """Return the identifier by which the record is stored."""
        names = self.names
        return next((name for name in names if name.value not in PLACEHOLDERS), names[0])


class Call(NamedTuple):
    """What is sent at once, to one of two processes.

    Shape:  number - no other call has it.
    """

    wire: Wire
    records: tuple[Record, ...]
    process: int = 0
    number: int = 0


class Told(NamedTuple):
    """What an answer tells.

    Shape:  refused - record (its position, or its contact's id), kind and reason; aside - record
            and attribute; inserted - contacts; failed - positions of records; found - who was
            deleted.
    """

    refused: tuple[tuple[int | str, Kind, str], ...] = ()
    aside: tuple[tuple[int | str, str], ...] = ()
    inserted: tuple[str, ...] = ()
    failed: frozenset[int] = frozenset()
    found: tuple[Name, ...] = ()


PLACEHOLDERS = frozenset({"null", "0", "test@example.com"})
TYPES = {"score": int, "n": int, "tags": tuple}
"""By attribute; every other is a text."""


class CannotApply(Exception):
    """A step does not fit what it meets."""


def normal(kind: Kind, text: str) -> str:
    """Write an identifier as it identifies."""
    return text.strip("\N{NO-BREAK SPACE} ").lower() if kind is Kind.EMAIL else text


def key_of(call: Call, position: int) -> int | str:
    """Return how an answer names a record."""
    is_contact = call.wire is Wire.CONTACTS
    return call.records[position].own.value if is_contact else position


def find(world: World, name: Name) -> Person | None:
    """Return whom an identifier leads to."""
    return next((person for person in world if name in person.names), None)


def merged(stays: Person, goes: Person) -> Person:
    """Return the one person that two become: values stay, gaps are filled, all else adds up."""
    has = dict(stays.attributes)
    return stays._replace(
        names=stays.names | goes.names,
        attributes=frozenset((dict(goes.attributes) | has).items()),
        events=stays.events | goes.events,
        born=Born(*map(min, stays.born, goes.born)),
    )


class Claimed(NamedTuple):
    """A world in which claims were followed.

    Shape:  fresh - identifiers of those created for them; merges - of people who were there, who
            stays first, each by the identifiers at that moment.
    """

    world: World
    fresh: frozenset[Name] = frozenset()
    merges: tuple[tuple[frozenset[Name], frozenset[Name]], ...] = ()
    refused: tuple[tuple[Name, str], ...] = ()

    def has_created(self, person: Person) -> bool:
        """Say whether somebody was created for these claims."""
        return person.names <= self.fresh


def follow(claimed: Claimed, record: Record, at: Born) -> Iterator[Claimed]:
    """Follow what one record claims, whoever of two equals stays."""
    after = [claimed]
    for name in record.names:
        if name.value in PLACEHOLDERS and name != record.own:
            after = [_refused(before, name, "placeholder") for before in after]
        else:
            after = [one for before in after for one in _taken(before, record.own, name, at)]
    yield from after


def _taken(before: Claimed, own: Name, name: Name, at: Born) -> Iterator[Claimed]:
    me, other = find(before.world, own), find(before.world, name)
    if me is None:
        new = Person(frozenset({name}), at)
        yield before._replace(world=before.world | {new}, fresh=before.fresh | {name})
    elif other is None:
        grown = me._replace(names=me.names | {name})
        gained = frozenset({name}) if before.has_created(me) else frozenset[Name]()
        world = before.world - {me} | {grown}
        yield before._replace(world=world, fresh=before.fresh | gained)
    elif other == me:
        yield before
    elif me.is_user and other.is_user:
        yield _refused(before, name, "two_users")
    else:
        for pair in _orders(before, me, other):
            yield _merged(before, *pair)


def _refused(before: Claimed, name: Name, reason: str) -> Claimed:
    return before._replace(refused=(*before.refused, (name, reason)))


def _merged(before: Claimed, stays: Person, goes: Person) -> Claimed:
    others = before.world - {stays, goes}
    if before.has_created(goes):
        # Nobody was there yet who could be merged: the other gets the identifiers.
        grown = stays._replace(names=stays.names | goes.names)
        return before._replace(world=others | {grown})
    merges = (*before.merges, (stays.names, goes.names))
    return before._replace(world=others | {merged(stays, goes)}, merges=merges)


def _orders(claimed: Claimed, one: Person, other: Person) -> Iterator[tuple[Person, Person]]:
    """Yield who stays and who goes; both ways round when nobody can know who was first."""
    for stays, goes in ((one, other), (other, one)):
        if claimed.has_created(stays) != claimed.has_created(goes):
            may = claimed.has_created(goes)
        elif stays.is_user != goes.is_user:
            may = stays.is_user
        else:
            may = stays.born.earliest <= goes.born.latest
        if may:
            yield stays, goes


def merges_alone(before: World, records: Sequence[Record], at: Born) -> Iterator[World]:
    """Do no more of what records claim than the merges of people who are there."""
    claims = [Claimed(before)]
    for record in records:
        claims = [after for claimed in claims for after in follow(claimed, record, at)]
    for claimed in claims:
        world = before
        for by in claimed.merges:
            # By what of it led to them already.
            stays, goes = (next(one for one in world if one.names & names) for names in by)
            world = world - {stays, goes} | {merged(stays, goes)}
        if claimed.merges:
            yield world


def after_steps(person: Person, steps: Sequence[Step]) -> tuple[Person, list[str]]:
    """Return somebody after a record's steps, and the attributes of which a value was put aside.

    Errors: `CannotApply` when one does not fit.
    """
    held = dict(person.attributes)
    aside: list[str] = []
    for operator, attribute, value in steps:
        old = held.get(attribute, Held(None))
        if operator == "unset":
            held.pop(attribute, None)
            continue
        new = value
        if operator == "inc":
            if isinstance(old.value, str):
                raise CannotApply
            new = (old.value or 0) + value
        elif operator == "push":
            new = (*(old.value or ()), value)
        if isinstance(new, TYPES.get(attribute, str)):
            held[attribute] = Held(new)
        else:
            held[attribute] = old._replace(aside=new)
            aside.append(attribute)
    return person._replace(attributes=frozenset(held.items())), aside


def after_event(person: Person, event: Event) -> Person:
    """Return somebody after an event: unchanged when they have one of that id."""
    ids = {known.event_id for known in person.events} - {None}
    return person if event.event_id in ids else person._replace(events=person.events | {event})
