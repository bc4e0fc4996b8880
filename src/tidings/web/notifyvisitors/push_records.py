"""The JSON of the calls about devices: the types that they are read into, and /openapi.json has.

A browser's part is what `PushSubscription.toJSON()` gives, hence not in our spelling.
"""

from typing import Annotated

from msgspec import Meta, Struct

from tidings.base import limits
from tidings.web.notifyvisitors.records import AnonymousId, UserId

Endpoint = Annotated[
    str,
    Meta(
        description="The browser's `endpoint`: an https URL.",
        examples=["https://fcm.googleapis.com/fcm/send/dGhpcyBpcyBvbmU"],
    ),
]
TokenSent = Annotated[
    str,
    Meta(
        description=f"The app's registration token, of at most {limits.MAX_PUSH_TOKEN_CHARACTERS} "
        "characters.",
        examples=["bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1"],
    ),
]
SubscriberId = (
    Annotated[
        str, Meta(description="As `subscribe` answered it; a number is taken, too.", examples=["7"])
    ]
    | int
)


class KeysSent(Struct):
    """The keys of a browser, in URL-safe base 64."""

    p256dh: Annotated[str, Meta(description="65 bytes.")] | None = None
    auth: Annotated[str, Meta(description="16 bytes.")] | None = None


class SubscriptionSent(Struct):
    """A browser's subscription; what else it says of it is not looked at."""

    endpoint: Endpoint | None = None
    keys: KeysSent | None = None


class BrowserSubscription(Struct, forbid_unknown_fields=True):
    """The body of `web/subscribe`: whose browser, as `user/userData` names users, and where."""

    userID: UserId | None = None
    anonymousID: AnonymousId | None = None
    nv_uid: AnonymousId | None = None
    email: str | None = None
    mobile: str | None = None
    subscription: SubscriptionSent | None = None


class AppSubscription(Struct, forbid_unknown_fields=True):
    """The body of `android/subscribe` and `ios/subscribe`: whose app, and its token."""

    userID: UserId | None = None
    anonymousID: AnonymousId | None = None
    nv_uid: AnonymousId | None = None
    email: str | None = None
    mobile: str | None = None
    token: TokenSent | None = None


class BrowserReference(Struct, forbid_unknown_fields=True):
    """The body of `web/unsubscribe`: one of the two."""

    subscriberID: SubscriberId | None = None
    endpoint: Endpoint | None = None


class AppReference(Struct, forbid_unknown_fields=True):
    """The body of `android/unsubscribe` and `ios/unsubscribe`: one of the two."""

    subscriberID: SubscriberId | None = None
    token: TokenSent | None = None
