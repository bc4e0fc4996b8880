"""Reading the project's own pages: their blocks of code, tables and links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_BLOCK = re.compile(r"^```(?P<language>\w*)(?P<name> [^\n]+)?\n(?P<text>.*?)^```$", re.M | re.S)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^(?P<marks>#+) (?P<words>.+)$", re.M)
_CODE_SPAN = re.compile(r"(`+).*?\1")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block.

    Shape:  name - what stands behind the language, "" for nothing; before - the last line of
            prose above it; heading - the nearest heading above it.
    """

    language: str
    name: str
    text: str
    before: str
    heading: str
    line: int


def all_pages() -> list[Path]:
    """Return every page that is written for readers."""
    top = [ROOT / "README.md", ROOT / "CHANGELOG.md"]
    return [*top, *sorted(DOCS.rglob("*.md"))]


def blocks_of(page: Path) -> list[Block]:
    """Return the blocks of a page in order."""
    text = page.read_text(encoding="utf-8")
    found: list[Block] = []
    for match in _BLOCK.finditer(text):
        above = text[: match.start()]
        lines = [line for line in above.splitlines() if line.strip()]
        headings = [heading["words"] for heading in _HEADING.finditer(_without_blocks(above))]
        found.append(
            Block(
                language=match["language"],
                name=(match["name"] or "").strip(),
                text=match["text"],
                before=lines[-1] if lines else "",
                heading=headings[-1] if headings else "",
                line=above.count("\n") + 1,
            )
        )
    return found


def tables_of(page: Path) -> list[list[list[str]]]:
    """Return the tables of a page as rows of cells, the head first."""
    tables: list[list[list[str]]] = []
    is_inside = False
    for line in _without_blocks(page.read_text(encoding="utf-8")).splitlines():
        if not line.startswith("|"):
            is_inside = False
            continue
        if not is_inside:
            tables.append([])
        is_inside = True
        if not set(line) <= set("|- :"):
            tables[-1].append([cell.strip() for cell in line[1:].removesuffix("|").split("|")])
    return tables


def rows_of(page: Path, *head: str) -> list[list[str]]:
    """Return the rows of every table of a page that has this head.

    Errors: AssertionError when there is none.
    """
    found = [rows for rows in tables_of(page) if rows[0] == list(head)]
    assert found, f"{page.name} has no table with the head {head}"
    return [row for rows in found for row in rows[1:]]


def code_in(cell: str) -> list[str]:
    """Return what a cell has in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def links_of(page: Path) -> Iterator[str]:
    """Return where the links of a page lead."""
    prose = _CODE_SPAN.sub("", _without_blocks(page.read_text(encoding="utf-8")))
    for match in _LINK.finditer(prose):
        yield match["target"]


def anchors_of(page: Path) -> set[str]:
    """Return the anchors that the headings of a page get, as GitHub makes them."""
    text = _without_blocks(page.read_text(encoding="utf-8"))
    anchors: set[str] = set()
    for match in _HEADING.finditer(text):
        kept = re.sub(r"[^\w\- ]", "", match["words"].lower())
        anchors.add(kept.replace(" ", "-"))
    return anchors


def _without_blocks(text: str) -> str:
    return _BLOCK.sub(lambda match: "\n" * match[0].count("\n"), text)
