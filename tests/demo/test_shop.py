"""The demo's shop: the same for a seed, taken by the wire, and worth making segments of."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from tidings.base.ids import BrandId
from tidings.brands.model import Api, Brand
from tidings.demo.countries import COUNTRIES, country_of, mobile_of
from tidings.demo.rhythm import Rhythm
from tidings.demo.shop import History, Shop
from tidings.events.accept import EventRules
from tidings.schema.check import type_of
from tidings.schema.model import AttributeType
from tidings.web.notifyvisitors.parse import parse_events, parse_users

NOW = datetime(2026, 3, 30, 12, 34, 56, tzinfo=UTC)  # a day after clocks changed in Europe
DAYS = 90
BRAND = Brand(
    brand_id=BrandId(1),
    name="Demo shop",
    time_zone=ZoneInfo("UTC"),
    merging=False,
    calls_per_minute=dict.fromkeys(Api, 1_000),
)


def histories(customers: int, *, seed: int = 7, ends_at: datetime = NOW) -> list[History]:
    """Make a shop's first customers."""
    shop = Shop(seed=seed, days=DAYS, ends_at=ends_at)
    return [shop.history(index) for index in range(customers)]


def events_of(made: Sequence[History]) -> list[dict[str, Any]]:
    """Put everybody's events together."""
    return [event for history in made for event in history.events]


def without_times(made: Sequence[History]) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Leave out what says when; events that now happen at other times stay in their order."""
    return [
        (
            history.user["user_attributes"] | {"signed_up_at": ""},
            sorted(
                (event | {"event_time": ""} for event in history.events),
                key=lambda event: int(event["event_id"].rpartition("-")[2]),
            ),
        )
        for history in made
    ]


def test_the_same_seed_makes_the_same_shop_whenever_it_is_made() -> None:
    """A tutorial can say what its reader will see; only the times move with the clock."""
    first = histories(60)
    assert histories(60) == first
    later = histories(60, ends_at=NOW + timedelta(days=3, hours=5))
    assert later != first
    assert without_times(later) == without_times(first)


def test_another_seed_makes_other_people() -> None:
    """Else a second shop in one brand would overwrite the first."""
    ids = {history.user["userID"] for history in histories(60)}
    others = {history.user["userID"] for history in histories(60, seed=8)}
    assert (len(ids), len(others), ids & others) == (60, 60, set())


def test_the_wire_takes_everything() -> None:
    """The demo is a client like any other; a refused record would end it half-way."""
    made = histories(100)
    events = events_of(made)
    users = msgspec.json.encode({"nv": [history.user for history in made]})
    assert len(parse_users(users, BRAND, NOW).changes) == 100
    rules = EventRules()
    for start in range(0, len(events), 1_000):
        call = events[start : start + 1_000]
        body = msgspec.json.encode({"nv": call})
        assert len(parse_events(body, BRAND, NOW, rules, with_users=False).events) == len(call)


def test_an_attribute_has_one_type_throughout() -> None:
    """The first value locks the type, so a second one would be kept aside with a warning."""
    types: dict[tuple[str, str], set[AttributeType | None]] = {}
    made = histories(300)
    records = [("", history.user["user_attributes"]) for history in made]
    records += [(event["event_name"], event["attributes"]) for event in events_of(made)]
    for owner, attributes in records:
        for name, value in attributes.items():
            types.setdefault((owner, name), set()).add(type_of(value))
    assert {where: found for where, found in types.items() if len(found) > 1} == {}
    assert types["Order Placed", "items"] == {AttributeType.OBJECT_ARRAY}
    assert types["", "signed_up_at"] == types["", "birth_date"] == {AttributeType.DATE}


def test_everything_happens_within_the_days_and_in_order() -> None:
    """An event of the future or before the beginning would spoil every report over time."""
    made = histories(300)
    starts = (NOW - timedelta(days=DAYS, hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    ends = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    for history in made:
        times = [event["event_time"] for event in history.events]
        assert times == sorted(times)
        assert all(starts <= time <= ends for time in times)
    assert len({event["event_id"] for event in events_of(made)}) == len(events_of(made))


def test_the_shop_is_plausible() -> None:
    """A fifth of the default shop: a funnel, lapsed buyers, and opt-ins that are not all one."""
    made = histories(1_000)
    events = events_of(made)
    assert 12_000 <= len(events) <= 24_000
    counts = Counter(event["event_name"] for event in events)
    funnel = ("Product Viewed", "Added To Cart", "Checkout Started", "Order Placed")
    stages = [counts[name] for name in funnel]
    assert stages == sorted(stages, reverse=True)
    assert 0 < counts["Order Returned"] < counts["Product Reviewed"] < counts["Order Placed"]

    recent = (NOW - timedelta(days=30)).isoformat()
    orders = [event for event in events if event["event_name"] == "Order Placed"]
    buyers = {order["userID"] for order in orders}
    lately = {order["userID"] for order in orders if order["event_time"] >= recent}
    assert 300 <= len(buyers) <= 700
    assert 100 <= len(buyers - lately) <= len(buyers) - 100
    for order in orders:
        paid = order["attributes"]
        bought = sum(item["price"] * item["quantity"] for item in paid["items"])
        total = round(bought - paid["discount"] + paid["shipping"], 2)
        assert total == order["ltv"] == paid["total_amount"]

    people = [history.user["user_attributes"] for history in made]
    assert {person["email_opt_in"] for person in people} == {0, 1, 2}
    assert {person["email"].rpartition("@")[2] for person in people} == {
        "example.com",
        "example.org",
        "example.net",
    }


def test_no_two_customers_share_an_address_or_a_number() -> None:
    """With merging on they would claim one another's."""
    people = [history.user["user_attributes"] for history in histories(2_000)]
    for name in ("email", "mobile"):
        given = [person[name] for person in people if name in person]
        assert len(set(given)) == len(given) > 500


def test_numbers_end_where_the_range_that_is_kept_for_fiction_ends() -> None:
    """The next one could ring somewhere."""
    britain = next(country for country in COUNTRIES if country.code == "GB")
    assert mobile_of(britain, 999) == "+447700900999"
    assert mobile_of(britain, 1_000) is None
    germany = next(country for country in COUNTRIES if country.code == "DE")
    assert [mobile_of(germany, serial) for serial in (99, 100, 200)] == [
        "+491713920099",
        "+4917604069000",
        None,
    ]
    serials = [serial for country, serial in map(country_of, range(100)) if country is britain]
    assert serials == list(range(20))


def test_a_rhythm_keeps_the_order_and_both_ends() -> None:
    """Across a change of clocks too: what comes later in shop time comes later in the calendar."""
    rhythm = Rhythm(days=10, ends_at=NOW, zone=ZoneInfo("Europe/Berlin"))
    instants = [rhythm.at(day / 100) for day in range(1_001)]
    assert instants == sorted(instants)
    assert (instants[0], instants[-1]) == (NOW - timedelta(days=10), NOW)
