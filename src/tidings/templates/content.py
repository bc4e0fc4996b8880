"""Reading the content of a template strictly, with every mistake and where it is: pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from tidings.base import limits
from tidings.base.errors import Mistake
from tidings.base.media import Medium
from tidings.templates.filters import locale_of
from tidings.templates.model import Content, OnMissing, Part, Variant

Fields = dict[str, Any]

DEFAULT_LANGUAGE = "en"

_REQUIRED: Mapping[Medium, tuple[Part, ...]] = {
    Medium.EMAIL: (Part.SUBJECT,),
    Medium.SMS: (Part.TEXT,),
    Medium.WHATSAPP: (),
    Medium.PUSH: (Part.TITLE, Part.TEXT),
    Medium.WEBHOOK: (Part.BODY,),
}
_OPTIONAL: Mapping[Medium, tuple[Part, ...]] = {
    Medium.EMAIL: (Part.PREHEADER, Part.MJML, Part.HTML, Part.TEXT),
    Medium.SMS: (),
    Medium.WHATSAPP: (Part.TEXT, Part.PROVIDER_TEMPLATE),
    Medium.PUSH: (Part.URL, Part.ICON, Part.IMAGE),
    Medium.WEBHOOK: (),
}
_ONE_OF: Mapping[Medium, tuple[Part, Part]] = {
    Medium.EMAIL: (Part.MJML, Part.HTML),
    Medium.WHATSAPP: (Part.TEXT, Part.PROVIDER_TEMPLATE),
}
_ABOUT_ALL = ("language", "languages", "on_missing", "utm")
_PARAMETERS = "parameters"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
_UTM = re.compile(r"utm_[a-z_]{1,40}")


@dataclass(slots=True)
class _Reading:
    medium: Medium
    mistakes: list[Mistake] = field(default_factory=list[Mistake])

    def wrong(self, path: str, message: str) -> None:
        self.mistakes.append(Mistake(message, path or None))


def read_content(medium: Medium, given: object) -> Content | list[Mistake]:
    """Read a content, or return every mistake in it with its path.

    Shape:  given - decoded JSON. Its templates are not looked at: `compile` does.
    """
    reading = _Reading(medium)
    if not isinstance(given, dict):
        return [Mistake("must be an object")]
    fields = cast("Fields", given)
    first = _variant(reading, {n: v for n, v in fields.items() if n not in _ABOUT_ALL}, "")
    language = fields.get("language", DEFAULT_LANGUAGE)
    _check_language(reading, language, "language")
    content = Content(
        medium=medium,
        language=str(language),
        first=first,
        others=_others(reading, fields.get("languages", {})),
        on_missing=_on_missing(reading, fields.get("on_missing", OnMissing.EMPTY.value)),
        utm=_utm(reading, fields.get("utm", {})),
    )
    return reading.mistakes or content


def _variant(reading: _Reading, fields: Fields, path: str) -> Variant:
    required, optional = _REQUIRED[reading.medium], _OPTIONAL[reading.medium]
    known = {part.value: part for part in (*required, *optional)}
    has_parameters = reading.medium is Medium.WHATSAPP
    parts: dict[Part, str] = {}
    for name, value in fields.items():
        if name == _PARAMETERS and has_parameters:
            continue
        if name not in known:
            there = ", ".join([*known, *([_PARAMETERS] if has_parameters else [])])
            reading.wrong(_join(path, name), f"is unknown here; known are {there}")
        elif _is_text(reading, value, _join(path, name)):
            parts[known[name]] = value
    for part in required:
        if part.value not in fields:
            reading.wrong(path, f"needs {part.value}")
    _check_one_of(reading, fields, path)
    return Variant(parts, _parameters(reading, fields, path))


def _check_one_of(reading: _Reading, fields: Fields, path: str) -> None:
    pair = _ONE_OF.get(reading.medium)
    if pair is None:
        return
    there = [part.value for part in pair if part.value in fields]
    if len(there) != 1:
        reading.wrong(path, f"needs one of {pair[0].value} and {pair[1].value}")
    if _PARAMETERS in fields and Part.PROVIDER_TEMPLATE.value not in fields:
        reading.wrong(_join(path, _PARAMETERS), "are those of a provider_template")


def _parameters(reading: _Reading, fields: Fields, path: str) -> tuple[str, ...]:
    given: object = fields.get(_PARAMETERS, []) if reading.medium is Medium.WHATSAPP else []
    inner = _join(path, _PARAMETERS)
    if not isinstance(given, list):
        reading.wrong(inner, "must be an array")
        return ()
    items = cast("list[object]", given)
    return tuple(
        str(one) for index, one in enumerate(items) if _is_text(reading, one, f"{inner}[{index}]")
    )


def _others(reading: _Reading, given: object) -> dict[str, Variant]:
    if not isinstance(given, dict):
        reading.wrong("languages", "must be an object")
        return {}
    languages = cast("Fields", given)
    if len(languages) > limits.MAX_TEMPLATE_LANGUAGES:
        reading.wrong("languages", f"has more than {limits.MAX_TEMPLATE_LANGUAGES} languages")
        return {}
    found: dict[str, Variant] = {}
    for language, fields in languages.items():
        path = _join("languages", language)
        _check_language(reading, language, path)
        if isinstance(fields, dict):
            found[language] = _variant(reading, cast("Fields", fields), path)
        else:
            reading.wrong(path, "must be an object")
    return found


def _check_language(reading: _Reading, language: object, path: str) -> None:
    is_known = isinstance(language, str) and _LANGUAGE.fullmatch(language) is not None
    if not is_known or locale_of(str(language)) is None:
        reading.wrong(path, "must be a language such as de or de-AT")


def _on_missing(reading: _Reading, given: object) -> OnMissing:
    words = [one.value for one in OnMissing]
    if given in words:
        return OnMissing(given)
    reading.wrong("on_missing", f"must be one of {', '.join(words)}")
    return OnMissing.EMPTY


def _utm(reading: _Reading, given: object) -> dict[str, str]:
    if not isinstance(given, dict):
        reading.wrong("utm", "must be an object")
        return {}
    for name, value in cast("Fields", given).items():
        path = _join("utm", name)
        if not _UTM.fullmatch(name):
            reading.wrong(path, "must have a name such as utm_source")
        elif not isinstance(value, str) or not 1 <= len(value) <= limits.MAX_UTM_CHARACTERS:
            reading.wrong(path, f"must be a text of 1 to {limits.MAX_UTM_CHARACTERS} characters")
    return {name: str(value) for name, value in cast("Fields", given).items()}


def _is_text(reading: _Reading, value: object, path: str) -> bool:
    most = limits.MAX_TEMPLATE_PART_CHARACTERS
    if not isinstance(value, str):
        reading.wrong(path, "must be a text")
    elif not 1 <= len(value) <= most:
        reading.wrong(path, f"must have 1 to {most:,} characters")
    elif "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        reading.wrong(path, "must not have the character NUL or half a character")
    else:
        return True
    return False


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
