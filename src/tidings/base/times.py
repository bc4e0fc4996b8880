"""Reading the times that clients send."""

import re
from datetime import UTC, datetime, tzinfo

# The documented forms, and a date alone. Python's own reader takes more (week dates, "20220327"),
# which must stay text: what is a date decides the type of an attribute for good.
_FORMS = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
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
        return read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_date(text: str) -> bool:
    """Say whether a text is a real date or time in one of the documented forms."""
    return len(text) >= _DATE_CHARACTERS and text[4] == "-" and parse_instant(text, UTC) is not None
