"""Calls of a brand with merging, and who came of them."""

from tests.web.notifyvisitors.refusals import Json
from tests.web.server import Caller

CREATE = "/api/v1/user/create"
DELETE = "/api/v1/user/delete"
EVENTS_WITH_USERS = "/api/v1/event/create"
USER_DATA = "/api/v1/user/userData"
USER_EVENT = "/api/v1/user_event/create"
EMAIL, MOBILE = "ada@example.com", "+551155256325"


def created(*user_ids: str) -> Json:
    """Return the answer to users who are stored or deleted, before what else it may say."""
    return {"userIDs": list(user_ids), "status_code": "200", "processed": len(user_ids)}


def shown(caller: Caller, **reference: str) -> Json:
    """Return who somebody is, what they have, and how often they did something."""
    answer = caller.tell(USER_DATA, reference)
    assert answer.status == 200, answer
    data: Json = answer.body["response"]["data"]
    names = {one["kind"]: one["value"] for one in data["identifiers"]}
    told: Json = {"has": data["user_attributes"], "did": data["events"]["count"]}
    return {"userID": data["userID"]} | names | told


def count_people(caller: Caller) -> int:
    """Count the people of a brand."""
    return len(caller.rows("SELECT FROM profiles WHERE brand_id = $1", caller.brand_id))
