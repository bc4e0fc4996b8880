"""Which links are followed, and what they become: one line for each that somebody lost once."""

from urllib.parse import parse_qsl, quote

import pytest

from tests.templates.made import URLS, html_of, mail, message, mistakes, ready
from tidings.base.media import Medium
from tidings.templates.links import with_utm
from tidings.templates.model import Delivery, Rendered, Variables
from tidings.templates.render import render

UTM = {"utm_source": "news", "utm_campaign": "spring & co"}
ADDED = "utm_source=news&amp;utm_campaign=spring%20%26%20co"


def wrap(url: str, position: int) -> str:
    """Stand for whoever counts clicks: the link as it was can be read off."""
    return f"W{position}({url})"


DELIVERY = Delivery(wrap=wrap, utm=UTM)
DATA = {"path": "a b", "url": "https://x.example/?q=1&r=2", "page": "p"}


@pytest.mark.parametrize(
    ("href", "becomes"),
    [
        # followed, with what is counted added before the fragment
        ("https://x.example", f"W0(https://x.example?{ADDED})"),
        ("http://x.example/", f"W0(http://x.example/?{ADDED})"),
        ("HTTPS://X.example/", f"W0(HTTPS://X.example/?{ADDED})"),
        ("https://x.example/?a=1", f"W0(https://x.example/?a=1&amp;{ADDED})"),
        ("https://x.example/?a=1&amp;b=2", f"W0(https://x.example/?a=1&amp;b=2&amp;{ADDED})"),
        ("https://x.example/?a=1&b=2", f"W0(https://x.example/?a=1&amp;b=2&amp;{ADDED})"),
        ("https://x.example/?a=1&copy=2", f"W0(https://x.example/?a=1&amp;copy=2&amp;{ADDED})"),
        ("https://x.example/?", f"W0(https://x.example/?{ADDED})"),
        ("https://x.example/?a&", f"W0(https://x.example/?a&amp;{ADDED})"),
        ("https://x.example/#part", f"W0(https://x.example/?{ADDED}#part)"),
        ("https://x.example/?a=1#part?b", f"W0(https://x.example/?a=1&amp;{ADDED}#part?b)"),
        (" https://x.example/ ", f"W0(https://x.example/?{ADDED})"),
        ("https://x.example/?q=%20%26", f"W0(https://x.example/?q=%20%26&amp;{ADDED})"),
        ("https://x.example/ü", f"W0(https://x.example/ü?{ADDED})"),
        # what the link has itself stays
        (
            "https://x.example/?utm_source=own&utm_campaign=",
            "W0(https://x.example/?utm_source=own&amp;utm_campaign=)",
        ),
        (
            "https://x.example/?utm_source=own",
            "W0(https://x.example/?utm_source=own&amp;utm_campaign=spring%20%26%20co)",
        ),
        # values in it
        ("https://x.example/{{ page }}", f"W0(https://x.example/p?{ADDED})"),
        ("https://x.example/{{ path }}", f"W0(https://x.example/a%20b?{ADDED})"),
        ("https://x.example/{{ path|urlencode }}", f"W0(https://x.example/a%20b?{ADDED})"),
        ("{{ url }}", f"W0(https://x.example/?q=1&amp;r=2&amp;{ADDED})"),
        ("@{url}@", f"W0(https://x.example/?q=1&amp;r=2&amp;{ADDED})"),
        ("{% if page %}https://y.example{% endif %}", f"W0(https://y.example?{ADDED})"),
        # never followed
        ("mailto:a@x.example?subject=Hi%20you", "mailto:a@x.example?subject=Hi%20you"),
        ("mailto:{{ page }}@x.example", "mailto:p@x.example"),
        ("tel:+43123", "tel:+43123"),
        ("sms:+43123?body=x", "sms:+43123?body=x"),
        ("#part", "#part"),
        ("#{{ page }}", "#p"),
        ("/relative", "/relative"),
        ("shop://open/1", "shop://open/1"),
        ("", ""),
        ("{{ unsubscribe_url }}", "https://t.example/u?m=1&amp;k=2"),
        ("{{ preferences_url }}", "https://t.example/p?m=1&amp;k=2"),
        (" {{ view_in_browser_url }} ", "https://t.example/v?m=1&amp;k=2"),
        ("@{unsubscribe_url}@", "https://t.example/u?m=1&amp;k=2"),
        ("{{ unsubscribe_url }}&amp;from=foot", "https://t.example/u?m=1&amp;k=2&amp;from=foot"),
    ],
)
def test_a_link_becomes(href: str, becomes: str) -> None:
    """One that is wrapped and must not be does not work; one that loses a part leads astray."""
    assert html_of(f'<a href="{href}">x</a>', DELIVERY, **DATA) == f'<a href="{becomes}">x</a>'


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("<A HREF='https://x.example'>x</A>", '<a href="W0(https://x.example)">x</A>'),
        ("<a href=https://x.example>x</a>", '<a href="W0(https://x.example)">x</a>'),
        ('<area href="https://x.example" />', '<area href="W0(https://x.example)" />'),
        (
            '<a class="c" href="https://x.example" title=\'say "hi"\'>x</a>',
            '<a class="c" href="W0(https://x.example)" title="say &quot;hi&quot;">x</a>',
        ),
        (
            '<a href="https://x.example" data-tidings-track="off">x</a>',
            '<a href="https://x.example">x</a>',
        ),
        (
            '<a data-tidings-track="on" href="https://x.example">x</a>',
            '<a href="W0(https://x.example)">x</a>',
        ),
        ("<a name=top>x</a>", '<a name="top">x</a>'),
        ('<img src="https://x.example/i.png">', '<img src="https://x.example/i.png">'),
        ('<!-- <a href="https://x.example"> -->', '<!-- <a href="https://x.example"> -->'),
        ("a < b <a href='https://x.example'>", 'a < b <a href="W0(https://x.example)">'),
    ],
)
def test_links_are_found_as_they_are_written(written: str, becomes: str) -> None:
    """In any form that HTML allows; whatever is no link stays, to the byte."""
    assert html_of(written, Delivery(wrap=wrap)) == becomes


