"""From what people did to sets of those who did it, for `compile`: pure, every value is bound."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tidings.base.media import Medium
from tidings.segments import model
from tidings.segments.compile_value import Parameters, Stored, number_in, number_passes, passes
from tidings.segments.model import Comparison, End, Function, Node, SegmentId, Sight


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom alone to look at: what all rows must meet that a statement reads, of any table.

    Shape:  brand - what stands for its id; slots - what stands for an array of slots, people - a
            query for some people; each "" for no such limit.
    """

    brand: str
    slots: str = ""
    people: str = ""

    def conditions(self, table: str = "") -> list[str]:
        """Return the conditions for the rows of a table, by its name in the query."""
        of = f"{table}." if table else ""
        conditions = [f"{of}brand_id = {self.brand}"]
        if self.slots:
            conditions.append(f"{of}slot = ANY ({self.slots})")
        if self.people:
            conditions.append(f"({of}slot, {of}profile_id) IN {self.people}")
        return conditions


@dataclass(frozen=True, slots=True)
class PeopleSet:
    """People with rows that meet `where` and, taken together, `having`.

    Shape:  is_distinct - whether nobody has two such rows; has_gone - whether some may be of people
            who are not there any more.
    """

    where: str
    having: str = ""
    is_distinct: bool = False
    has_gone: bool = False

    def sql(self, *, is_distinct: bool) -> str:
        """Return a query for them: slot, profile_id; each of them once, or perhaps more often."""
        text = f"SELECT slot, profile_id FROM {self.where}"
        if self.having or (is_distinct and not self.is_distinct):
            text += " GROUP BY slot, profile_id"
        return text + (f" HAVING {self.having}" if self.having else "")


def absent(people: str, *, of: str, is_repeated: bool = False) -> str:
    """Return the condition that whom a row of a table is about is nobody of a query.

    Shape:  of - the table's name in the query around it; is_repeated - whether it has many rows of
            each.
    """
    # Of the sum of a number and nothing PostgreSQL has no statistics, and takes many to be left.
    # With statistics it may think that nobody is, and go through the next set once for each of
    # those who are. The id stays as it is where it tells how many rows of each there are: the side
    # that is kept in memory must not be the one with many.
    slot, profile_id = f"{of}.slot", f"{of}.profile_id"
    if is_repeated:
        profile_id += " + 0"
    else:
        slot += " + 0"
    return (
        f"NOT EXISTS (SELECT FROM ({people}) AS did "
        f"WHERE did.slot = {slot} AND did.profile_id = {profile_id})"
    )


