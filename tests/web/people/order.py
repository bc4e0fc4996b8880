"""Whether calls that were sent at the same time were done in an order: pure.

Calls are done one after the other, each whole, in any order. Two things may show through, both by
design (docs/decisions/0014-claims-settled-first.md): what waits in one process is stored together,
and people who are one are merged in a transaction of its own, before the rest of the call.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from itertools import permutations

from tests.web.people.model import (
    Born,
    Claimed,
    Name,
    Record,
    Wire,
    World,
    merges_alone,
)
from tests.web.people.storing import Sent, must_fail, stored


class Freedom(IntEnum):
    """What may show through of how calls are stored, from nothing to all that the design allows."""

    ONE_BY_ONE = 0
    TOGETHER = 1
    MERGES_FIRST = 2


def explain(before: World, calls: Sequence[Sent], after: World, at: Born) -> Freedom | None:
    """Return by how little freedom calls lead from one world to another; None when they do not.

    Shape:  calls - in the order in which one would look first; after - as the database has it.
    """
    parts = [*_parts(before, calls, after)]
    for freedom in Freedom:
        parts = [part for part in parts if not _Search(part[2], at, freedom).finds(*part[:2])]
        if not parts:
            return freedom
    return None


class _Search:
    """Looks for an order, depth first; what led nowhere once is not tried again."""

    def __init__(self, after: World, at: Born, freedom: Freedom) -> None:
        self._after = after
        self._at = at
        self._freedom = freedom
        self._vain: set[tuple[World, tuple[Sent, ...]]] = set()

    def finds(self, world: World, calls: Iterable[Sent]) -> bool:
        """Say whether these calls can lead from this world to the one that was found."""
        left = tuple(calls)
        if not left:
            return is_same(world, self._after)
        if (world, left) in self._vain:
            return False
        for next_world, next_left in self._steps(world, left):
            if self.finds(next_world, next_left):
                return True
        self._vain.add((world, left))
        return False

    def _steps(
        self, world: World, left: tuple[Sent, ...]
    ) -> Iterator[tuple[World, tuple[Sent, ...]]]:
        most = 1 if self._freedom is Freedom.ONE_BY_ONE else len(left)
        for group in _groups(left, most):
            rest = tuple(sent for sent in left if sent not in group)
            for stored_world in stored(world, group, self._at):
                yield stored_world, rest
        if self._freedom is Freedom.MERGES_FIRST:
            for group in _groups(left, len(left)):
                for knot in _knots(world, group, self._at):
                    for merged_world in merges_alone(world, knot, self._at):
                        yield merged_world, left


def is_same(world: World, found: World) -> bool:
    """Say whether a world is the one that was found."""
    if len(world) != len(found):
        return False
    found_of = {person.names: person for person in found}
    return all(
        (other := found_of.get(person.names)) is not None
        and person.attributes == other.attributes
        and person.events == other.events
        and person.place in {None, other.place}
        and person.born.earliest <= other.born.earliest <= person.born.latest
        for person in world
    )


def _groups(left: Sequence[Sent], most: int) -> Iterator[Sequence[Sent]]:
    """Yield calls that may be stored together, in each order; single ones first."""
    for size in range(1, most + 1):
        for group in permutations(left, size):
            if size == 1 or _may_share(group):
                yield group


def _may_share(group: Sequence[Sent]) -> bool:
    is_deletion = any(sent.call.wire is Wire.DELETION for sent in group)
    return not is_deletion and len({sent.call.process for sent in group}) == 1


def _knots(world: World, group: Sequence[Sent], at: Born) -> Iterator[list[Record]]:
    """Yield the claims of a group, parted into those that share nobody and nothing."""
    if any(sent.call.wire is Wire.DELETION for sent in group):
        return
    claims = [
        (record, position in sent.told.failed, must_fail(Claimed(world), record, at))
        for sent in group
        for position, record in enumerate(sent.call.records)
        if len(record.said) > 1
    ]
    # Who was to succeed is merged, even if the record fails a moment later; and who was to fail is
    # not, even if it succeeds then, because somebody else was merged.
    one = [record for record, has_failed, must in claims if not (has_failed and must)]
    other = [record for record, _, must in claims if not must]
    for records in (one, other) if one != other else (one,):
        claimed = [frozenset(record.names) for record in records]
        for names in _joined([*claimed, *(person.names for person in world)]):
            knot = [record for record, said in zip(records, claimed, strict=True) if said <= names]
            if knot:
                yield knot


def _parts(
    before: World, calls: Sequence[Sent], after: World
) -> Iterator[tuple[World, list[Sent], World]]:
    """Part what has nothing to do with each other: people before, calls, people after."""
    named = [frozenset(name for one in sent.call.records for name in one.names) for sent in calls]
    everybody_named = frozenset[Name]().union(*named)
    # Most people are as they were, and nobody spoke of them.
    same = {person for person in before & after if person.names.isdisjoint(everybody_named)}
    before, after = before - same, after - same
    for names in _joined([*named, *(person.names for person in before | after)]):
        yield (
            frozenset(person for person in before if person.names <= names),
            [sent for sent, said in zip(calls, named, strict=True) if said <= names],
            frozenset(person for person in after if person.names <= names),
        )


def _joined(sets: Iterable[frozenset[Name]]) -> list[frozenset[Name]]:
    """Join the sets that share something, until none do."""
    apart: list[frozenset[Name]] = []
    for names in sets:
        linked = [other for other in apart if not other.isdisjoint(names)]
        apart = [other for other in apart if other.isdisjoint(names)]
        apart.append(names.union(*linked))
    return apart
