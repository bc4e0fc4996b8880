"""How people and what leads to them are called at a terminal."""

from collections.abc import Mapping

from tidings.cli.table import shown
from tidings.identity.model import Identifier
from tidings.profiles.model import ProfileRef


def named(identifier: Identifier) -> str:
    """Return an identifier's kind and value, as in `email ada@example.com`."""
    return shown(f"{identifier.kind.name.lower()} {identifier.value}")


def person(ref: ProfileRef, names: Mapping[ProfileRef, Identifier]) -> str:
    """Return what an operator knows somebody by; who was forgotten meanwhile has no name."""
    return named(names[ref]) if ref in names else "(forgotten)"
