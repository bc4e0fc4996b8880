"""What calls that are stored together come to, and what each is told: pure."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tests.web.people.model import (
    Born,
    Call,
    CannotApply,
    Claimed,
    Name,
    Person,
    Record,
    Told,
    Wire,
    World,
    after_event,
    after_steps,
    find,
    follow,
    key_of,
)


class Sent(NamedTuple):
    """A call, and what its answer told."""

    call: Call
    told: Told

    def records(self) -> Iterator[tuple[int, Record]]:
        """Yield the records that did not fail, with their positions."""
        for position, record in enumerate(self.call.records):
            if position not in self.told.failed:
                yield position, record


def stored(world: World, group: Sequence[Sent], at: Born) -> Iterator[World]:
    """Store calls together, if that tells each what it was told."""
    if group[0].call.wire is Wire.DELETION:
        yield from _deleted(world, group[0])
        return
    states: list[tuple[Claimed, tuple[int, ...]]] = [(Claimed(world), ())]
    for sent in group:
        for _, record in sent.records():
            states = [
                (after, (*ends, len(after.refused)))
                for claimed, ends in states
                for after in follow(claimed, record, at)
            ]
    for claimed, ends in states:
        if _is_told_refusals(group, claimed, ends):
            written = _written(world, claimed, group, at)
            if written is not None:
                yield written


def _deleted(world: World, sent: Sent) -> Iterator[World]:
    asked = [record.own for record in sent.call.records]
    found = tuple(name for name in asked if find(world, name) is not None)
    if found == sent.told.found:
        yield frozenset(person for person in world if person.names.isdisjoint(found))


def _is_told_refusals(group: Sequence[Sent], claimed: Claimed, ends: Sequence[int]) -> bool:
    begin = 0
    left = iter(ends)
    for sent in group:
        refused: list[tuple[int | str, int, str]] = []
        for position, _ in sent.records():
            end = next(left)
            key = key_of(sent.call, position)
            refused += [(key, name.kind, why) for name, why in claimed.refused[begin:end]]
            begin = end
        if tuple(refused) != sent.told.refused:
            return False
    return True


def _written(before: World, claimed: Claimed, group: Sequence[Sent], at: Born) -> World | None:
    """Write what a group says of its people: the changes of one wire, of the other, then events."""
    world = claimed.world
    contacts = [sent for sent in group if sent.call.wire is Wire.CONTACTS]
    others = [sent for sent in group if sent.call.wire is not Wire.CONTACTS]
    for sent in others:
        aside: list[tuple[int | str, str]] = []
        for position, record in sent.records():
            if record.steps:
                world, wrong = _changed(world, record)
                aside += [(position, attribute) for attribute in wrong]
        if tuple(aside) != sent.told.aside:
            return None
    touched: set[frozenset[Name]] = set()
    for sent in contacts:
        failing = {
            position
            for position in sent.told.failed
            if _fails_in_turn(before, group, (sent, position), at=at)
        }
        changed = _operated(claimed._replace(world=world), sent, touched, failing=failing, at=at)
        if changed is None:
            return None
        world = changed
    for sent in others:
        for _, record in sent.records():
            if record.event is not None:
                person = _owner(world, record)
                world = world - {person} | {after_event(person, record.event)}
    return world


def _operated(
    claimed: Claimed,
    sent: Sent,
    touched: set[frozenset[Name]],
    *,
    failing: set[int],
    at: Born,
) -> World | None:
    aside: list[tuple[int | str, str]] = []
    inserted: list[str] = []
    for position, record in enumerate(sent.call.records):
        if position in sent.told.failed:
            if position not in failing and not must_fail(claimed, record, at):
                return None
            continue
        person = _owner(claimed.world, record)
        try:
            changed, wrong = after_steps(person, record.steps)
        except CannotApply:
            return None
        key = key_of(sent.call, position)
        aside += [(key, attribute) for attribute in wrong]
        if claimed.has_created(person) and person.names not in touched:
            inserted.append(str(key))
            if record.created_at is not None:
                changed = changed._replace(born=Born(record.created_at, record.created_at))
        touched.add(person.names)
        claimed = claimed._replace(world=claimed.world - {person} | {changed})
    failed = {key_of(sent.call, position) for position in sent.told.failed}
    new = tuple(dict.fromkeys(one for one in inserted if one not in failed))
    if (tuple(aside), new) != (sent.told.aside, sent.told.inserted):
        return None
    return claimed.world


def must_fail(claimed: Claimed, record: Record, at: Born) -> bool:
    """Say whether a record does not fit whomever its claim would make its person."""
    for after in follow(claimed, record, at):
        try:
            after_steps(_owner(after.world, record), record.steps)
        except CannotApply:
            return True
    return False


def _fails_in_turn(
    world: World, group: Sequence[Sent], failed: tuple[Sent, int], *, at: Born
) -> bool:
    """Say whether a record does not fit when its claim is followed before those after it."""
    claims = [Claimed(world)]
    for sent in group:
        for position, record in enumerate(sent.call.records):
            if position not in sent.told.failed or (sent, position) == failed:
                claims = [after for claimed in claims for after in follow(claimed, record, at)]
    return any(_fails_once_claimed(after.world, group, failed) for after in claims)


def _fails_once_claimed(world: World, group: Sequence[Sent], failed: tuple[Sent, int]) -> bool:
    for sent in sorted(group, key=lambda one: one.call.wire is Wire.CONTACTS):
        for position, record in enumerate(sent.call.records):
            try:
                if record.steps and find(world, record.own) is not None:
                    world, _ = _changed(world, record)
            except CannotApply:
                if (sent, position) == failed:
                    return True
    return False


def _changed(world: World, record: Record) -> tuple[World, list[str]]:
    person = _owner(world, record)
    changed, aside = after_steps(person, record.steps)
    return world - {person} | {changed}, aside


def _owner(world: World, record: Record) -> Person:
    person = find(world, record.own)
    assert person is not None, "claims make somebody of every record"
    return person
