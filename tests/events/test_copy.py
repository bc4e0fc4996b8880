"""Events are packed by hand, and lie in the table as the driver would have put them there."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.schema.json_values import TEXTS, VALUES
from tests.shop import NOON, KeptEvent, Shop
from tidings.events.model import Event

OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=3)
INSTANTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(9999, 12, 31),  # noqa: DTZ001 - as above
    timezones=st.just(UTC),
)
SENT = st.fixed_dictionaries(
    {
        "attributes": OBJECTS,
        "at": INSTANTS,
        "ltv": st.floats(allow_nan=False, allow_infinity=False),
        "event_id": st.none() | TEXTS,
        "context": st.none() | OBJECTS.map(msgspec.json.encode),
    }
)

CREATE_EXPECTED = "CREATE TABLE IF NOT EXISTS expected (LIKE events)"
BY_DRIVER = """
INSERT INTO expected (
    slot, profile_id, brand_id, name_id, occurred_at, received_at, ltv, event_id, attributes,
    context, mismatched
)
SELECT slot, profile_id, $1, name_id, $3, $4, $5, $6, $7, $8, NULL
FROM event_names, (SELECT profile_slot, profile_id FROM identifiers WHERE value = $2)
    AS person (slot, profile_id)
WHERE event_names.brand_id = $1 AND event_names.name = $2
"""
DIFFERENCE = """
WITH packed AS (
    SELECT slot, profile_id, brand_id, name_id, occurred_at, received_at, ltv, event_id,
        attributes, context, mismatched
    FROM events
), driven AS (
    SELECT slot, profile_id, brand_id, name_id, occurred_at, received_at, ltv, event_id,
        attributes, context, mismatched
    FROM expected
)
SELECT
    (SELECT count(*) FROM (TABLE packed EXCEPT ALL TABLE driven) AS more)
        + (SELECT count(*) FROM (TABLE driven EXCEPT ALL TABLE packed) AS less)
"""
numbers = itertools.count()


async def insert_by_driver(shop: Shop, event: Event) -> None:
    """Put an event's row into the other table, each value by the driver's own encoder."""
    async with shop.database.connection() as connection:
        await connection.execute(
            BY_DRIVER,
            shop.brand_id,
            event.name,
            event.occurred_at,
            NOON,
            event.ltv,
            event.event_id,
            event.attributes_json,
            event.context_json,
        )


# The last microsecond of the calendar is left out: the driver makes "infinity" of it.
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sent=st.lists(SENT, min_size=1, max_size=6))
@example(
    sent=[
        {
            "attributes": {"": "", "\U0001f600": "\u202e", "a": {}, "b": [], "n": -0.0},
            "at": datetime(2000, 1, 1, tzinfo=UTC),
            "ltv": -1.5,
            "event_id": "",
            "context": b"{}",
        },
        {
            "attributes": {},
            "at": datetime(9999, 12, 31, 23, 59, 59, 999_998, tzinfo=UTC),
            "ltv": 1.7976931348623157e308,
            "event_id": "\u00e9" * 100,
            "context": None,
        },
    ]
)
async def test_packed_rows_are_the_rows_that_the_driver_makes(
    shop: Shop, sent: list[dict[str, Any]]
) -> None:
    """Whatever the values: a length that is off by one would shift every column behind it."""
    # Each has a name and a person of its own, so that no value contradicts another's type.
    named = [(f"Event {next(numbers)}", values) for values in sent]
    events = [shop.event(name, name, **values) for name, values in named]

    await shop.send(*events)

    async with shop.database.connection() as connection:
        await connection.execute(CREATE_EXPECTED)
    for event in events:
        await insert_by_driver(shop, event)
    async with shop.database.connection() as connection:
        assert await connection.fetchval(DIFFERENCE) == 0


async def test_an_event_is_kept_with_everything_that_was_sent(shop: Shop) -> None:
    """One event, read back whole."""
    await shop.send(
        shop.event(
            "ada",
            "Bought",
            {"price": 12.5, "tags": ["a", None], "city": "मुंबई"},
            at=NOON - timedelta(days=9_000),
            ltv=-3.25,
            event_id="e-1",
            context=b'{"page": {"url": "https://example.com/?a=1&b=2"}}',
        )
    )

    profile = await shop.profile("ada")
    assert profile is not None
    assert await shop.events() == [
        KeptEvent(
            ref=profile.ref,
            name="Bought",
            occurred_at=NOON - timedelta(days=9_000),
            received_at=NOON,
            ltv=-3.25,
            event_id="e-1",
            attributes={"price": 12.5, "tags": ["a", None], "city": "मुंबई"},
            context={"page": {"url": "https://example.com/?a=1&b=2"}},
            mismatched=None,
        )
    ]


async def test_json_is_kept_as_sent_down_to_its_numbers(shop: Shop) -> None:
    """What fits is passed on untouched: no number goes through a float on its way."""
    await shop.send(
        shop.event("ada", json=b'{"amount": 0.1000000000000000055511151231257827, "n": 1.50}')
    )

    async with shop.database.connection() as connection:
        kept = await connection.fetchval("SELECT attributes::text FROM events")
    assert kept == '{"n": 1.50, "amount": 0.1000000000000000055511151231257827}'


async def test_of_a_name_sent_twice_the_last_value_is_kept(shop: Shop) -> None:
    """Checked and stored alike: else a value could come in under another one's type."""
    await shop.send(shop.event("ada", json=b'{"price": "one", "price": 2}'))
    await shop.send(shop.event("ada", json=b'{"price": 3, "price": "four"}'))

    found = [(kept.attributes, kept.mismatched) for kept in await shop.events()]
    assert sorted(found, key=repr) == [({"price": 2}, None), ({}, {"price": "four"})]
