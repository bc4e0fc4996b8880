"""The examples of the calls that send pushes in /openapi.json."""

from typing import Any

Json = dict[str, Any]

_SAID: Json = {
    "title": "Hello {{ first_name }}",
    "message": "The sale begins today.",
    "url": "https://shop.test/sale",
    "icon": "https://shop.test/icon.png",
    "image": "https://shop.test/sale.png",
}

SEND: dict[str, Json] = {
    "To a user": {"userID": "XYZ4421", **_SAID},
    "To one subscriber, and to a user who waits for it": {
        "nv": [
            {"subscriberID": "7", **_SAID},
            {
                "userID": "XYZ4421",
                "title": "Your order is on its way",
                "message": "It comes tomorrow.",
                "transactional": True,
            },
        ]
    },
}
TO_ALL: dict[str, Json] = {"To everybody": _SAID}
TO_SEGMENT: dict[str, Json] = {"To a segment": {"segmentID": "1", **_SAID}}

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
                    "subscriberID": "7",
                    "status": "skipped",
                    "reason": "unknown_subscriber",
                    "message": "There is no such subscriber, or not on this platform.",
                },
            ]
        },
        "message": "queued",
        "status": "queued",
    }
}
CREATED: Json = {
    "response": {
        "data": {"campaign_id": 1, "state": "scheduled"},
        "message": "success",
        "status": "success",
    }
}
