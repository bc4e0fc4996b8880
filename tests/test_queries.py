"""The rules of the house about SQL: named, described, never composed, and one brand at a time."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import tidings
from tests.storage import tables
from tidings.storage.sql import parse_queries

PACKAGE = Path(tidings.__path__[0])
QUERY_FILES = sorted(
    {*PACKAGE.rglob("*.sql")}
    - {*PACKAGE.rglob("migrations/*.sql"), PACKAGE / "storage" / "schema.sql"}
)
SENDING = {"execute", "executemany", "fetch", "fetchrow", "fetchval", "prepare"}

# Queries that rightly see every brand, each with its reason; `*` stands for all of a room.
WITHOUT_BRAND: Mapping[tuple[str, str], str] = {
    ("brands", "insert_brand"): "makes the brand, so there is none to bind",
    ("brands", "select_brands"): "the directory of all brands, for operators and for the gate",
    ("brands", "select_valid_keys"): "the gate asks which brand a key opens",
    ("brands", "delete_old_unread_answers"): "age ends an answer, whosever it is",
    ("brands", "forget_idempotency_keys"): "age ends a key, whosever it is",
    ("campaigns", "select_done"): "the job that asks goes through the campaigns of all brands",
    ("campaigns", "select_undecided"): "the same",
    ("messages", "select_due_lanes"): "a sender serves the lanes of all brands",
    ("messages", "select_claimers"): "a process has messages of all brands in hand",
    ("messages", "delete_old_contents"): "age ends what is kept, whosever it is",
    ("messages", "delete_old_words"): "age ends what is kept, whosever it is",
    ("channels", "select_channel_of_hook"): "the word in the URL says whose it is, as a key does",
    ("channels", "select_channels_of_provider"): "the mailboxes of all brands are read in turn",
    ("segments", "select_to_sweep"): "the sweep goes through all brands that have segments",
    ("reports", "select_goals"): "the job that counts conversions goes through all brands",
    ("reports", "delete_old"): "age ends the memory of a conversion, whosever it is",
    ("work", "*"): "a worker does the tasks of all brands; their handlers bind each task's own",
}

# Where statements are not looked up by name, each with its reason.
WITHOUT_NAME: Mapping[tuple[str, str], str] = {
    ("storage/pool.py", "_execute"): "BEGIN, COMMIT and ROLLBACK have no parameters",
    ("storage/migrate.py", "_apply"): "a migration is a file of its own; limits are set by SET",
    ("events/store.py", "make_month"): "a table's name and bounds cannot be parameters",
    (
        "segments/store_members.py",
        "select_preview",
    ): "a definition can be any tree; compile binds each value",
    ("segments/store_members.py", "change_members"): "the same",
}


def relative(path: Path) -> str:
    """Name a file as people do."""
    return path.relative_to(PACKAGE).as_posix()


def named_queries() -> Iterator[tuple[str, str, str]]:
    """Yield the room, name and text of every query."""
    for path in QUERY_FILES:
        for name, text in parse_queries(path.read_text("utf-8")).items():
            yield path.parent.name, name, text


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method of a file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def statements(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.Call]:
    """Yield the calls by which a function sends something to the database."""
    for node in ast.walk(function):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in SENDING
        ):
            yield node


def without_comments(query: str) -> str:
    """Leave out what is meant for people."""
    return re.sub(r"--.*", "", query)


def tables_with_brand() -> set[str]:
    """Return the tables whose rows belong to a brand."""
    created = re.findall(r"CREATE TABLE (\w+) \((.*?)\n\)", tables.FILE.read_text("utf-8"), re.S)
    return {table for table, columns in created if re.search(r"^\s+brand_id ", columns, re.M)}


def tables_in(query: str) -> set[str]:
    """Return what a query reads or writes, as far as it is named."""
    return set(re.findall(r"\b(?:FROM|JOIN|INTO|UPDATE|USING)\s+(\w+)", query))


def binds_brand(query: str) -> bool:
    """Say whether a query keeps to brands that it was given."""
    if re.search(r"\bbrand_id = (?:ANY \()?\$\d", query):
        return True
    if re.search(r"INSERT INTO \w+ (?:AS \w+ )?\([^)]*\bbrand_id\b", query):
        return True
    given = r"\bunnest\(.*?\)\s+(?:WITH ORDINALITY\s+)?AS \w+ \([^)]*\bbrand_id\b"
    compared = r"USING \([^)]*\bbrand_id\b|\.brand_id = \w+\.brand_id"
    return bool(re.search(given, query, re.S) and re.search(compared, query))


def test_every_query_has_a_sentence_above_it() -> None:
    """It says what is done, to how many rows, and what is locked; the SQL alone does not."""
    bare = [
        (room, name)
        for room, name, text in named_queries()
        if re.match(r"(?:-- .*\n)*-- .*\.\n[A-Z]", text) is None
    ]

    assert bare == []


def test_every_statement_in_a_query_file_has_a_name() -> None:
    """Statements are looked up by name; one without could never run."""
    before_the_first = [
        relative(path)
        for path in QUERY_FILES
        if without_comments(path.read_text("utf-8").split("-- name: ")[0]).strip()
    ]

    assert before_the_first == []


@pytest.mark.parametrize("path", QUERY_FILES, ids=relative)
def test_every_query_is_used(path: Path) -> None:
    """A query nobody asks for is read, mended and migrated for nothing."""
    code = "".join(beside.read_text("utf-8") for beside in path.parent.glob("*.py"))
    unused = [
        name for name in parse_queries(path.read_text("utf-8")) if f'SQL["{name}"]' not in code
    ]

    assert unused == []


def test_every_query_keeps_to_one_brand() -> None:
    """Two brands never see each other, even when a caller forgets which one he asks for."""
    of_brands = tables_with_brand()
    across = [
        (room, name)
        for room, name, text in named_queries()
        if tables_in(without_comments(text)) & of_brands
        and not binds_brand(without_comments(text))
        and (room, name) not in WITHOUT_BRAND
        and (room, "*") not in WITHOUT_BRAND
    ]

    assert {"profiles", "events", "identifiers", "attribute_types", "tasks"} <= of_brands
    assert across == []


def test_the_exceptions_of_brands_are_still_needed() -> None:
    """A list of exceptions that nobody tidies becomes the rule."""
    needed = {(room, name) for room, name, text in named_queries() if not binds_brand(text)} | {
        (room, "*") for room, _, _ in named_queries()
    }

    assert sorted(WITHOUT_BRAND.keys() - needed) == []


def test_columns_are_listed() -> None:
    """A column added later must not change what a query returns."""
    starred = [
        (room, name)
        for room, name, text in named_queries()
        if re.search(r"(?:SELECT|RETURNING|,)\s+\*|\w\.\*", without_comments(text))
    ]

    assert starred == []


def test_statements_are_looked_up_by_name() -> None:
    """SQL put together from pieces is where one sender's text becomes a command."""
    composed = [
        (relative(path), function.name, call.lineno)
        for path in sorted(PACKAGE.rglob("*.py"))
        for function in functions(path)
        for call in statements(function)
        if re.fullmatch(r"SQL\['[a-z_0-9]+'\]", ast.unparse(call.args[0])) is None
        and (relative(path), function.name) not in WITHOUT_NAME
    ]

    assert composed == []