def test_links_are_told_by_their_position() -> None:
    """A report by link counts each place; one that is not shown keeps its number."""
    html = (
        '<a href="https://a.example">a</a>{% if no %}<a href="https://b.example">b</a>{% endif %}'
        '<a href="https://a.example">a</a>'
    )
    assert html_of(html, Delivery(wrap=wrap)) == (
        '<a href="W0(https://a.example)">a</a><a href="W2(https://a.example)">a</a>'
    )


def test_a_wrapped_link_leads_where_the_link_led() -> None:
    """Whoever wraps is given the URL itself, not its HTML."""
    seen: list[str] = []

    def record(url: str, _: int) -> str:
        seen.append(url)
        return "https://t.example/c?to=" + quote(url, safe="")

    url = "https://x.example/?a=1&b=%26&c=%C3%BC#f"
    html = html_of(f'<a href="{url.replace("&", "&amp;")}">x</a>', Delivery(wrap=record))
    assert seen == [url]
    target = html.partition('href="')[2].partition('"')[0]
    assert parse_qsl(target.partition("?")[2]) == [("to", url)]


@pytest.mark.parametrize(
    ("value", "becomes"),
    [
        ("javascript:alert(1)", "#"),
        (" JavaScript:alert(1)", "#"),
        ("java\tscript:alert(1)", "#"),
        ("data:text/html,x", "#"),
        ('" onclick="x', "&quot;%20onclick=&quot;x"),
        ("mailto:a@x.example", "mailto:a@x.example"),
        ("/page?a:b", "/page?a:b"),
        ("", ""),
    ],
)
def test_a_value_makes_no_other_kind_of_link(value: str, becomes: str) -> None:
    """What people are called is not what runs in a browser."""
    assert html_of('<a href="{{ url }}">x</a>', url=value) == f'<a href="{becomes}">x</a>'


def test_what_a_campaign_adds_comes_before_what_the_template_adds() -> None:
    """A template is used by many."""
    content = mail('<a href="https://x.example">x</a>', utm={"utm_source": "t", "utm_medium": "m"})
    made = message(content, delivery=Delivery(utm={"utm_source": "c"}))
    assert made.html == '<a href="https://x.example?utm_source=c&amp;utm_medium=m">x</a>'


def test_nothing_is_added_to_a_link_that_has_all() -> None:
    """Not even another order."""
    url = "https://x.example/?b=1&utm_source=x&&a#"
    assert with_utm(url, {"utm_source": "y"}) == url
    assert with_utm(url, {}) == url


def test_the_text_part_has_the_links_as_they_are() -> None:
    """Nobody clicks a signed link of three lines; what is counted is in the HTML."""
    made = message(mail('<a href="https://x.example/?a=1&amp;b=2">go</a>'), delivery=DELIVERY)
    assert made.text == "go (https://x.example/?a=1&b=2)"


def test_a_push_leads_through_its_link() -> None:
    """It is the only one that it has."""
    content = {"title": "T", "text": "x", "url": "https://x.example/{{ page }}"}
    made = render(ready(content, Medium.PUSH), Variables(profile=DATA), DELIVERY)
    assert isinstance(made, Rendered)
    assert made.url == ("W0(https://x.example/p?utm_source=news&utm_campaign=spring%20%26%20co)")
    own = {**content, "url": "{{ preferences_url }}"}
    made = render(ready(own, Medium.PUSH), Variables(urls=URLS), DELIVERY)
    assert isinstance(made, Rendered)
    assert made.url == URLS.preferences


def test_what_is_added_must_be_a_parameter_of_campaigns() -> None:
    """Anything else could take the place of what the page itself needs."""
    assert mistakes(mail("x", utm={"id": "1", "utm_source": 1})) == [
        ("utm.id", "must have a name such as utm_source"),
        ("utm.utm_source", "must be a text of 1 to 200 characters"),
    ]
