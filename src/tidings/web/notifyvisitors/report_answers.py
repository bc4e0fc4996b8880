"""The JSON that the calls of the Reporting API are answered with, as /openapi.json shows it.

`report_reply` writes them from plain dicts; tests hold what a running server answers against these
types.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from tidings.web.notifyvisitors.answers import Instant
from tidings.web.notifyvisitors.campaign_answers import ByReason, StateShown, TestShown
from tidings.web.notifyvisitors.segment_answers import NextPage

Share = Annotated[float | None, Meta(description="Of what was sent; null while nothing was.")]


class MessagesReported(Struct):
    """How many messages did what; `intended` is `skipped + sent + rejected + waiting`."""

    intended: Annotated[int, Meta(description="All of them.")]
    waiting: Annotated[int, Meta(description="Those that are still to be sent, or in hand.")]
    skipped: int
    skipped_by_reason: ByReason
    sent: int
    rejected: Annotated[int, Meta(description="Those that never will be sent.")]
    rejected_by_reason: ByReason
    delivered: int
    opened: Annotated[int, Meta(description="How often messages were opened.")]
    unique_opens: Annotated[int, Meta(description="How many messages were opened.")]
    clicked: Annotated[int, Meta(description="How often links were clicked.")]
    unique_clicks: Annotated[int, Meta(description="How many messages were clicked in.")]
    bounced: int
    complained: int
    unsubscribed: int
    scanned: Annotated[
        int, Meta(description="Openings and clicks by machines, in no other number.")
    ]
    conversions: Annotated[int, Meta(description="Goal events that messages led to.")]
    revenue: Annotated[float, Meta(description="What those were worth.")]


class CampaignReported(MessagesReported):
    """A campaign, and what became of its messages."""

    campaign_id: int
    name: str
    channel: Annotated[str, Meta(description="The key; empty for one that is gone.")]
    state: StateShown
    created_at: Instant
    send_at: Annotated[Instant | None, Meta(description="When it begins; null for a draft.")]
    started_at: Instant | None
    finished_at: Instant | None


class ReportsPage(Struct):
    """One page of campaigns, the latest first."""

    campaigns: list[CampaignReported]
    cursor: NextPage


class ReportsSuccess(Struct):
    """The page was read."""

    data: ReportsPage
    message: str
    status: Literal["success"]


class ReportsListed(Struct):
    """The answer to `report/campaigns`."""

    response: ReportsSuccess


class RatesReported(Struct):
    """Shares of what was sent, from 0 to 1; of openings and clicks, each message once."""

    delivered: Share
    opened: Share
    clicked: Share
    bounced: Share
    complained: Share
    unsubscribed: Share
    converted: Share


class DayReported(MessagesReported):
    """What happened on one day of the brand's calendar."""

    day: Annotated[str, Meta(extra_json_schema={"format": "date"})]


class TemplateReported(MessagesReported):
    """What became of the messages of one template."""

    template: Annotated[
        str,
        Meta(
            description="The key; empty for one that is gone, and for those who wait for the "
            "winner of a test."
        ),
    ]


class LinkReported(Struct):
    """How often a link was clicked."""

    link: str
    clicked: int


class CampaignReportedWhole(CampaignReported):
    """A campaign, and what became of its messages, by day, template and link."""

    test: Annotated[TestShown | None, Meta(description="Null without one.")]
    rates: RatesReported
    by_day: list[DayReported]
    by_template: list[TemplateReported]
    by_link: Annotated[list[LinkReported], Meta(description="The most clicked first.")]


class ReportSuccess(Struct):
    """It was found."""

    data: CampaignReportedWhole
    message: str
    status: Literal["success"]


class ReportFound(Struct):
    """The answer to `report/campaign`."""

    response: ReportSuccess
