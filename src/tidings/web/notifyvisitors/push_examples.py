"""The examples of the calls about devices in /openapi.json."""

from typing import Any

Json = dict[str, Any]

_ENDPOINT = "https://fcm.googleapis.com/fcm/send/dGhpcyBpcyBvbmU"
_TOKEN = "bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1"  # noqa: S105 - of nobody

BROWSER: dict[str, Json] = {
    "A browser": {
        "userID": "XYZ4421",
        "subscription": {
            "endpoint": _ENDPOINT,
            "expirationTime": None,
            # The example of RFC 8291, section 5.
            "keys": {
                "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-"
                "JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
                "auth": "BTBZMqHH6r4Tts7J_aSIgg",
            },
        },
    }
}
APP: dict[str, Json] = {"An app": {"userID": "XYZ4421", "token": _TOKEN}}
BROWSER_REFERENCE: dict[str, Json] = {
    "By where it is": {"endpoint": _ENDPOINT},
    "By its id": {"subscriberID": "7"},
}
APP_REFERENCE: dict[str, Json] = {
    "By its token": {"token": _TOKEN},
    "By its id": {"subscriberID": "7"},
}
SUBSCRIBED: Json = {
    "response": {"data": {"subscriberID": "7"}, "message": "success", "status": "success"}
}
