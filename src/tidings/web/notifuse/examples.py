"""The examples of this wire in /openapi.json; the vendor's own where it has one."""

from typing import Any

Json = dict[str, Any]

_JUSTIN: Json = {
    "id": "123",
    "profile": {
        "$set": {
            "firstName": "Justin",
            "lastName": "Bieber",
            "email": "justin.bieber@yopmail.com",
        },
        "$push": {"tags": "customer"},
        "$inc": {"totalOrders": 1},
    },
    "createdAt": "2016-02-04T22:44:30.652Z",
}
_CHANGED: Json = {
    "id": "124",
    "profile": {
        "$unset": {"nickname": ""},
        "$max": {"best.score": 12},
        "$addToSet": {"tags": {"$each": ["customer", "vip"]}},
    },
}

UPSERT: dict[str, Json] = {
    "A new contact": {"contacts": [_JUSTIN]},
    "Further operations, and none": {"contacts": [_CHANGED, {"id": "125", "profile": []}]},
}
UPSERTED: Json = {
    "statusCode": 200,
    "success": False,
    "inserted": ["123"],
    "updated": [],
    "failed": ["124"],
    "errors": [
        {"id": "124", "path": "best.score", "message": "can not compare a text with a number"}
    ],
}
FOUND: Json = {
    "statusCode": 200,
    "contact": {
        "id": "03e9002f0f0eb6af778c0000",
        "externalId": "123",
        "project": "1001",
        "profile": {"id": "123", "firstName": "Justin", "tags": ["customer"], "totalOrders": 1},
        "stats": {},
        "createdAt": "2016-02-04T22:44:30.652Z",
    },
}

MESSAGES: dict[str, Json] = {
    "A message of a template": {
        "messages": [
            {
                "contact": "123",
                "contactProfile": {"$set": {"email": "justin.bieber@yopmail.com"}},
                "notification": "shipped",
                "channel": "mail",
                "channelOptions": {"from_name": "Ada of the shop"},
                "template": "order-shipped",
                "templateData": {"orderId": 12345, "_token": "s3cret"},
            }
        ]
    },
    "One of several templates, for later": {
        "messages": [
            {
                "contact": "123",
                "channel": "mail",
                "template": "welcome-*",
                "sendAt": "2026-11-25T18:00:00.000Z",
            }
        ]
    },
}
_MESSAGE: Json = {
    "id": "6a0000000000000000000001",
    "project": "1001",
    "channel": {
        "id": "1",
        "kind": "email",
        "key": "mail",
        "data": {"from_name": "Ada of the shop"},
    },
    "contact": {"id": "03e9002f0f0eb6af778c0000", "timeZone": None},
    "notification": "shipped",
    "template": {"id": "1", "key": "order-shipped"},
    "campaign": None,
    "templateData": {"orderId": 12345},
    "compiledTemplates": None,
    "status": "queued",
    "error": None,
    "createdAt": "2026-11-25T12:00:00.000Z",
    "sendAt": "2026-11-25T12:00:00.000Z",
    "queuedAt": "2026-11-25T12:00:00.000Z",
    "sentAt": None,
    "deliveredAt": None,
    "droppedAt": None,
    "bouncedAt": None,
    "spamAt": None,
    "openedAt": None,
    "clickedAt": None,
    "unsubscribedAt": None,
}
MESSAGES_SENT: Json = {
    "statusCode": 200,
    "success": False,
    "queued": [_MESSAGE],
    "failed": [
        {
            "contact": "124",
            "error": "The person has no address for this medium.",
            "reason": "no_address",
        }
    ],
}
MESSAGE_FOUND: Json = {
    "statusCode": 200,
    "message": {**_MESSAGE, "status": "sent", "sentAt": "2026-11-25T12:00:01.000Z"},
}
