"""The address to which one mail comes back, signed so that nobody can make one up. Pure.

Source: variable envelope return paths, as ezmlm introduced them (1997); RFC 5233 for the `+`.
"""

import base64
import hmac
from collections.abc import Sequence
from struct import Struct

from tidings.base.ids import BrandId
from tidings.messages.model import MessageId
from tidings.messages.naming import PUBLIC_DIGITS, message_id_of, public_id

SEPARATOR = "+"
"""Between a mailbox and what is added to it, which mail servers leave out when they deliver."""

_FORM = Struct(">IBQ")
_PURPOSE = b"return path"  # what links sign begins with the number of their version
# Whoever guesses sends a mail each time, so 80 bits are many; they are 16 letters of the 64 that
# the part before the @ has (RFC 5321 4.5.3.1.1).
_SIGNATURE_BYTES = 10


class ReturnPaths:
    """Makes the return paths of a brand's mails, and reads them.

    Shape:  keys - those of links: the first signs, and what any of them signed is read.
    """

    def __init__(self, brand_id: BrandId, keys: Sequence[bytes]) -> None:
        self._brand_id = brand_id
        self._keys = keys

    def of(self, address: str, message_id: MessageId) -> str:
        """Return where a mail comes back to that is sent with this address for what comes back."""
        local, _, domain = address.rpartition("@")
        signature = self._signature(self._keys[0], message_id)
        return f"{local}{SEPARATOR}{public_id(message_id)}{signature}@{domain}"

    def read(self, recipient: str) -> MessageId | None:
        """Return which mail came back to this address, None when it is none of ours."""
        # Some mail servers write all of an address in capitals, or in small letters.
        tag = recipient.rpartition("@")[0].rpartition(SEPARATOR)[2].lower()
        message_id = message_id_of(tag[:PUBLIC_DIGITS])
        if message_id is None:
            return None
        signature = tag[PUBLIC_DIGITS:].encode()
        is_ours = [
            hmac.compare_digest(signature, self._signature(key, message_id).encode())
            for key in self._keys
        ]
        return message_id if any(is_ours) else None

    def _signature(self, key: bytes, message_id: MessageId) -> str:
        said = _PURPOSE + _FORM.pack(self._brand_id, *message_id)
        signed = hmac.digest(key, said, "sha256")[:_SIGNATURE_BYTES]
        return base64.b32encode(signed).decode().lower()
