"""What WhatsApp posts: statuses of messages, signed by the app. Pure.

Source: WhatsApp Cloud API documentation, "Webhooks", "Status messages webhook reference"; Graph API
documentation, "Webhooks", "Getting started".
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from tidings.channels.kinds import WhatsAppCloud
from tidings.messages.model import What
from tidings.messages.notice import Notice
from tidings.web.hooks.posted import (
    Posted,
    instant_of,
    is_same,
    is_signed,
    likely,
    read_json,
    unconfigured,
    unsigned,
)

_WHAT: Mapping[str, What] = {
    "delivered": What.DELIVERED,
    "read": What.OPENED,
    "failed": What.FAILED,
}
_NO_ACCOUNT = 131026  # the number has no WhatsApp, or one that is too old
_STOPPED = 131050  # the person wants no marketing of this business


class _Error(msgspec.Struct, frozen=True):
    code: int = 0
    title: str = ""


class _Status(msgspec.Struct, frozen=True):
    id: str
    status: str
    timestamp: str = ""
    biz_opaque_callback_data: str | None = None
    errors: list[_Error] = []


class _Value(msgspec.Struct, frozen=True):
    statuses: list[_Status] = []


class _Change(msgspec.Struct, frozen=True):
    field: str = ""
    value: msgspec.Raw = msgspec.Raw(b"{}")


class _Entry(msgspec.Struct, frozen=True):
    changes: list[_Change] = []


class _Body(msgspec.Struct, frozen=True):
    entry: list[_Entry] = []


def verify(posted: Posted, settings: WhatsAppCloud, _now: datetime) -> None:
    """Refuse what this app did not sign."""
    if not settings.app_secret:
        raise unconfigured("app_secret")
    scheme, _, given = posted.headers.get("x-hub-signature-256", "").partition("=")
    if scheme != "sha256" or not is_signed(given, settings.app_secret, posted.body):
        raise unsigned("The signature")


def answer(posted: Posted, settings: WhatsAppCloud) -> str:
    """Return what shows that the URL is ours, to who knows the word that was agreed on."""
    if not settings.verify_token:
        raise unconfigured("verify_token")
    if not is_same(posted.query.get("hub.verify_token", ""), settings.verify_token):
        raise unsigned("The verify token")
    return posted.query.get("hub.challenge", "")


def parse(posted: Posted, now: datetime) -> list[Notice]:
    """Read the statuses; a call about anything else has none."""
    return [
        _notice(status, now)
        for status in _statuses(read_json(posted.body, _Body))
        if status.status in _WHAT
    ]


def _statuses(body: _Body) -> Iterator[_Status]:
    for entry in body.entry:
        for change in entry.changes:
            if change.field == "messages":
                yield from read_json(bytes(change.value), _Value).statuses


def _notice(status: _Status, now: datetime) -> Notice:
    what = _WHAT[status.status]
    error = status.errors[0] if status.errors else _Error()
    if error.code == _NO_ACCOUNT:
        what = What.BOUNCED
    elif error.code == _STOPPED:
        what = What.UNSUBSCRIBED
    return Notice(
        what=what,
        at=likely(instant_of(status.timestamp), now),
        message_id=status.biz_opaque_callback_data or "",
        provider_message_id=status.id,
        # WhatsApp writes some countries' numbers in its own way, so it is not told to whom.
        code=f"{error.code} {error.title}".strip() if error.code else "",
        is_lasting=error.code == _NO_ACCOUNT,
    )
