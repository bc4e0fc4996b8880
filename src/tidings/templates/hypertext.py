"""The HTML of an e-mail, made of what its author wrote once, and not for each message: pure.

Shape:  everywhere here tags have given their places to marks (`syntax`).
"""

import re
from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import NamedTuple

from css_inline import CSSInliner, InlineError
from mjml import mjml2html

from tidings.base import limits
from tidings.templates.engine import LINK_FILTER
from tidings.templates.links import is_followed
from tidings.templates.markup import (
    Kind,
    Piece,
    depth_of,
    pieces,
    rewrite,
    start_tag,
    unescape,
)
from tidings.templates.syntax import MARK, Marks
from tidings.templates.variables import OWN

OFF = "data-tidings-track"

_MJML = (
    {"mjml", "mj-accordion", "mj-accordion-element", "mj-accordion-text", "mj-accordion-title"}
    | {"mj-all", "mj-attributes", "mj-body", "mj-breakpoint", "mj-button", "mj-carousel"}
    | {"mj-carousel-image", "mj-class", "mj-column", "mj-divider", "mj-font", "mj-group"}
    | {"mj-head", "mj-hero", "mj-image", "mj-navbar", "mj-navbar-link", "mj-preview", "mj-raw"}
    | {"mj-section", "mj-social", "mj-social-element", "mj-spacer", "mj-style", "mj-table"}
    | {"mj-text", "mj-title", "mj-wrapper"}
)
_POSITION = re.compile(r" in root template(?: at position (\d+):\d+)?$")
_NUMBER = "data-tidings-number"
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_FOREIGN = re.compile(r"x7sign(\d{1,6})ngis7x")
_ODD = re.compile(r"[\x00-\x1f\"\\\x7f]")
_HIDDEN = (
    "display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;"
    "mso-hide:all"
)
# Signs without width, so that a mailbox shows nothing of the body behind the preheader.
_PADDING = "&#847;&zwnj;&nbsp;" * 90


class Linked(NamedTuple):
    """HTML whose links are asked for, and the links that are the same for everybody.

    Shape:  fixed - by position; "" for a link that has values in it.
    """

    html: str
    fixed: tuple[str, ...]


def wrong_with_depth(source: str) -> str | None:
    """Say that elements are too deep in each other, which the programs below do not survive."""
    if depth_of(source) <= limits.MAX_TEMPLATE_DEPTH:
        return None
    return f"has more than {limits.MAX_TEMPLATE_DEPTH} elements in each other"


def html_of_mjml(source: str, marks: Marks, *, language: str) -> str | list[str]:
    """Translate MJML, or return what is wrong with it.

    Shape:  language - what a screen reader is told, unless the MJML itself has one.
    """
    unknown = sorted(
        {
            piece.name
            for piece in pieces(source)
            if piece.kind is Kind.START and piece.name.startswith("mj") and piece.name not in _MJML
        }
    )
    if unknown:
        return [f"there is no element <{name}>" for name in unknown]
    rest, css = _without_inline_styles(rewrite(source, partial(_readable, language=language)))
    plain, foreign = _in_ascii(rest)
    try:
        # No fonts but those that mj-font names: a mail should ask nobody else for anything.
        html = mjml2html(plain, fonts={})
    except ValueError as error:
        return [_worded(plain, str(error), marks)]
    signs = dict(enumerate(foreign))
    html = _FOREIGN.sub(lambda mark: signs.get(int(mark[1]), mark[0]), html)
    if css:
        html = _inlined(html, _inliner(css))
    return html


def with_styles_inlined(source: str) -> str | list[str]:
    """Give elements the styles that they have by `<style>`, or return what is wrong.

    What cannot be given, such as a rule for small screens, stays in its place. HTML without
    styles is left as it is.
    """
    if all(piece.name != "style" for piece in pieces(source)):
        return source
    try:
        return _inlined(source, _inliner())
    except InlineError as error:
        return [f"styles cannot be inlined: {error}"]


def with_preheader(source: str, preheader: str) -> str:
    """Put the line that a mailbox shows beside the subject before everything else."""
    text = preheader.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = f'<div style="{_HIDDEN}">{text}{_PADDING}</div>'
    begin = next(
        (one.end for one in pieces(source) if one.kind is Kind.START and one.name == "body"), 0
    )
    return source[:begin] + line + source[begin:]


def with_pixel(source: str, marks: Marks) -> str:
    """Put the place for an image that tells of an opening at the end of the body."""
    ends = [one.start for one in pieces(source) if one.kind is Kind.END and one.name == "body"]
    end = ends[-1] if ends else len(source)
    return source[:end] + marks.put_aside(f"{{{{ {OWN}.pixel }}}}") + source[end:]


def with_links(source: str, marks: Marks) -> Linked:
    """Let links be asked for when a message is made, each by its position."""
    fixed: list[str] = []

    def change(piece: Piece, _: str) -> str | None:
        if piece.kind is not Kind.START or piece.name not in {"a", "area"}:
            return None
        if piece.has(OFF):
            kept = tuple(one for one in piece.attributes if one[0] != OFF)
            is_off = (piece.attribute(OFF) or "").lower() == "off"
            piece = _with_attributes(piece, kept)
            if is_off:
                return start_tag(piece)
        asked = _asked(dict(piece.attributes).get("href"), fixed, marks)
        if asked is None:
            return start_tag(piece)
        changed = ((n, asked if n == "href" else value) for n, value in piece.attributes)
        return start_tag(_with_attributes(piece, tuple(changed)))

    return Linked(rewrite(source, change), tuple(fixed))


