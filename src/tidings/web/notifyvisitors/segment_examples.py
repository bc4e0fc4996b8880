"""The examples of the calls about segments in /openapi.json."""

from typing import Any

Json = dict[str, Any]

_DEFINITION: Json = {"event": {"name": "Order Placed", "in_last": "30 days"}}
_OTHER_DEFINITION: Json = {"any": [_DEFINITION, {"attribute": "plan", "equals": "gold"}]}
_SHOWN: Json = {
    "segment_id": 1,
    "name": "Buyers",
    "kind": "definition",
    "state": "published",
    "error": None,
    "percent_built": None,
    "members": 2340,
    "fresh_at": "2026-11-25T12:00:00+05:30",
    "created_at": "2026-11-20T09:30:00+05:30",
    "updated_at": "2026-11-20T09:30:00+05:30",
}
_VISITOR: Json = {"userID": None, "anonymousID": "visitor-7"}

CREATION: dict[str, Json] = {
    "A segment that is built at once": {"name": "Buyers", "definition": _DEFINITION},
    "A draft": {"name": "Buyers or gold", "definition": _OTHER_DEFINITION, "draft": True},
}
CHANGE: dict[str, Json] = {
    "Another name": {"segment_id": 1, "name": "Buyers of this month"},
    "Another definition": {"segment_id": 1, "definition": _OTHER_DEFINITION},
}
REFERENCE: dict[str, Json] = {"A segment": {"segment_id": 1}}
SEGMENTS_QUERY: dict[str, Json] = {"20 a page": {"limit": 20}}
MEMBERS_QUERY: dict[str, Json] = {"100 a page": {"segment_id": 1, "limit": 100}}
PREVIEW: dict[str, Json] = {"Who bought lately": {"definition": _DEFINITION}}


def _success(data: Json) -> Json:
    return {"response": {"data": data, "message": "success", "status": "success"}}


CREATED = _success({"segment_id": 1, "state": "processing"})
UPDATED = _success({"segment_id": 1, "state": "updating"})
DELETED = _success({"segment_id": 1})
FOUND = _success({**_SHOWN, "definition": _DEFINITION})
LISTED = _success({"segments": [_SHOWN], "cursor": None})
COUNTED = _success({"count": 2340})
MEMBERS_LISTED = _success(
    {
        "members": [
            {"userID": "XYZ4421", "entered_at": "2026-11-20T09:30:02+05:30"},
            {**_VISITOR, "entered_at": "2026-11-24T18:00:00+05:30"},
        ],
        "cursor": None,
    }
)
PREVIEWED = _success({"count": 2340, "examples": [{"userID": "XYZ4421"}, _VISITOR]})
