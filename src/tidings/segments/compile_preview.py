"""From a definition to the statement that counts its members and shows some: pure, as `compile`."""

from tidings.segments.compile import Compiler, Scope, Statement
from tidings.segments.model import Node
from tidings.storage.slots import ALL_SLOTS


def compile_preview(node: Node, scope: Scope, *, examples: int) -> Statement:
    """Compile a definition to a statement that counts its members and shows some of them.

    Shape:  scope - everybody; a row for each example, by slot and id, with count, slot, profile_id;
            when there are no members, one row with a count of 0 and the others null.
    Errors: `not_found` when the definition names a segment that the scope does not have.
    """
    compiler = Compiler(scope)
    wanted = compiler.bind(examples, "bigint")
    members = compiler.members(node)
    first, shown, few = "", "", ""
    if not compiler.is_bounded:
        # When a part of everybody is in, to keep their ids takes as long as to count them. Then the
        # first slot has enough to show. The others are kept only when it has not: they are few.
        of_slot = compiler.within(ALL_SLOTS[:1]).members(node)
        first = (
            f"first AS MATERIALIZED (\n{of_slot}\nORDER BY slot, profile_id\nLIMIT {wanted}\n),\n"
        )
        shown = "SELECT slot, profile_id FROM first\nUNION\n"
        few = f" FILTER (WHERE (SELECT count(*) < {wanted} FROM first))"
    return compiler.statement(
        f"WITH {first}counted AS MATERIALIZED (\n"
        f"SELECT count(*) AS count, array_agg(slot){few} AS slots, "
        f"array_agg(profile_id){few} AS ids\n"
        f"FROM (\n{members}\n) AS members\n)\n"
        "SELECT counted.count, shown.slot, shown.profile_id\n"
        "FROM counted\n"
        "LEFT JOIN LATERAL (\n"
        f"{shown}SELECT slot, profile_id FROM unnest(slots, ids) AS kept (slot, profile_id)\n"
        f"ORDER BY slot, profile_id LIMIT {wanted}\n"
        ") AS shown ON true\n"
        "ORDER BY shown.slot, shown.profile_id"
    )
