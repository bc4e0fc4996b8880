"""Which language a person is spoken to in."""

import pytest

from tests.templates.made import mistakes, ready
from tidings.base.media import Medium
from tidings.templates.model import Delivery, Rendered, Variables
from tidings.templates.render import render

CONTENT = {
    "text": "Hello {{ 0.5|number }}",
    "language": "en",
    "languages": {
        "de": {"text": "Hallo {{ 0.5|number }}"},
        "de-AT": {"text": "Servus {{ 0.5|number }}"},
        "pt-BR": {"text": "Oi"},
    },
}


@pytest.mark.parametrize(
    ("language", "said", "text"),
    [
        ("de", "de", "Hallo 0,5"),
        ("de-DE", "de", "Hallo 0,5"),
        ("de-AT", "de-AT", "Servus 0,5"),
        ("DE_at", "de-AT", "Servus 0,5"),
        ("pt-BR", "pt-BR", "Oi"),
        ("pt", "en", "Hello 0.5"),
        ("en", "en", "Hello 0.5"),
        ("fr", "en", "Hello 0.5"),
        ("", "en", "Hello 0.5"),
        (None, "en", "Hello 0.5"),
        (7, "en", "Hello 0.5"),
    ],
)
def test_a_person_hears_the_nearest_language(language: object, said: str, text: str) -> None:
    """The one they speak, else that of any country, else the first."""
    made = render(ready(CONTENT, Medium.SMS), Variables({"language": language}), Delivery())
    assert isinstance(made, Rendered)
    assert (made.language, made.text) == (said, text)


def test_each_language_says_all_that_the_first_says() -> None:
    """A mail with a subject of one language and a body of another helps nobody."""
    content = {
        "subject": "S",
        "html": "x",
        "language": "english",
        "languages": {"de": {"html": "{{ x"}, "xx-YY": {"subject": "S", "html": "x"}, "fr": 1},
    }
    assert mistakes(content) == [
        ("language", "must be a language such as de or de-AT"),
        ("languages.de", "needs subject"),
        ("languages.xx-YY", "must be a language such as de or de-AT"),
        ("languages.fr", "must be an object"),
    ]
