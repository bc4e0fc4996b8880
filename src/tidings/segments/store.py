"""The people of segments: compiled statements in, who they are out."""

from tidings.base.ids import ProfileId
from tidings.profiles.model import ProfileRef
from tidings.segments.compile import Statement
from tidings.segments.model import Preview
from tidings.storage.slots import Slot
from tidings.storage.sql import Queries
from tidings.storage.tx import Tx

SQL = Queries(__file__)


async def limit_statements(tx: Tx, *, seconds: float) -> None:
    """Let no later statement of this transaction take longer."""
    await tx.execute(SQL["limit_statements"], str(round(seconds * 1000)))


async def select_preview(tx: Tx, statement: Statement) -> Preview:
    """Run a statement of `compile_preview`."""
    rows = await tx.fetch(statement.text, *statement.parameters)
    return Preview(
        count=rows[0]["count"],
        examples=tuple(
            ProfileRef(Slot(row["slot"]), ProfileId(row["profile_id"]))
            for row in rows
            if row["slot"] is not None
        ),
    )
