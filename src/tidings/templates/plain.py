"""The text of an HTML mail, for those who read no HTML: pure."""

import re

from tidings.templates.markup import VOID, Kind, Piece, pieces, unescape
from tidings.templates.syntax import Marks

_SPACE = re.compile(r"[ \t\r\n\f]+")
_LINES = frozenset(
    {"article", "br", "center", "dd", "div", "dt", "footer", "header", "li", "section", "table"}
    | {"tbody", "tr"}
)
_PARAGRAPHS = frozenset(
    {"blockquote", "dl", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ol", "p", "pre", "ul"}
)
_HIDDEN = re.compile(r"display\s*:\s*none", re.I)
_UNSEEN = frozenset({"head", "script", "style", "template"})
_MANY_LINES = re.compile(r"\n{3,}")


class _Writer:
    """What is written so far, and what must come before the next word."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.waits = ""

    def word(self, text: str) -> None:
        """Write a piece of a line, its white space being one space."""
        if text[0] in " \t\r\n\f":
            self.space()
        body = _SPACE.sub(" ", text).strip(" ")
        if body:
            if self.written:
                self.written.append(self.waits)
            self.waits = ""
            self.written.append(body)
            if text[-1] in " \t\r\n\f":
                self.space()

    def space(self) -> None:
        """Keep the next word apart from the last."""
        self.waits = self.waits or " "

    def lines(self, number: int) -> None:
        """Begin a new line, or leave one free; several calls are one."""
        self.waits = max("\n" * number, self.waits.replace(" ", ""), key=len)


def text_of(source: str, marks: Marks) -> str:
    """Make the text part of HTML: paragraphs, list items, and where links lead to.

    What nobody sees, such as a preheader, is left out.

    Shape:  tags have given their places to marks, as in what is returned.
    """
    writer = _Writer()
    hidden: list[str] = []
    links: list[tuple[str, int]] = []
    for piece in pieces(source):
        if hidden:
            _leave_out(piece, hidden)
        elif piece.kind is Kind.TEXT:
            writer.word(unescape(source[piece.start : piece.end]))
        elif piece.kind is Kind.START:
            _begin(piece, writer, hidden, links)
        elif piece.kind is Kind.END:
            if piece.name == "a" and links:
                _tell_target(*links.pop(), writer, marks)
            _break(piece, writer)
    return "".join(writer.written)


def without_gaps(text: str) -> str:
    """Leave one line free at most: a condition that is not met leaves several behind."""
    lines = "\n".join(line.strip(" ") for line in text.split("\n"))
    return _MANY_LINES.sub("\n\n", lines).strip("\n")


def _leave_out(piece: Piece, hidden: list[str]) -> None:
    if piece.kind is Kind.START and piece.name == hidden[0] and not piece.is_closed:
        hidden.append(piece.name)
    elif piece.kind is Kind.END and piece.name == hidden[0]:
        hidden.pop()


def _begin(piece: Piece, writer: _Writer, hidden: list[str], links: list[tuple[str, int]]) -> None:
    if piece.name not in VOID and not piece.is_closed and _is_hidden(piece):
        hidden.append(piece.name)
        return
    _break(piece, writer)
    if piece.name == "li":
        writer.word("* ")
    elif piece.name == "img" and (alt := piece.attribute("alt")):
        writer.word(alt)
    elif piece.name == "a":
        links.append((piece.attribute("href") or "", len(writer.written)))


def _tell_target(href: str, since: int, writer: _Writer, marks: Marks) -> None:
    """Write where a link leads, unless its own words say it."""
    label = "".join(writer.written[since:]).strip()
    target = href.strip().removeprefix("mailto:").removeprefix("tel:")
    if target and not target.startswith("#") and marks.put_back(target) != marks.put_back(label):
        writer.space()
        writer.word(f"({target})" if label else target)


def _break(piece: Piece, writer: _Writer) -> None:
    if piece.name in _PARAGRAPHS:
        writer.lines(2)
    elif piece.name in _LINES:
        writer.lines(1)
    elif piece.name in {"td", "th"}:
        writer.space()


def _is_hidden(piece: Piece) -> bool:
    style = piece.attribute("style") or ""
    return piece.name in _UNSEEN or piece.has("hidden") or _HIDDEN.search(style) is not None
