"""What /openapi.json says of the Reporting API."""

from collections.abc import Mapping
from functools import partial

from tidings.base import limits
from tidings.base.errors import Code
from tidings.web.notifyvisitors import report_examples as examples
from tidings.web.notifyvisitors.answers import WrappedRefusal
from tidings.web.notifyvisitors.campaign_records import CampaignReference
from tidings.web.notifyvisitors.report_answers import ReportFound, ReportsListed
from tidings.web.notifyvisitors.report_records import ReportsQuery
from tidings.web.openapi import Description

_IN_URL = "The fields may come in the body or in the URL."
_say = partial(
    Description,
    refusal=WrappedRefusal,
    messages={
        Code.INVALID: "Error: from must be a time such as 2026-11-27 04:08:18.",
        Code.NOT_FOUND: "Brand 1001 has no campaign 7.",
    },
)

DESCRIPTIONS: Mapping[str, Description] = {
    "/api/v1/report/campaigns": _say(
        summary="List campaigns with what became of their messages",
        text="The latest first, by when they began, or are to begin, or were made; send the "
        f"answer's `cursor` to go on. {_IN_URL}",
        body=ReportsQuery,
        query=ReportsQuery,
        answer=ReportsListed,
        examples=examples.QUERY,
        answer_example=examples.LISTED,
    ),
    "/api/v1/report/campaign": _say(
        summary="Report one campaign",
        text="With rates, and by day, by template and by link, of which the "
        f"{limits.MAX_REPORT_LINKS:,} most clicked are told. {_IN_URL}",
        body=CampaignReference,
        query=CampaignReference,
        answer=ReportFound,
        examples=examples.REFERENCE,
        answer_example=examples.REPORTED,
        refused_with=(Code.NOT_FOUND,),
    ),
}
