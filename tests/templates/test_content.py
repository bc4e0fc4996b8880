"""What a content must have, and how its mistakes are told."""

import pytest

from tests.templates.made import mistakes, ready
from tidings.base import limits
from tidings.base.media import Medium
from tidings.templates.model import Delivery, Rendered, Variables
from tidings.templates.render import render

Wrong = list[tuple[str | None, str]]


@pytest.mark.parametrize(
    ("medium", "content", "wrong"),
    [
        (Medium.EMAIL, [], [(None, "must be an object")]),
        (
            Medium.EMAIL,
            {},
            [(None, "needs subject"), (None, "needs one of mjml and html")],
        ),
        (
            Medium.EMAIL,
            {"subject": 1, "html": "", "mjml": "x", "on_missing": "no", "boddy": "x"},
            [
                ("subject", "must be a text"),
                ("html", "must have 1 to 300,000 characters"),
                ("boddy", "is unknown here; known are subject, preheader, mjml, html, text"),
                (None, "needs one of mjml and html"),
                ("on_missing", "must be one of empty, do_not_send"),
            ],
        ),
        (
            Medium.SMS,
            {"text": "x", "subject": "x"},
            [("subject", "is unknown here; known are text")],
        ),
        (
            Medium.SMS,
            {"text": "a\0"},
            [("text", "must not have the character NUL or half a character")],
        ),
        (
            Medium.WEBHOOK,
            {"text": "x"},
            [("text", "is unknown here; known are body"), (None, "needs body")],
        ),
        (Medium.PUSH, {"text": "x"}, [(None, "needs title")]),
        (Medium.WHATSAPP, {}, [(None, "needs one of text and provider_template")]),
        (
            Medium.WHATSAPP,
            {"text": "x", "parameters": ["{{ x"]},
            [("parameters", "are those of a provider_template")],
        ),
        (
            Medium.WHATSAPP,
            {"provider_template": "x", "parameters": ["a", 1]},
            [("parameters[1]", "must be a text")],
        ),
        (
            Medium.WHATSAPP,
            {"provider_template": "x", "parameters": ["a", "{{ x"]},
            [("parameters[1]", "line 1: {{ is not closed")],
        ),
    ],
)  # fmt: skip
def test_every_mistake_is_told_with_its_path(medium: Medium, content: object, wrong: Wrong) -> None:
    """One after the other would be one attempt for each."""
    assert mistakes(content, medium) == wrong


def test_the_longest_part_is_read_and_a_longer_one_is_not() -> None:
    """The limit is where the page says."""
    most = limits.MAX_TEMPLATE_PART_CHARACTERS
    assert mistakes({"text": "x" * most}, Medium.SMS) == []
    assert mistakes({"text": "x" * (most + 1)}, Medium.SMS) != []


def test_each_medium_has_what_its_channel_sends() -> None:
    """And nothing of another one."""
    variables = Variables({"name": "Ada\nB"})
    push = {"title": "Hi {{ name }}", "text": "{{ name }}", "image": "https://x.example/{{ name }}"}
    assert render(ready(push, Medium.PUSH), variables, Delivery()) == Rendered(
        "en", (), title="Hi Ada B", text="Ada\nB", image="https://x.example/Ada B"
    )
    words = {"provider_template": "order_1", "parameters": ["{{ name }}", "<{{ x }}>"]}
    assert render(ready(words, Medium.WHATSAPP), variables, Delivery()) == Rendered(
        "en", ("x",), provider_template="order_1", parameters=("Ada\nB", "<>")
    )
    assert render(ready({"text": "{{ name }}"}, Medium.SMS), variables, Delivery()) == Rendered(
        "en", (), text="Ada\nB"
    )
