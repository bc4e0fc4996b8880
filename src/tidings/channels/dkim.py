"""Signing mails, so that a receiver knows which domain answers for them (RFC 6376).

Ours, since dkimpy computes RSA in Python: 5.7 ms a mail, in which nothing else runs, against
0.4 ms here. The tests verify what we sign with dkimpy.
"""

import base64
import re
from hashlib import sha256

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_CRLF = b"\r\n"
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_SPACES = re.compile(rb"[ \t]+")
_LINE = 70


class Signer:
    """Signs for one domain, with the key whose public half stands in the DNS under a selector.

    All headers are signed, From once more than there are, so that none can be added; headers in
    the canonical form that survives refolding, the body byte for byte, as ours is ASCII without
    trailing spaces.
    """

    def __init__(self, domain: str, selector: str, key: RSAPrivateKey) -> None:
        self._key = key
        self._start = f"v=1; a=rsa-sha256; c=relaxed/simple; d={domain}; s={selector};".encode()

    def sign(self, mail: bytes) -> bytes:
        """Return the mail with its signature in front.

        Shape:  mail - lines end with CRLF, headers and body are parted by an empty one.
        """
        head, _, body = mail.partition(_CRLF + _CRLF)
        fields = [_relaxed(field) for field in _FOLD.sub(b"", head).split(_CRLF)]
        fields.reverse()  # verifiers take fields of one name from the bottom up
        names = [field.partition(b":")[0] for field in fields]
        digest = sha256(body.rstrip(_CRLF) + _CRLF).digest()
        unsigned = b"".join(
            (
                b"DKIM-Signature: ",
                self._start,
                b"\r\n h=",
                _wrapped(b":".join([*names, b"from"]), at=b":"),
                b";\r\n bh=",
                base64.b64encode(digest),
                b";\r\n b=",
            )
        )
        signed = _CRLF.join([*fields, _relaxed(_FOLD.sub(b"", unsigned))])
        signature = base64.b64encode(self._key.sign(signed, padding.PKCS1v15(), hashes.SHA256()))
        return unsigned + _wrapped(signature) + _CRLF + mail


def _relaxed(field: bytes) -> bytes:
    name, _, value = field.partition(b":")
    return name.lower() + b":" + _SPACES.sub(b" ", value).strip()


def _wrapped(text: bytes, *, at: bytes = b"") -> bytes:
    if not at:
        return b"\r\n  ".join(text[start : start + _LINE] for start in range(0, len(text), _LINE))
    lines, line = list[bytes](), b""
    for word in text.split(at):
        if line and len(line) + len(word) > _LINE:
            lines.append(line)
            line = b""
        line += word + at
    return b"\r\n  ".join([*lines, line]).removesuffix(at)
