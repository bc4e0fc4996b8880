"""What a profile's attributes may hold, whichever wire they come by."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from tidings.base import limits
from tidings.base.errors import Mistake
from tidings.schema.check import Attributes

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# WHATWG HTML, "valid e-mail address", with letters of every script added on both sides (RFC 6531);
# a full RFC 5322 parser would take comments and quoted blanks that no mail server wants.
_EMAIL = re.compile(
    r"[\w.!#$%&'*+/=?^`{|}~-]+@"
    r"[^\W_](?:[\w-]{0,61}[^\W_])?(?:\.[^\W_](?:[\w-]{0,61}[^\W_])?)+"
)
# What people paste along without seeing it. A line break is none: it would be one in a mail's head.
_BLANKS = " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
_BIRTH_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_GENDERS = frozenset({"male", "female", "other"})
_OPT_INS = frozenset({"email_opt_in", "sms_opt_in", "whatsapp_opt_in"})
_REACHABLE = {0: 0, 1: 1, 2: 2, "0": 0, "1": 1, "2": 2}


def accept_attributes(
    attributes: Attributes, received_at: datetime
) -> tuple[Attributes, list[str], list[Mistake]]:
    """Part a record's attributes into those to set, those to remove, and the mistakes.

    Shape:  set - as given, opt-ins as integers, an e-mail address trimmed; removed - those that are
            null; the field of a mistake is the attribute's name.
    Source: NotifyVisitors documentation, "User attributes"; docs/notifyvisitors.md for our choices.
    """
    kept: Attributes = {}
    removed: list[str] = []
    mistakes: list[Mistake] = []
    if len(attributes) > limits.MAX_USER_ATTRIBUTES_PER_RECORD:
        most = limits.MAX_USER_ATTRIBUTES_PER_RECORD
        mistakes.append(Mistake(f"has {len(attributes)} attributes, at most {most} are allowed"))
    for name, value in attributes.items():
        if value is None:
            removed.append(name)
            continue
        if name in _OPT_INS and _reachable(value) is not None:
            kept[name] = _reachable(value)
            continue
        kept[name] = trimmed(value) if name == "email" and isinstance(value, str) else value
        mistakes.extend(
            Mistake(message, field=name) for message in _wrong_with(name, value, received_at)
        )
    return kept, removed, mistakes


def is_email(text: str) -> bool:
    """Say whether a text has the form of an e-mail address, as `trimmed` leaves it."""
    if len(text) > limits.MAX_EMAIL_CHARACTERS:
        return False
    return _EMAIL.fullmatch(_letters(trimmed(text))) is not None


def trimmed(email: str) -> str:
    """Return an address as it is stored: without the blanks around it that nobody sees."""
    return email.strip(_BLANKS)


def _letters(text: str) -> str:
    # `\w` does not know vowel signs, without which most words of most Indian scripts could not be
    # written; each belongs to the letter before it.
    if text.isascii():
        return text
    return "".join(sign for sign in text if unicodedata.category(sign)[0] != "M")


def is_mobile(text: str) -> bool:
    """Say whether a text has the form of E.164; not whether the number is assigned.

    The vendor's own example, +9198203010, is one digit short of an Indian number.
    """
    return _E164.fullmatch(text) is not None


def _is_any(_text: str) -> bool:
    return True


def _is_none(_text: str) -> bool:
    return False


# What the vendor's own attributes must be, and how to say so.
_RULES: Mapping[str, tuple[Callable[[str], bool], str]] = {
    **dict.fromkeys(("name", "first_name", "last_name"), (_is_any, "must be a text")),
    **dict.fromkeys(_OPT_INS, (_is_none, "must be 1, 0 or 2")),
    "email": (is_email, "must be an e-mail address such as ada@example.com"),
    "mobile": (is_mobile, "must be in E.164 format, such as +551155256325"),
    "gender": (_GENDERS.__contains__, "must be male, female or other"),
}


def _wrong_with(name: str, value: object, received_at: datetime) -> Iterator[str]:
    if not 1 <= len(name) <= limits.MAX_ATTRIBUTE_NAME_CHARACTERS:
        yield f"attribute names have 1 to {limits.MAX_ATTRIBUTE_NAME_CHARACTERS} characters"
    if isinstance(value, str) and len(value) > limits.MAX_USER_TEXT_CHARACTERS:
        most = limits.MAX_USER_TEXT_CHARACTERS
        yield f"has {len(value)} characters, at most {most} are allowed"
    if name == "birth_date":
        if not (isinstance(value, str) and _is_past_date(value, received_at)):
            yield "must be a past date in the form YYYY-MM-DD"
    elif (rule := _RULES.get(name)) is not None and not (isinstance(value, str) and rule[0](value)):
        yield rule[1]


def _reachable(value: Any) -> int | None:  # noqa: ANN401 - any JSON value
    # A boolean equals 0 or 1 in Python, but is another JSON type.
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return _REACHABLE.get(value)


def _is_past_date(text: str, received_at: datetime) -> bool:
    if _BIRTH_DATE.fullmatch(text) is None:
        return False
    try:
        born_on = date.fromisoformat(text)
    except ValueError:
        return False
    return born_on <= received_at.astimezone(UTC).date()
