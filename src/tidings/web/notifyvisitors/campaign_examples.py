"""The examples of the calls about campaigns in /openapi.json."""

from typing import Any

Json = dict[str, Any]

_DEFINITION: Json = {
    "name": "Summer sale",
    "channel": "mail",
    "segments": [1],
    "exclude_segments": [2],
    "template": "summer-sale",
    "goal": {"event": "Order Placed", "window": "7 days", "amount": "total_amount"},
    "throttle_per_minute": 5_000,
}
_SPLIT: Json = {
    "name": "Winter sale",
    "channel": "mail",
    "segments": [1],
    "variants": [{"template": "summer-sale"}, {"template": "winter-sale"}],
    "test": {"share": 10, "winner": "clicks", "after": "4 hours"},
}
_TEST: Json = {
    "share": 10,
    "winner_by": "clicks",
    "variants": [
        {
            "variant": number,
            "template": template,
            "sent": 115,
            "unique_opens": 60,
            "unique_clicks": clicks,
            "conversions": 0,
        }
        for number, template, clicks in ((1, "summer-sale", 9), (2, "winter-sale", 17))
    ],
    "winner": 2,
    "picked": "best",
    "decides_at": None,
    "decided_at": "2026-11-25T16:00:08+05:30",
}
_SHOWN: Json = {
    "campaign_id": 1,
    "name": "Summer sale",
    "channel": "mail",
    "state": "sending",
    "error": None,
    "messages": {
        "intended": 2_340,
        "waiting": 1_200,
        "sent": 1_100,
        "skipped": {"opted_out": 38},
        "failed": {"recipient": 2},
    },
    "test": None,
    "created_at": "2026-11-25T12:00:00+05:30",
    "send_at": "2026-11-25T12:00:00+05:30",
    "started_at": "2026-11-25T12:00:01+05:30",
    "finished_at": None,
}

SEND: dict[str, Json] = {
    "A message of a template": {
        "nv": [
            {
                "userID": "XYZ4421",
                "channel": "mail",
                "template": "order-shipped",
                "data": {"order_id": 12345},
                "campaign": "orders",
                "transactional": True,
            }
        ]
    },
    "Two with a content of their own, for later": {
        "nv": [
            {
                "userID": user_id,
                "channel": "mail",
                "content": {"subject": "Hello", "html": "<p>Hello</p>"},
                "send_at": "2026-11-25 18:00:00",
            }
            for user_id in ("XYZ4421", "XYZ4422")
        ]
    },
}
CREATION: dict[str, Json] = {
    "To a segment": {**_DEFINITION, "send_at": "2026-12-24 09:00:00"},
    "With a test of two variants": {**_SPLIT, "send_at": "now"},
    "To everybody, with a content of its own": {
        "name": "We have moved",
        "channel": "mail",
        "audience": "all",
        "content": {
            "subject": "We have moved",
            "html": '<p>See you!</p><p><a href="{{ unsubscribe_url }}">No more mail</a></p>',
        },
        "send_at": "now",
    },
}
REFERENCE: dict[str, Json] = {"A campaign": {"campaign_id": 1}}
WINNER: dict[str, Json] = {"The second": {"campaign_id": 1, "variant": 2}}
CAMPAIGNS_QUERY: dict[str, Json] = {"20 a page": {"limit": 20}}


def _success(data: Json) -> Json:
    return {"response": {"data": data, "message": "success", "status": "success"}}


QUEUED: Json = {
    "response": {
        "data": {
            "messages": [
                {
                    "userID": "XYZ4421",
                    "status": "queued",
                    "message_id": "6a0000000000000000000001",
                },
                {
                    "userID": "XYZ4422",
                    "status": "skipped",
                    "reason": "opted_out",
                    "message": "The opt-in is 0: the person does not want this medium.",
                },
            ]
        },
        "message": "queued",
        "status": "queued",
    }
}
CREATED = _success({"campaign_id": 1, "state": "scheduled"})
PAUSED = _success({"campaign_id": 1, "state": "paused"})
RESUMED = _success({"campaign_id": 1, "state": "sending"})
CANCELLED = _success({"campaign_id": 1, "state": "cancelled"})
FOUND = _success({**_SHOWN, "name": _SPLIT["name"], "test": _TEST, "definition": _SPLIT})
LISTED = _success({"campaigns": [_SHOWN], "cursor": None})
