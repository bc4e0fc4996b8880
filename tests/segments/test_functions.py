"""The functions in the database read values as the reference does, and never raise."""

import sys
import unicodedata
from datetime import datetime, timedelta

import msgspec
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.schema.json_values import NEAR_DATES, VALUES
from tests.schema.test_fits_type import ODD
from tests.segments.reference import fold
from tests.segments.reference_dates import clock_of, held_against
from tidings.segments.condition import Moment
from tidings.storage.pool import Database

MOMENTS = [
    Moment(wall, wall - offset)
    for offset in (timedelta(0), timedelta(hours=5, minutes=30))
    for wall in (
        datetime.fromisoformat(text)
        for text in ("2021-01-01T10:00", "2021-01-01", "1000-01-02", "9000-12-31T23:59:59.999999")
    )
]
COMPARE = """
SELECT array_agg(date_reaches(value, wall, utc) ORDER BY moment) AS reached
FROM unnest($1::jsonb[]) WITH ORDINALITY AS given (value, number)
CROSS JOIN unnest($2::timestamp[], $3::timestamp[]) WITH ORDINALITY AS moments (wall, utc, moment)
GROUP BY number
ORDER BY number
"""


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(values=st.lists(st.one_of(VALUES, NEAR_DATES), min_size=1, max_size=60))
@example(values=ODD)
async def test_a_date_reaches_a_moment_or_does_not_or_is_no_date(
    database: Database, values: list[object]
) -> None:
    """Offsets of a day less a minute, nine digits of a second, and what only looks like a Date."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            COMPARE,
            [msgspec.json.encode(value) for value in values],
            [moment.wall for moment in MOMENTS],
            [moment.utc for moment in MOMENTS],
        )

    in_sql = [row["reached"] for row in rows]
    assert in_sql == [[reached(value, moment) for moment in MOMENTS] for value in values]


def reached(value: object, moment: Moment) -> bool | None:
    """Say whether a Date is at a moment or after it, None for what is no Date."""
    if not isinstance(value, str) or clock_of(value) is None:
        return None
    return held_against(value, moment) >= 0


async def test_every_character_is_made_small_as_python_does_it(database: Database) -> None:
    """Of those that the older of the two knows."""
    signs = [
        sign
        for sign in map(chr, range(1, sys.maxunicode + 1))
        if unicodedata.category(sign) not in {"Cs", "Cn"}
    ]
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT sign, fold_case(sign) AS small FROM unnest($1::text[]) AS sign", signs
        )

    differing = {row["sign"]: row["small"] for row in rows if row["small"] != fold(row["sign"])}
    assert differing == {}
