"""The rules of the house that no linter knows: docs/house.md says why each is one."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tidings
from tests.storage import tables

PACKAGE = Path(tidings.__path__[0])
PROJECT = PACKAGE.parents[1]
PYTHON_FILES = sorted(PACKAGE.rglob("*.py"))
MAX_LINES = 300

BANNED_WORDS = {"util", "utils", "helper", "helpers", "common", "manager", "service"}
BANNED_STARTS = ("process_", "handle_")

ACTION = re.compile(r"(log\.)?Action\.[A-Z_]+( if .* else (log\.)?Action\.[A-Z_]+)?")
# Names, numbers and states of our own things. An error's own words are `log.error`'s to judge.
LOGGED = {
    "attempts", "batches", "cause", "error_id", "host", "job", "kind", "loop", "name", "number",
    "pause_seconds", "pid", "port", "reason", "route", "slot", "status", "task", "task_id",
}  # fmt: skip


def relative(path: Path) -> str:
    """Name a file as people do."""
    return path.relative_to(PACKAGE).as_posix()


def parsed(path: Path) -> ast.Module:
    """Read a file of Python."""
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def is_function(node: ast.AST) -> bool:
    """Say whether a node defines a function."""
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


@pytest.mark.parametrize("path", PYTHON_FILES, ids=relative)
def test_names_say_what_a_thing_is(path: Path) -> None:
    """Where everything would fit, nothing is found; and who processes something does what?"""
    names = [path.parent.name if path.stem.startswith("__") else path.stem]
    names += [
        node.name
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    vague = [
        name
        for name in names
        if set(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_")) & BANNED_WORDS
        or name.lstrip("_").startswith(BANNED_STARTS)
    ]

    assert vague == []


def test_the_files_that_make_packages_are_empty() -> None:
    """A name is imported from where it is defined, and importing a room runs nothing."""
    full = [relative(path) for path in PACKAGE.rglob("__init__.py") if path.read_bytes()]

    assert full == []


@pytest.mark.parametrize("path", PYTHON_FILES, ids=relative)
def test_no_import_hides_in_a_function(path: Path) -> None:
    """It would hide a circle from import-linter, and from whoever reads the head of the file."""
    hidden = [
        inner.lineno
        for node in ast.walk(parsed(path))
        if is_function(node)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]

    assert hidden == []


@pytest.mark.parametrize("path", PYTHON_FILES, ids=relative)
def test_everything_public_says_what_it_is(path: Path) -> None:
    """In domain words, where the editor shows it."""
    module = parsed(path)
    undescribed = [] if not module.body or ast.get_docstring(module) else ["the file itself"]
    scopes: list[ast.Module | ast.ClassDef] = [module]
    scopes += [
        node
        for node in module.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    for scope in scopes:
        undescribed += [
            node.name
            for node in scope.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
            and ast.get_docstring(node) is None
        ]

    assert undescribed == []


def test_a_file_fits_one_sitting() -> None:
    """Whoever changes it has read all of it."""
    written = [
        path
        for folder in ("src", "tests", "bench")
        for path in (PROJECT / folder).rglob("*")
        if path.suffix in {".py", ".sql"} and path != tables.FILE
    ]
    long = {
        path.relative_to(PROJECT).as_posix(): lines
        for path in written
        if (lines := len(path.read_text("utf-8").splitlines())) > MAX_LINES
    }

    assert long == {}


def test_log_lines_have_an_action_and_no_payload() -> None:
    """Whoever may read logs may not read about people: only these fields are written."""
    wrong = [
        (relative(path), node.lineno, ast.unparse(node))
        for path in PYTHON_FILES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"log.info", "log.error"}
        and not (
            len(node.args) == 1
            and ACTION.fullmatch(ast.unparse(node.args[0]))
            and {field.arg for field in node.keywords} <= LOGGED
        )
    ]

    assert wrong == []


def test_only_the_log_logs() -> None:
    """A line written past it would have no action, and could hold anything."""
    others = [
        relative(path)
        for path in PYTHON_FILES
        if relative(path) != "base/log.py"
        and re.search(r"^(import logging|from logging)|\bprint\(", path.read_text("utf-8"), re.M)
    ]

    assert others == []


IMPORT_EVERYTHING = """
import importlib, json, pkgutil, sys, threading
import tidings
names = [module.name for module in pkgutil.walk_packages(tidings.__path__, "tidings.")]
names = [name for name in names if not name.endswith("__main__")]
def import_all():
    for name in names:
        importlib.import_module(name)
# Once for what other packages do at their import, which is theirs to answer for.
import_all()
for name in names:
    del sys.modules[name]
seen = []
watched = {"open", "os.mkdir", "os.system", "subprocess.Popen", "_thread.start_new_thread"}
def look(event, args):
    if event in watched or event.startswith("socket."):
        seen.append([event, str(args[0]), str(args[1:2])])
sys.addaudithook(look)
import_all()
sys.stdout.write(json.dumps({
    "seen": seen,
    "imported": len(names),
    "threads": threading.active_count(),
    "within": [sys.prefix, sys.base_prefix, sys.base_exec_prefix, *tidings.__path__],
}))
"""


def test_nothing_happens_at_import() -> None:
    """A command that only prints help must not open a database, a socket or a thread."""
    # -B writes no byte code, so that every file opened for writing is one too many.
    done = subprocess.run(
        [sys.executable, "-B", "-c", IMPORT_EVERYTHING], capture_output=True, text=True, check=True
    )

    told = json.loads(done.stdout)
    within = tuple(told["within"])
    happened = [
        (event, subject, how)
        for event, subject, how in told["seen"]
        if event != "open" or not subject.startswith(within) or "r" not in how
    ]
    assert happened == []
    assert told["threads"] == 1
    assert told["imported"] == len([p for p in PYTHON_FILES if p.stem != "__main__"]) - 1
