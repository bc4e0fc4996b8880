"""Where elements, attributes and comments are in HTML: pure.

A parser would hand back a tree, and another text for it; here all that is not a link stays as it
was written, to the byte. So this is the half of a parser that comes before the tree, the tokenizer:
the same for HTML and for MJML. Every construct that is not closed ends with the text, as in
browsers, so that the time is in proportion to the length. (Python's own reader takes minutes for
some texts.)

Source: HTML Standard, 13.2.5 "Tokenization".
"""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_ATTRIBUTE = re.compile(
    r"[\s/]*(?:(?P<end>>)|(?P<name>=?[^\s/>=]*)(?:\s*=\s*"
    r"(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<open>[\"'])|(?P<bare>[^\s>]*)))?)"
)
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
# Between their tags there are no others.
_TEXT_ONLY = ("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes")
_ENDS = {name: re.compile(rf"</{name}(?=[\s/>])", re.I) for name in _TEXT_ONLY}
_LINE_CHARACTERS = 500  # values of people are still to come
VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source"}
    | {"track", "wbr"}  # HTML Standard, 13.1.2
)


class Kind(Enum):
    """What a piece of HTML is."""

    TEXT = auto()
    RAW = auto()
    START = auto()
    END = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of HTML, from `start` until before `end`.

    Shape:  name - of an element, in small letters; of `RAW` the element it is in; attributes - of
            `START`, by name in small letters, the first of each, as written; None without a value.
    """

    kind: Kind
    start: int
    end: int
    name: str = ""
    attributes: tuple[tuple[str, str | None], ...] = ()
    is_closed: bool = False

    def attribute(self, name: str) -> str | None:
        """Return the value of an attribute as it is meant, None when it has none."""
        for own, value in self.attributes:
            if own == name and value is not None:
                return unescape(value)
        return None

    def has(self, name: str) -> bool:
        """Say whether an attribute is there."""
        return any(own == name for own, _ in self.attributes)


def pieces(source: str) -> Iterator[Piece]:
    """Take HTML apart, leaving nothing out."""
    position = 0
    while position < len(source):
        begin = source.find("<", position)
        if begin != position:
            end = len(source) if begin < 0 else begin
            yield Piece(Kind.TEXT, position, end)
            position = end
            continue
        piece = _tag(source, position)
        yield piece
        position = piece.end
        if piece.kind is Kind.START and piece.name in _ENDS:
            found = _ENDS[piece.name].search(source, position)
            end = len(source) if found is None else found.start()
            if end > position:
                yield Piece(Kind.RAW, position, end, piece.name)
            position = end


def unescape(text: str) -> str:
    """Read character references that are closed.

    `&copy=2` in a link is no ©, HTML says; one that is not closed stays as it is.
    """
    return _REFERENCE.sub(lambda reference: html.unescape(reference[0]), text)


def start_tag(piece: Piece) -> str:
    """Write a start tag anew."""
    attributes = "".join(
        f" {name}" if value is None else f' {name}="{value.replace(chr(34), "&quot;")}"'
        for name, value in piece.attributes
    )
    return f"<{piece.name}{attributes}{' /' if piece.is_closed else ''}>"


def rewrite(source: str, change: Callable[[Piece, str], str | None]) -> str:
    """Return HTML with pieces exchanged.

    Shape:  change - is given a piece and its text, and returns another text; None to leave it.
    """
    written: list[str] = []
    for piece in pieces(source):
        text = source[piece.start : piece.end]
        changed = change(piece, text)
        written.append(text if changed is None else changed)
    return "".join(written)


def depth_of(source: str) -> int:
    """Return how many elements are in each other at most; one that is not closed counts on."""
    depth = deepest = 0
    for piece in pieces(source):
        if piece.kind is Kind.START and not piece.is_closed and piece.name not in VOID:
            depth += 1
            deepest = max(deepest, depth)
        elif piece.kind is Kind.END:
            depth = max(0, depth - 1)
    return deepest


def _tag(source: str, position: int) -> Piece:
    if source.startswith("<!--", position):
        # `<!-->` and `<!--->` are comments, too.
        end = source.find("-->", position + 2)
        return Piece(Kind.OTHER, position, len(source) if end < 0 else end + 3)
    tag = _TAG.match(source, position)
    if tag is None:
        if source[position + 1 : position + 2] in {"!", "?", "/"}:
            end = source.find(">", position)
            return Piece(Kind.OTHER, position, len(source) if end < 0 else end + 1)
        return Piece(Kind.TEXT, position, position + 1)
    attributes, end, is_closed = _attributes(source, tag.end())
    if end is None:
        return Piece(Kind.OTHER, position, len(source))
    kind = Kind.END if tag[1] else Kind.START
    return Piece(kind, position, end, tag[2].lower(), attributes, is_closed)


def _attributes(
    source: str, position: int
) -> tuple[tuple[tuple[str, str | None], ...], int | None, bool]:
    """Read attributes; the end is None when the tag does not end."""
    found: dict[str, str | None] = {}
    while position < len(source):
        match = _ATTRIBUTE.match(source, position)
        if match is None or match["open"] is not None or match.end() == position:
            return (), None, False
        position = match.end()
        if match["end"]:
            return tuple(found.items()), position, source[position - 2] == "/"
        if match["name"]:
            values = (match["double"], match["single"], match["bare"])
            value = next((one for one in values if one is not None), None)
            found.setdefault(match["name"].lower(), value)
    return (), None, False


def with_short_lines(source: str) -> str:
    """Begin new lines within long tags, where HTML takes a line for a space.

    A mail whose lines are short travels as it is, and need not be encoded (RFC 5322 2.1.1).
    """
    column = 0

    def change(piece: Piece, text: str) -> str | None:
        nonlocal column
        name = 1 + len(piece.name)
        is_long = piece.kind is Kind.START and column + len(text) > _LINE_CHARACTERS
        if is_long and text[name].isspace():
            text = f"{text[:name]}\n{text[name + 1 :]}"
        column = len(text) - text.rfind("\n") - 1 + (0 if "\n" in text else column)
        return text

    return rewrite(source, change)
