"""Which texts are times, and which instants they are."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings.base.times import is_date, parse_instant

KOLKATA = ZoneInfo("Asia/Kolkata")
NEW_YORK = ZoneInfo("America/New_York")
ZONES = ["UTC", "Asia/Kolkata", "America/New_York", "America/St_Johns", "Australia/Lord_Howe"]

DOCUMENTED = {
    "2022-03-27": datetime(2022, 3, 27, tzinfo=UTC),
    "2022-03-27 04:08": datetime(2022, 3, 27, 4, 8, tzinfo=UTC),
    "2022-03-27T04:08": datetime(2022, 3, 27, 4, 8, tzinfo=UTC),
    "2022-03-27 04:08:18": datetime(2022, 3, 27, 4, 8, 18, tzinfo=UTC),
    "2022-03-27T04:08:18": datetime(2022, 3, 27, 4, 8, 18, tzinfo=UTC),
    "2022-03-27T04:08:18.5": datetime(2022, 3, 27, 4, 8, 18, 500_000, tzinfo=UTC),
    "2022-03-27T04:08:18.123456789": datetime(2022, 3, 27, 4, 8, 18, 123_456, tzinfo=UTC),
    "2022-03-27T04:08:18Z": datetime(2022, 3, 27, 4, 8, 18, tzinfo=UTC),
    "2022-03-27T04:08:18+0530": datetime(2022, 3, 26, 22, 38, 18, tzinfo=UTC),
    "2022-03-27T04:08:18+05:30": datetime(2022, 3, 26, 22, 38, 18, tzinfo=UTC),
    "2022-03-27 04:08:18-0330": datetime(2022, 3, 27, 7, 38, 18, tzinfo=UTC),
    "2022-03-27T04:08+23:59": datetime(2022, 3, 26, 4, 9, tzinfo=UTC),
    "2022-03-27T04:08-23:59": datetime(2022, 3, 28, 4, 7, tzinfo=UTC),
    "2024-02-29": datetime(2024, 2, 29, tzinfo=UTC),
}

OTHERS = [
    "",
    "2022",
    "2022-03",
    "20220327",
    "2022-W12-7",
    "2022-086",
    "2022-3-27",
    "22-03-27",
    "+2022-03-27",
    "27-03-2022",
    "2022/03/27",
    " 2022-03-27",
    "2022-03-27 ",
    "2022-03-27\n",
    "2022-03-27T",
    "2022-03-27t04:08",
    "2022-03-27  04:08",
    "2022-03-27T04",
    "2022-03-27T0408",
    "2022-03-27T04:08:18.",
    "2022-03-27T04:08:18,5",
    "2022-03-27T04:08:18.1234567890",
    "2022-03-27T04:08:18z",
    "2022-03-27T04:08:18 Z",
    "2022-03-27T04:08:18+05",
    "2022-03-27T04:08:18+5:30",
    "2022-03-27Z",
    "2022-03-27+05:30",
    "2022-03-27T04:08:18 UTC",
    "Sun, 27 Mar 2022 04:08:18 GMT",
    "1648354098",
    # Digits of other scripts, which \\d would take: Arabic, Devanagari, full width.
    "\u0662\u0660\u0662\u0662-03-27",
    "\u0968\u0966\u0968\u0968-03-27",
    "2022-03-2\uff17",
]

IMPOSSIBLE = [
    "2021-02-29",
    "1900-02-29",
    "2022-04-31",
    "2022-13-01",
    "2022-00-10",
    "2022-01-00",
    "0000-01-01",
    "2022-03-27T24:00:00",
    "2022-03-27T25:00",
    "2022-03-27T04:60",
    "2022-03-27T04:08:60",
    "2022-03-27T04:08+24:00",
    "2022-03-27T04:08+05:60",
    "2022-03-27T04:08+05:99",
    "2022-03-27T04:08-99:00",
]


@pytest.mark.parametrize(("text", "instant"), DOCUMENTED.items())
def test_every_documented_form_is_read(text: str, instant: datetime) -> None:
    """They stand in the vendor's documentation; clients send each of them."""
    assert (parse_instant(text, UTC), is_date(text)) == (instant, True)


