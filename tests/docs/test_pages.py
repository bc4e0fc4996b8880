"""What holds for every page: its links lead somewhere, its words and names are the code's."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.commands import PAGE, every_command
from tests.docs.pages import DOCS, ROOT, all_pages, anchors_of, code_in, links_of, rows_of

SOURCE = ROOT / "src" / "tidings"
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
DECISION_HEADINGS = ["## Context", "## Choice", "## Price", "## What would change our mind"]
# Where this was written is nobody's business, and nothing of it exists elsewhere.
FORBIDDEN = re.compile(
    r"/work\b|/home/|/root/|/tmp/|\bshared/|design\.md|style\.md|known-bugs"
    r"|pypi\.org|pythonhosted|the issue\b|issue \d|\bsession of\b|helper",
    re.I,
)


def name(path: Path) -> str:
    """Name a page as people do."""
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", all_pages(), ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """To a file that is there, and to a heading that it has."""
    lost: list[str] = []
    for target in links_of(page):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        if not found.exists() or (anchor and anchor not in anchors_of(found)):
            lost.append(target)
    assert lost == []


@pytest.mark.parametrize("page", all_pages(), ids=name)
def test_no_page_names_a_place_that_only_its_author_has(page: Path) -> None:
    """A reader has another machine."""
    lines = page.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if FORBIDDEN.search(line)] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    """A page that nothing leads to is not read, and grows wrong."""
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        for target in links_of(page):
            found = (page.parent / target.partition("#")[0]).resolve()
            if found.suffix == ".md" and found.exists():
                waiting.append(found)
    assert [name(page) for page in all_pages() if page not in reached] == []


def test_every_word_of_the_glossary_is_in_the_code() -> None:
    """A word whose place is wrong has been renamed in one of the two."""
    lost: list[str] = []
    for word, _, place in rows_of(DOCS / "glossary.md", "word", "meaning", "in the code"):
        path, symbol = code_in(place)
        file = next((base / path for base in (SOURCE, ROOT) if (base / path).is_file()), None)
        if file is None or not re.search(rf"\b{symbol}\b", file.read_text("utf-8")):
            lost.append(word)
    assert lost == []


def test_every_room_is_on_its_floor() -> None:
    """The page and the linter tell the same house."""
    rows = rows_of(DOCS / "house.md", "floor", "folder", "what is there")
    printed = [code_in(folder)[0] for _, folder, _ in rows]
    there = [path.parent.name for path in SOURCE.glob("*/__init__.py")]
    assert sorted(printed) == sorted([*there, "main.py", "config.py"])
    linted = (ROOT / ".importlinter").read_text("utf-8").partition("layers =")[2]
    order = re.findall(r"(?<!\()tidings\.(\w+)", linted.partition("\n\n")[0])
    floors = [folder.removesuffix(".py") for folder in printed]
    assert [folder for folder in floors if folder in order] == [
        folder for folder in order if folder in floors
    ]


def test_the_rules_of_the_house_are_held_by_what_the_page_says() -> None:
    """A contract that was renamed or a test that was moved holds nothing by that name."""
    rows = rows_of(DOCS / "house.md", "rule", "why", "held by")
    contracts = (ROOT / ".importlinter").read_text("utf-8")
    lost: list[str] = []
    for _, _, holder in rows:
        for contract in re.findall(r"\*([^*]+)\*", holder):
            pattern = re.escape(contract).replace("…", r"\w+")
            if not re.search(rf"^name = {pattern}$", contracts, re.M):
                lost.append(contract)
        lost += [
            path
            for path in code_in(holder)
            if "/" in path and not ((ROOT / path).exists() or (SOURCE / path).exists())
        ]
    assert lost == []


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    """`python -m tests.docs.commands` writes it anew."""
    # In a process of its own: click keeps the help of a command as it was first asked for.
    printed = subprocess.run(
        [sys.executable, "-m", "tests.docs.commands", "--print"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert PAGE.read_text("utf-8") == printed.stdout


def test_every_command_is_told_when_to_use_it() -> None:
    """A list of flags says how, not when."""
    page = (DOCS / "operating.md").read_text("utf-8")
    paths = [context.command_path for context in every_command()]
    leaves = [path for path in paths if not any(other.startswith(f"{path} ") for other in paths)]
    assert [path for path in leaves if path not in page] == []


@pytest.mark.parametrize("page", DECISIONS, ids=name)
def test_a_decision_says_what_it_costs_and_when_to_think_again(page: Path) -> None:
    """Without these two it is an opinion."""
    text = page.read_text("utf-8")
    assert re.findall(r"^## .+$", text, re.M) == DECISION_HEADINGS
    assert len(text.split()) <= 400, "half a page"


def test_decisions_are_numbered_without_a_gap() -> None:
    """They are cited by number."""
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))
