"""The body of a webhook is JSON, whatever values are in it."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.templates.made import URLS, mistakes, ready
from tests.templates.test_hostile import SOURCES, TEXTS, VALUES, outcome
from tidings.base import limits
from tidings.base.media import Medium
from tidings.templates.model import Delivery, NoMessage, NotRendered, Rendered, Variables
from tidings.templates.render import render

HINT = 'brings its own; leave them out, or join texts, as in {{ "Hello " ~ first_name }}'


def made(body: str, delivery: Delivery | None = None, **profile: Any) -> Rendered | NotRendered:
    """Make a body for a person."""
    variables = Variables(profile, data={"order": {"n": 7}}, urls=URLS)
    return render(ready({"body": body}, Medium.WEBHOOK), variables, delivery or Delivery())


def value(expression: str, **profile: Any) -> Any:
    """Return what an expression becomes in a body."""
    rendered = made(f'{{"value": {expression}}}', **profile)
    assert isinstance(rendered, Rendered), rendered
    return msgspec.json.decode(rendered.body)["value"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("{{ x }}", 'A"\\\n</script>\u2028é'),
        ("@{x}@", 'A"\\\n</script>\u2028é'),
        ("{{ n }}", 3),
        ("{{ n * 2 }}", 6),
        ("{{ price }}", 12.5),
        ("{{ yes }}", True),
        ("{{ list }}", [1, {"a": None}, "b"]),
        ("{{ data }}", {"order": {"n": 7}}),
        ("{{ data.order.n }}", 7),
        ("{{ nobody }}", None),
        ("{{ data.nobody.n }}", None),
        ('{{ nobody|default("you") }}', "you"),
        ('{{ "Hello " ~ name ~ "!" }}', "Hello Ada!"),
        ("{{ price|money('EUR') }}", "€12.50"),
        ("{{ raw|safe }}", {"b": [1]}),
        ("{{ unsubscribe_url }}", URLS.unsubscribe),
        ('{% if yes %}"a"{% else %}"b"{% endif %}', "a"),
        ("[{% for one in list %}{{ one }}{% if not loop.last %},{% endif %}{% endfor %}]", None),
    ],
)
def test_a_value_is_written_as_json_has_it(expression: str, expected: object) -> None:
    """With its quotation marks, if it is a text; what is missing is null."""
    profile: dict[str, Any] = {
        "x": 'A"\\\n</script>\u2028é',
        "n": 3,
        "price": Decimal("12.5"),
        "yes": True,
        "list": [1, {"a": None}, "b"],
        "name": "Ada",
        "raw": '{"b": [1]}',
    }

    written = value(expression, **profile)

    assert written == (profile["list"] if expected is None and "for" in expression else expected)


def test_what_is_missing_is_noted_and_shown_by_name_in_a_preview() -> None:
    """As in every other part."""
    body = '{"value": {{ nobody }}}'
    sent, seen = made(body), made(body, Delivery(is_preview=True))
    assert isinstance(sent, Rendered)
    assert isinstance(seen, Rendered)
    assert (sent.body, sent.missing) == ('{"value": null}', ("nobody",))
    assert (seen.body, seen.missing) == ('{"value": "[nobody]"}', ("nobody",))


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ('{"a": "{{ x }}"}', ["{{ x }} stands in quotation marks and " + HINT]),
        ('{"a": "Hi \\" @{x}@"}', ["{{ x }} stands in quotation marks and " + HINT]),
        ('{"a": "{% if x %}b{% endif %}"}', []),
        ('{"a": {{ "\\"" ~ x }}, "b": "c"}', []),
        ('{"a": {{ x | upp }}}', ["line 1: there is no filter upp"]),
    ],
)
def test_a_value_within_quotation_marks_is_a_mistake(body: str, wrong: list[str]) -> None:
    """It would be no JSON for anybody, and is told when the template is saved."""
    told = mistakes({"body": body}, Medium.WEBHOOK)
    assert [(field, said.partition(";")[0]) for field, said in told] == [
        ("body", said.partition(";")[0]) for said in wrong
    ]


@pytest.mark.parametrize(
    ("body", "place", "message"),
    [
        ('{"a": }', "body, line 1, column 7", "is no JSON: invalid character"),
        ('{"a": 1,\n "é": 1 x}', "body, line 2, column 9", "is no JSON: expected ',' or '}'"),
        ('{"a": [', "body, line 1, column 8", "is no JSON: it ends too early"),
        ("{{ nobody }} x", "body, line 1, column 7", "is no JSON: trailing characters"),
        ("[" * 5_000, "body", "is no JSON: it has too many levels"),
    ],
)
def test_what_is_no_json_makes_no_message_and_says_where(
    body: str, place: str, message: str
) -> None:
    """For the place is nobody's secret, unlike what stands there."""
    failed = made(body)
    assert isinstance(failed, NotRendered)
    assert (failed.reason, failed.place) == (NoMessage.FAILED, place)
    assert failed.message == f"{place}: {message}"


def test_a_body_has_a_limit_in_bytes() -> None:
    """Receivers have one, too."""
    most = limits.MAX_WEBHOOK_BODY_BYTES
    assert isinstance(made("{{ x }}", x="é" * (most // 2 - 1)), Rendered)
    large = made("{{ x }}", x="é" * (most // 2))
    assert large == NotRendered(
        NoMessage.TOO_LARGE, message=f"body has more than {most:,} bytes", place="body"
    )


@given(TEXTS, VALUES)
@settings(max_examples=300, deadline=None)
def test_no_value_makes_anything_else_of_a_body(x: str, y: Any) -> None:
    """People call themselves what they like."""
    rendered = made('{"a": {{ x }}, "b": {{ y }}, "c": {{ "x" ~ x }}, "d": 1}', x=x, y=y)
    assert isinstance(rendered, Rendered), rendered
    read = msgspec.json.decode(rendered.body)
    assert list(read) == ["a", "b", "c", "d"]
    assert read["a"] == (x.encode("utf-8", "replace").decode() or x)


@given(SOURCES, st.dictionaries(st.sampled_from(["x", "y"]), VALUES))
@settings(max_examples=300, deadline=None)
def test_any_body_has_an_outcome(source: str, profile: dict[str, Any]) -> None:
    """Refused with a reason, or a message that is JSON, or a reason why there is none."""
    rendered = outcome({"body": source}, Medium.WEBHOOK, Variables(profile, urls=URLS))
    if isinstance(rendered, Rendered):
        msgspec.json.decode(rendered.body)
