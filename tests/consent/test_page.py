"""The page of consent is what is decided: its reasons, its rules and its limits."""

import json
import re
from pathlib import Path

import msgspec

from tests.docs.pages import DOCS, blocks_of, code_in, rows_of
from tidings.base import limits
from tidings.consent.model import Reason, SuppressionReason, TopicKind
from tidings.consent.rules import RulesForm, read_form

PAGE = DOCS / "consent.md"


def first_column(*head: str) -> list[str]:
    """Return the names in the first column of a table."""
    return [name for first, *_ in rows_of(PAGE, *head) for name in code_in(first)]


def test_every_reason_is_on_the_page() -> None:
    """Who was not sent something looks it up there."""
    printed = first_column("reason", "no, when", "marketing", "transactional")
    assert sorted(printed) == sorted(Reason)


def test_every_reason_of_a_suppression_and_every_kind_of_topic_is_on_the_page() -> None:
    """And no other."""
    assert sorted(first_column("why", "meaning")) == sorted(SuppressionReason)
    assert sorted(first_column("kind", "who gets it")) == sorted(TopicKind)


def test_the_rules_of_the_page_are_read_and_leave_nothing_out() -> None:
    """A reader begins with them and changes them."""
    (example,) = [block.text for block in blocks_of(PAGE) if block.language == "json"]
    written = json.loads(example)
    assert not isinstance(read_form(written), list)
    assert written.keys() == {field.name for field in msgspec.structs.fields(RulesForm)}


def test_the_limits_of_the_page_are_those_of_the_code() -> None:
    """A number that is printed wrong costs the reader an afternoon."""
    printed = {
        code_in(name)[0]: int(number.replace(",", ""))
        for name, number, _ in rows_of(PAGE, "name", "limit", "what")
    }
    source = Path(limits.__file__).read_text("utf-8").partition("# --- consent")[2]
    names = re.findall(r"^([A-Z_]+) = ", source.partition("# ---")[0], re.M)
    assert printed == {name: getattr(limits, name) for name in names}
