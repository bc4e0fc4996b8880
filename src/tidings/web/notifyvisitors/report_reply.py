"""From reports to this wire's words: pure."""

from collections.abc import Sequence
from typing import Any

from tidings.brands.model import Brand
from tidings.reports.model import CampaignLine, CampaignReport, Counts, Rates
from tidings.web.gate import Reply
from tidings.web.notifyvisitors.campaign_reply import shown_test
from tidings.web.notifyvisitors.reply import instant, success

Json = dict[str, Any]


def listed(brand: Brand, lines: Sequence[CampaignLine], *, cursor: str | None) -> Reply:
    """Answer `report/campaigns`.

    Shape:  cursor - None after the last page.
    """
    return success({"campaigns": [_shown(brand, one) for one in lines], "cursor": cursor})


def reported(brand: Brand, report: CampaignReport) -> Reply:
    """Answer `report/campaign`."""
    days = [{"day": day.isoformat(), **_counted(counts)} for day, counts in report.days]
    templates = [{"template": key, **_counted(counts)} for key, counts in report.templates]
    links = [{"link": one.link, "clicked": one.clicked} for one in report.links]
    return success(
        {
            **_shown(brand, report.line),
            "test": shown_test(brand, report.test),
            "rates": _rates(report.rates),
            "by_day": days,
            "by_template": templates,
            "by_link": links,
        }
    )


def _shown(brand: Brand, line: CampaignLine) -> Json:
    campaign = line.campaign
    return {
        "campaign_id": campaign.campaign_id,
        "name": campaign.name,
        "channel": line.channel,
        "state": campaign.state.value,
        "created_at": instant(brand, campaign.created_at),
        "send_at": instant(brand, campaign.start_at),
        "started_at": instant(brand, campaign.started_at),
        "finished_at": instant(brand, campaign.finished_at),
        **_counted(line.counts),
    }


def _counted(counts: Counts) -> Json:
    return {
        "intended": counts.intended,
        "waiting": counts.waiting,
        "skipped": counts.all_skipped,
        "skipped_by_reason": counts.skipped,
        "sent": counts.sent,
        "rejected": counts.all_failed,
        "rejected_by_reason": counts.failed,
        "delivered": counts.delivered,
        "opened": counts.opened,
        "unique_opens": counts.unique_opened,
        "clicked": counts.clicked,
        "unique_clicks": counts.unique_clicked,
        "bounced": counts.bounced,
        "complained": counts.complained,
        "unsubscribed": counts.unsubscribed,
        "scanned": counts.scanned,
        "conversions": counts.converted,
        "revenue": counts.revenue,
    }


def _rates(rates: Rates) -> Json:
    return {
        "delivered": rates.delivered,
        "opened": rates.opened,
        "clicked": rates.clicked,
        "bounced": rates.bounced,
        "complained": rates.complained,
        "unsubscribed": rates.unsubscribed,
        "converted": rates.converted,
    }
