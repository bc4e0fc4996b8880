"""From a definition to the statement that brings its members up to date: pure, as `compile`."""

from tidings.segments.compile import Compiler, Scope, Statement
from tidings.segments.model import Node, SegmentId


def compile_change(node: Node, scope: Scope, *, segment_id: SegmentId, version: int) -> Statement:
    """Compile a definition to a statement that makes `memberships` of a version say who meets it.

    Rows are touched only of those in the scope, whose slots the caller must hold. Whoever enters
    did so at the scope's `now`.

    Shape:  a row for each person in the scope who was not a member and is now, or was and is not,
            in no order: slot, profile_id, is_member.
    Errors: `not_found` when the definition names a segment that the scope does not have.
    """
    compiler = Compiler(scope)
    members = compiler.members(node)
    segment = compiler.bind(segment_id, "bigint")
    number = compiler.bind(version, "integer")
    entered_at = compiler.bind(scope.now, "timestamptz")
    kept = " AND ".join(
        [f"m.segment_id = {segment}", f"m.version = {number}", *compiler.reach.conditions("m")]
    )
    # Both see memberships as they were before the statement, and neither touches a row of the
    # other: who is deleted is no member now, and who is inserted is one.
    return compiler.statement(
        f"WITH members AS MATERIALIZED (\n{members}\n),\n"
        "gone AS (\n"
        "DELETE FROM memberships AS m\n"
        f"WHERE {kept}\n"
        "    AND NOT EXISTS (SELECT FROM members "
        "WHERE members.slot = m.slot AND members.profile_id = m.profile_id)\n"
        "RETURNING m.slot, m.profile_id\n"
        "),\n"
        "come AS (\n"
        "INSERT INTO memberships (slot, segment_id, version, profile_id, brand_id, entered_at)\n"
        f"SELECT slot, {segment}, {number}, profile_id, {compiler.reach.brand}, {entered_at}\n"
        "FROM members\n"
        "ON CONFLICT (slot, segment_id, version, profile_id) DO NOTHING\n"
        "RETURNING slot, profile_id\n"
        ")\n"
        "SELECT slot, profile_id, false AS is_member FROM gone\n"
        "UNION ALL\n"
        "SELECT slot, profile_id, true AS is_member FROM come"
    )
