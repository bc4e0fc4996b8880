"""What this wire calls the attributes that we keep under another name: pure.

Both wires see one person, so an attribute that both give a meaning is stored once, under the name
that it has on the other wire.
"""

from collections.abc import Mapping

STORED_NAMES: Mapping[str, str] = {
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "mobileNumber": "mobile",
    "timeZone": "time_zone",
}
"""Under which name an attribute of this wire is stored; others are stored as they are called."""

_WIRE_NAMES: Mapping[str, str] = {stored: name for name, stored in STORED_NAMES.items()}


def wire_name(stored: str) -> str:
    """Return what this wire calls a stored attribute."""
    return _WIRE_NAMES.get(stored, stored)


def wire_path(stored: str) -> str:
    """Return a dotted path into the stored attributes as this wire writes it."""
    attribute, dot, below = stored.partition(".")
    return f"{wire_name(attribute)}{dot}{below}"
