"""What is sent: the wire's own example of an event and of a user, varied."""

import json
import random
from typing import Any

USERS = 100_000
EVENTS = 200_000
KNOWN = USERS // 2  # of the users, so many exist before a run

NAMES = ["Order Placed", "Product Viewed", "Added To Cart", "Page Viewed", "Search Done"]
_SEED = 7


def event(number: int, chance: random.Random) -> dict[str, Any]:
    """Make an event as in the wire's example, of a random user."""
    return {
        "userID": f"user-{chance.randrange(USERS)}",
        "email": "a@example.com",
        "mobile": "+9198203010",
        "event_name": NAMES[number % len(NAMES)],
        "ltv": "10",
        "attributes": {
            "product_name": f"Test Product {number % 997}",
            "order_id": number,
            "total_amount": chance.randrange(10_000) / 100,
        },
        "context": {
            "ip_address": "",
            "language": "en-GB",
            "platform": "website",
            "page": {
                "url": "https://www.example.com/about",
                "referrer": "https://www.google.com",
                "query_params": "tracking=yes&code=xxxxxx",
                "landing_page_url": "https://www.example.com",
            },
            "utm": {
                "campaign": "summer_sale_2022",
                "source": "google",
                "medium": "cpc",
                "term": "running+shoes",
                "content": "banner_ad_variant_a",
                "google_click_id": "Cj0KCQjwxYZ4421abcdEFG",
                "ad_source": "google_ads",
                "adcampaign_id": "9087654321",
                "adgroup_id": "1122334455",
                "ad_id": "6677889900",
            },
        },
        "event_time": f"2026-{1 + number % 9:02}-{1 + number % 28:02} 04:08:{number % 60:02}",
    }


def events(count: int) -> list[dict[str, Any]]:
    """Make events, the same for the same count."""
    chance = random.Random(_SEED)
    return [event(number, chance) for number in range(count)]


def email_of(user_id: str) -> str:
    """Return the address that identifies a user where merging is on."""
    return f"{user_id}@example.com"


def events_with_addresses(count: int) -> list[dict[str, Any]]:
    """Make the same events, each with its user's own address."""
    made = events(count)
    for one in made:
        one["email"] = email_of(one["userID"])
        del one["mobile"]
    return made


def user(number: int) -> dict[str, Any]:
    """Make a user as in the wire's example."""
    return {
        "userID": f"user-{number}",
        "user_attributes": {
            "name": f"Michael Smith {number}",
            "first_name": "Michael",
            "last_name": "Smith",
            "email": f"michael{number}@example.com",
            "mobile": "+551155256325",
            "birth_date": "1990-11-25",
            "gender": "male",
            "email_opt_in": "1",
            "sms_opt_in": "1",
            "whatsapp_opt_in": "1",
        },
    }


def bodies(records: list[dict[str, Any]], per_call: int) -> list[bytes]:
    """Pack records into bodies of calls."""
    return [
        json.dumps({"nv": records[start : start + per_call]}).encode()
        for start in range(0, len(records), per_call)
    ]
