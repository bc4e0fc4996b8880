"""A content made ready, once for all its messages: pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from minijinja import Environment, TemplateError

from tidings.base.errors import Mistake
from tidings.base.media import Medium
from tidings.templates import hypertext
from tidings.templates.engine import HTML_SUFFIX, environment_of, worded
from tidings.templates.expression import FUNCTIONS
from tidings.templates.json_body import tags_in_strings
from tidings.templates.markup import with_short_lines
from tidings.templates.model import Content, OnMissing, Part, Variant
from tidings.templates.plain import text_of
from tidings.templates.syntax import Marks


@dataclass(frozen=True, slots=True)
class Ready:
    """What a template says in one language, ready to be given values.

    Shape:  parts, parameters - by the name that each has in `environment`; names - all that is
            asked for; fixed - links, by position; has_own_text - whether the text part of an
            e-mail was written by its author.
    """

    language: str
    environment: Environment
    parts: Mapping[Part, str]
    parameters: tuple[str, ...]
    names: frozenset[str]
    fixed: tuple[str, ...]
    has_own_text: bool


@dataclass(frozen=True, slots=True)
class Compiled:
    """A content that messages can be made of; any number of threads may share it."""

    medium: Medium
    on_missing: OnMissing
    utm: Mapping[str, str]
    first: Ready
    others: Mapping[str, Ready]

    def ready_for(self, language: object) -> Ready:
        """Return what a person is told who speaks a language such as `de-AT`.

        Shape:  language - the person's attribute, whatever it is.
        """
        if not self.others or not isinstance(language, str):
            return self.first
        spoken = language.replace("_", "-").casefold()
        by_name = {name.casefold(): ready for name, ready in self.others.items()}
        primary = spoken.partition("-")[0]
        if spoken == self.first.language.casefold():
            return self.first
        return by_name.get(spoken) or by_name.get(primary) or self.first

    def warnings(self) -> list[str]:
        """Return what may well be a mistake, and is none."""
        if self.medium is not Medium.EMAIL:
            return []
        return [
            f"The {ready.language} mail shows no unsubscribe_url; only its header has the link."
            for ready in (self.first, *self.others.values())
            if "unsubscribe_url" not in ready.names
        ]


@dataclass(slots=True)
class _Compiling:
    """One language being made ready."""

    environment: Environment
    language: str
    path: str
    names: set[str] = field(default_factory=set[str])
    mistakes: list[Mistake] = field(default_factory=list[Mistake])

    def wrong(self, field_name: str, messages: list[str]) -> None:
        path = f"{self.path}.{field_name}" if self.path else field_name
        self.mistakes += [Mistake(message, path) for message in messages]

    def lift(self, field_name: str, source: str, marks: Marks) -> str | None:
        """Put the tags of a part aside; None when there is something wrong with them."""
        lifted = marks.lift(source)
        wrong = marks.mistakes or list(self._wrong_with(source))
        self.wrong(field_name, wrong)
        return None if wrong else lifted

    def add(self, name: str, field_name: str, code: str) -> None:
        """Add a template."""
        try:
            self.environment.add_template(name, code)
            self.names |= self.environment.undeclared_variables_in_template(name) - FUNCTIONS
        except TemplateError as error:
            self.wrong(field_name, [worded(error)])

    def _wrong_with(self, source: str) -> Iterator[str]:
        try:
            self.environment.add_template("source", source)
        except TemplateError as error:
            yield worded(error)


def compile_content(content: Content, zone: tzinfo) -> Compiled | list[Mistake]:
    """Make a content ready, or return every mistake in its templates with its path and line.

    Shape:  zone - the brand's, in which times are shown.
    """
    first, mistakes = _ready(content, content.first, content.language, zone)
    others: dict[str, Ready] = {}
    for language, variant in content.others.items():
        others[language], wrong = _ready(
            content, variant, language, zone, path=f"languages.{language}"
        )
        mistakes += wrong
    if mistakes:
        return mistakes
    return Compiled(content.medium, content.on_missing, content.utm, first, others)


def _ready(
    content: Content, variant: Variant, language: str, zone: tzinfo, *, path: str = ""
) -> tuple[Ready, list[Mistake]]:
    is_json = content.medium is Medium.WEBHOOK
    compiling = _Compiling(environment_of(language, zone, is_json=is_json), language, path)
    parts: dict[Part, str] = {}
    fixed: tuple[str, ...] = ()
    if content.medium is Medium.EMAIL:
        fixed = _add_email(compiling, variant, parts)
    else:
        for part, source in variant.parts.items():
            _add_plain(compiling, part.value, source)
            parts[part] = part.value
    parameters = tuple(f"parameters[{number}]" for number in range(len(variant.parameters)))
    for name, source in zip(parameters, variant.parameters, strict=True):
        _add_plain(compiling, name, source)
    ready = Ready(
        language,
        compiling.environment,
        parts,
        parameters,
        frozenset(compiling.names),
        fixed,
        Part.TEXT in variant.parts,
    )
    return ready, compiling.mistakes


def _add_plain(compiling: _Compiling, name: str, source: str) -> None:
    marks = Marks()
    lifted = compiling.lift(name, source, marks)
    if lifted is None:
        return
    if name == Part.BODY.value:
        compiling.wrong(name, list(tags_in_strings(lifted, marks)))
    compiling.add(name, name, marks.put_back(lifted))


def _add_email(compiling: _Compiling, variant: Variant, parts: dict[Part, str]) -> tuple[str, ...]:
    """Add the parts of an e-mail, and return the links that are the same for everybody."""
    written = variant.parts
    for part in (Part.SUBJECT, Part.TEXT):
        if part in written:
            _add_plain(compiling, part.value, written[part])
            parts[part] = part.value
    body = Part.MJML if Part.MJML in written else Part.HTML
    marks = Marks()
    lifted = compiling.lift(body.value, written[body], marks)
    html = None if lifted is None else _html(compiling, body, lifted, marks)
    preheader = ""
    if Part.PREHEADER in written:
        preheader = compiling.lift(Part.PREHEADER.value, written[Part.PREHEADER], marks) or ""
    if html is None:
        return ()
    if Part.TEXT not in written:
        compiling.add(Part.TEXT.value, body.value, marks.put_back(text_of(html, marks)))
        parts[Part.TEXT] = Part.TEXT.value
    if preheader:
        html = hypertext.with_preheader(html, preheader)
    linked = hypertext.with_links(html, marks)
    whole = with_short_lines(hypertext.with_pixel(linked.html, marks))
    name = f"body{HTML_SUFFIX}"
    compiling.add(name, body.value, marks.put_back(whole))
    parts[Part.HTML] = name
    return linked.fixed


def _html(compiling: _Compiling, body: Part, lifted: str, marks: Marks) -> str | None:
    deep = hypertext.wrong_with_depth(lifted)
    if deep is not None:
        compiling.wrong(body.value, [deep])
        return None
    if body is Part.MJML:
        made = hypertext.html_of_mjml(lifted, marks, language=compiling.language)
    else:
        made = hypertext.with_styles_inlined(lifted)
    if isinstance(made, list):
        compiling.wrong(body.value, made)
        return None
    lost = marks.lost_from(made)
    wrong = "is left out where it stands; <mj-raw> can be anywhere"
    if body is Part.HTML:
        wrong = "is no style: where styles are inlined, it cannot stand in an attribute `style`"
    compiling.wrong(body.value, [f"{code} {wrong}" for code in lost])
    return None if lost else made
