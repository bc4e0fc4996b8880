"""Random definitions without mistakes, as somebody would write them."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any

from hypothesis import strategies as st

from tests.segments import histories
from tests.segments.histories import DURATIONS

Json = dict[str, Any]

NUMBERS = st.sampled_from(histories.NUMBERS)
TEXTS = st.sampled_from(histories.TEXTS)
NOTHING: st.SearchStrategy[Json] = st.just({})


KINDS = ("attribute", "count", "aggregate", "end", "sequence", "profile", "tree")


def definitions(kind: str, now: datetime, zone: tzinfo) -> st.SearchStrategy[Json]:
    """Return definitions of one kind.

    Shape:  kind - of `KINDS`: each by itself, since among trees hardly any would be of some kinds.
    """
    leaves = _leaves(now, zone)
    if kind != "tree":
        return leaves[kind]
    return _above(_above(st.one_of(*leaves.values())))


def _leaves(now: datetime, zone: tzinfo) -> dict[str, st.SearchStrategy[Json]]:
    conditions = _Conditions(now, zone)
    windows = st.one_of(
        st.sampled_from(list(DURATIONS)).map(lambda text: {"in_last": text}),
        st.sampled_from(["from", "until"]).flatmap(
            lambda end: conditions.dates.map(lambda text: {end: text})
        ),
    )
    where = st.lists(conditions.filters(), min_size=1, max_size=2).map(lambda one: {"where": one})
    names = st.sampled_from([{"name": "Bought"}, {"name": "Bought"}, {"name": "Viewed"}])
    steps = st.one_of(names, where.map(lambda one: {"name": "Bought", **one}))
    counts = st.one_of(
        NOTHING,
        st.booleans().map(lambda one: {"performed": one}),
        st.integers(1, 3).map(lambda one: {"at_least": one}),
        st.tuples(st.sampled_from(["at_most", "exactly"]), st.integers(0, 3)).map(
            lambda pair: {pair[0]: pair[1]}
        ),
    )
    ends = st.tuples(st.sampled_from(["first", "last"]), windows).map(lambda one: {one[0]: one[1]})
    within = st.one_of(NOTHING, windows)
    both = st.fixed_dictionaries(
        {"first": steps, "then": steps, "within": st.sampled_from(list(DURATIONS))}
    )
    of_profile = st.one_of(
        st.sampled_from(["email", "sms", "whatsapp", "push"]).map(lambda one: {"reachable": one}),
        st.tuples(st.sampled_from(["created", "first_seen", "last_seen"]), windows).map(
            lambda one: {one[0]: one[1]}
        ),
        st.tuples(st.sampled_from([0, 12.34, 50, 100]), TEXTS).map(
            lambda one: {"random": {"percent": one[0], "salt": one[1]}}
        ),
        st.just({"segment": 1}),
    )
    return {
        "attribute": conditions.of_profile(),
        "count": st.tuples(steps, counts, within).map(_one("event")),
        "aggregate": st.tuples(steps, conditions.aggregates(), within).map(_one("event")),
        "end": st.tuples(steps, ends).map(_one("event")),
        "sequence": st.tuples(both, within).map(_one("sequence")),
        "profile": of_profile,
    }


def _above(nodes: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    several = st.lists(nodes, min_size=2, max_size=3)
    inner = {"all": several, "any": several, "not": nodes}
    # Drawn first: of `one_of` each of the many kinds of nodes under "not" would be one more choice.
    return st.sampled_from(sorted(inner)).flatmap(
        lambda kind: inner[kind].map(lambda one: {kind: one})
    )


def _one(kind: str) -> Callable[[tuple[Json, ...]], Json]:
    return lambda parts: {kind: {name: value for part in parts for name, value in part.items()}}


class _Conditions:
    """Random conditions."""

    def __init__(self, now: datetime, zone: tzinfo) -> None:
        self.dates = st.sampled_from(histories.dates(now, zone))
        self._is_set = st.booleans().map(lambda one: {"is_set": one})
        self._range = st.one_of(
            *(
                NUMBERS.map(lambda one, name=name: {name: one})
                for name in ("equals", "not_equals", "greater_than", "at_least", "less_than")
            ),
            NUMBERS.map(lambda one: {"at_most": one}),
            st.lists(NUMBERS, min_size=2, max_size=2).map(lambda two: {"between": sorted(two)}),
        )

    def of_profile(self) -> st.SearchStrategy[Json]:
        """Return nodes about attributes."""
        tags = st.one_of(TEXTS, NUMBERS).map(lambda one: {"contains": one})
        return st.one_of(
            self._about("attribute", "city", self._texts()),
            self._about("attribute", "age", self._numbers()),
            self._about("attribute", "vip", self._booleans()),
            self._about("attribute", "renewal", self._dates()),
            self._about("attribute", "tags", tags | self._is_set),
        )

    def filters(self) -> st.SearchStrategy[Json]:
        """Return filters of the event Bought."""
        return st.one_of(
            self._about("attribute", "price", self._numbers()),
            self._about("attribute", "sku", self._texts()),
            self._about("attribute", "delivery", self._dates()),
            self._about("attribute", "gift", self._booleans()),
            self._about("context", "page.url", self._texts()),
            self._about("context", "n", self._numbers()),
        )

    def aggregates(self) -> st.SearchStrategy[Json]:
        """Return measures of the price or sku of an event."""
        of_price = st.tuples(st.sampled_from(["sum", "avg", "min", "max", "distinct"]), self._range)
        of_sku = st.tuples(st.just("distinct"), self._range)
        return st.one_of(
            of_price.map(lambda one: {one[0]: {"attribute": "price", **one[1]}}),
            of_sku.map(lambda one: {one[0]: {"attribute": "sku", **one[1]}}),
        )

    def _about(
        self, kind: str, name: str, asked: st.SearchStrategy[Json]
    ) -> st.SearchStrategy[Json]:
        return asked.map(lambda one: {kind: name, **one})

    def _texts(self) -> st.SearchStrategy[Json]:
        one = ["equals", "not_equals", "contains", "starts_with", "ends_with"]
        single = st.tuples(st.sampled_from(one), TEXTS).map(lambda pair: {pair[0]: pair[1]})
        lists = st.lists(TEXTS, min_size=1, max_size=3)
        several = st.tuples(st.sampled_from(["in", "matches_none"]), lists).map(
            lambda pair: {pair[0]: pair[1]}
        )
        case = st.sampled_from([{}, {"ignore_case": False}, {"ignore_case": True}])
        return self._is_set | st.tuples(single | several, case).map(lambda two: two[0] | two[1])

    def _numbers(self) -> st.SearchStrategy[Json]:
        lists = st.lists(NUMBERS, min_size=1, max_size=3)
        several = st.tuples(st.sampled_from(["in", "matches_none"]), lists)
        return st.one_of(self._range, several.map(lambda pair: {pair[0]: pair[1]}), self._is_set)

    def _booleans(self) -> st.SearchStrategy[Json]:
        return self._is_set | st.booleans().map(lambda one: {"is": one})

    def _dates(self) -> st.SearchStrategy[Json]:
        single = ["equals", "not_equals", "before", "after"]
        days = ["in_last_days", "in_next_days", "anniversary_within_days"]
        return st.one_of(
            st.tuples(st.sampled_from(single), self.dates).map(lambda pair: {pair[0]: pair[1]}),
            st.tuples(st.sampled_from(days), st.sampled_from([0, 1, 7, 366])).map(
                lambda pair: {pair[0]: pair[1]}
            ),
            self._is_set,
        )
