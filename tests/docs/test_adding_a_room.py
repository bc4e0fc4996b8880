"""The room that the page builds stands: its files run, and are written as ours are."""

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path

import pytest

import tidings
from tests.docs.pages import DOCS, ROOT, blocks_of
from tidings.base import limits
from tidings.storage.pool import Database

PAGE = DOCS / "adding-a-room.md"
FILES = {block.name: block.text for block in blocks_of(PAGE) if block.name}
TEST_FILE = "tests/notes/test_notes.py"
SHOWN_TESTS = [
    line.removeprefix("async def ").partition("(")[0]
    for line in FILES[TEST_FILE].splitlines()
    if line.startswith("async def test_")
]


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """Put the page's files where Python finds them, for one test."""
    for path, text in FILES.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for line in FILES["src/tidings/base/limits.py"].splitlines():
        name, _, value = line.partition("#")[0].partition("=")
        monkeypatch.setattr(limits, name.strip(), int(value), raising=False)
    monkeypatch.setattr(tidings, "__path__", [*tidings.__path__, str(tmp_path / "src/tidings")])
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("tidings.notes")]:
        del sys.modules[name]


@pytest.mark.parametrize("name", SHOWN_TESTS)
async def test_the_tests_of_the_page_pass(name: str, room: Path, database: Database) -> None:
    """Who types the page in gets a room that works."""
    async with database.transaction() as tx:
        await tx.execute(FILES["src/tidings/storage/migrations/0006_add_notes.sql"])
    spec = importlib.util.spec_from_file_location("notes_of_the_page", room / TEST_FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    run: Callable[[Database], Awaitable[None]] = getattr(module, name)
    await run(database)


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=" ".join)
def test_the_files_of_the_page_are_written_as_ours_are(arguments: list[str], room: Path) -> None:
    """An example is copied with its manners."""
    # Beside the other rooms, so that ruff knows whose imports are ours.
    shutil.rmtree(room / "src/tidings/base")
    shutil.rmtree(room / "src/tidings/storage")
    for other in (ROOT / "src/tidings").iterdir():
        (room / "src/tidings" / other.name).symlink_to(other)
    (room / "pyproject.toml").symlink_to(ROOT / "pyproject.toml")
    (room / "src/tidings/notes/__init__.py").touch()
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *arguments, "--no-cache", "src/tidings/notes", "tests"],
        capture_output=True,
        text=True,
        check=False,
        cwd=room,
    )
    assert done.returncode == 0, done.stdout + done.stderr
