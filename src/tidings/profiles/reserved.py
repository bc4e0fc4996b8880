"""What a contact's attributes must be after operations, which can make anything of them: pure."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from tidings.profiles.accept import accept_attributes

# Only its form is looked at: that it leads somewhere cannot be known here.
_URL = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2}")
_COUNTRY = re.compile(r"[A-Z]{2}")
# What else lies in that folder, such as `localtime`, begins with a small letter.
_TIME_ZONE = re.compile(r"(?=.{1,64}\Z)[A-Z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")
_OPT_IN_VALUES = range(3)
_COORDINATES = ("latitude", "longitude")
# Operations have no day: that a birth date is past is not looked at.
_LAST_DAY = datetime.max.replace(tzinfo=UTC)


def wrong_with_contact(
    attributes: Mapping[str, Any], changed: Collection[str]
) -> tuple[str, str] | None:
    """Say what is wrong with a person's attributes after operations, None when nothing is.

    Shape:  attributes - all of them, as they would be stored; changed - the names of those that
            the operations set, changed or removed: the others are held against nothing. Returns
            the stored name, "" for all together, and what is wrong with it. Null is always right.
    Source: Notifuse documentation, "Reserved profile fields"; docs/notifuse.md for our choices.
    """
    touched = {
        name: attributes[name] for name in sorted(changed) if attributes.get(name) is not None
    }
    for name, value in touched.items():
        rule = _RULES.get(name)
        if rule is not None and not rule[0](value):
            return name, rule[1]
    # What both wires give a meaning has one rule.
    _, _, mistakes = accept_attributes(touched, _LAST_DAY)
    if mistakes:
        return mistakes[0].field or "", mistakes[0].message
    if not set(_COORDINATES).isdisjoint(changed):
        missing = [name for name in _COORDINATES if attributes.get(name) is None]
        if len(missing) == 1:
            return missing[0], "is missing: latitude and longitude come together, or neither"
    return None


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _matches(form: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and form.fullmatch(value) is not None


def _is_opt_in(value: object) -> bool:
    # A boolean equals 0 or 1 in Python, and so does 1.0; neither is what the other wire stores.
    return type(value) is int and value in _OPT_IN_VALUES


def _is_within(most: float) -> Callable[[object], bool]:
    return lambda value: (
        isinstance(value, int | float) and not isinstance(value, bool) and -most <= value <= most
    )


def is_time_zone(value: object) -> bool:
    """Say whether a value is the name of a time zone."""
    return isinstance(value, str) and _TIME_ZONE.fullmatch(value) is not None and _is_zone(value)


@lru_cache(maxsize=1_000)
def _is_zone(name: str) -> bool:
    # Asked for by name: the list of all of them takes reading hundreds of files.
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return False
    return True


# For people's words see `accept`, whose attributes are looked at there.
_RULES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "avatar": (_matches(_URL), "must be a URL that begins with http:// or https://"),
    "time_zone": (is_time_zone, "must be the name of a time zone, such as Europe/Paris"),
    "language": (_matches(_LANGUAGE), "must be two lower-case letters, such as fr"),
    "country": (_matches(_COUNTRY), "must be two capital letters, such as FR"),
    "latitude": (_is_within(90), "must be a number from -90 to 90"),
    "longitude": (_is_within(180), "must be a number from -180 to 180"),
    "address": (_is_text, "must be a text"),
    **dict.fromkeys(
        ("email_opt_in", "sms_opt_in", "whatsapp_opt_in"), (_is_opt_in, "must be 0, 1 or 2")
    ),
}
