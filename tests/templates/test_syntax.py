"""What a template may use, and how it is told what it may not."""

import pytest

from tests.templates.made import failure, mail, mistakes, ready, text_of
from tidings.base.media import Medium
from tidings.templates.expression import FILTERS, TESTS
from tidings.templates.model import Delivery, NoMessage, NotRendered, Variables
from tidings.templates.render import render

PROFILE = {"a": 2, "b": 3, "s": "x y", "tags": ["u", "v"], "rows": [{"n": 1}, {"n": 2}]}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{# nothing #}a", "a"),
        ("{% raw %}{{ a }}{% endraw %}", "{{ a }}"),
        ("{{ '}}' }} {{ \"%}\" }}", "}} %}"),
        ("{%- if a == 2 -%} yes {%- endif -%} ", "yes"),
        ("{% set c = a * b + 1 %}{{ c }}", "7"),
        ("{{ -a * -b }} {{ a ** b }} {{ 2*(a+b)*2 }}", "6 8 20"),
        ("{{ 'x' + s }}", "xx y"),
        ("{{ a / 4 }} {{ b // 2 }} {{ b % 2 }} {{ b - a }}", "0.5 1 1 1"),
        ("{% for t in tags %}{{ loop.index }}{{ t }}{% endfor %}", "1u2v"),
        ("{% for n in range(3) %}{{ n }}{% endfor %}", "012"),
        ("{% for k, v in profile.rows[0]|items %}{{ k }}={{ v }}{% endfor %}", "n=1"),
        ("{% for r in rows|sort(attribute='n', reverse=true) %}{{ r.n }}{% endfor %}", "21"),
        ("{% for t in tags if t != 'u' %}{{ t }}{% endfor %}", "v"),
        ("{{ 'yes' if a in [1, 2] else 'no' }}", "yes"),
        ("{{ rows|sum(attribute='n') }} {{ tags|join('+') }} {{ tags|last }}", "3 u+v v"),
        ("{{ s|title }} {{ s|replace('x', 'z') }} {{ s|urlencode }} {{ s|length }}",
         "X Y z y x%20y 3"),
        ("{{ tags[0] }}{{ s[0] }}{{ tags.1 }}", "uxv"),
        ("{{ a is odd }} {{ a is not none }}", "False True"),
        ("@{a}@ @ {a} @", "2 @ {a} @"),
        ("x7tag0gat7x x7tag9gat7x", "x7tag0gat7x x7tag9gat7x"),
    ],
)  # fmt: skip
def test_a_template_can(source: str, text: str) -> None:
    """Each of these is in somebody's mail."""
    assert text_of(source, **PROFILE) == text


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("a\n{{ b", "line 2: {{ is not closed"),
        ("{{ 'x }}", "line 1: {{ is not closed"),
        ("{% raw %}", "line 1: {% is not closed"),
        ("@{ x", "line 1: @{ is not closed"),
        ("a\n\n{{ x y }}", "line 3: unexpected identifier, expected end of variable block"),
        ("{% if x %}", "line 1: unexpected end of input, expected end of block"),
        ("{% endif %}", "line 1: unknown statement endif"),
        ("{{ x|uper }}",
         f"line 1: there is no filter uper; there are {', '.join(sorted(FILTERS))}"),
        ("{% if no %}{{ x|tojson }}{% endif %}",
         f"line 1: there is no filter tojson; there are {', '.join(sorted(FILTERS))}"),
        ("{{ x is foo }}", f"line 1: there is no test foo; there are {', '.join(sorted(TESTS))}"),
        ("{{ x is not foo }}",
         f"line 1: there is no test foo; there are {', '.join(sorted(TESTS))}"),
        ("{{ lipsum() }}", "line 1: there is no function lipsum"),
        ("{{ namespace(a=1) }}", "line 1: there is no function namespace"),
        ("{{ profile.update(a=1) }}", "line 1: update() cannot be called"),
        ("{{ loop.cycle(1) }}", "line 1: cycle() cannot be called"),
        ("{{ x[0]() }}", "line 1: only a name can be called"),
        ("{{ {'a': 1} }}", "line 1: { } is not allowed within a tag"),
        ("{% set x = [1] %}", "line 1: set cannot keep a list that the template makes"),
        ("{% set x = 1, 2 %}", "line 1: set cannot keep a list that the template makes"),
        ("{% set x = (1, 2) %}", "line 1: set cannot keep a list that the template makes"),
        ("{% set x = range(3) %}", "line 1: range() can only be what a loop goes through"),
        ("{% for x in [range(3)] %}", "line 1: range() can only be what a loop goes through"),
        ("{% for x in y if 1 in range(3) %}",
         "line 1: range() can only be what a loop goes through"),
        ("{% set x = tags[1:] %}", "line 1: set cannot keep a list that the template makes"),
        ("{% set x = tags|sort %}", "line 1: set cannot keep a list that the template makes"),
        ("{% set x %}a{% endset %}", "line 1: set needs a value, as in {% set name = 1 %}"),
        *[
            (f"{{% {tag} %}}",
             f"line 1: the tag {tag.split()[0]} is not allowed; allowed are if, elif, else, endif, "
             "for, endfor, set, raw")
            for tag in ("macro m()", "call m()", "include 'x'", "extends 'x'", "import 'x' as y",
                        "from 'x' import y", "block b", "filter upper", "autoescape false",
                        "with a=1", "do x", "endset")
        ],
    ],
)  # fmt: skip
def test_a_mistake_is_told_by_its_line(source: str, wrong: str) -> None:
    """When it is saved, and not when it is sent."""
    assert mistakes({"text": source}, Medium.SMS)[0] == ("text", wrong)


def said(source: str) -> str:
    """Return what went wrong with a text, "" when nothing did."""
    made = render(ready({"text": source}, Medium.SMS), Variables(), Delivery())
    return made.message if isinstance(made, NotRendered) else ""


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_every_filter_is_there(name: str) -> None:
    """A name that is let through and unknown would be found by whom the mail is for."""
    assert "unknown" not in said(f"{{{{ 'x'|{name} }}}}")


@pytest.mark.parametrize("name", sorted(TESTS))
def test_every_test_is_there(name: str) -> None:
    """The same."""
    assert "unknown" not in said(f"{{{{ 'x' is {name} }}}}")


def test_mistakes_of_every_part_are_told() -> None:
    """With the path of each, in other languages too."""
    content = {
        **mail("<p>\n{{ x|no }}{% foo %}</p>", preheader="{{ 1 + }}", text="{{"),
        "subject": "{{ a b }}",
        "languages": {"de": {"subject": "S", "html": "\n\n{{"}},
    }
    assert [(path, message.partition(";")[0]) for path, message in mistakes(content)] == [
        ("subject", "line 1: unexpected identifier, expected end of variable block"),
        ("text", "line 1: {{ is not closed"),
        ("html", "line 2: there is no filter no"),
        ("html", "line 2: the tag foo is not allowed"),
        ("preheader", "line 1: unexpected end of variable block"),
        ("languages.de.html", "line 3: {{ is not closed"),
    ]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{ a / 0 }}", "line 1: unable to calculate 2 / 0"),
        ("{{ s * 2 }}", "a value is no number"),
        ("{{ tags + tags }}", "a value is no number and no text"),
        ("{{ a|date(1, 2, 3) }}", "filters"),
    ],
)
def test_what_goes_wrong_for_one_person_makes_no_message(source: str, message: str) -> None:
    """And is said; everybody else gets theirs."""
    made = failure(source, **PROFILE)
    assert made.reason is NoMessage.FAILED
    assert message in made.message
