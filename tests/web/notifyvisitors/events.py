"""Events to send, and what of them the database holds."""

import json
from typing import Any

from tests.web.notifyvisitors.refusals import Json
from tests.web.server import Caller, Told

EVENT = "/api/event"
QUEUED = Told(200, {"response": {"status": "queued"}})

_STORED = """
SELECT profiles.user_id, event_names.name, events.occurred_at, events.received_at, events.ltv,
    events.attributes, events.context, events.mismatched, events.event_id
FROM events
JOIN profiles USING (slot, profile_id)
JOIN event_names ON (event_names.brand_id, event_names.name_id) = (events.brand_id, events.name_id)
WHERE events.brand_id = $1
ORDER BY events.occurred_at, events.ltv
"""


def event(**fields: Any) -> Json:
    """Return an event with these fields and the mandatory others."""
    mandatory: Json = {"userID": "Ada", "event_name": "Order Placed", "attributes": {}}
    return mandatory | fields


def send(caller: Caller, *events: Json, path: str = EVENT, **headers: str) -> Told:
    """Send events in one call."""
    return caller.tell(path, {"nv": list(events)}, **headers)


def stored(caller: Caller) -> list[Json]:
    """Return the brand's events as stored, by time; JSON as its value."""
    return [
        row
        | {
            name: None if row[name] is None else json.loads(row[name])
            for name in ("attributes", "context", "mismatched")
        }
        for row in caller.rows(_STORED, caller.brand_id)
    ]
