"""All that is stored of a brand, to see that a call changed nothing of it."""

from typing import Any

from tests.web.server import Caller

TABLES = """
SELECT columns.table_name FROM information_schema.columns
JOIN information_schema.tables USING (table_schema, table_name)
WHERE column_name = 'brand_id' AND table_schema = 'public' AND table_type = 'BASE TABLE'
ORDER BY table_name
"""


def snapshot(caller: Caller) -> dict[str, list[Any]]:
    """Return every row that any table has of a brand."""
    return {
        name: [
            row["row"]
            for row in caller.rows(
                f"SELECT to_jsonb(a)::text AS row FROM {name} AS a WHERE brand_id = $1 ORDER BY 1",  # noqa: S608
                caller.brand_id,
            )
        ]
        for name in (row["table_name"] for row in caller.rows(TABLES))
    }
