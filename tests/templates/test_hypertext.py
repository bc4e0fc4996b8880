"""The HTML of an e-mail: MJML, styles, preheader, pixel, and tags that keep their places."""

import pytest

from tests.templates.made import html_of, mail, message, mistakes
from tidings.base import limits
from tidings.templates.model import Delivery, Variables

MJML = "<mjml><mj-body><mj-section><mj-column>{}</mj-column></mj-section></mj-body></mjml>"


def mjml_of(inner: str, **profile: object) -> str:
    """Return what MJML within a column becomes."""
    content = {"subject": "S", "mjml": MJML.format(inner)}
    return message(content, Variables(profile=profile)).html


def test_html_without_styles_stays_as_it_was_written() -> None:
    """To the byte: somebody has tried it in ten mailboxes."""
    html = "<P Class=x>a &lt; b<br/>\r\n<!--[if mso]><b>{{ 1 }}</b><![endif]--></P>&nbsp;<td>\t</p>"
    assert html_of(html) == html.replace("{{ 1 }}", "1")


def test_values_are_escaped_in_html_and_nowhere_else() -> None:
    """A name can hold anything."""
    content = mail("<p title='{{ n }}'>{{ n }}{{ n|safe }}</p>", text="{{ n }}")
    made = message({**content, "subject": "{{ n }}"}, Variables({"n": '<b a="1">&\''}))
    shown = "&lt;b a=&quot;1&quot;&gt;&amp;&#x27;"
    assert made.html == f"<p title='{shown}'>{shown}<b a=\"1\">&'</p>"
    assert made.text == made.subject == '<b a="1">&\''


def test_styles_are_inlined_and_what_cannot_be_stays() -> None:
    """Mailboxes leave out style sheets; rules for small screens work where they are kept."""
    html = html_of(
        "<html><head><style>p { color: red } a:hover { color: blue }"
        " @media (max-width: 600px) { p { color: {{ c }} } }</style></head>"
        "<body><p>x</p></body></html>",
        c="green",
    )
    assert '<p style="color: red;">x</p>' in html
    assert "a:hover" in html
    assert "@media (max-width: 600px) { p { color: green } }" in html
    assert "p { color: red }" not in html


def test_a_style_sheet_elsewhere_is_not_fetched() -> None:
    """A template must not make the server ask anybody for anything."""
    link = '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">'
    assert link in html_of(f"<html><head>{link}<style>p {{}}</style></head><body></body></html>")


def test_tags_keep_their_places_while_styles_are_inlined() -> None:
    """Between rows, in attributes, in styles and in titles: a parser of HTML moves what is odd."""
    html = html_of(
        "<html><head><title>{{ t }}</title><style>td { color: red } .{{ t }} { top: 0 }</style>"
        '</head><body><table>{% for n in ns %}<tr {% if n %}class="a{{ n }}"{% endif %}>'
        '<td {{ t }} title="{{ n }}">{{ n }}</td></tr>{% endfor %}</table></body></html>',
        ns=[1, 2],
        t="tt",
    )
    assert "<title>tt</title>" in html
    assert ".tt { top: 0; }" in html
    for n in (1, 2):
        assert f'<tr class="a{n}"><td tt title="{n}" style="color: red;">{n}</td></tr>' in html


def test_lines_are_short_enough_to_travel_as_they_are() -> None:
    """A new line begins within a tag, where it means a space, and nowhere else."""
    cell = '<td title="{{ n }}" style="x">y</td>'
    html = html_of("".join(["<p>", cell * 100, "</p>"]), n="Ada")
    longest = max(len(line) for line in html.split("\n"))
    assert 100 < longest <= 500
    assert html.replace("\n", " ") == f"<p>{cell.replace('{{ n }}', 'Ada') * 100}</p>"


def test_mjml_becomes_html() -> None:
    """With everything that a tag can be in."""
    html = mjml_of(
        '<mj-text color="{{ c }}">Hi {{ n }}<br/>{% if n %}a &lt; b{% endif %}</mj-text>'
        '<mj-image src="https://i.example/{{ n }}.png" alt=\'A "b" \\ ü {{ n }}\'/>'
        "<mj-raw><table>{% for x in xs %}<tr><td>{{ x }}</td></tr>{% endfor %}</table></mj-raw>",
        c="#123456",
        n="Ada",
        xs=[1, 2],
    )
    assert 'color:#123456;">Hi Ada<br />a &lt; b</div>' in html
    assert 'alt="A &#34;b&#34; &#92; ü Ada"' in html
    assert 'src="https://i.example/Ada.png"' in html
    assert "<table><tr><td>1</td></tr><tr><td>2</td></tr></table>" in html
    assert 'lang="en"' in html
    assert "fonts.googleapis.com" not in html


