"""The tags in a template: found, held against what is allowed, put aside and put back: pure.

MJML and HTML are changed by programs that know nothing of tags: a condition between two rows of a
table would be moved out of the table. So each tag gives its place to a mark that they leave alone.
"""

import re
from dataclasses import dataclass, field

from tidings.templates.expression import guarded, wrong_with_expression

# Small letters and digits, a word for every program. Who writes one himself gets that tag twice.
MARK = re.compile(r"x7tag(\d{1,6})gat7x")

_BEGIN = re.compile(r"\{\{|\{%|\{#|@\{")
_END_OF = {"{{": "}}", "{%": "%}", "{#": "#}", "@{": "}@"}
_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", re.S)
_QUOTE_OR_END = re.compile(r"[\"']|\}\}|%\}")
_RAW = re.compile(r"\{%[-+]?\s*raw\s*[-+]?%\}")
_END_OF_RAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_BRACE = re.compile(r"\{(?=[{%#])")

_TAGS = ("if", "elif", "else", "endif", "for", "endfor", "set")
_WITHOUT_EXPRESSION = ("else", "endif", "endfor")


@dataclass(slots=True)
class Marks:
    """The tags of a template that are put aside.

    Shape:  mistakes - what is wrong with those of the last one lifted, each with its line.
    """

    codes: list[str] = field(default_factory=list[str])
    mistakes: list[str] = field(default_factory=list[str])

    def put_aside(self, code: str) -> str:
        """Keep a tag and return the mark for its place."""
        self.codes.append(code)
        return f"x7tag{len(self.codes) - 1}gat7x"

    def lift(self, source: str) -> str:
        """Return a template with a mark in the place of every tag, noting what is wrong."""
        self.mistakes = []
        pieces: list[str] = []
        position = 0
        while begin := _BEGIN.search(source, position):
            pieces.append(source[position : begin.start()])
            raw = _RAW.match(source, begin.start())
            end = _end_of_raw(source, raw) if raw else _end_of_tag(source, begin)
            if end is None:
                self._wrong(source, begin.start(), f"{begin[0]} is not closed")
                return "".join(pieces)
            tag = source[begin.start() : end]
            if raw:
                pieces.append(_END_OF_RAW.sub("", tag[len(raw[0]) :]))
            elif begin[0] != "{#":
                code = _own(tag) if begin[0] == "@{" else tag
                wrong = _wrong_with_tag(code)
                if wrong is not None:
                    self._wrong(source, begin.start(), wrong)
                pieces.append(self.put_aside(_guarded(code)))
            position = end
        pieces.append(source[position:])
        return "".join(pieces)

    def put_back(self, text: str) -> str:
        """Return a text as MiniJinja's template, its marks being tags again and nothing else."""
        literal = _BRACE.sub("{{ '{' }}", text)
        return MARK.sub(self._code, literal)

    def lost_from(self, text: str) -> list[str]:
        """Return the tags that are put aside and have no mark in a text."""
        there = {int(mark[1]) for mark in MARK.finditer(text)}
        return [code for number, code in enumerate(self.codes) if number not in there]

    def _code(self, mark: re.Match[str]) -> str:
        number = int(mark[1])
        return self.codes[number] if number < len(self.codes) else mark[0]

    def _wrong(self, source: str, position: int, message: str) -> None:
        line = source.count("\n", 0, position) + 1
        self.mistakes.append(f"line {line}: {message}")


def _end_of_tag(source: str, begin: re.Match[str]) -> int | None:
    end = _END_OF[begin[0]]
    if begin[0] in {"{#", "@{"}:
        found = source.find(end, begin.end())
        return None if found < 0 else found + len(end)
    position = begin.end()
    while sign := _QUOTE_OR_END.search(source, position):
        if sign[0] == end:
            return sign.end()
        text = _STRING.match(source, sign.start())
        if text is None and sign[0] in "\"'":
            return None
        position = sign.end() if text is None else text.end()
    return None


def _end_of_raw(source: str, raw: re.Match[str]) -> int | None:
    end = _END_OF_RAW.search(source, raw.end())
    return None if end is None else end.end()


def _guarded(tag: str) -> str:
    """Guard what is calculated in a tag, but for the signs that only take white space away."""
    inner = tag[2:-2]
    begin = 3 if inner[:1] in {"-", "+"} else 2
    end = -3 if inner[1:] and inner[-1] in "-+" else -2
    return tag[:begin] + guarded(tag[begin:end]) + tag[end:]


def _own(tag: str) -> str:
    """Translate `@{name}@`, which the vendor's templates have, into a tag of ours."""
    name = tag[2:-2].strip()
    if _NAME.fullmatch(name):
        return f"{{{{ {name} }}}}"
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'{{{{ profile["{escaped}"] }}}}'


def _wrong_with_tag(tag: str) -> str | None:
    """Say what is wrong with a tag; MiniJinja says the rest when it compiles it."""
    inner = tag[2:-2].strip("+-").strip()
    if tag.startswith("{{"):
        return wrong_with_expression(inner)
    keyword, _, rest = inner.partition(" ")
    keyword = keyword.strip()
    if keyword not in _TAGS:
        return f"the tag {keyword or tag} is not allowed; allowed are {', '.join(_TAGS)}, raw"
    if keyword in _WITHOUT_EXPRESSION:
        return None
    if keyword == "set" and "=" not in rest:
        return "set needs a value, as in {% set name = 1 %}"
    return wrong_with_expression(rest, is_kept=keyword == "set", is_loop=keyword == "for")
