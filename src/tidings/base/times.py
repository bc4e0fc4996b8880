"""Reading the times that clients send."""

import re
from datetime import UTC, date, datetime, tzinfo

# The documented forms, and a date alone. Python's own reader takes more (week dates, "20220327",
# an offset of +05:99), which must stay text: what is a date decides the type of an attribute for
# good. The function `fits_type` in the database decides the same; a test compares the two.
_FORMS = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])?)?"
)
_DATE_CHARACTERS = 10


def parse_instant(text: str, zone: tzinfo) -> datetime | None:
    """Read a time in one of the documented forms, None when it is in none of them.

    Shape:  `yyyy-MM-dd HH:mm:ss` or with `T`, seconds, fraction and offset optional; a date
            alone is its midnight.
    Units:  returns an aware UTC instant; a time without offset is in `zone`.
    Source: NotifyVisitors documentation, "What is the date format".
    """
    if _FORMS.fullmatch(text) is None:
        return None
    try:
        read = datetime.fromisoformat(text)
        if read.tzinfo is None:
            read = read.replace(tzinfo=zone)
        return read if read.tzinfo is UTC else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_date(text: str) -> bool:
    """Say whether a text is a real date or time in one of the documented forms."""
    if len(text) < _DATE_CHARACTERS or text[4] != "-" or _FORMS.fullmatch(text) is None:
        return False
    try:
        date.fromisoformat(text[:_DATE_CHARACTERS])
    except ValueError:
        return False
    return True
