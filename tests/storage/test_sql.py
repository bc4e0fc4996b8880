"""Queries lie in files, under names."""

from pathlib import Path

import pytest

from tidings.storage.sql import Queries, parse_queries

TWO = """\
-- What stands before the first query belongs to nobody.

-- name: first
-- One row.
SELECT 1;

-- name: second_2
-- Inserts a row;
-- and says so on two lines.
INSERT INTO things (name)
VALUES ('a; -- b');
"""


def test_each_query_is_found_under_its_name() -> None:
    """A query keeps its comment, which then shows in the database's own lists of what runs."""
    assert parse_queries(TWO) == {
        "first": "-- One row.\nSELECT 1",
        "second_2": "-- Inserts a row;\n-- and says so on two lines.\n"
        "INSERT INTO things (name)\nVALUES ('a; -- b')",
    }


def test_a_name_used_twice_is_an_error() -> None:
    """The second query would silently take the place of the first."""
    with pytest.raises(ValueError, match="two queries are named first"):
        parse_queries("-- name: first\nSELECT 1;\n-- name: first\nSELECT 2;\n")


def test_the_file_beside_is_read_when_first_asked(tmp_path: Path) -> None:
    """Nothing happens at import: rooms make their `Queries` there, before anybody asks."""
    queries = Queries(str(tmp_path / "store.py"))
    (tmp_path / "queries.sql").write_text("-- name: one\n-- One row.\nSELECT 1;\n")

    assert queries["one"] == "-- One row.\nSELECT 1"
    assert queries.by_name() == {"one": "-- One row.\nSELECT 1"}


def test_a_name_that_the_file_lacks_is_an_error(tmp_path: Path) -> None:
    """A misspelt name must stop at once, not send an empty statement."""
    (tmp_path / "queries.sql").write_text("-- name: one\n-- One row.\nSELECT 1;\n")

    with pytest.raises(KeyError, match="two"):
        Queries(str(tmp_path / "store.py"))["two"]