class Sets:
    """The sets of one statement.

    Shape:  lists - custom lists, with the version that counts.
    """

    def __init__(
        self, parameters: Parameters, reach: Reach, lists: Mapping[SegmentId, int]
    ) -> None:
        self._parameters = parameters
        self._bind = parameters.bind
        self._reach = reach
        self._lists = lists

    def of(self, node: Node) -> tuple[PeopleSet, bool] | None:
        """Return the set by which a node is decided, and whether to be outside; None without one.

        What people did is decided by sets, who is on a custom list, and who has a device.
        """
        match node:
            case model.InSegment(segment_id) if segment_id in self._lists:
                return self._listed(segment_id), False
            case model.Reachable(Medium.PUSH):
                return self._devices(), False
            case model.Event():
                return self._event(node)
            case model.Sequence():
                return self._sequence(node), False
            case model.Seen(Sight.FIRST_SEEN | Sight.LAST_SEEN as sight, window):
                end = End.FIRST if sight is Sight.FIRST_SEEN else End.LAST
                return self._end_in(end, window, []), False
            case _:
                return None

    def _listed(self, segment_id: SegmentId) -> PeopleSet:
        asked = [
            f"segment_id = {self._bind(segment_id, 'bigint')}",
            f"version = {self._bind(self._lists[segment_id], 'integer')}",
            *self._reach.conditions(),
        ]
        return PeopleSet(f"memberships WHERE {' AND '.join(asked)}", is_distinct=True)

    def _devices(self) -> PeopleSet:
        """Return who was given a device, and whom they have become.

        Both say whom to look at: PostgreSQL would find every merge of the brand first if the union
        of the two were asked.
        """
        own, merged = (" AND ".join(self._reach.conditions(table)) for table in ("", "m"))
        return PeopleSet(
            f"(SELECT slot, profile_id FROM read_devices WHERE {own} UNION ALL "
            "SELECT m.slot, m.profile_id FROM read_merges AS m JOIN read_devices AS d "
            "ON (d.brand_id, d.slot, d.profile_id) = (m.brand_id, m.absorbed_slot, m.absorbed_id) "
            f"WHERE {merged}) AS reached",
            has_gone=True,
        )

    def _event(self, node: model.Event) -> tuple[PeopleSet, bool]:
        matching = self._matching(node.step)
        if isinstance(node.measure, model.EndIn):
            return self._end_in(node.measure.end, node.measure.window, matching), False
        events = self._events([*matching, *self.bounds("occurred_at", *self.span(node.window))])
        if isinstance(node.measure, model.AggregateIs):
            return PeopleSet(events, self._aggregate(node.measure)), False
        match node.measure:
            case model.CountIs(Comparison.AT_LEAST, 1):
                return PeopleSet(events), False
            case model.CountIs(Comparison.EXACTLY, 0) | model.CountIs(Comparison.AT_MOST, 0):
                return PeopleSet(events), True
            case model.CountIs(comparison, number):
                counted = self._bind(number, "bigint")
                having = {
                    Comparison.AT_LEAST: f"count(*) >= {counted}",
                    Comparison.AT_MOST: f"count(*) > {counted}",
                    # Of an equation PostgreSQL thinks that hardly anybody meets it; of this, half.
                    Comparison.EXACTLY: f"coalesce(count(*) = {counted}, false)",
                }[comparison]
                return PeopleSet(events, having), comparison is Comparison.AT_MOST

    def _end_in(self, end: End, window: model.Window, matching: list[str]) -> PeopleSet:
        """Return who did the first or last of something in a window.

        That is who did it then and not before, or not after. It takes half the time of looking for
        everybody's first or last time, since nothing is summed up.
        """
        start, until = self.span(window)
        asked = [*matching, *self.bounds("occurred_at", start, until)]
        beyond = (None, start) if end is End.FIRST else (until, None)
        if beyond != (None, None):
            others = self._events([*matching, *self.bounds("occurred_at", *beyond)])
            people = f"SELECT slot, profile_id FROM {others}"
            asked.append(absent(people, of="read_events", is_repeated=True))
        return PeopleSet(self._events(asked))

    def _aggregate(self, measure: model.AggregateIs) -> str:
        value = Stored.at("attributes", [measure.attribute], self._parameters)
        number, scale = number_in(value), None
        match measure.function:
            case Function.DISTINCT:
                kind = self._bind("string" if measure.is_text else "number", "text")
                is_kind = f"jsonb_typeof({value.json}) = {kind}"
                made = f"count(DISTINCT {value.json}) FILTER (WHERE {is_kind})"
            case Function.AVG:
                # An average is rounded; its sum, held against as many times the bound, is exact.
                made, scale = f"sum({number})", f"count({number})"
            case Function.SUM | Function.MIN | Function.MAX:
                made = f"{measure.function.value}({number})"
        return number_passes(measure.condition, made, self._parameters, scale=scale)

    def _sequence(self, node: model.Sequence) -> PeopleSet:
        """Return who did one thing after another.

        For each of the second, the latest of the first before it decides, so the events of a person
        are gone through once, in their order.
        """
        first, then = self._matching(node.first), self._matching(node.then)
        names = self._bind([node.first.name_id, node.then.name_id], "integer[]")
        bounds = self.bounds("occurred_at", *self.span(node.window))
        events = self._events([f"name_id = ANY ({names})", *bounds])
        within = self._bind(node.within, "interval")
        return PeopleSet(
            "(SELECT slot, profile_id, occurred_at, is_then, "
            "max(occurred_at) FILTER (WHERE is_first) OVER ("
            "PARTITION BY slot, profile_id ORDER BY occurred_at "
            "GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before "
            f"FROM (SELECT slot, profile_id, occurred_at, ({' AND '.join(first)}) AS is_first, "
            f"({' AND '.join(then)}) AS is_then FROM {events}) AS steps) AS ordered "
            f"WHERE is_then AND occurred_at - before <= {within}"
        )

    def _matching(self, step: model.Step) -> list[str]:
        asked = [f"name_id = {self._bind(step.name_id, 'integer')}"]
        for one in step.where:
            if isinstance(one, model.AttributeFilter):
                value = Stored.at("attributes", [one.name], self._parameters)
            else:
                value = Stored.at("context", one.path, self._parameters)
            asked.append(passes(one.condition, value, self._parameters))
        return asked

    def _events(self, asked: list[str]) -> str:
        return f"read_events WHERE {' AND '.join([*self._reach.conditions(), *asked])}"

    def span(self, window: model.Window) -> tuple[datetime | None, datetime | None]:
        """Return when a window begins and when it ends, None for never."""
        if isinstance(window, model.InLast):
            return self._parameters.now - window.duration, None
        return window.start, window.end

    def bounds(self, instant: str, start: datetime | None, end: datetime | None) -> list[str]:
        """Return the conditions, perhaps none, that hold an instant between two, half-open."""
        bounds: list[str] = []
        if start is not None:
            bounds.append(f"{instant} >= {self._bind(start, 'timestamptz')}")
        if end is not None:
            bounds.append(f"{instant} < {self._bind(end, 'timestamptz')}")
        return bounds