@pytest.mark.parametrize("text", OTHERS)
def test_no_other_form_is_a_time(text: str) -> None:
    """A text taken for a date by mistake locks its attribute to Date for good."""
    assert (parse_instant(text, UTC), is_date(text)) == (None, False)


@pytest.mark.parametrize("text", IMPOSSIBLE)
def test_a_day_or_time_that_does_not_exist_is_no_time(text: str) -> None:
    """Known bug 16: a bad time became 1970, or the time of receipt. It is refused."""
    assert (parse_instant(text, UTC), is_date(text)) == (None, False)


def test_a_time_without_offset_is_in_the_brands_zone() -> None:
    """The vendor's clients write local times; half past nine in Kolkata is four in London."""
    assert parse_instant("2022-03-27 09:30", KOLKATA) == datetime(2022, 3, 27, 4, tzinfo=UTC)


def test_a_time_with_offset_is_not_moved_by_the_brands_zone() -> None:
    """Who says where he is does not have to be where the brand is."""
    assert parse_instant("2022-03-27 09:30Z", KOLKATA) == datetime(2022, 3, 27, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2021-03-14 01:59:59", datetime(2021, 3, 14, 6, 59, 59, tzinfo=UTC)),
        ("2021-03-14 02:30:00", datetime(2021, 3, 14, 7, 30, tzinfo=UTC)),
        ("2021-03-14 03:00:00", datetime(2021, 3, 14, 7, 0, tzinfo=UTC)),
    ],
)
def test_a_time_that_the_clocks_skipped_is_read_by_the_old_offset(
    text: str, instant: datetime
) -> None:
    """Refusing a whole batch for an hour that a careless client made up would help nobody."""
    assert parse_instant(text, NEW_YORK) == instant


def test_a_time_that_came_twice_is_the_first_of_the_two() -> None:
    """Nothing in the text says which; an hour too early never makes an event lie in the future."""
    twice = parse_instant("2021-11-07 01:30:00", NEW_YORK)

    assert twice == datetime(2021, 11, 7, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"])
def test_a_time_beyond_the_calendar_is_a_date_without_an_instant(text: str) -> None:
    """As an event's time it is refused; as a value it is stored as the text it came as."""
    assert (parse_instant(text, UTC), is_date(text)) == (None, True)


@given(
    instant=st.datetimes(
        min_value=datetime(1, 1, 3),  # noqa: DTZ001 - the strategy adds the zone
        max_value=datetime(9999, 12, 29),  # noqa: DTZ001 - as above
        timezones=st.just(UTC),
    ),
    offset_minutes=st.integers(-23 * 60 - 59, 23 * 60 + 59),
    separator=st.sampled_from("T "),
    brand_zone=st.sampled_from(ZONES),
)
def test_any_instant_written_with_any_offset_is_read_back(
    instant: datetime, offset_minutes: int, separator: str, brand_zone: str
) -> None:
    """What a client writes in its own time zone is the same instant here."""
    there = instant.astimezone(timezone(timedelta(minutes=offset_minutes)))

    read = parse_instant(there.isoformat(separator), ZoneInfo(brand_zone))

    assert read == instant
    assert read is not None
    assert read.tzinfo is UTC


@given(
    instant=st.datetimes(
        min_value=datetime(1990, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
        max_value=datetime(2100, 1, 1),  # noqa: DTZ001 - as above
        timezones=st.just(UTC),
    ),
    zone=st.sampled_from(ZONES),
)
def test_any_local_time_is_read_back_in_its_zone(instant: datetime, zone: str) -> None:
    """Summer times, also of half an hour; a time that comes twice is the first."""
    there = instant.astimezone(ZoneInfo(zone))

    read = parse_instant(there.replace(tzinfo=None).isoformat(" "), ZoneInfo(zone))

    assert read == there.replace(fold=0).astimezone(UTC)


@given(st.text())
def test_any_text_is_read_or_not_but_never_breaks(text: str) -> None:
    """Texts come from strangers. What has an instant is a date."""
    assert is_date(text) or parse_instant(text, UTC) is None


@given(st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:]{4,8}([.][0-9]*)?[Z+-]?[0-9:]*)?"))
def test_whatever_looks_like_a_date_is_read_or_not_but_never_breaks(text: str) -> None:
    """Near misses are where a reader breaks, if anywhere."""
    assert is_date(text) or parse_instant(text, UTC) is None
