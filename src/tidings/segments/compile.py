"""From a definition to the SQL that finds its people: pure, and every value is bound.

What people did becomes sets, each of which is read once; nothing is asked person by person. A set
that everybody must be in, or must not be in, is a semi-join or an anti-join. A set deeper in the
tree is joined from the left and asked for its presence: PostgreSQL would go through a sub-query
beneath OR or NOT once a person as soon as it is too large for its memory.
"""

from collections.abc import Mapping
from collections.abc import Sequence as Seq
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import Decimal

from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.profiles.model import ProfileRef
from tidings.segments import model
from tidings.segments.compile_set import PeopleSet, Reach, Sets
from tidings.segments.compile_value import Parameters, passes
from tidings.segments.condition import AnyCondition, Condition, NumberRange, TextIs, TextOperator
from tidings.segments.model import Node, SegmentId
from tidings.storage.slots import Slot

_IS_TEXT = Condition(TextIs(TextOperator.STARTS_WITH, ("",)))
_IS_FILLED = Condition(TextIs(TextOperator.EQUALS, ("",)), is_negated=True)
_OPTED_IN = Condition(NumberRange(Decimal(1), Decimal(1)))


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom and when a definition is asked.

    Shape:  zone - the brand's; people - whom alone to look at, slots - or in which slots alone,
            never both; neither for everybody of the brand; segments - the definitions of those that
            may be named; lists - the custom lists among them, each with the version that counts.
    Units:  now - an aware instant.
    """

    brand_id: BrandId
    zone: tzinfo
    now: datetime
    people: Seq[ProfileRef] | None = None
    slots: Seq[Slot] | None = None
    segments: Mapping[SegmentId, Node] = field(default_factory=dict[SegmentId, Node])
    lists: Mapping[SegmentId, int] = field(default_factory=dict[SegmentId, int])

    def __post_init__(self) -> None:
        if self.people is not None and self.slots is not None:
            raise ValueError("a scope has people or slots, not both")


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and the values of its parameters."""

    text: str
    parameters: tuple[object, ...]


def compile_members(node: Node, scope: Scope) -> Statement:
    """Compile a definition to a statement with a row for each member: slot, profile_id.

    Errors: `not_found` when the definition names a segment that the scope does not have.
    """
    compiler = Compiler(scope)
    return compiler.statement(compiler.members(node))


def compile_preview(node: Node, scope: Scope, *, examples: int) -> Statement:
    """Compile a definition to a statement that counts its members and shows some of them.

    Shape:  a row for each example, by slot and id, with count, slot, profile_id; when there are no
            members, one row with a count of 0 and the others null.
    Errors: `not_found` when the definition names a segment that the scope does not have.
    """
    compiler = Compiler(scope)
    members = compiler.members(node)
    return compiler.statement(
        f"WITH members AS MATERIALIZED (\n{members}\n)\n"
        "SELECT counted.count, shown.slot, shown.profile_id\n"
        "FROM (SELECT count(*) AS count FROM members) AS counted\n"
        "LEFT JOIN (\n"
        "SELECT slot, profile_id FROM members ORDER BY slot, profile_id "
        f"LIMIT {compiler.bind(examples, 'bigint')}\n"
        ") AS shown ON true\n"
        "ORDER BY shown.slot, shown.profile_id"
    )


