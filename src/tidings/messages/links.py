"""The addresses in messages that lead back to us, signed so that nobody can make one up."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from enum import IntEnum
from struct import Struct, error
from typing import NamedTuple
from urllib.parse import quote

from tidings.base import limits
from tidings.base.ids import BrandId
from tidings.messages.model import MessageId
from tidings.messages.return_path import ReturnPaths
from tidings.storage.slots import Slot

_FORM = Struct(">BBIBQH")
_VERSION = 1
_SIGNATURE_BYTES = 16  # RFC 2104, section 5: half of the hash is enough for what is read at once

LINKS_PURPOSE = "links"
"""For what a keyring derives the keys of links."""

OPEN_URL = "/m/open/{}.gif"
CLICK_URL = "/m/click/{}?to={}"
UNSUBSCRIBE_URL = "/m/unsubscribe/{}"
PREFERENCES_URL = "/m/preferences/{}"
VIEW_URL = "/m/view/{}"


class Purpose(IntEnum):
    """What a link is for; the numbers are in links that people have, and never change."""

    OPEN = 1
    CLICK = 2
    UNSUBSCRIBE = 3
    PREFERENCES = 4
    VIEW = 5


class Link(NamedTuple):
    """What a link of ours says.

    Shape:  position - of the link in its message, 0 for those that are no click.
    """

    purpose: Purpose
    brand_id: BrandId
    message_id: MessageId
    position: int = 0


class Links:
    """Makes links and reads them.

    Shape:  public_url - where people reach this server, without a slash at the end; keys - the
            first signs, and what any of them signed is read.
    """

    def __init__(self, public_url: str, keys: Sequence[bytes]) -> None:
        self._public_url = public_url
        self._keys = keys

    def open_pixel(self, brand_id: BrandId, message_id: MessageId) -> str:
        """Return the address of the picture that tells that a mail was opened."""
        return self._of(OPEN_URL, Purpose.OPEN, brand_id, message_id)

    def unsubscribe(self, brand_id: BrandId, message_id: MessageId) -> str:
        """Return where the recipient of a message ends such messages."""
        return self._of(UNSUBSCRIBE_URL, Purpose.UNSUBSCRIBE, brand_id, message_id)

    def preferences(self, brand_id: BrandId, message_id: MessageId) -> str:
        """Return where the recipient of a message says what to get."""
        return self._of(PREFERENCES_URL, Purpose.PREFERENCES, brand_id, message_id)

    def view(self, brand_id: BrandId, message_id: MessageId) -> str:
        """Return where a message is shown in a browser."""
        return self._of(VIEW_URL, Purpose.VIEW, brand_id, message_id)

    def click(self, brand_id: BrandId, message_id: MessageId, *, position: int, target: str) -> str:
        """Return what leads to a target, and tells that it was followed.

        Shape:  target - one that is too long for that is returned as it is.
        """
        if len(target) > limits.MAX_LINK_TARGET_CHARACTERS:
            return target
        link = Link(Purpose.CLICK, brand_id, message_id, position)
        return self._public_url + CLICK_URL.format(
            self._token(link, target), quote(target, safe="")
        )

    def return_paths(self, brand_id: BrandId) -> ReturnPaths:
        """Return what makes the addresses to which mails of a brand come back, each its own."""
        return ReturnPaths(brand_id, self._keys)

    def read(self, token: str, *, target: str = "") -> Link | None:
        """Return what a link says, None when it is none of ours or was altered.

        Shape:  target - where a click leads to, as it came with the link.
        """
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            version, purpose, brand_id, slot, number, position = _FORM.unpack(
                raw[:-_SIGNATURE_BYTES]
            )
            link = Link(
                Purpose(purpose), BrandId(brand_id), MessageId(Slot(slot), number), position
            )
        except (binascii.Error, error, ValueError):
            return None
        signature = raw[-_SIGNATURE_BYTES:]
        is_ours = [
            hmac.compare_digest(signature, _signature(key, raw[:-_SIGNATURE_BYTES], target))
            for key in self._keys
        ]
        return link if version == _VERSION and any(is_ours) else None

    def _of(self, form: str, purpose: Purpose, brand_id: BrandId, message_id: MessageId) -> str:
        return self._public_url + form.format(self._token(Link(purpose, brand_id, message_id)))

    def _token(self, link: Link, target: str = "") -> str:
        purpose, brand_id, (slot, number), position = link
        said = _FORM.pack(_VERSION, purpose, brand_id, slot, number, position)
        signed = said + _signature(self._keys[0], said, target)
        return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()


def _signature(key: bytes, said: bytes, target: str) -> bytes:
    return hmac.digest(key, said + target.encode(), "sha256")[:_SIGNATURE_BYTES]
