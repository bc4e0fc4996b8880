"""What can change who a segment has is known beforehand, and nothing else changes it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.segments.histories import DURATIONS, FINEST, NOWS, ZONES, People, times
from tests.segments.reference import Judge, Somebody
from tests.segments.trees import KINDS, Json, definitions
from tests.segments.world import BOUGHT, VIEWED, ref, tree
from tidings.base.ids import NameId
from tidings.devices.model import DEVICES
from tidings.segments import model as m
from tidings.segments.condition import Anniversary, Condition
from tidings.segments.interest import Aging, Interest, Lapse, interest_of
from tidings.segments.model import Node, SegmentId

OTHER, LIST = SegmentId(1), SegmentId(5)
RECENT: Json = {"in_last": "7 days"}
FIXED: Json = {"from": "2026-01-01", "until": "2026-02-01"}
SKU: Json = {"attribute": "sku", "is_set": True}
SOON: Json = {"name": "Bought", "where": [SKU, {"attribute": "delivery", "in_next_days": 1}]}
SHARE: Json = {"random": {"percent": 50, "salt": "x"}}


def event(**fields: Any) -> Json:
    """Return a definition about buying."""
    return {"event": {"name": "Bought", **fields}}


def sequence(**fields: Any) -> Json:
    """Return a definition about buying after a look."""
    steps = {"first": {"name": "Viewed"}, "then": {"name": "Bought"}, "within": "2 hours"}
    return {"sequence": {**steps, **fields}}


def renewal(**operator: Any) -> Json:
    """Return a definition about a Date of a profile."""
    return {"attribute": "renewal", **operator}


def week_of(*what: NameId | Aging) -> frozenset[Lapse]:
    """Return that things leave after a week."""
    return frozenset(Lapse(one, timedelta(days=7)) for one in what)


NEVER, ALWAYS = event(), event(performed=False)
BUYING = Interest(names=frozenset({BOUGHT}))
LATELY = replace(BUYING, lapses=week_of(BOUGHT))
BOTH = Interest(names=frozenset({VIEWED, BOUGHT}))
SEEN = Interest(any_event=True)
RENEWAL = Interest(attributes=frozenset({"renewal"}))

EACH_KIND: dict[str, tuple[Json, Interest]] = {
    "attribute": (renewal(before="2026-04-01"), RENEWAL),
    "attribute, not": (renewal(not_equals="2026-04-01"), replace(RENEWAL, births=True)),
    "days ago": (renewal(in_last_days=3), replace(RENEWAL, is_daily=True)),
    "days ahead": (renewal(in_next_days=3), replace(RENEWAL, is_daily=True)),
    "anniversary": (renewal(anniversary_within_days=3), replace(RENEWAL, is_daily=True)),
    "event": (event(), BUYING),
    "event, never": (event(performed=False), replace(BUYING, births=True)),
    "event, seldom": (event(at_most=2), replace(BUYING, births=True)),
    "event, twice": (event(exactly=2), BUYING),
    "event, lately": (event(**RECENT), LATELY),
    "event, with a day ahead": (event(**SOON), replace(BUYING, is_daily=True)),
    "sum, not": (event(sum={"attribute": "price", "not_equals": 5}, **RECENT), LATELY),
    "first, in a month": (event(first=FIXED), BUYING),
    "first, lately": (event(first=RECENT), LATELY),
    "last, lately": (event(last=RECENT), LATELY),
    "sequence": (sequence(), BOTH),
    "sequence, lately": (sequence(**RECENT), replace(BOTH, lapses=week_of(VIEWED))),
    "sequence, with a day ahead": (sequence(then=SOON), replace(BOTH, is_daily=True)),
    "email": ({"reachable": "email"}, Interest(attributes=frozenset({"email_opt_in", "email"}))),
    "sms": ({"reachable": "sms"}, Interest(attributes=frozenset({"sms_opt_in", "mobile"}))),
    "push": ({"reachable": "push"}, Interest(attributes=frozenset({DEVICES}))),
    "created": ({"created": FIXED}, Interest(births=True)),
    "created, lately": ({"created": RECENT}, Interest(births=True, lapses=week_of(Aging.PERSON))),
    "first seen": ({"first_seen": FIXED}, SEEN),
    "last seen, lately": ({"last_seen": RECENT}, replace(SEEN, lapses=week_of(Aging.ANY_EVENT))),
    "share": (SHARE, Interest(births=True)),
    "segment": ({"segment": 1}, replace(BUYING, segments=frozenset({OTHER}))),
    "list": ({"segment": 5}, Interest(lists=frozenset({LIST}))),
    "list, not": ({"not": {"segment": 5}}, Interest(births=True, lists=frozenset({LIST}))),
}


@pytest.mark.parametrize("kind", EACH_KIND)
def test_each_kind_of_node_says_what_can_change_it(kind: str) -> None:
    """Too little, and somebody stays who should go; too much, and ingest pays for it."""
    definition, interest = EACH_KIND[kind]

    assert interest_of(tree(definition), {LIST: None, OTHER: tree(NEVER)}) == interest


def test_an_event_long_ago_can_begin_to_count_at_midnight() -> None:
    """A context has no Dates so far; if it gets some, nobody will think of this."""
    where = (m.ContextFilter(("day",), Condition(Anniversary(0))),)

    interest = interest_of(m.Event(m.Step("Bought", BOUGHT, where)), {})

    assert interest == replace(BUYING, is_daily=True)


MAY_BE_BORN: list[Json] = [
    {"all": [ALWAYS, SHARE]},
    {"any": [NEVER, SHARE]},
    {"not": {"all": [NEVER, SHARE]}},
    {"not": {"any": [NEVER, SHARE]}},
    {"not": {"created": RECENT}},
    {"not": sequence()},
    {"not": {"segment": 1}},
]
CANNOT_BE_BORN: list[Json] = [
    {"all": [ALWAYS, SHARE, NEVER]},
    {"not": {"all": [ALWAYS, ALWAYS]}},
    {"not": {"any": [ALWAYS, SHARE]}},
    {"all": [{"segment": 1}, {"segment": 1}]},
]


def test_births_matter_when_somebody_new_may_be_a_member() -> None:
    """Hardly any segment has people of whom nothing is known, and births are many."""
    named = {OTHER: tree(NEVER)}
    asked = [*MAY_BE_BORN, *CANNOT_BE_BORN]

    assert [one for one in asked if interest_of(tree(one), named).births] == MAY_BE_BORN


def test_what_several_nodes_and_named_segments_want_is_wanted_together() -> None:
    """A segment changes with those that it names: as if their definitions stood in its own."""
    segments = {
        OTHER: tree({"all": [{"segment": 2}, {"segment": 5}, event(**RECENT)]}),
        SegmentId(2): tree({"any": [{"not": renewal(in_last_days=0)}, {"segment": 2_000}]}),
        **dict.fromkeys([LIST, SegmentId(6), SegmentId(2_000)]),
    }
    definition = {"any": [{"not": {"segment": 1}}, {"last_seen": {"in_last": "1 day"}}]}

    assert interest_of(tree(definition), segments) == Interest(
        names=frozenset({BOUGHT}),
        any_event=True,
        attributes=frozenset({"renewal"}),
        births=True,
        lapses=week_of(BOUGHT) | {Lapse(Aging.ANY_EVENT, timedelta(days=1))},
        is_daily=True,
        lists=frozenset({LIST, SegmentId(2_000)}),
        segments=frozenset({OTHER, SegmentId(2)}),
    )


def naming(*numbers: int) -> Node:
    """Return a definition that names segments, and asks for nobody who is new."""
    return tree({"any": [NEVER, {"all": [{"segment": one} for one in numbers]}]})


def test_a_segment_that_is_named_over_and_over_is_looked_at_once() -> None:
    """In their places, thirty definitions that name the next one twice would be a billion."""
    stored = {SegmentId(one): naming(one + 1, one + 1) for one in range(1, 31)}
    segments = {**stored, SegmentId(31): tree(ALWAYS)}

    interest = interest_of(m.InSegment(OTHER), segments)

    assert interest == replace(BUYING, births=True, segments=frozenset(segments))


# --- and nothing else ----------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A definition, what is of interest for it, and people to judge."""

    judge: Judge
    node: Node
    interest: Interest
    people: list[Somebody]

    def has(self, who: Somebody, *, after: timedelta = timedelta()) -> bool:
        """Say whether somebody is a member, now or some time later."""
        return replace(self.judge, now=self.judge.now + after).meets(who, self.node)

    def is_settled(self, who: Somebody, *, after: timedelta) -> bool:
        """Say whether time alone should change nothing about somebody until then."""
        born = [(Aging.PERSON, who.created_at)]
        born += [(one.name_id, one.occurred_at) for one in who.history]
        born += [(Aging.ANY_EVENT, one.occurred_at) for one in who.history]
        now, zone = self.judge.now, self.judge.zone
        midnight_passes = now.astimezone(zone).date() != (now + after).astimezone(zone).date()
        return not (self.interest.is_daily and midnight_passes) and not any(
            what == lapse.what and now - at <= lapse.duration < now + after - at
            for lapse in self.interest.lapses
            for what, at in born
        )


