"""MiniJinja, set up for templates: what it is given and what it is not."""

from collections.abc import Callable, Sized
from datetime import tzinfo
from typing import Any

from minijinja import Environment, TemplateError

from tidings.base import limits
from tidings.templates.expression import ADDEND_GUARD, NUMBER_GUARD
from tidings.templates.filters import filters_of, locale_of
from tidings.templates.json_body import written
from tidings.templates.links import Links
from tidings.templates.variables import Group, Missing

HTML_SUFFIX = ".html"
"""Ends the name of a template whose values are escaped."""

LINK_FILTER = "tidings_link"
"""Makes a link of a text that a template made; no template can name it itself."""

_UNUSED = ("debug", "dict", "namespace", "cycler", "joiner")
_PLAIN_WORDS = {"OutOfFuel": "takes too many steps"}


class Unfit(Exception):
    """A filter was given what it cannot take; the message may be shown."""


def environment_of(language: str, zone: tzinfo, *, is_json: bool = False) -> Environment:
    """Return an engine for what is said in a language, with times on the clock of `zone`.

    It loads nothing, calls nothing but our filters, and takes `MAX_TEMPLATE_FUEL` steps a part.

    Shape:  is_json - whether values are written as JSON has them.
    """
    locale = locale_of(language)
    assert locale is not None, "read_content has looked"  # noqa: S101
    own: dict[str, Callable[..., Any]] = {
        **filters_of(locale, zone),
        "default": _default,
        "d": _default,
        "items": _items,
        "length": _length,
        NUMBER_GUARD: _number,
        ADDEND_GUARD: _addend,
    }
    environment = Environment(
        fuel=limits.MAX_TEMPLATE_FUEL,
        undefined_behavior="chainable",
        auto_escape_callback=_is_html,
        # What wraps links is not the template's: its errors are bugs.
        filters={**{name: _strict(one) for name, one in own.items()}, LINK_FILTER: _link},
        tests={"defined": _is_defined, "undefined": _is_undefined},
        finalizer=written if is_json else None,
        pycompat=False,
    )
    for name in _UNUSED:
        environment.remove_global(name)
    return environment


def worded(error: TemplateError) -> str:
    """Tell what MiniJinja found wrong, and where."""
    message = error.detail or _PLAIN_WORDS.get(error.kind, error.kind)
    return message if error.line is None else f"line {error.line}: {message}"


def _strict(one: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: object, **kwargs: object) -> object:
        try:
            return one(*args, **kwargs)
        except (TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise Unfit(str(error)) from error

    return call


def _is_html(name: str) -> bool:
    return name.endswith(HTML_SUFFIX)


def _link(text: str, links: Links, position: int) -> str:
    return links.made(text, position)


def _default(value: object, other: object = "", boolean: object = False) -> object:  # noqa: FBT002
    is_absent = value is None or isinstance(value, Missing) or (boolean and not value)
    return other if is_absent else value


def _items(value: object) -> object:
    return tuple(value.held.items()) if isinstance(value, Group) else ()


def _length(value: object) -> object:
    return len(value) if isinstance(value, Sized) else 0


def _number(value: object) -> object:
    if isinstance(value, int | float):
        return value
    raise ValueError(f"{_called(value)} is no number")


def _addend(value: object) -> object:
    if isinstance(value, int | float | str):
        return value
    raise ValueError(f"{_called(value)} is no number and no text")


def _called(value: object) -> str:
    return value.name if isinstance(value, Missing) else "a value"


def _is_defined(value: object) -> bool:
    return value is not None and not isinstance(value, Missing)


def _is_undefined(value: object) -> bool:
    return not _is_defined(value)