def _asked(href: str | None, fixed: list[str], marks: Marks) -> str | None:
    """Return the value of `href` that asks for a link, None for one that stays as it is."""
    url = unescape(href or "").strip()
    if MARK.search(url) is None:
        if not is_followed(url):
            return None
        fixed.append(url)
        return marks.put_aside(f"{{{{ {OWN}.fixed({len(fixed) - 1}) }}}}")
    if not is_followed(url) and MARK.match(url) is None:
        return None
    fixed.append("")
    begin = marks.put_aside(f"{{% filter {LINK_FILTER}({OWN}, {len(fixed) - 1}) %}}")
    return f"{begin}{href}{marks.put_aside('{% endfilter %}')}"


def _with_attributes(piece: Piece, attributes: tuple[tuple[str, str | None], ...]) -> Piece:
    return Piece(piece.kind, piece.start, piece.end, piece.name, attributes, piece.is_closed)


def _inliner(css: str | None = None) -> CSSInliner:
    """Return what inlines these rules, or those that HTML has itself; it loads nothing."""
    return CSSInliner(
        inline_style_tags=css is None,
        extra_css=css,
        keep_style_tags=True,
        remove_inlined_selectors=css is None,
        load_remote_stylesheets=False,
    )


def _inlined(source: str, inliner: CSSInliner) -> str:
    """Give each element the style that the inliner gives it, and leave everything else.

    The inliner's own text is not taken: it would have tags moved out of tables. So elements are
    numbered, and their styles are looked up by number.
    """
    numbers = count()

    def number(piece: Piece, _: str) -> str | None:
        if piece.kind is not Kind.START:
            return None
        attributes = (*piece.attributes, (_NUMBER, str(next(numbers))))
        return start_tag(_with_attributes(piece, attributes))

    styled = inliner.inline(rewrite(source, number))
    styles, rules = _styles_by_number(styled)
    again = count()
    sheet: list[str | None] = [None]

    def style(piece: Piece, _: str) -> str | None:
        if piece.kind is Kind.RAW and piece.name == "style":
            return sheet[0]
        if piece.kind is not Kind.START:
            return None
        own = str(next(again))
        sheet[0] = rules.get(own)
        given = styles.get(own)
        if given is None or given == dict(piece.attributes).get("style"):
            return None
        kept = tuple(one for one in piece.attributes if one[0] != "style")
        return start_tag(_with_attributes(piece, (*kept, ("style", given))))

    return rewrite(source, style)


def _styles_by_number(styled: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the styles of numbered elements, and what is left of numbered style sheets."""
    styles: dict[str, str] = {}
    rules: dict[str, str] = {}
    own = ""
    for piece in pieces(styled):
        if piece.kind is Kind.START:
            own = piece.attribute(_NUMBER) or ""
            written = dict(piece.attributes).get("style")
            if written is not None:
                styles[own] = written
            if piece.name == "style":
                rules[own] = ""
        elif piece.kind is Kind.RAW and piece.name == "style":
            rules[own] = styled[piece.start : piece.end]
    return styles, rules


def _readable(piece: Piece, _: str, *, language: str) -> str | None:
    """Write what is no plain sign in an attribute by its number.

    MRML writes attributes as Rust shows texts: it would make `\\"` of a quotation mark.
    """
    if piece.kind is not Kind.START:
        return None
    changed = tuple(
        (name, value and _ODD.sub(_numbered, value)) for name, value in piece.attributes
    )
    if piece.name == "mjml" and not piece.has("lang"):
        changed = (*changed, ("lang", language))
    return start_tag(_with_attributes(piece, changed))


def _in_ascii(source: str) -> tuple[str, list[str]]:
    """Put aside what is not ASCII: MRML crashes when a mistake lies within such a sign."""
    foreign: list[str] = []

    def aside(found: re.Match[str]) -> str:
        foreign.append(found[0])
        return f"x7sign{len(foreign) - 1}ngis7x"

    return _NOT_ASCII.sub(aside, source), foreign


def _numbered(sign: re.Match[str]) -> str:
    return f"&#{ord(sign[0])};"


def _without_inline_styles(source: str) -> tuple[str, str]:
    """Take `<mj-style inline="inline">` out of MJML, and return its rules; MRML ignores it."""
    css: list[str] = []
    rest: list[str] = []
    is_within = False
    for piece in pieces(source):
        text = source[piece.start : piece.end]
        if piece.kind is Kind.START and piece.name == "mj-style":
            is_within = piece.attribute("inline") == "inline" and not piece.is_closed
        (css if is_within else rest).append(text)
        if piece.kind is Kind.END and piece.name == "mj-style":
            is_within = False
    return "".join(rest), "".join(_rules(css))


def _rules(written: list[str]) -> Iterator[str]:
    return (text for text in written if not text.startswith("<"))


def _worded(source: str, message: str, marks: Marks) -> str:
    """Tell an error of MRML, which counts signs, by its line."""
    place = _POSITION.search(message)
    if place is None or place[1] is None:
        return _POSITION.sub("", message)
    line = marks.put_back(source[: int(place[1])]).count("\n") + 1
    return f"line {line}: {_POSITION.sub('', message)}"
