"""Notifications in browsers."""

from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from tidings.base import clock, ids
from tidings.channels.keys import read_p256_key
from tidings.channels.kinds import WebPush
from tidings.channels.message import Push
from tidings.channels.outcome import Broken, Deferred, Outcome, Reason, Rejected, Sent
from tidings.channels.providers.encryption import MAX_PLAIN_BYTES, encrypt, public_bytes
from tidings.channels.providers.http import Answer, ApiProvider, Call, outcome_of_status
from tidings.channels.providers.tokens import signed_token, url_base64
from tidings.devices.model import Browser

_TOKEN_SECONDS = 12 * 3_600  # RFC 8292 2: at most a day
_GONE = frozenset({404, 410})
_WRONG_KEY = frozenset({401, 403})


class WebPushProvider(ApiProvider):
    """Carries notifications; what one browser has chosen says nothing of the channel."""

    async def send(self, message: object) -> Outcome:
        """Hand a notification over."""
        outcome = await super().send(message)
        match outcome:
            # Otherwise one person's made-up server would keep everybody's pushes from being sent.
            case Broken(Reason.HOST, code, said):
                return Deferred(Reason.UNREACHABLE, code, said)
            case Broken(Reason.SETTINGS, code, said):
                return Rejected(Reason.MESSAGE, code, said)
            case _:
                return outcome


class WebPushApi:
    """Hands an encrypted notification to the server that the browser has chosen.

    Source: RFC 8030 (delivery), RFC 8291 (encryption), RFC 8292 (who we are).
    """

    def __init__(self, settings: WebPush) -> None:
        self._settings = settings
        self._key = read_p256_key(settings.private_key)
        self._public = application_server_key(settings)

    def call(self, message: Push) -> Call | Rejected:
        """Encrypt a notification for its browser, with a token for the server in between."""
        browser = message.recipient
        if not isinstance(browser, Browser):
            return Rejected(Reason.UNSUPPORTED, said="a device's token is no browser's")
        plain = msgspec.json.encode(_shown(message))
        if len(plain) > MAX_PLAIN_BYTES:
            said = f"it is longer than {MAX_PLAIN_BYTES:,} bytes"
            return Rejected(Reason.MESSAGE, said=said)
        own_key = generate_private_key(SECP256R1())
        try:
            body = encrypt(plain, browser, own_key=own_key, salt=ids.draw_bytes(16))
        except ValueError as error:
            return Rejected(Reason.RECIPIENT, said=f"the browser's keys are none: {error}")
        headers = {
            "Authorization": f"vapid t={self._token(browser.endpoint)}, k={self._public}",
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(self._settings.ttl_seconds),
        }
        return Call(browser.endpoint, headers, body)

    def outcome(self, answer: Answer) -> Outcome:
        """Tell a browser that is gone, for good."""
        if answer.is_good:
            return Sent(answer.headers.get("Location", ""))
        told = str(answer.status), answer.said
        if answer.status in _GONE:
            return Rejected(Reason.RECIPIENT, *told)
        if answer.status in _WRONG_KEY:
            # RFC 8292 4.2: the browser subscribed with another key. Only this one, so the channel
            # is not broken; and it may be our key that is wrong, so the browser is not given up.
            return Rejected(Reason.MESSAGE, *told)
        return outcome_of_status(answer)

    def _token(self, endpoint: str) -> str:
        url = urlsplit(endpoint)
        claims = {
            "aud": f"{url.scheme}://{url.netloc}",
            "exp": int(clock.now().timestamp()) + _TOKEN_SECONDS,
            "sub": self._settings.contact,
        }
        return signed_token(claims, self._key)


def application_server_key(settings: WebPush) -> str:
    """Return the public half of a channel's key, which a page needs to subscribe a browser.

    Source: Push API, "applicationServerKey"; URL-safe base 64, as RFC 8292 3.2 writes it.
    """
    return url_base64(public_bytes(read_p256_key(settings.private_key)))


def _shown(message: Push) -> dict[str, str]:
    shown = {
        "id": message.message_id,
        "title": message.title,
        "body": message.text,
        "url": message.url,
        "icon": message.icon,
        "image": message.image,
    }
    return {name: value for name, value in shown.items() if value}
