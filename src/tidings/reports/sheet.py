"""Reports as comma-separated values, for other programs: pure."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from tidings.reports.model import CampaignLine, CampaignReport, Counts, LinkClicks

COUNT_COLUMNS = (
    "intended",
    "waiting",
    "skipped",
    "sent",
    "failed",
    "delivered",
    "opened",
    "unique_opened",
    "clicked",
    "unique_clicked",
    "bounced",
    "complained",
    "unsubscribed",
    "scanned",
    "converted",
    "revenue",
)
"""What stands in every row, in this order."""

CAMPAIGN_COLUMNS = (
    "campaign_id",
    "name",
    "channel",
    "state",
    "started_at",
    "finished_at",
    *COUNT_COLUMNS,
)
REPORT_COLUMNS = ("by", "key", *COUNT_COLUMNS)

# Programs for tables take a text that begins so for a formula, and run it; of numbers and
# times none does.
_FORMULA = re.compile(r"[=+\-@\t\r]")


def campaigns_sheet(lines: Iterable[CampaignLine]) -> str:
    """Write a row for each campaign."""
    return _written(
        CAMPAIGN_COLUMNS,
        (
            [
                one.campaign.campaign_id,
                one.campaign.name,
                one.channel,
                one.campaign.state.value,
                _instant(one.campaign.started_at),
                _instant(one.campaign.finished_at),
                *numbers_of(one.counts),
            ]
            for one in lines
        ),
    )


def report_sheet(report: CampaignReport) -> str:
    """Write a row for the whole campaign, and for each reason, template, day and link of it."""
    counts = report.line.counts
    nothing = [""] * len(COUNT_COLUMNS)
    rows: list[Sequence[object]] = [["all", "", *numbers_of(counts)]]
    for column, reasons in (("skipped", counts.skipped), ("failed", counts.failed)):
        for reason, number in reasons.items():
            rows.append([f"{column} by reason", reason, *_only(nothing, column, number)])
    rows += [["template", key, *numbers_of(one)] for key, one in report.templates]
    rows += [["day", day.isoformat(), *numbers_of(one)] for day, one in report.days]
    rows += [_link_row(one, nothing) for one in report.links]
    return _written(REPORT_COLUMNS, rows)


def counts_sheet(by: str, rows: Iterable[tuple[str, Counts]]) -> str:
    """Write a row for each of what a brand's messages are told apart by."""
    return _written(REPORT_COLUMNS, ([by, key, *numbers_of(counts)] for key, counts in rows))


def numbers_of(counts: Counts) -> list[int | float]:
    """Return the numbers of a row, in the order of `COUNT_COLUMNS`."""
    summed = {"skipped": counts.all_skipped, "failed": counts.all_failed}
    return [summed[name] if name in summed else getattr(counts, name) for name in COUNT_COLUMNS]


def _link_row(one: LinkClicks, nothing: Sequence[object]) -> Sequence[object]:
    return ["link", one.link, *_only(nothing, "clicked", one.clicked)]


def _only(nothing: Sequence[object], column: str, number: int) -> list[object]:
    cells = list(nothing)
    cells[COUNT_COLUMNS.index(column)] = number
    return cells


def _written(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([[_cell(cell) for cell in row] for row in rows])
    return text.getvalue()


def _cell(cell: object) -> object:
    if isinstance(cell, str) and _FORMULA.match(cell):
        return f"'{cell}"
    return cell


def _instant(at: datetime | None) -> str:
    return "" if at is None else at.isoformat(timespec="seconds")
