"""Reports as comma-separated values: the same columns in every row, and no formulas."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime

from tests.docs.pages import DOCS, code_in, rows_of
from tidings.campaigns.model import CampaignId, State
from tidings.channels.model import ChannelId
from tidings.messages.model import LaneId
from tidings.reports.model import (
    CampaignLine,
    CampaignReport,
    Counts,
    LinkClicks,
    ReportedCampaign,
)
from tidings.reports.report import rates_of
from tidings.reports.sheet import (
    CAMPAIGN_COLUMNS,
    COUNT_COLUMNS,
    REPORT_COLUMNS,
    campaigns_sheet,
    counts_sheet,
    report_sheet,
)

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
COUNTS = Counts(
    intended=10,
    skipped={"opted_out": 2, "capped": 1},
    sent=5,
    failed={"recipient": 1},
    clicked=3,
    converted=1,
    revenue=9.5,
)
CAMPAIGN = ReportedCampaign(
    CampaignId(7), 'Sale, "big"', ChannelId(1), State.SENDING, LaneId(1), AT, AT, AT, None
)
LINE = CampaignLine(CAMPAIGN, "mail", COUNTS)
ROW = ["10", "1", "3", "5", "1", *["0"] * 3, "3", *["0"] * 5, "1", "9.5"]
NOTHING = [""] * len(COUNT_COLUMNS)


def read(text: str) -> list[list[str]]:
    """Read what was written, as another program does."""
    return list(csv.reader(io.StringIO(text), strict=True))


def with_only(column: str, number: str) -> list[str]:
    """Return the cells of a row that has one number."""
    return [number if name == column else "" for name in COUNT_COLUMNS]


def test_each_campaign_is_a_row() -> None:
    """What has not happened yet is empty."""
    head, row = read(campaigns_sheet([LINE]))

    assert head == list(CAMPAIGN_COLUMNS)
    assert row == [
        *("7", 'Sale, "big"', "mail", "sending", "2026-11-21T09:00:00+00:00", ""),
        *ROW,
    ]


def test_a_report_has_a_row_for_everything_it_tells_apart() -> None:
    """`by` says what a row is about, so that programs can choose."""
    report = CampaignReport(
        line=LINE,
        rates=rates_of(COUNTS),
        days=[(date(2026, 11, 21), COUNTS)],
        templates=[("spring", COUNTS)],
        links=[LinkClicks("https://shop.test/?a=1,2", 3)],
    )

    head, *rows = read(report_sheet(report))

    assert head == list(REPORT_COLUMNS)
    assert rows == [
        ["all", "", *ROW],
        ["skipped by reason", "opted_out", *with_only("skipped", "2")],
        ["skipped by reason", "capped", *with_only("skipped", "1")],
        ["failed by reason", "recipient", *with_only("failed", "1")],
        ["template", "spring", *ROW],
        ["day", "2026-11-21", *ROW],
        ["link", "https://shop.test/?a=1,2", *with_only("clicked", "3")],
    ]


def test_a_text_that_a_spreadsheet_would_run_is_only_a_text() -> None:
    """Names and links are other people's."""
    line = LINE._replace(campaign=replace(CAMPAIGN, name="=HYPERLINK(1)"), channel="@a")

    assert read(campaigns_sheet([line]))[1][1:3] == ["'=HYPERLINK(1)", "'@a"]


def test_a_number_below_nothing_stays_a_number() -> None:
    """Refunds are."""
    assert read(counts_sheet("day", [("2026-11-21", Counts(revenue=-2.5))]))[1][-1] == "-2.5"


def test_every_column_is_on_the_page() -> None:
    """A program that reads a sheet is written from it."""
    rows = rows_of(DOCS / "reports.md", "column", "meaning")
    printed = [name for names, _ in rows for name in code_in(names)]
    assert sorted(printed) == sorted({*CAMPAIGN_COLUMNS, *REPORT_COLUMNS})
