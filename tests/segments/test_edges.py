"""The promises of docs/segments.md at their edges, one by one and by hand."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.segments.histories import INJECTIONS
from tests.segments.reference import Happening, Judge, Somebody
from tests.segments.world import BOUGHT, NOON, VIEWED, clear, found, ref, store, tree
from tidings.base.ids import BrandId
from tidings.segments.compile import Scope, compile_members
from tidings.storage.pool import Database

FINEST = timedelta(microseconds=1)
NEW_YORK, KOLKATA = ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata")
ST_JOHNS = ZoneInfo("America/St_Johns")


async def members(
    database: Database,
    definition: object,
    people: list[Somebody],
    *,
    now: datetime = NOON,
    zone: tzinfo = UTC,
) -> list[int]:
    """Return the numbers of the people whom a definition has; the reference must agree."""
    await clear(database)
    brand_id = await store(database, people)
    node = tree(definition, zone)
    got = await found(database, compile_members(node, Scope(brand_id, zone, now)))
    assert got == sorted(who.ref for who in people if Judge(now, zone).meets(who, node))
    return sorted(one.profile_id for one in got)


def having(**attributes: Any) -> list[Somebody]:
    """Return a person for each of several values of an attribute, numbered from 0."""
    ((name, values),) = attributes.items()
    return [Somebody(ref(number), NOON, {name: one}) for number, one in enumerate(values)]


def doing(*times: datetime | list[datetime]) -> list[Somebody]:
    """Return a person for each time or times of buying, numbered from 0."""
    return [
        Somebody(ref(n), NOON, {}, [Happening(BOUGHT, at, {}) for at in all_of(one)])
        for n, one in enumerate(times)
    ]


def all_of(times: datetime | list[datetime]) -> list[datetime]:
    """Return several times."""
    return times if isinstance(times, list) else [times]


async def test_what_happened_exactly_so_long_ago_is_in_the_last(database: Database) -> None:
    """And what a wrong clock puts ahead of now counts as now."""
    edge = NOON - timedelta(days=7)
    people = doing(edge, edge - FINEST, NOON, NOON + timedelta(hours=5))

    assert await members(database, {"event": {"name": "Bought", "in_last": "7 days"}}, people) == [
        *(0, 2, 3)
    ]


async def test_a_window_has_its_beginning_and_not_its_end(database: Database) -> None:
    """So two windows that follow each other have everything once."""
    start, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    window = {"name": "Bought", "from": "2026-03-01", "until": "2026-04-01"}

    people = doing(start, start - FINEST, end, end - FINEST)

    assert await members(database, {"event": window}, people) == [0, 3]


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        (KOLKATA, "2026-03-07T18:30:00+00:00"),
        (ST_JOHNS, "2026-03-08T03:30:00+00:00"),
        (NEW_YORK, "2026-03-08T05:00:00+00:00"),
    ],
)
async def test_a_day_begins_at_midnight_of_the_brand(
    database: Database, zone: tzinfo, midnight: str
) -> None:
    """Half hours, and a day that has only 23 of them."""
    start = datetime.fromisoformat(midnight)
    length = 23 if zone is not KOLKATA else 24
    end = start + timedelta(hours=length)
    window = {"name": "Bought", "from": "2026-03-08", "until": "2026-03-09"}

    people = doing(start - FINEST, start, end - FINEST, end)

    assert await members(database, {"event": window}, people, zone=zone) == [1, 2]


async def test_a_date_is_on_the_brands_day_or_where_its_offset_says(database: Database) -> None:
    """A date alone is a day of the brand's; 20:00 in London is the next day in Kolkata."""
    people = having(
        renewal=[
            *("2026-03-29", "2026-03-28T23:59:59.999999", "2026-03-28T18:30:00Z"),
            *("2026-03-28T18:29:59Z", "2026-03-29T18:29:59Z", "2026-03-29T18:30Z", None, "x"),
        ]
    )

    def asked(**operator: Any) -> Any:
        return members(database, {"attribute": "renewal", **operator}, people, zone=KOLKATA)

    assert await asked(equals="2026-03-29") == [0, 2, 4]
    assert await asked(before="2026-03-29") == [1, 3]
    assert await asked(after="2026-03-29") == [5]
    assert await asked(between=["2026-03-28", "2026-03-29"]) == [0, 1, 2, 3, 4]
    assert await asked(not_equals="2026-03-29") == [1, 3, 5, 6, 7]
    assert await asked(in_last_days=0) == [0, 2, 4]
    assert await asked(in_last_days=1) == [0, 1, 2, 3, 4]
    assert await asked(in_next_days=1) == [0, 2, 4, 5]


async def test_who_was_born_on_a_29th_of_february_has_the_28th(database: Database) -> None:
    """In three years of four there would be no birthday otherwise."""
    people = having(renewal=["2000-02-29", "2000-02-28", "2000-03-01", "2000-02-29T23:00-05:00"])
    today = {"attribute": "renewal", "anniversary_within_days": 0}

    in_2027 = await members(database, today, people, now=datetime(2027, 2, 28, 12, tzinfo=UTC))
    in_2028 = await members(database, today, people, now=datetime(2028, 2, 28, 12, tzinfo=UTC))

    assert (in_2027, in_2028) == ([0, 1, 3], [1])


