"""From a definition to the SQL that finds its people: pure, and every value is bound.

What people did becomes sets, each of which is read once; nothing is asked person by person. A set
that everybody must be in, or must not be in, is a semi-join or an anti-join. A set deeper in the
tree is joined from the left and asked for its presence: PostgreSQL would go through a sub-query
beneath OR or NOT once a person as soon as it is too large for its memory. Sets that must be summed
up are named: else each of the processes that go through people together would do it for itself.
"""

from collections.abc import Mapping
from collections.abc import Sequence as Seq
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from decimal import Decimal

from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.base.media import ADDRESS_ATTRIBUTES, OPT_IN_ATTRIBUTES, Medium
from tidings.profiles.model import ProfileRef
from tidings.segments import model
from tidings.segments.compile_set import PeopleSet, Reach, Sets, absent
from tidings.segments.compile_value import Parameters, Stored, passes
from tidings.segments.condition import AnyCondition, Condition, NumberRange
from tidings.segments.model import Node, SegmentId
from tidings.storage.slots import Slot

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


class Compiler:
    """A query for the members of a definition in the making, of one statement.

    Shape:  parameters - the statement's, where another query of it was made before; reach - what
            every row that the query touches must meet; is_bounded - whether everybody must be in a
            set, so that they may be few.
    """

    def __init__(self, scope: Scope, parameters: Parameters | None = None) -> None:
        self._scope = scope
        self._parameters = parameters or Parameters(scope.now, scope.zone)
        self.bind = self._parameters.bind
        self.reach = self._reach()
        self.is_bounded = False
        self._sets = Sets(self._parameters, self.reach, scope.lists)
        self._named: list[str] = []
        self._joins: list[str] = []
        self._asks_profiles = False

    def within(self, slots: Seq[Slot]) -> "Compiler":
        """Return what makes another query of the same statement, for people of some slots alone."""
        return Compiler(replace(self._scope, people=None, slots=slots), self._parameters)

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
        whoever did something is there, while devices of who was merged lie where they were.
        """
        required = self._requirements(node)
        conditions = [one for one in required if isinstance(one, str)]
        sets = [one for one in required if isinstance(one, PeopleSet)]
        self.is_bounded = bool(sets)
        source_set = next((one for one in sets if not one.has_gone), None)
        if source_set is not None and not self._asks_profiles:
            sets.remove(source_set)
            source = f"({source_set.sql(is_distinct=True)})"
        else:
            source = "read_profiles"
            conditions = [*self.reach.conditions("p"), *conditions]
        conditions += [f"(p.slot, p.profile_id) IN ({self._rows(one)})" for one in sets]
        lines = ["SELECT p.slot, p.profile_id", f"FROM {source} AS p", *self._joins]
        if self._named:
            lines.insert(0, f"WITH {', '.join(self._named)}")
        if conditions:
            lines.append("WHERE " + "\n    AND ".join(conditions))
        return "\n".join(lines)

    def _rows(self, people: PeopleSet) -> str:
        """Return a query that may have a person more than once."""
        return self._name(people) if people.having else people.sql(is_distinct=False)

    def _name(self, people: PeopleSet) -> str:
        name = f"set{len(self._named) + 1}"
        self._named.append(f"{name} AS MATERIALIZED ({people.sql(is_distinct=True)})")
        return f"SELECT slot, profile_id FROM {name}"

    def _requirements(self, node: Node) -> list[str | PeopleSet]:
        """Return what everybody must meet: conditions, and sets that everybody must be in."""
        match node:
            case model.All(nodes):
                return [one for inner in nodes for one in self._requirements(inner)]
            case model.InSegment(segment_id) if segment_id not in self._scope.lists:
                return self._requirements(self._definition(segment_id))
            case model.Not(inner) if (found := self._sets.of(inner)) is not None:
                people, is_outside = found
                return [people if is_outside else absent(self._rows(people), of="p")]
            case _ if (found := self._sets.of(node)) is not None:
                people, is_outside = found
                return [absent(self._rows(people), of="p") if is_outside else people]
            case _:
                return [self._met(node)]

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
            case model.Reachable(medium):
                return self._reachable(medium)
            case model.RandomShare(parts, salt):
                return self._share(parts, salt)
            case model.Seen(model.Sight.CREATED, window):
                self._asks_profiles = True
                bounds = self._sets.bounds("p.created_at", *self._sets.span(window))
                return f"({' AND '.join(bounds) or 'true'})"
            case _:
                raise NotImplementedError(f"{type(node).__name__} is not about a profile alone")

    def _reachable(self, medium: Medium) -> str:
        opt_in = self._attribute(OPT_IN_ATTRIBUTES[medium], _OPTED_IN)
        address = Stored.at("p.attributes", [ADDRESS_ATTRIBUTES[medium]], self._parameters)
        is_filled = f"{address.text} <> '' AND jsonb_typeof({address.json}) = 'string'"
        return f"({opt_in} AND coalesce({is_filled}, false))"

    def _attribute(self, name: str, condition: AnyCondition) -> str:
        self._asks_profiles = True
        value = Stored.at("p.attributes", [name], self._parameters)
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
        name = f"joined{len(self._joins) + 1}"
        # A list has nobody twice; everything else is grouped, and so named.
        query = people.sql(is_distinct=True) if people.is_distinct else self._name(people)
        self._joins.append(
            f"LEFT JOIN ({query}) AS {name}\n"
            f"    ON {name}.slot = p.slot AND {name}.profile_id = p.profile_id"
        )
        return f"({name}.slot IS {'' if is_outside else 'NOT '}NULL)"
