"""What a template may cost: each of these took minutes or gigabytes elsewhere."""

from time import process_time

import pytest

from tests.templates.made import attempted, failure, mail, ready
from tidings.base import limits
from tidings.base.media import Medium
from tidings.templates.compile import Compiled
from tidings.templates.markup import depth_of
from tidings.templates.model import Delivery, NoMessage, NotRendered, Variables
from tidings.templates.render import render

# A bound that holds on a busy machine, too; what it takes on an idle one is on the page.
SECONDS = 2
PROFILE = {"text": "x" * 999, "tags": ["y" * 99] * 99, "map": {str(n): n for n in range(99)}}
DOUBLED = "{% set a = text %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}"


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in range(1000000000) %}x{% endfor %}",
        "{% for i in range(99999) %}" * 5 + "x" + "{% endfor %}" * 5,
        "{% for t in tags %}" * 9 + "{{ text }}" + "{% endfor %}" * 9,
        "{% for i in range(99999) %}{{ text|upper|title|lower }}{% endfor %}",
        "{% for i in range(99999) %}{{ tags|sort|join }}{% endfor %}",
        "{% for i in range(99999) %}{{ '2026-01-01'|date('full') }}{% endfor %}",
        DOUBLED,
        DOUBLED.replace("~", "+"),
        "{% set a = text %}" + "{% set a = a|replace('x', text) %}" * 9 + "{{ a }}",
        "{{ tags * 100000000 }}",
        "{{ map * 100000000 }}",
        "{{ (tags|sort) * 100000000 }}",
        "{{ [1] * 100000000 }}",
        "{{ 'x' * 100000000 }}",
        "{{ [[1] * 1000] * 1000 * 1000 }}",
        "{% set a = tags %}" + "{% set a = a + a %}" * 40 + "{{ a }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ 'x'|truncate(length=9999999999) ~ text|replace('', text) }}{{ 1/0 }}",
    ],
)
def test_a_template_that_costs_too_much_is_ended(source: str) -> None:
    """Before anybody notices."""
    begin = process_time()
    made = failure(source, **PROFILE)
    assert made.reason is NoMessage.FAILED
    assert process_time() - begin < SECONDS


@pytest.mark.parametrize(
    "source",
    [
        "<" * 290_000,
        "<a " * 90_000,
        "<a b='" * 45_000,
        "<!--" * 70_000,
        "</" * 140_000,
        "<a b=c " * 40_000,
        "<script>" + "</scrip" * 40_000,
        "<![CDATA[" * 30_000,
        "&" * 290_000,
        "<p style='" * 29_000,
        "{{ a }}" * 1_000 + "<a href='{{ a }}'>" * 10_000,
        "<style>" + "a{b:c}" * 5_000 + "</style>" + "<p>x</p>" * 5_000,
        "{" * 290_000,
        "{{ '" * 70_000,
        "{% raw %}" * 30_000,
        "{{ " + "(" * 100_000,
        "{{ " + "a|" * 100_000 + "}}",
        "{{ " + "a * " * 5_000 + "a }}",
        "@{" * 140_000,
    ],
    ids=lambda source: source[:20],
)
def test_a_long_source_is_read_in_time(source: str) -> None:
    """In proportion to its length, whether it is understood or not."""
    begin = process_time()
    attempted(mail(source))
    assert process_time() - begin < SECONDS * 2


def test_depth_is_counted_whatever_is_closed() -> None:
    """Elements that need no end add none."""
    assert depth_of("<p><br><img/><b></b></p></p></p><a>") == 2
    assert depth_of("<!-- <p><p> --><script><p><p></script>") == 1


@pytest.mark.parametrize(
    ("part", "most"),
    [("subject", limits.MAX_SUBJECT_CHARACTERS), ("html", limits.MAX_RENDERED_CHARACTERS)],
)
def test_a_part_that_becomes_too_long_is_not_sent(part: str, most: int) -> None:
    """One character more is too many."""
    content = {**mail("{{ x }}", text="x"), **({"subject": "{{ x }}"} if part == "subject" else {})}
    content = {**content, **({"html": "x"} if part == "subject" else {})}
    compiled = ready(content)
    value = "y" * most
    assert not isinstance(render(compiled, Variables({"x": value}), Delivery()), NotRendered)
    assert render(compiled, Variables({"x": value + "y"}), Delivery()) == NotRendered(
        NoMessage.TOO_LARGE, message=f"{part} has more than {most:,} characters", place=part
    )


def test_a_common_mail_is_far_from_the_limit() -> None:
    """Two hundred rows of an order, each with five values."""
    row = "{{ o.a }}{{ o.b|money('EUR') }}{% if o.c %}{{ o.c }}{% endif %}{{ o.d }}{{ o.e }}"
    compiled = ready({"text": f"{{% for o in event.orders %}}{row}{{% endfor %}}"}, Medium.SMS)
    assert isinstance(compiled, Compiled)
    orders = [{"a": "x" * 20, "b": 1.5, "c": "y" * 20, "d": 3, "e": "z"}] * 200
    assert not isinstance(
        render(compiled, Variables(event={"orders": orders}), Delivery()), NotRendered
    )