async def test_an_anniversary_comes_round_over_new_year(database: Database) -> None:
    """The day is asked for, not a number of the year."""
    people = having(renewal=["1990-12-30", "1990-12-31", "1990-01-02", "1990-01-03"])
    soon = {"attribute": "renewal", "anniversary_within_days": 2}

    now = datetime(2026, 12, 31, 12, tzinfo=UTC)

    assert await members(database, soon, people, now=now) == [1, 2]


async def test_one_thing_follows_another_within_a_time(database: Database) -> None:
    """At the same microsecond there is no order; the time itself is included."""
    steps = {"first": {"name": "Viewed"}, "then": {"name": "Bought"}, "within": "2 hours"}
    gaps = [timedelta(0), FINEST, timedelta(hours=2), timedelta(hours=2) + FINEST, -FINEST]
    people = [
        Somebody(
            ref(number),
            NOON,
            {},
            [
                Happening(VIEWED, NOON - timedelta(days=3), {}),
                Happening(VIEWED, NOON, {}),
                Happening(BOUGHT, NOON + gap, {}),
            ],
        )
        for number, gap in enumerate(gaps)
    ]

    assert await members(database, {"sequence": steps}, people) == [1, 2]


async def test_capital_letters_are_made_small_one_by_one(database: Database) -> None:
    """Not folded: that would make ss of ß, and only the newest PostgreSQL can do it."""
    people = having(
        city=["STRASSE", "straße", "Straẞe", "ΑΣ", "ας", "\u03b1\u03c3", "İ", "i", "É", "e\u0301"]
    )

    async def like(text: str) -> list[int]:
        asked = {"attribute": "city", "equals": text, "ignore_case": True}
        return await members(database, asked, people)

    assert await like("STRAẞE") == [1, 2]
    assert await like("\u03b1\u03a3") == [3, 5]
    assert await like("I") == [6, 7]
    assert await like("é") == [8]


async def test_numbers_are_compared_as_they_were_written(database: Database) -> None:
    """As binary fractions, 0.1 and 0.2 are more than 0.3, and 2**53 + 1 is 2**53."""
    history = [Happening(BOUGHT, NOON, {"price": price}) for price in (0.1, 0.2)]
    people = [Somebody(ref(0), NOON, {"age": 2**53 + 1}, history)]
    for definition in (
        {"event": {"name": "Bought", "sum": {"attribute": "price", "equals": 0.3}}},
        {"event": {"name": "Bought", "avg": {"attribute": "price", "equals": 0.15}}},
        {"attribute": "age", "greater_than": 2**53},
    ):
        assert await members(database, definition, people) == [0]


@pytest.mark.parametrize("text", INJECTIONS)
async def test_a_text_stays_a_text_wherever_it_stands(database: Database, text: str) -> None:
    """Somebody will paste SQL into a field, and somebody will mean it."""
    person = Somebody(
        ref(1), NOON, {"city": text}, [Happening(BOUGHT, NOON, {"sku": text}, {text: text})]
    )
    other = Somebody(ref(2), NOON, {"city": "Pune"}, [Happening(BOUGHT, NOON, {"sku": "x"}, {})])
    asked: list[dict[str, Any]] = [
        *(
            {"attribute": "city", operator: text, "ignore_case": ignore}
            for operator in ("equals", "contains", "starts_with", "ends_with")
            for ignore in (True, False)
        ),
        {"attribute": "city", "in": [text]},
        {"not": {"attribute": "city", "matches_none": [text, text]}},
        {"event": {"name": "Bought", "where": [{"attribute": "sku", "equals": text}]}},
        {"event": {"name": "Bought", "where": [{"context": text, "equals": text}]}},
    ]

    for definition in asked:
        assert await members(database, definition, [person, other]) == [1]
    salted = {"random": {"percent": 100, "salt": text}}
    assert await members(database, salted, [person, other]) == [1, 2]


def test_no_text_of_a_definition_is_in_its_sql() -> None:
    """Names of attributes and events come from senders, too."""
    scope = Scope(BrandId(1), UTC, NOON, people=[ref(1)])
    where = [{"context": "walrus.vole", "equals": "urial"}]
    definition = {
        "any": [
            {"attribute": "city", "in": ["zebra", "yak"], "ignore_case": True},
            {"attribute": "tags", "contains": "xerus"},
            {"event": {"name": "Bought", "where": where}},
            {"event": {"name": "Viewed", "distinct": {"attribute": "sku", "at_least": 1}}},
            {"random": {"percent": 5, "salt": "tapir"}},
        ]
    }

    text = compile_members(tree(definition), scope).text

    named = [
        "zebra",
        "yak",
        "xerus",
        "walrus",
        "vole",
        "urial",
        "tapir",
        "city",
        "tags",
        "sku",
        "Bought",
        "Viewed",
    ]
    assert [word for word in named if word in text] == []
