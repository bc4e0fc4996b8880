"""The examples of this wire in /openapi.json; the vendor's own where it has one."""

from typing import Any

Json = dict[str, Any]

_USER: Json = {
    "userID": "michael@example.com",
    "user_attributes": {
        "name": "Michael Smith",
        "first_name": "Michael",
        "last_name": "Smith",
        "email": "michael@example.com",
        "mobile": "+551155256325",
        "birth_date": "1990-11-25",
        "gender": "male",
        "email_opt_in": "1",
        "sms_opt_in": "1",
        "whatsapp_opt_in": "1",
    },
}
_CUSTOM: Json = {
    "userID": "XYZ4421",
    "user_attributes": {"plan": "gold", "visits": 12, "nickname": None},
}
_EVENT: Json = {
    "userID": "XYZ4421",
    "email": "a@example.com",
    "mobile": "+9198203010",
    "event_name": "Order Placed",
    "ltv": "10",
    "attributes": {"product_name": "Test Product", "order_id": 12345, "total_amount": 100},
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
    "event_time": "2022-03-27 04:08:18",
}
_SHORT_EVENT: Json = {
    "userID": "XYZ4421",
    "event_name": "Order Placed",
    "attributes": {"order_id": 12345, "total_amount": 100},
}
_EVENT_WITH_USER: Json = {**_SHORT_EVENT, "user_params": {"first_name": "Ada", "plan": "gold"}}
_ACTIVITY: Json = {
    "count": 2,
    "first": "2022-03-27T04:08:18+00:00",
    "last": "2022-04-01T09:30:00+00:00",
    "ltv": 20.0,
}
_WARNING: Json = {
    "index": 0,
    "field": "attributes.order_id",
    "locked_type": "Number",
    "got_type": "String",
}

USERS: dict[str, Json] = {
    "A user with the usual attributes": {"nv": [_USER]},
    "Custom attributes, one of them removed": {"nv": [_CUSTOM]},
}
USERS_STORED: Json = {"userIDs": ["michael@example.com"], "status_code": "200", "processed": 1}

DELETION: dict[str, Json] = {
    "Several users": {"nv": [{"userID": "XYZ4421"}, {"userID": "XYZ4422"}]},
    "One user": {"userID": "XYZ4421"},
    "A visitor without a userID": {"anonymousID": "visitor-7"},
}
USERS_DELETED: Json = {"userIDs": ["XYZ4421"], "status_code": "200", "processed": 1}

REFERENCE: dict[str, Json] = {
    "A user": {"userID": "XYZ4421"},
    "A visitor without a userID": {"anonymousID": "visitor-7"},
}
USER_FOUND: Json = {
    "response": {
        "data": {
            "userID": "XYZ4421",
            "user_attributes": {"plan": "gold", "visits": 12},
            "created_at": "2022-03-27T04:08:18+00:00",
            "first_seen": "2022-03-27T04:08:18+00:00",
            "last_seen": "2022-04-01T09:30:00+00:00",
            "identifiers": [{"kind": "user_id", "value": "XYZ4421"}],
            "segments": [
                {"segment_id": 1, "name": "Buyers", "entered_at": "2022-03-27T04:08:19+00:00"}
            ],
            "events": _ACTIVITY,
        },
        "message": "success",
        "status": "success",
    }
}

EVENTS: dict[str, Json] = {
    "An event with all its context": {"nv": [_EVENT]},
    "Two events that are stored once": {
        "nv": [{**_SHORT_EVENT, "event_id": "order-1"}, {**_SHORT_EVENT, "event_id": "order-2"}]
    },
}
EVENTS_WITH_USERS: dict[str, Json] = {"An event and attributes": {"nv": [_EVENT_WITH_USER]}}
EVENTS_QUEUED: Json = {"response": {"status": "queued", "warnings": [_WARNING]}}

USER_EVENT: dict[str, Json] = {"A user and an event": {"nv": _EVENT_WITH_USER}}
USER_EVENT_STORED: Json = {
    "response": {"data": {"userID": "XYZ4421"}, "message": "success", "status": "success"}
}

QUERY: dict[str, Json] = {
    "March 2022, 100 a page": {
        "event_name": "Order Placed",
        "from": "2022-03-01",
        "to": "2022-03-31",
        "batch_size": 100,
    }
}
DOERS_LISTED: Json = {
    "response": {
        "data": {
            "users": [
                {"userID": "XYZ4421", "user_attributes": {"plan": "gold"}, "events": _ACTIVITY},
                {
                    "userID": None,
                    "anonymousID": "visitor-7",
                    "user_attributes": {},
                    "events": _ACTIVITY,
                },
            ],
            "cursor": None,
        },
        "message": "success",
        "status": "success",
    }
}
DOERS_COUNTED: Json = {
    "response": {"data": {"count": 1}, "message": "success", "status": "success"}
}
