"""Notifications in browsers."""

from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from tidings.base import clock, ids
from tidings.channels.keys import read_p256_key
from tidings.channels.kinds import WebPush
from tidings.channels.message import Browser, Push
from tidings.channels.outcome import Outcome, Reason, Rejected, Sent
from tidings.channels.providers.encryption import MAX_PLAIN_BYTES, encrypt, public_bytes
from tidings.channels.providers.http import Answer, Call, outcome_of_status
from tidings.channels.providers.tokens import signed_token, url_base64

_TOKEN_SECONDS = 12 * 3_600  # RFC 8292 2: at most a day
_GONE = frozenset({404, 410})
_WRONG_KEY = 403


class WebPushApi:
    """Hands an encrypted notification to the server that the browser has chosen.

    Source: RFC 8030 (delivery), RFC 8291 (encryption), RFC 8292 (who we are).
    """

    def __init__(self, settings: WebPush) -> None:
        self._settings = settings
        self._key = read_p256_key(settings.private_key)
        self._public = url_base64(public_bytes(self._key))

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
        if answer.status == _WRONG_KEY:
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
