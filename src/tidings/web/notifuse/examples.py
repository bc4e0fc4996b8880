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