BY_HAND = [definition for kind, (definition, _) in EACH_KIND.items() if "list" not in kind]


@cache  # for hypothesis takes longer to look at a strategy than to draw from it
def definitions_of(kind: str, now: datetime, zone: tzinfo) -> st.SearchStrategy[Json]:
    """Return definitions of a kind, or those above: nodes that are rare among trees."""
    return definitions(kind, now, zone) if kind in KINDS else st.sampled_from(BY_HAND)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a definition of up to three, and another for it to name, which itself names none."""
    now, zone = draw(st.sampled_from(NOWS)), draw(st.sampled_from(ZONES))

    def part(*kinds: str) -> Node:
        return tree(draw(definitions_of(draw(st.sampled_from(kinds)), now, zone)), zone)

    segments = {OTHER: part(*KINDS[:5])}
    parts = tuple(part(*KINDS, *["by hand"] * 4) for _ in range(draw(st.integers(1, 3))))
    node: Node = draw(st.sampled_from([m.All, m.Any]))(parts)
    node = m.Not(node) if draw(st.booleans()) else node
    people = People(now, zone, draw(st.integers(1, 3))).draw(first=1)
    return Case(Judge(now, zone, segments), node, interest_of(node, segments), people)


def between(who: Somebody, other: Somebody, interest: Interest) -> Somebody:
    """Return a person like one in all that is of interest, and like another in all else."""
    names = {BOUGHT, VIEWED} if interest.any_event else interest.names
    attributes = {name: one for name, one in who.attributes.items() if name in interest.attributes}
    attributes |= {n: one for n, one in other.attributes.items() if n not in interest.attributes}
    history = [one for one in who.history if one.name_id in names]
    history += [one for one in other.history if one.name_id not in names]
    has_device = (who if DEVICES in interest.attributes else other).has_device
    return replace(who, attributes=attributes, history=history, has_device=has_device)


@settings(max_examples=200, deadline=None)
@given(case=cases())
def test_what_is_of_no_interest_changes_no_verdict(case: Case) -> None:
    """Nobody is told of it, so it must not matter: neither that it came nor that it went."""
    wrong = [
        (who, other)
        for who, other in pairwise(case.people)
        if case.has(between(who, other, case.interest)) is not case.has(who)
    ]

    assert wrong == []


@settings(max_examples=200, deadline=None)
@given(case=cases())
def test_nobody_new_is_a_member_where_births_do_not_matter(case: Case) -> None:
    """Whoever they are, and whenever an import says that they were created."""
    new = [Somebody(ref(number), at, {}) for number, at in enumerate(times(case.judge.now))]

    assert case.interest.births or not any(case.has(who) for who in new)


@settings(max_examples=200, deadline=None)
@given(case=cases())
def test_time_alone_changes_a_verdict_only_where_it_lapses(case: Case) -> None:
    """Nobody looks at a person whose events leave no window, unless a day begins."""
    wrong = [
        (who, after)
        for who in case.people
        for after in (FINEST, timedelta(minutes=14), *DURATIONS.values(), timedelta(days=400))
        if case.is_settled(who, after=after) and case.has(who, after=after) is not case.has(who)
    ]

    assert wrong == []