def test_signs_of_any_script_stay_in_mjml() -> None:
    """MRML is given none of them: it crashes when a mistake lies within one."""
    html = mjml_of("<mj-text>Grüße, 東京 😀 x7sign0ngis7x x7sign9ngis7x {{ n }}</mj-text>", n="é")
    assert "Grüße, 東京 😀" in html
    assert "x7sign9ngis7x é" in html
    assert mistakes({"subject": "S", "mjml": "<mjml>\n\n𒿴</b></mjml>"})[0][0] == "mjml"


def test_mjml_with_styles_to_inline_has_them_inlined() -> None:
    """MRML leaves them out, and MJML knows them."""
    source = (
        '<mjml><mj-head><mj-style inline="inline">.r { color: red }</mj-style>'
        "<mj-style>.k { top: 0 }</mj-style></mj-head><mj-body><mj-section><mj-column><mj-text>"
        '<p class="r">{{ n }}</p></mj-text></mj-column></mj-section></mj-body></mjml>'
    )
    html = message({"subject": "S", "mjml": source}, Variables({"n": "Ada"})).html
    assert '<p class="r" style="color: red;">Ada</p>' in html.replace("\n", " ")
    assert ".k { top: 0 }" in html
    assert ".r { color: red }" not in html


@pytest.mark.parametrize(
    ("mjml", "wrong"),
    [
        ("x", "unable to parse next template"),
        ("<p>x</p>", "line 1: unexpected token"),
        ("<mjml>", "unexpected end of stream"),
        (MJML.format("<mj-text>\n{{ a }}</b></mj-text>"), "line 2: unexpected token"),
        (MJML.format("<mj-txt>x</mj-txt>"), "there is no element <mj-txt>"),
        (MJML.format("<mj-include path='/etc/passwd'/>"), "there is no element <mj-include>"),
        (
            MJML.format('<mj-divider wide="{{ a }}" />'),
            "{{ a }} is left out where it stands; <mj-raw> can be anywhere",
        ),
        (
            MJML.format("<mj-wrapper>" * 300 + "</mj-wrapper>" * 300),
            f"has more than {limits.MAX_TEMPLATE_DEPTH} elements in each other",
        ),
    ],
)
def test_a_mistake_in_mjml_is_told(mjml: str, wrong: str) -> None:
    """MRML leaves out silently what it does not know."""
    assert mistakes({"subject": "S", "mjml": mjml})[0] == ("mjml", wrong)


def test_elements_too_deep_in_each_other_are_refused() -> None:
    """The programs that read them would crash, and the server with them."""
    most = limits.MAX_TEMPLATE_DEPTH - 1
    style = "<style>p { color: red }</style>"
    assert mistakes(mail(style + "<div>" * most)) == []
    assert mistakes(mail(style + "<div>" * 50_000)) == [
        ("html", f"has more than {limits.MAX_TEMPLATE_DEPTH} elements in each other")
    ]


def test_a_preheader_comes_first_and_is_not_seen() -> None:
    """A mailbox shows it beside the subject, and nothing of the body behind it."""
    made = message(
        mail("<html><BODY class=b><p>x</p></body></html>", preheader="a < b & {{ n }}"),
        Variables({"n": "<i>"}),
    )
    before, _, after = made.html.partition('<div style="display:none;')
    assert before == "<html><BODY class=b>"
    line, _, rest = after.partition("</div>")
    assert line.partition(">")[2].startswith("a &lt; b &amp; &lt;i&gt;&#847;&zwnj;&nbsp;")
    assert rest == "<p>x</p></body></html>"
    assert made.text == "x"
    assert message(mail("x", preheader="y")).html.endswith("&nbsp;</div>x")


def test_a_pixel_comes_last() -> None:
    """Where it holds nothing up; without one there is none."""
    delivery = Delivery(pixel_url='https://t.example/o?a=1&b="')
    pixel = (
        '<img src="https://t.example/o?a=1&amp;b=&quot;" width="1" height="1" alt="" '
        'style="display:block;border:0" />'
    )
    html = "<body>x<!-- </body> --></body></html>"
    assert html_of(html, delivery) == f"<body>x<!-- </body> -->{pixel}</body></html>"
    assert html_of("x", delivery) == f"x{pixel}"
    assert html_of(html) == html
