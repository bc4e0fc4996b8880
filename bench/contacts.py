"""What is sent to the second wire."""

import json

PATH = "/v2/contacts.upsert"
CONTACTS_PER_CALL = 50
CONTACTS_SENT = 20_000
HOT_CONTACTS = 10
HOT_CALLS = 4_000


def upserts(first: int) -> list[bytes]:
    """Make calls that set, push and count for contacts, from this number on."""
    contacts = [
        {
            "id": f"user-{first + number}",
            "profile": {
                "$set": {"firstName": "Ada", "city": f"City {number % 97}"},
                "$push": {"tags": f"tag {number % 11}"},
                "$inc": {"orders": 1},
            },
        }
        for number in range(CONTACTS_SENT)
    ]
    return [
        json.dumps({"contacts": contacts[at : at + CONTACTS_PER_CALL]}).encode()
        for at in range(0, len(contacts), CONTACTS_PER_CALL)
    ]


def hot_calls() -> list[bytes]:
    """Make calls that all count for the same few contacts; no two are the same bytes."""
    return [
        json.dumps(
            {
                "contacts": [
                    {"id": f"hot-{number}", "profile": {"$inc": {"visits": 1}}}
                    for number in range(HOT_CONTACTS)
                ],
                "call": call,
            }
        ).encode()
        for call in range(HOT_CALLS)
    ]
