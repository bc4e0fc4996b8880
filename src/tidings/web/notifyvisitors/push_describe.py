"""What /openapi.json says of the calls about devices."""

from collections.abc import Mapping
from functools import partial

from tidings.base import limits
from tidings.base.errors import Code
from tidings.web.notifyvisitors import push_examples as examples
from tidings.web.notifyvisitors.answers import WrappedRefusal
from tidings.web.notifyvisitors.push_answers import Subscribed
from tidings.web.notifyvisitors.push_records import (
    AppReference,
    AppSubscription,
    BrowserReference,
    BrowserSubscription,
    KeysSent,
    SubscriptionSent,
)
from tidings.web.openapi import Description

_NAMES = {"android": "Android", "ios": "iOS"}
_MOST = limits.MAX_DEVICES_PER_PERSON
_ONCE_MORE = (
    "Registering a device once more changes nothing, but that it was seen. One that another user "
    f"has becomes this user's. Of a user's {_MOST} devices, the one seen longest ago gives way to "
    "another."
)
_FOR_GOOD = "Nothing is sent there any more. 404 when it is not registered, or not any more."
_say = partial(
    Description,
    answer=Subscribed,
    answer_example=examples.SUBSCRIBED,
    refusal=WrappedRefusal,
    refused_with=(Code.NOT_FOUND,),
    is_repeatable=True,
)
_subscribe = partial(
    _say,
    messages={
        Code.INVALID: "Error: token must have 1 to 4,096 characters, and no blanks.",
        Code.NOT_FOUND: "There is no such user. Create them first, with user/create or an event.",
    },
)
_unsubscribe = partial(
    _say,
    messages={
        Code.INVALID: "Error: subscriberID is needed, or token; not both.",
        Code.NOT_FOUND: "There is no such subscriber, or there is none any more.",
    },
)

DESCRIPTIONS: Mapping[str, Description] = {
    "/api/v1/web/subscribe": _subscribe(
        summary="Register a user's browser for pushes",
        text=f"`subscription` is what `PushSubscription.toJSON()` gives. {_ONCE_MORE}",
        body=BrowserSubscription,
        examples=examples.BROWSER,
        mandatory={
            BrowserSubscription: ("subscription",),
            SubscriptionSent: ("endpoint", "keys"),
            KeysSent: ("p256dh", "auth"),
        },
    ),
    "/api/v1/web/unsubscribe": _unsubscribe(
        summary="Take a browser back",
        text=f"By its `subscriberID`, or its `endpoint`. {_FOR_GOOD}",
        body=BrowserReference,
        examples=examples.BROWSER_REFERENCE,
    ),
} | {
    path: description
    for platform in _NAMES
    for path, description in (
        (
            f"/api/v1/{platform}/subscribe",
            _subscribe(
                summary=f"Register a user's app on {_NAMES[platform]} for pushes",
                text=f"`token` is the one that Firebase gives the app. {_ONCE_MORE}",
                body=AppSubscription,
                examples=examples.APP,
                mandatory={AppSubscription: ("token",)},
            ),
        ),
        (
            f"/api/v1/{platform}/unsubscribe",
            _unsubscribe(
                summary=f"Take an app on {_NAMES[platform]} back",
                text=f"By its `subscriberID`, or its `token`. {_FOR_GOOD}",
                body=AppReference,
                examples=examples.APP_REFERENCE,
            ),
        ),
    )
}
