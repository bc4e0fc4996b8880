"""Settings of a provider: one class each, read field by field, secrets kept apart."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, TypeVar, cast

import msgspec
from msgspec.structs import FieldInfo, fields

from tidings.base.errors import Mistake
from tidings.devices.model import Platform

_MARK = "is_secret"

Secret = Annotated[str, msgspec.Meta(max_length=20_000, extra={_MARK: True})]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]

MASK = "********"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider must know to carry a brand's messages.

    A field of the type `Secret` is stored sealed and shown as stars.

    Shape:  media - the names of the media it carries, the usual one first; platforms - the devices
            that it reaches, if it carries pushes.
    """

    media: ClassVar[tuple[str, ...]] = ()
    platforms: ClassVar[frozenset[Platform]] = frozenset()

    def mistakes(self) -> list[Mistake]:
        """Say what is wrong with values that are each right by themselves."""
        return []

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in shown_values(self).items())
        return f"{type(self).__name__}({shown})"


S = TypeVar("S", bound=Settings)


def read_settings(kind: type[S], values: Mapping[str, object]) -> S | list[Mistake]:
    """Read settings of one provider, or say everything that is wrong with them.

    Shape:  values - by name, as texts or as JSON has them.
    """
    known = {field.name: field for field in fields(kind)}
    mistakes = [
        Mistake(f"there is no such setting; there are {', '.join(known)}", name)
        for name in values.keys() - known.keys()
    ]
    read: dict[str, Any] = {}
    for name, field in known.items():
        if name in values:
            _read_value(field, values[name], into=read, mistakes=mistakes)
        elif field.required:
            mistakes.append(Mistake("is missing", name))
    if not mistakes:
        made = kind(**read)
        mistakes = made.mistakes()
        if not mistakes:
            return made
    return sorted(mistakes, key=lambda mistake: mistake.field or "")


def parts_of(settings: Settings) -> tuple[dict[str, object], dict[str, object]]:
    """Part settings into what may be seen and what may not, without what is at its default."""
    seen: dict[str, object] = {}
    secret: dict[str, object] = {}
    for field in fields(settings):
        value = getattr(settings, field.name)
        if field.required or value != field.default:
            (secret if _is_secret(field) else seen)[field.name] = msgspec.to_builtins(value)
    return seen, secret


def shown_values(settings: Settings) -> dict[str, object]:
    """Return every value by name, a secret that is set as stars."""
    return {
        field.name: MASK
        if _is_secret(field) and getattr(settings, field.name)
        else getattr(settings, field.name)
        for field in fields(settings)
    }


def secret_names(kind: type[Settings]) -> set[str]:
    """Return the names of the settings that may not be seen."""
    return {field.name for field in fields(kind) if _is_secret(field)}


def _is_secret(field: FieldInfo) -> bool:
    described = msgspec.inspect.type_info(field.type)
    if not isinstance(described, msgspec.inspect.Metadata):
        return False
    extra = cast("Mapping[str, object] | None", described.extra)  # pyright: ignore[reportUnknownMemberType]
    return extra is not None and _MARK in extra


def _read_value(
    field: FieldInfo, value: object, *, into: dict[str, Any], mistakes: list[Mistake]
) -> None:
    try:
        # Not strict: a command line has texts only, so "587" is a number and "true" a claim.
        read = msgspec.convert(value, field.type, strict=False)
    except msgspec.ValidationError as error:
        # Its words name types and bounds; a value only where it is one of few, which no secret is.
        mistakes.append(Mistake(str(error), field.name))
        return
    if _is_secret(field) and field.required and not read:
        mistakes.append(Mistake("must not be empty", field.name))
    into[field.name] = read
