"""A mail as bytes: headers, both parts, nothing in it longer than a line may be.

The parts are put together by hand around the standard library's encoders. Its own generator walks
a tree of objects for each mail and takes several times as long; bench/README.md has the figures.
"""

import binascii
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache

import idna

from tidings.channels.message import Address, Email

CRLF = b"\r\n"

_LINE = 76
_MIDDLE = _LINE // 4 * 3
# Neither quoted-printable nor base 64 can contain "=_", so it need not be drawn: a text that has it
# is encoded (RFC 2045 6.7, "Note").
_BOUNDARY = b"=_tidings"
_OPENING = b"--" + _BOUNDARY + CRLF
_CLOSING = b"--" + _BOUNDARY + b"--" + CRLF
_ALTERNATIVE = (
    b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="' + _BOUNDARY + b'"\r\n'
)
_SINGLE = b"MIME-Version: 1.0\r\n"
_LONGEST_LINE = 998  # RFC 5322 2.1.1
_NOT_ASCII = bytes(range(0x80, 0x100))
_BREAKS = str.maketrans(dict.fromkeys("\x85\u2028\u2029", " "))
_SPECIAL = frozenset('()<>[]:;@\\,."')


def build(email: Email, *, at: datetime) -> bytes:
    """Write a mail as it goes over the wire, before dots are doubled.

    Shape:  email - `check.mistake_in` finds nothing wrong with it. Only the mailboxes of people
            with letters beyond ASCII before the @ make headers that are not ASCII.
    Source: RFC 5322; RFC 2045 to 2047; RFC 6532 for such mailboxes.
    """
    lines = [
        b"From: " + _mailbox("From", email.sender),
        b"To: " + _mailbox("To", email.recipient),
        b"Subject: " + _folded("Subject", email.subject),
        b"Message-ID: <" + email.message_id.encode() + b">",
        b"Date: " + _dated(at.replace(microsecond=0)),
    ]
    if email.reply_to is not None:
        lines.append(b"Reply-To: " + _mailbox("Reply-To", email.reply_to))
    lines += [f"{name}: ".encode() + _folded(name, value) for name, value in email.headers]
    return CRLF.join(lines) + CRLF + _content(email)


@lru_cache(maxsize=2)
def _dated(at: datetime) -> bytes:
    return format_datetime(at).encode()


def wire_address(mailbox: str) -> str:
    """Return a mailbox with its domain in ASCII; the part before the @ stays as it is.

    Errors: ValueError for a domain that cannot be one.
    """
    local, _, domain = mailbox.rpartition("@")
    return mailbox if domain.isascii() else f"{local}@{idna.encode(domain, uts46=True).decode()}"


def _content(email: Email) -> bytes:
    if not email.html:
        return _SINGLE + _part(b"plain", email.text)
    if not email.text:
        return _SINGLE + _part(b"html", email.html)
    return b"".join(
        (
            _ALTERNATIVE,
            CRLF,
            _OPENING,
            _part(b"plain", email.text),
            CRLF,  # the one before a boundary is a piece of it
            _OPENING,
            _part(b"html", email.html),
            CRLF,
            _CLOSING,
        )
    )


def _part(subtype: bytes, text: str) -> bytes:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    raw = (text if text.endswith("\n") else text + "\n").encode()
    encoding, body = _encoded_body(raw)
    return b"".join(
        (
            b"Content-Type: text/",
            subtype,
            b'; charset="utf-8"\r\nContent-Transfer-Encoding: ',
            encoding,
            b"\r\n\r\n",
            body,
        )
    )


def _encoded_body(raw: bytes) -> tuple[bytes, bytes]:
    if _may_travel_as_it_is(raw):
        return b"7bit", raw.replace(b"\n", CRLF)
    beyond = len(raw) - len(raw.translate(None, _NOT_ASCII))
    # Quoted-printable takes three signs for a byte beyond ASCII, base 64 always four for three. The
    # first can be read by people, and is shorter up to a sixth of such bytes.
    if beyond * 6 > len(raw):
        return b"base64", _base64(raw.replace(b"\n", CRLF))
    return b"quoted-printable", binascii.b2a_qp(raw).replace(b"\n", CRLF)


def _may_travel_as_it_is(raw: bytes) -> bool:
    # Some servers cut off spaces at the end of a line, and a signature would not be valid any more.
    if not raw.isascii() or any(one in raw for one in (b"\0", b" \n", b"\t\n", _BOUNDARY)):
        return False
    return max(map(len, raw.split(b"\n"))) <= _LONGEST_LINE


def _base64(raw: bytes) -> bytes:
    lines = [
        binascii.b2a_base64(raw[start : start + _MIDDLE], newline=False)
        for start in range(0, len(raw), _MIDDLE)
    ]
    return CRLF.join(lines) + CRLF


def _mailbox(header: str, address: Address) -> bytes:
    mailbox = wire_address(address.email).encode()
    if not address.name:
        return mailbox
    name = address.name
    if name.isascii() and "=?" not in name:
        if not _SPECIAL.isdisjoint(name):
            name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        words = name.encode()
    else:
        words = _encoded(header, name)
    room = len(header) + len(words.rpartition(CRLF)[2]) + len(mailbox) + 5
    return words + (b" <" if room <= _LINE else b"\r\n <") + mailbox + b">"


def _folded(header: str, value: str) -> bytes:
    # What looks like an encoded word would be decoded by whoever reads it, so it is encoded.
    if not value.isascii() or "=?" in value:
        return _encoded(header, value)
    value = value.strip()
    if len(header) + 2 + len(value) <= _LINE:
        return value.encode()
    lines: list[str] = []
    line, room = "", _LINE - len(header) - 2
    for word in value.split(" "):
        # An empty word is one of several spaces, and a line cannot begin with those.
        if line and word and len(line) + 1 + len(word) > room:
            lines.append(line)
            line, room = word, _LINE - 1
        else:
            line = f"{line} {word}" if line else word
    return "\r\n ".join([*lines, line]).encode()


def _encoded(header: str, value: str) -> bytes:
    # Python breaks lines at these too, and would leave them out.
    return (
        Header(value.translate(_BREAKS), "utf-8", maxlinelen=_LINE, header_name=header)
        .encode(linesep="\r\n")
        .encode()
    )
