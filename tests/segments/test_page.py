"""The page of segments is what is read: its examples, its nodes and its operators."""

import json

import pytest

from tests.docs.pages import DOCS, Block, blocks_of, code_in, rows_of
from tests.segments.world import words
from tidings.base.ids import NameId
from tidings.segments import operators, parse
from tidings.segments.model import Function
from tidings.segments.reading import Vocabulary

PAGE = DOCS / "segments.md"
# What the API answers is held against a server in tests/docs/test_examples.py.
EXAMPLES = [
    block
    for block in blocks_of(PAGE)
    if block.language == "json" and not block.before.startswith("Answer")
]


def known() -> Vocabulary:
    """Return what the page's brand has."""
    shop = words()
    return Vocabulary(shop.zone, {**shop.name_ids, "Complained": NameId(9)}, shop.locks)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda block: f"line {block.line}")
def test_every_example_is_read(example: Block) -> None:
    """A reader begins with one of them and changes it."""
    assert not isinstance(parse.parse(json.loads(example.text), known()), list)


def test_every_node_is_on_the_page() -> None:
    """And no other."""
    printed = [code_in(node)[0] for node, _ in rows_of(PAGE, "node", "meaning")]
    assert sorted(printed) == sorted(parse._KINDS)  # pyright: ignore[reportPrivateUsage]


def test_every_operator_is_on_the_page_with_its_type() -> None:
    """And no other."""
    printed: dict[str, set[str]] = {}
    for kind, names, _ in rows_of(PAGE, "type", "operator", "meaning"):
        printed.setdefault(kind, set()).update(code_in(names))
    everywhere = printed.pop("every type")
    assert {kind: names | everywhere for kind, names in printed.items()} == {
        kind.value: set(of_type) for kind, of_type in operators.OPERATORS.items()
    }


def test_every_measure_is_on_the_page() -> None:
    """And no other."""
    rows = rows_of(PAGE, "measure", "meaning")
    printed = [name for names, _ in rows for name in code_in(names)]
    assert set(printed) == set(parse._MEASURES)  # pyright: ignore[reportPrivateUsage]
    assert {function.value for function in Function} <= set(printed)
