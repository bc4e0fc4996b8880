"""Dates, amounts and numbers, as a language writes them."""

from typing import Any

import pytest

from tests.templates.made import ready
from tidings.base.media import Medium
from tidings.templates.model import Delivery, Rendered, Variables
from tidings.templates.render import render

NBSP = "\u00a0"
PROFILE: dict[str, Any] = {
    "day": "2026-03-29",
    "at": "2026-03-28T23:30:00Z",
    "local": "2026-07-01 08:05:09",
    "price": 1234.5,
    "count": 1234567,
    "share": 0.256,
    "text": "from 3 to 5",
    "digits": "19.90",
    "yes": True,
    "huge": 1e300,
}


def shown(source: str, language: str) -> str:
    """Return what a text becomes in a language, with other spaces as common ones."""
    compiled = ready({"text": source, "language": language}, Medium.SMS)
    made = render(compiled, Variables(PROFILE), Delivery())
    assert isinstance(made, Rendered), made
    return made.text.replace(NBSP, " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("source", "language", "text"),
    [
        ("{{ day|date }}", "en", "Mar 29, 2026"),
        ("{{ day|date('short') }}", "en", "3/29/26"),
        ("{{ day|date('long') }}", "de", "29. März 2026"),
        ("{{ day|date('full') }}", "de-AT", "Sonntag, 29. März 2026"),
        ("{{ day|date('d. MMMM y') }}", "fr", "29. mars 2026"),
        # on the brand's clock, which is Vienna's: an hour after midnight already
        ("{{ at|date('medium') }}", "en", "Mar 29, 2026"),
        ("{{ at|time }}", "de", "00:30"),
        ("{{ at|time('medium') }}", "en", "12:30:00 AM"),
        ("{{ at|datetime('short') }}", "en", "3/29/26, 12:30 AM"),
        ("{{ local|datetime }}", "de", "01.07.2026, 08:05:09"),
        ("{{ price|money('EUR') }}", "de", "1.234,50 €"),
        ("{{ price|money('eur') }}", "en", "€1,234.50"),
        ("{{ price|money('JPY') }}", "en", "¥1,234"),
        ("{{ digits|money('USD') }}", "en", "$19.90"),
        ("{{ count|number }}", "de", "1.234.567"),
        ("{{ price|number(2) }}", "en-IN", "1,234.50"),
        ("{{ count|number(0) }}", "hi", "12,34,567"),
        ("{{ price|number }}", "fr", "1 234,5"),
        ("{{ share|percent }}", "en", "26%"),
        ("{{ share|percent(1) }}", "de", "25,6 %"),
        ("{{ share|percent(1) }}", "tr", "%25,6"),
    ],
)
def test_a_value_is_written_as_its_language_does(source: str, language: str, text: str) -> None:
    """By the tables of Unicode, which Babel carries."""
    assert shown(source, language) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ text|date }}", "from 3 to 5"),
        ("{{ price|date }}", "1234.5"),
        ("{{ text|money('EUR') }}", "from 3 to 5"),
        ("{{ price|money('euros') }}", "1234.5"),
        ("{{ price|money(3) }}", "1234.5"),
        ("{{ yes|number }}", "True"),
        ("{{ text|percent }}", "from 3 to 5"),
        ("{{ day|date(7) }}", "2026-03-29"),
        ("{{ day|date(text ~ text ~ text ~ text ~ text ~ text ~ text ~ text ~ text ~ text) }}",
         "2026-03-29"),
        ("{{ price|number('x') }}", "1,234.5"),
        ("{{ price|number(-3) }}", "1,234"),
        ("{{ 'NaN'|number }}{{ 'Infinity'|number }}", "NaNInfinity"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_shown_as_it_is(source: str, text: str) -> None:
    """A person sees a price in words rather than no mail."""
    assert shown(source, "en") == text


def test_a_number_of_hundreds_of_digits_is_shown_as_it_is() -> None:
    """Nobody means one."""
    assert shown("{{ huge|money('EUR') }}", "en") == shown("{{ huge }}", "en")
