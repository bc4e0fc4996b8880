"""From the JSON of the calls about devices to what they ask, or every mistake in it: pure."""

from typing import NamedTuple

import msgspec

from tidings.base.errors import Mistake
from tidings.brands.model import Brand
from tidings.devices.check import wrong_with_place
from tidings.devices.model import Browser, DeviceId, Platform, Token
from tidings.identity.model import Identifier
from tidings.web.notifyvisitors.naming import Wrong, name_reference
from tidings.web.notifyvisitors.push_records import (
    AppReference,
    AppSubscription,
    BrowserReference,
    BrowserSubscription,
    KeysSent,
    SubscriptionSent,
)
from tidings.web.notifyvisitors.records import UserReference
from tidings.web.reading import read_call, refuse

_browser_subscription = msgspec.json.Decoder(BrowserSubscription)
_app_subscription = msgspec.json.Decoder(AppSubscription)
_browser_reference = msgspec.json.Decoder(BrowserReference)
_app_reference = msgspec.json.Decoder(AppReference)

_NO_RECORDS = ""  # no field has this name: the body is one record itself
_LARGEST_ID = 2**63 - 1
_MOST_DIGITS = 19  # Python refuses to read a number of thousands of digits, by an error of its own


class Subscribing(NamedTuple):
    """A device to register, and whose it is."""

    identifier: Identifier
    where: Browser | Token


def parse_subscription(body: bytes, brand: Brand, platform: Platform) -> Subscribing:
    """Read `subscribe`.

    Errors: `invalid` for every mistake, here and below.
    """
    if platform is Platform.WEB:
        sent = read_call(body, _browser_subscription, BrowserSubscription, under=_NO_RECORDS)
        where, field = _browser(sent.subscription or SubscriptionSent()), "subscription."
    else:
        sent = read_call(body, _app_subscription, AppSubscription, under=_NO_RECORDS)
        where, field = Token(sent.token or ""), ""
    mistakes = [Mistake(one.message, f"{field}{one.field}") for one in wrong_with_place(where)]
    reference = UserReference(sent.userID, sent.anonymousID, sent.nv_uid, sent.email, sent.mobile)
    named = name_reference(reference, brand)
    if isinstance(named, Wrong):
        raise refuse([Mistake(named.words, named.field or "userID"), *mistakes])
    if mistakes:
        raise refuse(mistakes)
    return Subscribing(named.identifier, where)


def parse_unsubscription(body: bytes, platform: Platform) -> DeviceId | Browser | Token:
    """Read `unsubscribe`: which device it names, by its id or by where it is."""
    if platform is Platform.WEB:
        sent = read_call(body, _browser_reference, BrowserReference, under=_NO_RECORDS)
        place, name = sent.endpoint, "endpoint"
    else:
        sent = read_call(body, _app_reference, AppReference, under=_NO_RECORDS)
        place, name = sent.token, "token"
    if (sent.subscriberID is None) is (place is None):
        raise refuse([Mistake(f"is needed, or {name}; not both", "subscriberID")])
    if place is not None:
        return Browser(place, "", "") if platform is Platform.WEB else Token(place)
    text = str(sent.subscriberID)
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    if not is_number or not 1 <= int(text) <= _LARGEST_ID:
        raise refuse([Mistake("is no id that subscribe answered", "subscriberID")])
    return DeviceId(int(text))


def _browser(sent: SubscriptionSent) -> Browser:
    keys = sent.keys or KeysSent()
    return Browser(sent.endpoint or "", keys.p256dh or "", keys.auth or "")
