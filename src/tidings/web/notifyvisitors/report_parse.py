"""From the JSON of the Reporting API to what is asked, or every mistake in it: pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo

import msgspec

from tidings.base import limits
from tidings.base.errors import Mistake
from tidings.base.times import parse_instant
from tidings.brands.model import Brand
from tidings.campaigns.model import CampaignId
from tidings.reports.model import CampaignsAsked
from tidings.web.notifyvisitors.campaign_records import LARGEST_ID
from tidings.web.notifyvisitors.report_records import ReportsQuery
from tidings.web.reading import read_call, refuse

# The driver takes the ends of what Python can count for infinity.
_EVER = datetime.max.replace(tzinfo=UTC)
_NEVER = datetime.min.replace(tzinfo=UTC)
_DAY = timedelta(days=1)
_LAST_DAY = _EVER - _DAY
_DATE_CHARACTERS = 10
_NO_RECORDS = ""  # no field has this name: the body is one record itself
_MOST_DIGITS = 19  # Python refuses to read a number of thousands of digits, by an error of its own
_decoder = msgspec.json.Decoder(ReportsQuery)


def parse_reports_query(body: bytes, query: Mapping[str, str], brand: Brand) -> CampaignsAsked:
    """Read `report/campaigns`, whose fields may come in the URL instead of the body.

    Shape:  to - a date alone is that whole day.
    Errors: `invalid` for every mistake. An unknown parameter is one: without it the answer would
            be about other campaigns than the caller believes.
    """
    sent = read_call(body or b"{}", _decoder, ReportsQuery, under=_NO_RECORDS)
    names = ReportsQuery.__struct_encode_fields__
    mistakes = [
        Mistake(f"is unknown here; known are {', '.join(names)}", name)
        for name in query
        if name not in names
    ]
    zone = brand.clock_zone
    since = _time(query.get("from", sent.from_), zone, _NEVER)
    until = _until(query.get("to", sent.to), zone)
    for name, instant in (("from", since), ("to", until)):
        if instant is None:
            mistakes.append(Mistake("must be a time such as 2026-11-27 04:08:18", name))
    size = _number(query["limit"]) if "limit" in query else sent.limit
    if size is None or not 1 <= size <= limits.MAX_CAMPAIGNS_PER_PAGE:
        mistakes.append(Mistake(f"must be from 1 to {limits.MAX_CAMPAIGNS_PER_PAGE}", "limit"))
    cursor = query.get("cursor", sent.cursor)
    before = LARGEST_ID if cursor is None else _number(cursor)
    if before is None or not 1 <= before <= LARGEST_ID:
        mistakes.append(Mistake("is not a cursor of an earlier answer", "cursor"))
    if mistakes or since is None or until is None or size is None or before is None:
        raise refuse(mistakes)
    return CampaignsAsked(
        since, until, query.get("channel", sent.channel), CampaignId(before), size
    )


def _time(text: str | None, zone: tzinfo, default: datetime) -> datetime | None:
    return default if text is None else parse_instant(text, zone)


def _until(text: str | None, zone: tzinfo) -> datetime | None:
    until = _time(text, zone, _EVER)
    if until is None or text is None or len(text) != _DATE_CHARACTERS:
        return until
    return min(until, _LAST_DAY) + _DAY


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else None