class Compiler:
    """One statement in the making.

    Shape:  reach - what every row that the statement touches must meet.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._parameters = Parameters(scope.now, scope.zone)
        self.bind = self._parameters.bind
        self.reach = self._reach()
        self._sets = Sets(self._parameters, self.reach, scope.lists)
        self._joins: list[str] = []
        self._asks_profiles = False

    def _reach(self) -> Reach:
        brand, slots, people = self.bind(self._scope.brand_id, "integer"), "", ""
        if self._scope.slots is not None:
            slots = self.bind(list(self._scope.slots), "smallint[]")
        if self._scope.people is not None:
            of_slots = self.bind([ref.slot for ref in self._scope.people], "smallint[]")
            ids = self.bind([ref.profile_id for ref in self._scope.people], "bigint[]")
            asked = f"unnest({of_slots}, {ids}) AS asked (slot, profile_id)"
            people = f"(SELECT slot, profile_id FROM {asked})"
        return Reach(brand, slots, people)

    def statement(self, text: str) -> Statement:
        """Put a text and what was bound on the way together."""
        return Statement(text, tuple(self._parameters.values))

    def members(self, node: Node) -> str:
        """Return a query for the members of a definition.

        Where everybody must be in a set and nothing is asked of profiles, it is read off the sets:
        whoever did something is there.
        """
        required = self._requirements(node)
        sets = [one for one in required if isinstance(one, PeopleSet)]
        if sets and not self._asks_profiles:
            source = f"({sets[0].sql(is_distinct=True)}) AS p"
            conditions: list[str] = []
            required.remove(sets[0])
        else:
            source = "read_profiles AS p"
            conditions = self.reach.conditions("p")
        conditions += [
            f"(p.slot, p.profile_id) IN ({one.sql(is_distinct=False)})"
            if isinstance(one, PeopleSet)
            else one
            for one in required
        ]
        return "\n".join(
            [
                "SELECT p.slot, p.profile_id",
                f"FROM {source}",
                *self._joins,
                *(["WHERE " + "\n    AND ".join(conditions)] if conditions else []),
            ]
        )

    def _requirements(self, node: Node) -> list[str | PeopleSet]:
        """Return what everybody must meet: conditions, and sets that everybody must be in."""
        match node:
            case model.All(nodes):
                return [one for inner in nodes for one in self._requirements(inner)]
            case model.InSegment(segment_id) if segment_id not in self._scope.lists:
                return self._requirements(self._definition(segment_id))
            case model.Not(inner) if (found := self._sets.of(inner)) is not None:
                people, is_outside = found
                return [people if is_outside else self._absent(people)]
            case _ if (found := self._sets.of(node)) is not None:
                people, is_outside = found
                return [self._absent(people) if is_outside else people]
            case _:
                return [self._met(node)]

    def _absent(self, people: PeopleSet) -> str:
        return (
            f"NOT EXISTS (SELECT FROM ({people.sql(is_distinct=False)}) AS did "
            "WHERE did.slot = p.slot AND did.profile_id = p.profile_id)"
        )

    def _met(self, node: Node) -> str:
        """Return an expression for any place in the tree: true for who meets the node, or false."""
        match node:
            case model.All(nodes):
                return f"({' AND '.join([self._met(inner) for inner in nodes])})"
            case model.Any(nodes):
                return f"({' OR '.join([self._met(inner) for inner in nodes])})"
            case model.Not(inner):
                return f"NOT {self._met(inner)}"
            case model.InSegment(segment_id) if segment_id not in self._scope.lists:
                return self._met(self._definition(segment_id))
            case _ if (found := self._sets.of(node)) is not None:
                people, is_outside = found
                return self._joined(people, is_outside=is_outside)
            case _:
                return self._met_by_profile(node)

    def _met_by_profile(self, node: Node) -> str:
        match node:
            case model.Attribute(name, condition):
                return self._attribute(name, condition)
            case model.Reachable(channel):
                return self._reachable(channel)
            case model.RandomShare(parts, salt):
                return self._share(parts, salt)
            case model.Seen(model.Sight.CREATED, window):
                self._asks_profiles = True
                bounds = self._sets.bounds("p.created_at", *self._sets.span(window))
                return f"({' AND '.join(bounds) or 'true'})"
            case _:
                raise NotImplementedError(f"{type(node).__name__} is not about a profile alone")

    def _reachable(self, channel: model.Channel) -> str:
        opt_in = self._attribute(model.OPT_IN_ATTRIBUTES[channel], _OPTED_IN)
        address = model.ADDRESS_ATTRIBUTES[channel]
        texts = [self._attribute(address, one) for one in (_IS_TEXT, _IS_FILLED)]
        return f"({' AND '.join([opt_in, *texts])})"

    def _attribute(self, name: str, condition: AnyCondition) -> str:
        self._asks_profiles = True
        value = f"(p.attributes -> {self.bind(name, 'text')})"
        return passes(condition, value, self._parameters)

    def _share(self, parts: int, salt: str) -> str:
        dealt = f"convert_to({self.bind(salt, 'text')} || ':' || p.profile_id, 'UTF8')"
        word = f"('x' || left(encode(sha256({dealt}), 'hex'), 8))::bit(32)::bigint & 4294967295"
        total = self.bind(model.SHARE_PARTS, "bigint")
        return f"(({word}) % {total} < {self.bind(parts, 'bigint')})"

    def _definition(self, segment_id: SegmentId) -> Node:
        definition = self._scope.segments.get(segment_id)
        if definition is None:
            raise Refused(Code.NOT_FOUND, f"There is no segment {segment_id}.")
        return definition

    def _joined(self, people: PeopleSet, *, is_outside: bool) -> str:
        name = f"set{len(self._joins) + 1}"
        self._joins.append(
            f"LEFT JOIN ({people.sql(is_distinct=True)}) AS {name}\n"
            f"    ON {name}.slot = p.slot AND {name}.profile_id = p.profile_id"
        )
        return f"({name}.slot IS {'' if is_outside else 'NOT '}NULL)"
