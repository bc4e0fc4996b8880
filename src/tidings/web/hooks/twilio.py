"""What Twilio posts: a form about one message, signed. Pure.

Source: Twilio documentation, "Track the Message Status of Outbound Messages", "Security", "Error
and Warning Dictionary".
"""

import base64
import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from tidings.base.errors import Code, Refused
from tidings.channels.kinds import Twilio
from tidings.messages.model import What
from tidings.messages.notice import Notice
from tidings.web.hooks.posted import Posted, is_same, unsigned

_MAX_FIELDS = 200

_WHAT: Mapping[str, What] = {
    "delivered": What.DELIVERED,
    "read": What.OPENED,
    "undelivered": What.BOUNCED,
    "failed": What.BOUNCED,
}
# No such number, none that can have a message, a landline; no such WhatsApp account.
GONE = frozenset({"21211", "21214", "21217", "21614", "30005", "30006", "63003", "63024"})
NOT_NOW = frozenset({"30003", "30004", "30008"})  # switched off, blocked, unknown
STOP = "21610"
_WHATSAPP = "whatsapp:"


def verify(posted: Posted, settings: Twilio, _now: datetime) -> None:
    """Refuse what Twilio did not sign for this account and for the URL that it was given."""
    given = posted.headers.get("x-twilio-signature", "")
    fields = "".join(name + value for name, value in sorted(set(_fields(posted.body))))
    key = settings.auth_token.encode()
    urls = [settings.status_callback, *posted.urls]
    expected = [
        base64.b64encode(hmac.digest(key, (url + fields).encode(), "sha1")).decode()
        for known in urls
        if known
        for url in _with_and_without_port(known)
    ]
    if not any(is_same(given, one) for one in expected):
        raise unsigned("The signature")


def parse(posted: Posted, now: datetime) -> list[Notice]:
    """Read the form; what is on its way says nothing yet."""
    fields = dict(_fields(posted.body))
    what = _WHAT.get(fields.get("MessageStatus", "").lower())
    if what is None:
        return []
    code = fields.get("ErrorCode", "")
    if what is What.BOUNCED and code == STOP:
        what = What.UNSUBSCRIBED
    elif what is What.BOUNCED and code not in GONE | NOT_NOW:
        what = What.FAILED  # our own account's, or a network's that filters
    return [
        Notice(
            what=what,
            at=now,
            provider_message_id=fields.get("MessageSid", ""),
            recipient=fields.get("To", "").removeprefix(_WHATSAPP),
            code=code,
            is_lasting=code in GONE,
        )
    ]


def _fields(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS
        )
    except ValueError as error:
        raise Refused(Code.INVALID, "The body is no form.") from error


def _with_and_without_port(url: str) -> Iterator[str]:
    # Some of Twilio's machines sign the URL with its usual port and some without.
    yield url
    parts = urlsplit(url)
    if parts.port is None:
        port = 443 if parts.scheme == "https" else 80
        yield parts._replace(netloc=f"{parts.netloc}:{port}").geturl()
