"""What a template finds under a name, and how it is told what is not there: pure."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any, cast

from tidings.profiles.model import Profile
from tidings.templates.links import Links
from tidings.templates.model import Urls, Variables

OWN = "tidings_links"
"""The name under which a template reaches its links; no person's attribute can take its place."""

SYSTEM = ("unsubscribe_url", "preferences_url", "view_in_browser_url")
GROUPS = ("profile", "event", "data", "brand")

_MOST_INTEGER = 2**63


class Account:
    """What one message was found to lack.

    Shape:  is_marked - whether what is missing is shown by its name, for a preview.
    """

    __slots__ = ("is_marked", "names")

    def __init__(self, *, is_marked: bool = False) -> None:
        self.is_marked = is_marked
        self.names: set[str] = set()


class Missing:
    """What a person has no value for: it is empty, and noted once it is shown.

    MiniJinja asks for the text of what it shows, and of what a filter makes a text of. It does
    not for a condition or for `default`, so what these ask for is not missing.
    """

    __slots__ = ("account", "name")

    def __init__(self, name: str, account: Account) -> None:
        self.name = name
        self.account = account

    def __str__(self) -> str:
        self.account.names.add(self.name)
        return f"[{self.name}]" if self.account.is_marked else ""

    __repr__ = __str__

    def __bool__(self) -> bool:
        return False

    def __iter__(self) -> Iterator[object]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __getitem__(self, name: object) -> "Missing":
        return Missing(f"{self.name}.{name}", self.account)


class Group:
    """Values by name, in which every name leads to something.

    No dict: of one MiniJinja says that a name is in it as soon as the name leads to something.
    """

    __slots__ = ("account", "held", "path")

    def __init__(self, path: str, account: Account, held: Mapping[str, Any]) -> None:
        self.path = path
        self.account = account
        self.held = held

    def __getitem__(self, name: object) -> object:
        found = self.held.get(name) if isinstance(name, str) else None
        return Missing(f"{self.path}.{name}", self.account) if found is None else found

    def __iter__(self) -> Iterator[str]:
        return iter(self.held)

    def __len__(self) -> int:
        return len(self.held)

    def __str__(self) -> str:
        return str(self.held)

    __repr__ = __str__


def attributes_of(profile: Profile) -> dict[str, Any]:
    """Return what a template finds of a person: the attributes, and the id as `user_id`."""
    return {**profile.attributes, "user_id": profile.user_id}


def context_of(
    names: Collection[str], variables: Variables, account: Account, links: Links
) -> dict[str, Any]:
    """Return what a template is given: a value for each name that it has.

    Shape:  attributes of the profile stand beside the groups; what the system gives comes first,
            so that nobody's attribute can take the place of the link to unsubscribe.
    """
    return {name: links if name == OWN else _found(name, variables, account) for name in names}


def _found(name: str, variables: Variables, account: Account) -> object:
    if name in SYSTEM:
        return _url(name, variables.urls) or Missing(name, account)
    if name in GROUPS:
        return _copy(getattr(variables, name), name, account)
    return _copy(variables.profile.get(name), name, account)


def _url(name: str, urls: Urls) -> str:
    return str(getattr(urls, name.removesuffix("_url")))


def _copy(value: object, path: str, account: Account) -> object:
    """Copy a value of JSON into what MiniJinja understands; nothing in it is null."""
    if value is None:
        return Missing(path, account)
    if isinstance(value, Mapping):
        named = cast("Mapping[str, object]", value).items()
        held = {name: _copy(inner, f"{path}.{name}", account) for name, inner in named}
        return Group(path, account, held)
    if isinstance(value, list | tuple):
        items = enumerate(cast("list[object]", value))
        # No tuple: MiniJinja would copy it each time that the template names it.
        return [_copy(inner, f"{path}[{index}]", account) for index, inner in items]
    return _plain(value)


def _plain(value: object) -> object:
    """Return a text, a number or a boolean as MiniJinja can hold it."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, int):  # a boolean, too
        return value if -_MOST_INTEGER <= value < _MOST_INTEGER else str(value)
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, float) else str(value)
