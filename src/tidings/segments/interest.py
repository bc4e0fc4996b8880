"""What can change who a segment has: what people do and are, and time itself; pure.

A verdict follows from somebody's events, attributes, devices, creation and share, from the lists
they are in, and from now. Whoever is told of every change that is of interest here, and looks at
time where it lapses, misses nobody.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple, assert_never

from tidings.base.ids import NameId
from tidings.base.media import ADDRESS_ATTRIBUTES, OPT_IN_ATTRIBUTES, Medium
from tidings.devices.model import DEVICES
from tidings.segments import model
from tidings.segments.condition import Anniversary, AnyCondition, DateInLast, DateInNext
from tidings.segments.model import Comparison, InLast, Node, SegmentId, Sight, Step, Window


class Aging(StrEnum):
    """What grows older, where it is not the events of one name."""

    ANY_EVENT = "any_event"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Lapse:
    """A window that slides: whatever grows older than its duration leaves it; nothing ever enters.

    Shape:  what - a name stands for its events; people are as old as their creation.
    Units:  what is exactly as old as `duration` has not left.
    """

    what: NameId | Aging
    duration: timedelta


@dataclass(frozen=True, slots=True)
class Interest:
    """What can change who a segment has, beside a change of a definition.

    Shape:  names - of events that matter when they arrive; any_event - those of every name do;
            attributes - of profiles, and `DEVICES`; births - somebody new, of whom nothing else is
            known, may be a member; lapses - the windows that slide; is_daily - verdicts may change
            at midnight of the brand, about people who did nothing; lists - the custom lists named;
            segments - all others that are named, directly or through another.
    """

    names: frozenset[NameId] = frozenset()
    any_event: bool = False
    attributes: frozenset[str] = frozenset()
    births: bool = False
    lapses: frozenset[Lapse] = frozenset()
    is_daily: bool = False
    lists: frozenset[SegmentId] = frozenset()
    segments: frozenset[SegmentId] = frozenset()


def interest_of(node: Node, segments: Mapping[SegmentId, Node | None]) -> Interest:
    """Return what can change who a definition has; those that it names count as if in its place.

    It may be more than what can, never less.

    Shape:  segments - the definition of every segment that is named, None for a custom list.
    Errors: none; the caller has refused cycles, and names of what is not there.
    """
    named = _all_named(node, segments)
    trees = [node, *(one for one in named.values() if one is not None)]
    leaves = [_of_leaf(leaf) for tree in trees for leaf in _leaves(tree)]
    return Interest(
        names=frozenset(name for leaf in leaves for name in leaf.names),
        any_event=any(leaf.any_event for leaf in leaves),
        attributes=frozenset(name for leaf in leaves for name in leaf.attributes),
        births=_Newborn(named).guess(node).may_meet,
        lapses=frozenset(lapse for leaf in leaves for lapse in leaf.lapses),
        is_daily=any(leaf.is_daily for leaf in leaves),
        lists=frozenset(number for number, definition in named.items() if definition is None),
        segments=frozenset(number for number, one in named.items() if one is not None),
    )


def names_segments(node: Node) -> frozenset[SegmentId]:
    """Return the segments that a definition itself names."""
    return frozenset(leaf.segment_id for leaf in _leaves(node) if isinstance(leaf, model.InSegment))


def cycle_through(
    segment_id: SegmentId, node: Node, segments: Mapping[SegmentId, Node | None]
) -> tuple[SegmentId, ...] | None:
    """Return the shortest way on which a segment would name itself if it had this definition.

    Shape:  segments - what is stored, perhaps with the definition to be replaced, which does not
            count; returns the way from the segment back to it, such as (17, 18, 17), None if there
            is none.
    Errors: none; a segment that is not there names no other.
    """
    reached = {segment_id}
    ways: deque[tuple[tuple[SegmentId, ...], Node]] = deque([((segment_id,), node)])
    while ways:
        way, definition = ways.popleft()
        for named in sorted(names_segments(definition)):
            if named == segment_id:
                return *way, named
            inner = segments.get(named)
            if named not in reached and inner is not None:
                reached.add(named)
                ways.append(((*way, named), inner))
    return None


# --- what a tree has -----------------------------------------------------------------------


_Own = (
    model.Attribute
    | model.Event
    | model.Sequence
    | model.Reachable
    | model.Seen
    | model.RandomShare
)
_Leaf = _Own | model.InSegment


def _leaves(node: Node) -> Iterator[_Leaf]:
    match node:
        case model.All(nodes) | model.Any(nodes):
            for inner in nodes:
                yield from _leaves(inner)
        case model.Not(inner):
            yield from _leaves(inner)
        case _:
            yield node


def _all_named(
    node: Node, segments: Mapping[SegmentId, Node | None]
) -> dict[SegmentId, Node | None]:
    # Each once, however often it is named: in their places, definitions could double at each level.
    named: dict[SegmentId, Node | None] = {}
    waiting: list[Node] = [node]
    while waiting:
        for segment_id in names_segments(waiting.pop()) - named.keys():
            definition = named[segment_id] = segments[segment_id]
            if definition is not None:
                waiting.append(definition)
    return named


def _of_leaf(leaf: _Leaf) -> Interest:
    """Return what is of interest for a node by itself, apart from births and segments named."""
    match leaf:
        case model.Attribute(name, condition):
            found = Interest(attributes=frozenset({name}), is_daily=_is_daily(condition))
        case model.Reachable(Medium.PUSH):
            found = Interest(attributes=frozenset({DEVICES}))
        case model.Reachable(medium):
            asked = {OPT_IN_ATTRIBUTES[medium], ADDRESS_ATTRIBUTES[medium]}
            found = Interest(attributes=frozenset(asked))
        case model.Event(step, model.EndIn(_, window)) | model.Event(step, _, window):
            found = _of_steps([step], window)
        case model.Sequence(first, then, _, window):
            # Of the two, the first leaves the window first, and without it the other is nothing.
            lapses = _lapses([first.name_id], window)
            found = replace(_of_steps([first, then], window), lapses=lapses)
        case model.Seen(Sight.CREATED, window):
            found = Interest(lapses=_lapses([Aging.PERSON], window))
        case model.Seen(_, window):
            found = Interest(any_event=True, lapses=_lapses([Aging.ANY_EVENT], window))
        case model.InSegment() | model.RandomShare():
            found = Interest()
        case _ as unknown:
            assert_never(unknown)
    return found


def _of_steps(steps: Iterable[Step], window: Window) -> Interest:
    known = list(steps)
    names = frozenset(step.name_id for step in known)
    # An event that is a year old can begin to pass a filter tonight, without anybody's doing.
    is_daily = any(_is_daily(one.condition) for step in known for one in step.where)
    return Interest(names=names, lapses=_lapses(names, window), is_daily=is_daily)


def _lapses(aging: Iterable[NameId | Aging], window: Window) -> frozenset[Lapse]:
    """Return what leaves a window by time alone.

    A window that slides has no end, and one between two times does not move: so nothing enters
    either. What is made of the events inside, be it a count or a sum, changes only when one of them
    leaves; and somebody's first or last time is inside until that very event leaves.
    """
    if not isinstance(window, InLast):
        return frozenset()
    return frozenset(Lapse(one, window.duration) for one in aging)


def _is_daily(condition: AnyCondition) -> bool:
    return isinstance(condition.test, DateInLast | DateInNext | Anniversary)


# --- who is new ----------------------------------------------------------------------------


class _Guess(NamedTuple):
    """What can be said of somebody about whom not all is known; at least one is true."""

    may_meet: bool
    may_miss: bool


_YES = _Guess(may_meet=True, may_miss=False)
_NO = _Guess(may_meet=False, may_miss=True)
_EITHER = _Guess(may_meet=True, may_miss=True)


class _Newborn:
    """Somebody who was just created, with no attribute, no event, and in no list.

    Shape:  segments - the definition of every segment that is named, None for a custom list.
    """

    def __init__(self, segments: Mapping[SegmentId, Node | None]) -> None:
        self._segments = segments
        self._guesses: dict[SegmentId, _Guess] = {}

    def guess(self, node: Node) -> _Guess:
        """Say whether they may meet a node.

        Nodes are taken for independent, though they are not always: of a share and its opposite, it
        says that somebody may be in both. Then births are told in vain, and nobody is missed.
        """
        match node:
            case model.All(nodes):
                inner = [self.guess(one) for one in nodes]
                return _Guess(
                    may_meet=all(one.may_meet for one in inner),
                    may_miss=any(one.may_miss for one in inner),
                )
            case model.Any(nodes):
                inner = [self.guess(one) for one in nodes]
                return _Guess(
                    may_meet=any(one.may_meet for one in inner),
                    may_miss=all(one.may_miss for one in inner),
                )
            case model.Not(one):
                may_meet, may_miss = self.guess(one)
                return _Guess(may_meet=may_miss, may_miss=may_meet)
            case model.InSegment(segment_id):
                return self._in_segment(segment_id)
            case _:
                return _guess_leaf(node)

    def _in_segment(self, segment_id: SegmentId) -> _Guess:
        if segment_id not in self._guesses:
            definition = self._segments[segment_id]
            self._guesses[segment_id] = _NO if definition is None else self.guess(definition)
        return self._guesses[segment_id]


def _guess_leaf(leaf: _Own) -> _Guess:
    match leaf:
        case model.Attribute(_, condition):
            guess = _YES if condition.is_negated else _NO
        case model.Event(_, model.CountIs(comparison, number)):
            guess = _YES if _meets_none(comparison, number) else _NO
        case model.Seen(Sight.CREATED) | model.RandomShare():
            # Even a window that slides: an import says when its people were created, be it years
            # ago (docs/notifuse.md, `createdAt`), so somebody new need not be young.
            guess = _EITHER
        case model.Event() | model.Sequence() | model.Reachable() | model.Seen():
            # Of nobody's events there is no first, no last, no order and no sum, not even one that
            # is not equal to something: an aggregate is met only by who did the event.
            guess = _NO
        case _ as unknown:
            assert_never(unknown)
    return guess


def _meets_none(comparison: Comparison, number: int) -> bool:
    """Say whether no event at all is as many as asked for."""
    return {
        Comparison.AT_LEAST: number <= 0,
        Comparison.AT_MOST: number >= 0,
        Comparison.EXACTLY: number == 0,
    }[comparison]
