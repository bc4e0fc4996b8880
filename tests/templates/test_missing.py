"""What becomes of what a person has not."""

import pytest

from tests.templates.made import URLS, failure, mail, message, ready, text_of
from tidings.base.media import Medium
from tidings.templates.model import Delivery, NoMessage, NotRendered, Rendered, Urls, Variables
from tidings.templates.render import render

PROFILE = {"city": "Pune", "zero": 0, "nothing": None, "address": {"zip": "1"}, "tags": ["a"]}
EVENT = {"products": [{"name": "Shoe"}, {"price": 2}]}


@pytest.mark.parametrize(
    ("source", "text", "missing"),
    [
        ("{{ city }}", "Pune", ()),
        ("{{ profile.city }}", "Pune", ()),
        ("{{ zero }}", "0", ()),
        ("<{{ name }}>", "<>", ("name",)),
        ("<{{ profile.name }}>", "<>", ("profile.name",)),
        ("<{{ nothing }}>", "<>", ("nothing",)),
        ("<{{ address.street }}>", "<>", ("address.street",)),
        ("<{{ other.street.number }}>", "<>", ("other.street.number",)),
        ("<{{ profile['first name'] }}>", "<>", ("profile.first name",)),
        ("<{{ data.code }}>", "<>", ("data.code",)),
        ("<{{ unsubscribe_url }}>", "<>", ("unsubscribe_url",)),
        ("{% for p in event.products %}{{ p.name }},{% endfor %}", "Shoe,,",
         ("event.products[1].name",)),
        # a filter makes a text of it
        ("<{{ name|upper }}>", "<>", ("name",)),
        ("<{{ name|money('EUR') }}>", "<>", ("name",)),
        ("<{{ 'Dear ' ~ name }}>", "<Dear >", ("name",)),
        # whoever says what to do without it lacks nothing
        ("{{ name|default('you') }}", "you", ()),
        ("{{ nothing|d('you') }}", "you", ()),
        ("{{ other.street.number|default('-') }}", "-", ()),
        ("{{ name or 'you' }}", "you", ()),
        ("{{ name if name else 'you' }}", "you", ()),
        ("{% if name %}{{ name }}{% else %}you{% endif %}", "you", ()),
        ("{% if name is defined %}a{% else %}b{% endif %}", "b", ()),
        ("{% if city is defined and nothing is undefined %}a{% endif %}", "a", ()),
        ("{% if name == 'x' %}a{% else %}b{% endif %}", "b", ()),
        ("{% for one in products %}x{% else %}none{% endfor %}", "none", ()),
        ("{% if 'a' in tags and 'a' not in names %}a{% endif %}", "a", ()),
        ("{{ items|length }}", "0", ()),
    ],
)  # fmt: skip
def test_what_is_not_there_is_empty_and_named(
    source: str, text: str, missing: tuple[str, ...]
) -> None:
    """Under the name that the template has for it, so that it can be found there."""
    made = render(ready({"text": source}, Medium.SMS), Variables(PROFILE, EVENT), Delivery())
    assert made == Rendered("en", missing, text=text)


def test_a_template_can_refuse_to_speak_to_who_lacks_something() -> None:
    """ "Dear ," is worse than no mail, for some."""
    content = {**mail("{{ a }}{{ b|default('-') }}"), "on_missing": "do_not_send"}
    compiled = ready({**content, "subject": "{{ c }}"})
    assert render(compiled, Variables({"b": 1}), Delivery()) == NotRendered(
        NoMessage.MISSING_VARIABLE, ("a", "c")
    )
    assert isinstance(render(compiled, Variables({"a": 1, "c": 2}), Delivery()), Rendered)


def test_a_preview_shows_what_is_missing() -> None:
    """By its name, where it would stand, even of a template that would not be sent."""
    content = {**mail("<p>{{ name }}</p>"), "subject": "Hi {{ name }}", "on_missing": "do_not_send"}
    made = message(content, delivery=Delivery(is_preview=True))
    assert (made.subject, made.html, made.missing) == ("Hi [name]", "<p>[name]</p>", ("name",))


def test_calculating_with_nothing_makes_no_message() -> None:
    """A price of nothing times two would be wrong, however it is written."""
    assert failure("{{ name }}{{ price * 2 }}") == NotRendered(
        NoMessage.FAILED, ("name",), "price is no number"
    )
    assert failure("{{ 2 + data.price }}").message == "data.price is no number and no text"
    assert text_of("{{ price|default(1) * count }}", count=3) == "3"


def test_an_attribute_takes_no_place_of_the_system() -> None:
    """Who names an attribute unsubscribe_url would take the link from everybody."""
    profile = {
        "unsubscribe_url": "https://evil.example",
        "event": "x",
        "data": "x",
        "profile": "x",
        "brand": "x",
        "tidings_links": "x",
    }
    content = {
        **mail('{{ profile.profile }}{{ event.a }}<a href="{{ unsubscribe_url }}">u</a>'),
        "subject": "{{ brand.name }} {{ data.a }}",
    }
    made = message(content, Variables(profile, {"a": 1}, {"a": 2}, {"name": "B"}, URLS), Delivery())
    assert made.subject == "B 2"
    assert made.html == 'x1<a href="https://t.example/u?m=1&amp;k=2">u</a>'
    without = message(content, Variables(profile, {"a": 1}, {"a": 2}, {"name": "B"}, Urls()))
    assert without.missing == ("unsubscribe_url",)


def test_the_vendors_form_of_a_variable_is_read() -> None:
    """Templates are brought along from there."""
    profile = {"first_name": "Ada", "Shoe size": 38, 'a "b" \\': "x"}
    assert text_of('@{first_name}@ @{ Shoe size }@ @{a "b" \\}@', **profile) == "Ada 38 x"
    assert text_of("@{event.x}@|a@b", **profile) == "|a@b"


def test_values_are_what_json_has() -> None:
    """As they were sent, as far as a number can tell."""
    profile = {"a": 1, "b": 1.5, "c": 10**30, "d": [1, "x"], "f": "ä😀", "g": -(2**63), "h": 0.25}
    assert text_of("{{ a }} {{ b }} {{ c }} {{ d|join(', ') }} {{ d[1] }}", **profile) == (
        f"1 1.5 {10**30} 1, x x"
    )
    assert text_of("{{ f }} {{ g }} {{ h }}", **profile) == f"ä😀 {-(2**63)} 0.25"
