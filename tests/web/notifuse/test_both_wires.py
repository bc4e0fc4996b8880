"""One person, seen through both wires."""

from tests.web.notifuse.calls import INFO, ask, info, profile, refused, set_to, upsert, upserted
from tests.web.server import Caller, told

CREATE = "/api/v1/user/create"


def test_a_user_of_the_other_wire_is_a_contact_of_this_one(caller: Caller) -> None:
    """Under the same id, with the names of this wire."""
    attributes = {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": "ada@example.com",
        "mobile": "+551155256325",
        "email_opt_in": 1,
        "plan": "gold",
    }
    caller.tell(CREATE, {"nv": [{"userID": "Ada", "user_attributes": attributes}]})

    assert profile(caller, "Ada") == {
        "firstName": "Ada",
        "lastName": "Lovelace",
        "email": "ada@example.com",
        "mobileNumber": "+551155256325",
        "email_opt_in": 1,
        "plan": "gold",
    }
    contact = info(caller, "Ada")
    assert (contact["externalId"], contact["project"]) == ("Ada", str(caller.brand_id))
    assert contact["createdAt"].endswith(".000Z")


def test_a_contact_of_this_wire_is_a_user_of_the_other_one(caller: Caller) -> None:
    """Under the same id, with the names of that wire."""
    sent = {
        "firstName": "Ada",
        "lastName": "Lovelace",
        "email": "ada@example.com",
        "mobileNumber": "+551155256325",
        "timeZone": "Europe/London",
        "plan": "gold",
    }
    upsert(caller, set_to("Ada", **sent))

    assert caller.attributes("Ada") == {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": "ada@example.com",
        "mobile": "+551155256325",
        "time_zone": "Europe/London",
        "plan": "gold",
    }


def test_each_wire_changes_what_the_other_stored(caller: Caller) -> None:
    """Back and forth, and what one removes is gone for both."""
    caller.tell(CREATE, {"nv": [{"userID": "Ada", "user_attributes": {"visits": 1, "a": 1}}]})

    answer = upsert(caller, {"id": "Ada", "profile": {"$inc": {"visits": 2}, "$unset": {"a": ""}}})
    assert answer == upserted(updated=["Ada"])
    caller.tell(CREATE, {"nv": [{"userID": "Ada", "user_attributes": {"first_name": "Ada"}}]})

    assert profile(caller, "Ada") == {"visits": 3, "firstName": "Ada"}


def test_a_user_who_is_forgotten_is_no_contact_any_more(caller: Caller) -> None:
    """And is inserted, not updated, when sent again."""
    upsert(caller, set_to("Ada", plan="gold"))
    caller.tell("/api/v1/user/delete", {"userID": "Ada"})

    answer = told(ask(caller, "GET", f"{INFO}?contact=Ada"))

    assert answer == refused(404, "There is no such contact.")
    assert upsert(caller, {"id": "Ada"}) == upserted(inserted=["Ada"])
    assert profile(caller, "Ada") == {}
