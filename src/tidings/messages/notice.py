"""Notices: what a provider or a mail server says became of a message. Pure."""

from datetime import datetime

import msgspec

from tidings.base import limits
from tidings.base.media import Medium
from tidings.messages.model import MessageId, What
from tidings.messages.naming import message_id_of

_MAX_ID_CHARACTERS = 998  # RFC 5322 2.1.1: a line


class Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is said of one message to one recipient.

    Shape:  what - delivered, bounced, failed (the provider did not even try), complained, opened,
            clicked or unsubscribed; message_id - our own name of the message, with or without
            angle brackets and domain, empty when it is not told; provider_message_id - the
            provider's; recipient - to whom, as they write it, empty when it is not told; code -
            of a bounce; link - that was clicked; is_lasting - whether a bounce is for good;
            is_machine - whether a scanner opened or clicked.
    """

    what: What
    at: datetime
    message_id: str = ""
    provider_message_id: str = ""
    recipient: str = ""
    code: str = ""
    link: str = ""
    is_lasting: bool = True
    is_machine: bool = False


def storable(notice: Notice) -> Notice:
    """Cut what strangers wrote to what can be stored."""
    return msgspec.structs.replace(
        notice,
        message_id=_cut(notice.message_id, _MAX_ID_CHARACTERS),
        provider_message_id=_cut(notice.provider_message_id, _MAX_ID_CHARACTERS),
        recipient=_cut(notice.recipient, _MAX_ID_CHARACTERS),
        code=_cut(notice.code, limits.MAX_CODE_CHARACTERS),
        link=_cut(notice.link, limits.MAX_LINK_CHARACTERS),
    )


def counts_elsewhere(notice: Notice, medium: Medium) -> bool:
    """Say whether our own links and pictures tell the same, and would count it twice."""
    return medium is Medium.EMAIL and notice.what in {What.OPENED, What.CLICKED}


def names_message(notice: Notice) -> bool:
    """Say whether a notice says of which message it is."""
    return bool(notice.provider_message_id) or own_id(notice.message_id) is not None


def own_id(message_id: str) -> MessageId | None:
    """Return which message of ours has this name, None when none can have it."""
    return message_id_of(message_id.strip().strip("<>").partition("@")[0].lower())


def _cut(text: str, most: int) -> str:
    # Half of a character and NUL are in no text that PostgreSQL takes.
    return text.encode("utf-8", "replace").decode().replace("\0", "")[:most]
