"""The URLs of the Reporting API."""

from functools import partial

from tidings.brands.model import Api
from tidings.reports import actions
from tidings.storage.pool import Database
from tidings.web.gate import Call, Endpoint, Reply
from tidings.web.notifyvisitors import report_reply
from tidings.web.notifyvisitors.campaign_parse import parse_reference, write_cursor
from tidings.web.notifyvisitors.reply import refuse_wrapped
from tidings.web.notifyvisitors.report_parse import parse_reports_query


class Reports:
    """The calls of the Reporting API.

    Shape:  database - connections that nobody needs to find out which keys are valid: a report
            adds up what was counted over months.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def endpoints(self) -> list[Endpoint]:
        """Return every URL of the Reporting API."""
        report = partial(
            Endpoint, methods=("GET", "POST"), api=Api.REPORTING, refuse=refuse_wrapped
        )
        return [
            report("/api/v1/report/campaigns", act=self.list_page),
            report("/api/v1/report/campaign", act=self.read),
        ]

    async def list_page(self, call: Call) -> Reply:
        """List campaigns with what became of their messages, a page at a time."""
        asked = parse_reports_query(call.body, call.query, call.brand)
        async with self._database.transaction() as tx:
            page = await actions.list_campaigns(tx, call.brand.brand_id, asked)
        is_full = len(page) == asked.at_most
        cursor = write_cursor(page[-1].campaign.campaign_id) if is_full else None
        return report_reply.listed(call.brand, page, cursor=cursor)

    async def read(self, call: Call) -> Reply:
        """Tell all that is counted of one campaign."""
        campaign_id = parse_reference(call.body, call.query)
        async with self._database.transaction() as tx:
            report = await actions.report_campaign(tx, call.brand.brand_id, campaign_id)
        return report_reply.reported(call.brand, report)
