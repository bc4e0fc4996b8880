"""The page of templates is what is understood: its examples, its words and its numbers."""

import json
import re
from typing import Any

import pytest

from tests.docs.pages import DOCS, Block, blocks_of, code_in, rows_of
from tests.templates.made import URLS, attempted, mail, message
from tidings.base import limits
from tidings.base.media import Medium
from tidings.templates import content, expression, syntax, variables
from tidings.templates.compile import Compiled
from tidings.templates.model import Delivery, Rendered, Variables
from tidings.templates.render import render

PAGE = DOCS / "templates.md"
EXAMPLES = [block for block in blocks_of(PAGE) if block.language == "json"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda block: f"line {block.line}")
def test_every_example_makes_a_message(example: Block) -> None:
    """A reader begins with one of them and changes it."""
    compiled = attempted(json.loads(example.text), Medium(example.name))
    assert isinstance(compiled, Compiled), compiled
    person: dict[str, Any] = {"first_name": "Ada"}
    given = Variables(person, data={"code": "7"}, brand={"name": "B"}, urls=URLS)
    made = render(compiled, given, Delivery())
    assert isinstance(made, Rendered), made
    assert made.missing == ()
    assert compiled.warnings() == []


def test_the_example_of_tags_is_written_as_it_says() -> None:
    """It has one of everything."""
    (example,) = [block for block in blocks_of(PAGE) if block.name == "html"]
    items = [{"name": "b", "price": 2, "count": 3}, {"name": "a", "price": 1.5, "count": 1}]
    data = {"items": items, "total": 7.5, "shipping": 2}
    html = message(mail(example.text), Variables(data=data)).html
    assert re.findall(r"<td>(.*?)</td>", html) == ["1", "a", "1.5", "2", "b", "6"]
    assert "<p>You ordered:</p>" in html
    assert "<p>€9.50</p>" in html


def test_every_part_is_on_the_page() -> None:
    """And no other."""
    printed: dict[str, set[str]] = {}
    for medium, parts, _ in rows_of(PAGE, "medium", "part", "meaning"):
        printed.setdefault(code_in(medium)[0], set()).update(code_in(parts))
    known = {
        medium.value: {
            part.value
            for part in (*content._REQUIRED[medium], *content._OPTIONAL[medium])  # pyright: ignore[reportPrivateUsage]
        }
        for medium in Medium
    }
    known["whatsapp"].add("parameters")
    assert printed == known
    about_all = [code_in(name)[0] for name, _ in rows_of(PAGE, "for all", "meaning")]
    assert sorted(about_all) == sorted(content._ABOUT_ALL)  # pyright: ignore[reportPrivateUsage]


def test_every_word_of_a_template_is_on_the_page() -> None:
    """And no other."""

    def words(*head: str) -> set[str]:
        return {code.partition("(")[0] for row in rows_of(PAGE, *head) for code in code_in(row[0])}

    assert words("filter", "what it makes") == expression.FILTERS
    tags = words("tag", "meaning") - {"{# … #}"}
    assert tags == {*syntax._TAGS, "raw", "endraw"}  # pyright: ignore[reportPrivateUsage]
    named = words("variable", "what it is")
    assert set(variables.SYSTEM) <= named
    text = PAGE.read_text("utf-8")
    (tests,) = re.findall(r"Tests stand behind `is`: (.*?)\. Other", text, re.S)
    assert {code.partition("(")[0] for code in code_in(tests)} == expression.TESTS


def test_the_limits_are_those_of_the_code() -> None:
    """In the order of the table."""
    printed = [
        int(re.sub(r"\D", "", number))
        for _, number, _ in rows_of(PAGE, "limit", "number", "what becomes of more")
    ]
    assert printed == [
        limits.MAX_TEMPLATES_PER_BRAND,
        limits.MAX_TEMPLATE_KEY_CHARACTERS,
        limits.MAX_TEMPLATE_NAME_CHARACTERS,
        limits.MAX_TEMPLATE_BYTES,
        limits.MAX_TEMPLATE_PART_CHARACTERS,
        limits.MAX_TEMPLATE_LANGUAGES,
        limits.MAX_UTM_CHARACTERS,
        limits.MAX_TEMPLATE_DEPTH,
        limits.MAX_TEMPLATE_FUEL,
        limits.MAX_SUBJECT_CHARACTERS,
        limits.MAX_RENDERED_CHARACTERS,
        limits.MAX_WEBHOOK_BODY_BYTES,
    ]
