"""The text part that is made of HTML."""

import pytest

from tests.templates.made import URLS, mail, message
from tidings.templates.model import Variables


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a\n  b<br>c", "a b\nc"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<h1>T</h1><div>a</div><div>b</div>", "T\n\na\nb"),
        ("<ul><li>a<li>b</ul>c", "* a\n* b\n\nc"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("a <b>b</b>c", "a bc"),
        ("a&nbsp;b &lt; &#8364; &amp;lt;", "a\u00a0b < € &lt;"),
        ('<a href="https://x.example">go</a>!', "go (https://x.example)!"),
        ('<a href="https://x.example">https://x.example</a>', "https://x.example"),
        ('<a href="https://x.example"><img alt="Shop" src="i"></a>', "Shop (https://x.example)"),
        ('<a href="https://x.example"><img src="i"></a>', "https://x.example"),
        ('<a href="mailto:a@x.example">write</a>', "write (a@x.example)"),
        ('<a href="mailto:a@x.example">a@x.example</a>', "a@x.example"),
        ('<a href="#top">up</a> <a>x</a>', "up x"),
        ("<head><title>T</title></head>a<style>p{}</style><script>x</script>", "a"),
        ('<div style="display: none">a<div>b</div>c</div>d<p hidden>e</p>', "d"),
        ("<!-- a -->b<!--[if mso]>c<![endif]-->", "b"),
        ("{{ '{{' }} &#123;{ n }} {% raw %}{{ n }}{% endraw %}", "{{ {{ n }} {{ n }}"),
        ("<p>a</p>{% if no %}<p>b</p>{% endif %}{% if no %}<p>c</p>{% endif %}<p>{{ n }}</p>",
         "a\n\n<N>"),
        ('<a href="https://x.example/{{ n }}">{{ n }}</a>', "<N> (https://x.example/<N>)"),
        ('<a href="{{ unsubscribe_url }}">off</a>', "off (https://t.example/u?m=1&k=2)"),
        ("", ""),
    ],
)  # fmt: skip
def test_html_as_text(html: str, text: str) -> None:
    """As somebody would read it aloud."""
    content = mail(html or "<p></p>")
    made = message(content, Variables({"n": "<N>"}, urls=URLS))
    assert made.text == text


def test_the_text_of_an_author_stays_as_it_is() -> None:
    """Free lines and all."""
    made = message(mail("<p>x</p>", text="a\n\n\n\n b \n{{ n }}"), Variables({"n": "&"}))
    assert made.text == "a\n\n\n\n b \n&"
