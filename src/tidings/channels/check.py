"""What is wrong with a message, whoever is to carry it."""

import re
from collections.abc import Iterable, Iterator

from tidings.base import limits
from tidings.channels.message import Address, Email, Message, Push, Sms, Webhook, WhatsApp
from tidings.channels.mime import wire_address
from tidings.channels.outcome import Reason, Rejected

# RFC 5322 3.6.8: a field's name is of printable ASCII, without the colon.
_HEADER_NAME = re.compile(r"[!-9;-~]{1,70}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ATOMS = r"[^\x00-\x20\x7f()<>\[\]:;\\,\"@]"
_MAILBOX = re.compile(rf"{_ATOMS}{{1,64}}@{_ATOMS}{{1,253}}")
_MESSAGE_ID = re.compile(r"[!-;=?A-~]{1,200}@[!-;=?A-~]{1,200}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
# Those that we write ourselves, and those of whoever carries the mail.
_OURS = frozenset(
    (
        *("from", "to", "subject", "message-id", "date", "reply-to", "sender", "cc", "bcc"),
        *("mime-version", "content-type", "content-transfer-encoding", "content-disposition"),
        *("return-path", "received", "dkim-signature"),
    )
)
_NO_HALVES = "it contains half of a character (a lone surrogate)"


def refusal_of(message: Message) -> Rejected | None:
    """Refuse a message that no provider should be given, None for a good one.

    No value may begin a line of its own: a header that somebody's name brings along would be
    believed by whoever reads the mail.
    """
    match message:
        case Email():
            recipient = _mistake_in_address(message.recipient)
            mistakes = _mistakes_in_email(message)
        case Sms() | WhatsApp():
            recipient = _mistake_in_phone(message.recipient)
            mistakes = _mistakes_in_text(message)
        case Push():
            recipient = None
            shown = message.title, message.text, message.url, message.icon, message.image
            mistakes = _mistakes_in(shown)
        case Webhook():
            return None
    if recipient is not None:
        return Rejected(Reason.RECIPIENT, said=f"recipient {recipient}")
    mistake = next(mistakes, None)
    return None if mistake is None else Rejected(Reason.MESSAGE, said=mistake)


def _mistakes_in_email(email: Email) -> Iterator[str]:
    if mistake := _mistake_in_address(email.sender):
        yield f"sender {mistake}"
    if email.reply_to is not None and (mistake := _mistake_in_address(email.reply_to)):
        yield f"reply_to {mistake}"
    if _MESSAGE_ID.fullmatch(email.message_id) is None:
        yield "message_id is none"
    if _CONTROL.search(email.subject):
        yield "subject contains a line break or another control character"
    for name, value in email.headers:
        yield from _mistakes_in_header(name, value)
    if not email.html and not email.text:
        yield "it has neither html nor text"
    if len(email.html) + len(email.text) > limits.MAX_EMAIL_BYTES:
        yield f"it is longer than {limits.MAX_EMAIL_BYTES:,} characters"
    yield from _mistakes_in((email.subject, email.html, email.text))


def _mistake_in_address(address: Address) -> str | None:
    try:
        address.name.encode()
        on_the_wire = wire_address(address.email).encode()
    except ValueError:
        return "has a domain that is none, or half of a character (a lone surrogate)"
    if len(on_the_wire) > limits.MAX_EMAIL_CHARACTERS or not _MAILBOX.fullmatch(address.email):
        return "is no e-mail address"
    if _CONTROL.search(address.name):
        return "has a name with a line break or another control character"
    if len(address.name) > limits.MAX_HEADER_CHARACTERS // 2:
        return f"has a name of more than {limits.MAX_HEADER_CHARACTERS // 2} characters"
    return None


def _mistakes_in_header(name: str, value: str) -> Iterator[str]:
    if _HEADER_NAME.fullmatch(name) is None:
        yield "a header has a name that no header can have"
    if name.lower() in _OURS:
        yield f"the header {name} cannot be set"
    if _CONTROL.search(value):
        yield f"the header {name} contains a line break or another control character"
    most = limits.MAX_HEADER_CHARACTERS - len(name) - 2
    if any(len(word) > most for word in value.split(" ")):
        yield f"the header {name} has a word of more than {most} characters"
    yield from _mistakes_in((value,))


def _mistake_in_phone(number: str) -> str | None:
    return None if _PHONE.fullmatch(number) else "is no phone number with + and country code"


def _mistakes_in_text(message: Sms | WhatsApp) -> Iterator[str]:
    text = message.text if isinstance(message, Sms) else message.content
    if not isinstance(text, str):
        yield from _mistakes_in(text.values)
        return
    if not text:
        yield "it has no text"
    if isinstance(message, Sms) and len(text) > limits.MAX_SMS_CHARACTERS:
        yield f"it is longer than {limits.MAX_SMS_CHARACTERS:,} characters"
    yield from _mistakes_in((text,))


def _mistakes_in(texts: Iterable[str]) -> Iterator[str]:
    try:
        for text in texts:
            text.encode()
    except UnicodeEncodeError:
        yield _NO_HALVES
