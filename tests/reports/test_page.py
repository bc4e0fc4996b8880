"""The page of reports tells what the code has."""

import json
import re
from pathlib import Path

import msgspec

from tests.docs.pages import DOCS, blocks_of, code_in, rows_of
from tests.web.notifyvisitors.endpoints import REPORTS
from tidings.base import limits
from tidings.campaigns.model import Goal
from tidings.web.notifyvisitors import report_examples as examples

PAGE = DOCS / "reports.md"


def test_every_limit_is_on_the_page() -> None:
    """With its number, and no other."""
    printed = {
        code_in(name)[0]: int(number.replace(",", ""))
        for name, number, _ in rows_of(PAGE, "name", "limit", "what")
    }
    _, _, section = Path(limits.__file__).read_text("utf-8").partition("# --- reports ")
    names = re.findall(r"^([A-Z_]+) = ", section.partition("# ---")[0], re.M)
    assert printed == {name: getattr(limits, name) for name in names}


def test_every_url_is_on_the_page_with_its_methods_and_a_call() -> None:
    """And no other."""
    rows = rows_of(PAGE, "URL", "methods", "takes", "answers")
    assert [(code_in(url)[0], tuple(methods.split(", "))) for url, methods, *_ in rows] == [
        (endpoint.path, endpoint.methods) for endpoint in REPORTS
    ]
    calls = "".join(block.text for block in blocks_of(PAGE) if block.language == "sh")
    assert [url for url, *_ in rows if code_in(url)[0] not in calls] == []


def test_the_examples_are_those_of_the_description() -> None:
    """Which are held against what the server answers."""
    goal, listed, rest = [
        json.loads(block.text) for block in blocks_of(PAGE) if block.language == "json"
    ]
    assert msgspec.convert(goal, Goal).within == "3 days"
    assert listed == examples.LISTED
    assert rest.items() <= examples.REPORTED["response"]["data"].items()
