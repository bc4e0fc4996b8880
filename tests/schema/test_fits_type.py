"""The database decides as the program does, on the rare day when it looks at stored values."""

import msgspec
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.schema.json_values import NEAR_DATES, VALUES
from tidings.schema.check import fits
from tidings.schema.model import AttributeType
from tidings.storage.pool import Database

TYPES = list(AttributeType)

COMPARE = """
SELECT array_agg(fits_type(value, type) ORDER BY type_number) AS fits
FROM unnest($1::jsonb[]) WITH ORDINALITY AS given (value, number)
CROSS JOIN unnest($2::text[]) WITH ORDINALITY AS types (type, type_number)
GROUP BY number
ORDER BY number
"""

ODD: list[object] = [
    "2021-02-29",
    "2024-02-29",
    "1900-02-29",
    "2000-02-29",
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "2021-13-01",
    "2021-00-01",
    "2021-04-31",
    "2021-01-01T24:00:00",
    "2021-01-01T23:59:60",
    "2021-01-01T10:00:00+23:59",
    "2021-01-01T10:00:00-23:59",
    "2021-01-01T10:00:00+24:00",
    "2021-01-01T10:00:00+05:99",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "2021-01-01T10:00:00.123456789",
    "2021-01-01T10:00:00.1234567890",
    "2021-01-01T10:00:00.",
    "2021-01-01 10:00",
    "2021-01-01  10:00",
    "2021-01-01t10:00",
    "2021-01-01T10:00z",
    "2021-01-01\n",
    "\n2021-01-01",
    "2021-01-01\n2021-01-01",
    "2021-01-01T10:00\nx",
    "\u0662\u0660\u0662\u0661-01-01",
    "2021-01-0\uff11",
    "20210101",
    "2021-W01-1",
    "infinity",
    "today",
    "",
    [],
    [[]],
    [{}],
    [[{}]],
    [{}, {}],
    [{}, 1],
    [1, {}],
    [{}, []],
    [None],
    [{}, None],
    {},
    None,
    True,
    0,
    -0.0,
    1e300,
    2**70,
]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(values=st.lists(st.one_of(VALUES, NEAR_DATES), min_size=1, max_size=60))
@example(values=ODD)
async def test_whether_a_value_fits_is_the_same_in_sql_and_in_python(
    database: Database, values: list[object]
) -> None:
    """Where they differ, a change of type would move values to the wrong side."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            COMPARE, [msgspec.json.encode(value) for value in values], [one.value for one in TYPES]
        )

    in_sql = {repr(value): row["fits"] for value, row in zip(values, rows, strict=True)}
    assert in_sql == {repr(value): [fits(value, one) for one in TYPES] for value in values}
