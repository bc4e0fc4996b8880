"""Templates and values that nobody thinks of: whatever they are, there is an outcome."""

import re
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.templates.made import URLS, attempted, ready
from tidings.base.media import Medium
from tidings.templates.compile import Compiled
from tidings.templates.links import with_utm
from tidings.templates.markup import Kind, pieces, rewrite
from tidings.templates.model import Delivery, NotRendered, Rendered, Variables
from tidings.templates.render import render

FRAGMENTS = st.sampled_from(
    ["{{", "}}", "{%", "%}", "{#", "#}", "@{", "}@", "{% raw %}", "{% endraw %}", " if ", " else ",
     "{% endif %}", "{% for x in y %}", "{% endfor %}", " set x = ", " in ", " not ", " is ", "x",
     "y.z", "data", "event", "profile", "range(9)", "|upper", "|date", "|money('EUR')", "|sort",
     "|default(1)", "|join", "*", "+", "~", "-", "//", "**", "==", "<", ">", "(", ")", "[", "]",
     ",", ":", ".", "'", '"', "</", "<a href=", "<p style=", "<style>", "</style>", "<!--", "-->",
     "<table>", "<tr>", "<td>", "</td>", "<mj-body>", "</mj-body>", "<mj-text>", "</mj-text>",
     "<mj-raw>", "</mj-raw>", "/>", "&", "&amp;", "&#123;", "https://", "#", "?", "=", "\\", "\0",
     "\n", "\r", "é", "😀", "\u202e", "x7tag0gat7x", "1", "0.5", "1e9"]
)  # fmt: skip
SOURCES = st.lists(FRAGMENTS | st.text(max_size=5), max_size=25).map("".join)
TEXTS = st.text(max_size=20) | SOURCES
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | FRAGMENTS, inner)
    ),
    max_leaves=6,
)
GROUPS = st.dictionaries(st.sampled_from(["x", "y", "z", "language"]) | st.text(max_size=3), VALUES)
DELIVERY = Delivery(
    wrap=lambda url, position: f"https://t.example/{position}?{url}",
    utm={"utm_source": "x"},
    pixel_url="https://t.example/o",
)


def outcome(content: object, medium: Medium, variables: Variables) -> Rendered | NotRendered | None:
    """Make a message if the content can be understood."""
    compiled = attempted(content, medium)
    return render(compiled, variables, DELIVERY) if isinstance(compiled, Compiled) else None


@given(SOURCES, SOURCES, st.sampled_from(["html", "mjml", "text"]), GROUPS)
@example("{{ x", "<mjml><mj-body><mj-section>{{ x }}</mj-section></mj-body></mjml>", "mjml", {})
@settings(max_examples=400, deadline=None)
def test_any_template_has_an_outcome(
    source: str, body: str, part: str, profile: dict[str, Any]
) -> None:
    """Refused with a reason, or a message, or a reason why there is none."""
    variables = Variables(profile, profile, profile, urls=URLS)
    outcome({"text": source}, Medium.SMS, variables)
    content = {"subject": source, "html": "x", "text": body}
    if part != "text":
        content = {"subject": "S", part: f"<mjml>{body}</mjml>" if part == "mjml" else body}
    outcome(content, Medium.EMAIL, variables)


SHOWN = ready(
    {
        "subject": "{{ x }}{{ y.z }}",
        "preheader": "{{ x }}",
        "html": "<html><head><title>{{ x }}</title><style>p { color: red }</style></head><body>"
        "<p title=\"{{ x }}\" class='{{ x|upper }}'>{{ x }}{{ y }}{{ x|date }}{{ x|money('EUR') }}"
        '{% for one in y %}{{ one }}{% endfor %}</p><a href="{{ x }}">{{ x|title }}</a>'
        '<a href="https://x.example/{{ x }}">a</a><textarea>{{ x }}</textarea><!-- a --></body>',
    }
)


def shape(html: str) -> list[tuple[Kind, str, tuple[str, ...]]]:
    """Return the elements of HTML with their attributes' names."""
    return [
        (piece.kind, piece.name, tuple(name for name, _ in piece.attributes))
        for piece in pieces(html)
        if piece.kind in {Kind.START, Kind.END, Kind.OTHER}
    ]


PLAIN = render(SHOWN, Variables({"x": "x", "y": ["y"]}), DELIVERY)
assert isinstance(PLAIN, Rendered)
SHAPE = shape(PLAIN.html)


@given(TEXTS, VALUES)
@example('"><script>alert(1)</script>', "</p><img src=x onerror=y>")
@example("javascript:alert(1)", {"z": "\r\nBcc: a@x.example"})
@example("--><b>", ["' onclick='x"])
@settings(max_examples=300, deadline=None)
def test_no_value_becomes_markup_or_a_header(x: str, y: Any) -> None:
    """People call themselves what they like; so do those who fill in a friend's form."""
    made = render(SHOWN, Variables({"x": x, "y": y}), DELIVERY)
    if isinstance(made, NotRendered):
        assert made.message.endswith("is not iterable")
        return
    assert shape(made.html) == SHAPE
    assert not set(made.subject) & set("\r\n\0\x85\u2028\x7f")
    hrefs = [p.attribute("href") or "" for p in pieces(made.html) if p.name == "a"]
    schemes = [re.match(r"\s*([^/?#:]*):", href) for href in hrefs]
    allowed = {"https", "http", "mailto", "tel", "sms", "whatsapp"}
    assert {one[1].lower() for one in schemes if one} <= allowed


@given(SOURCES)
@settings(max_examples=300, deadline=None)
def test_taking_html_apart_leaves_nothing_out(source: str) -> None:
    """And nothing twice."""
    assert rewrite(source, lambda _, __: None) == source
    ends = [0, *(piece.end for piece in pieces(source))]
    assert [piece.start for piece in pieces(source)] == ends[:-1]


@given(st.text(max_size=30).map("https://x.example".__add__))
def test_what_is_added_to_a_link_keeps_all_of_it(url: str) -> None:
    """Removed again, it is the link that it was, but for an empty query."""
    counted = with_utm(url, {"utm_source": "a b"})
    if counted == url:
        assert "utm_source" in url
        return
    assert counted.partition("#")[1:] == url.partition("#")[1:]
    page = url.partition("#")[0].removesuffix("&").removesuffix("?")
    assert counted.partition("#")[0].startswith(page)
    assert counted.partition("#")[0].endswith("utm_source=a%20b")
