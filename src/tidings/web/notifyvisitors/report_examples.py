"""The examples of the Reporting API in /openapi.json."""

from typing import Any

Json = dict[str, Any]

_COUNTED: Json = {
    "intended": 1000,
    "waiting": 0,
    "skipped": 20,
    "skipped_by_reason": {"opted_out": 20},
    "sent": 970,
    "rejected": 10,
    "rejected_by_reason": {"recipient": 10},
    "delivered": 960,
    "opened": 520,
    "unique_opens": 410,
    "clicked": 140,
    "unique_clicks": 97,
    "bounced": 4,
    "complained": 1,
    "unsubscribed": 3,
    "scanned": 12,
    "conversions": 30,
    "revenue": 2400.5,
}
_SHOWN: Json = {
    "campaign_id": 1,
    "name": "Spring sale",
    "channel": "news",
    "state": "finished",
    "created_at": "2026-11-20T09:30:00+05:30",
    "send_at": "2026-11-21T09:00:00+05:30",
    "started_at": "2026-11-21T09:00:01+05:30",
    "finished_at": "2026-11-21T09:02:40+05:30",
    **_COUNTED,
}

QUERY: dict[str, Json] = {
    "Of a month": {"from": "2026-11-01", "to": "2026-11-30"},
    "Of a channel, 20 a page": {"channel": "news", "limit": 20},
}
REFERENCE: dict[str, Json] = {"A campaign": {"campaign_id": 1}}


def _success(data: Json) -> Json:
    return {"response": {"data": data, "message": "success", "status": "success"}}


LISTED = _success({"campaigns": [_SHOWN], "cursor": None})
REPORTED = _success(
    {
        **_SHOWN,
        "test": None,
        "rates": {
            "delivered": 0.99,
            "opened": 0.42,
            "clicked": 0.1,
            "bounced": 0.004,
            "complained": 0.001,
            "unsubscribed": 0.003,
            "converted": 0.03,
        },
        "by_day": [{"day": "2026-11-21", **_COUNTED}],
        "by_template": [{"template": "spring", **_COUNTED}],
        "by_link": [{"link": "https://shop.example.com/sale", "clicked": 140}],
    }
)
