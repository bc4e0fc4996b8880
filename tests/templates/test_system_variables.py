"""Every variable of the system on every path: an empty unsubscribe link is found by who gets it."""

import pytest

from tests.templates.made import URLS, mail, message, mistakes, ready
from tidings.base.media import Medium
from tidings.templates.model import Delivery, Rendered, Urls, Variables
from tidings.templates.render import render
from tidings.templates.variables import SYSTEM

OF_NAME = {
    "unsubscribe_url": "https://t.example/u?m=1&k=2",
    "preferences_url": "https://t.example/p?m=1&k=2",
    "view_in_browser_url": "https://t.example/v?m=1&k=2",
}
FORMS = [
    "{{ %s }}",
    "{{%s}}",
    "@{%s}@",
    "{%% if %s %%}{{ %s }}{%% endif %%}",
    "{{ %s|default('-') }}",
]
MJML = (
    "<mjml><mj-body><mj-section><mj-column><mj-text><a href='%s'>%s</a></mj-text>"
    "<mj-button href='%s'>x</mj-button></mj-column></mj-section></mj-body></mjml>"
)


def written(form: str, name: str) -> str:
    """Write a variable in one of its forms."""
    return form.replace("%s", name).replace("%%", "%")


def test_these_are_all() -> None:
    """One that is added is added here."""
    assert sorted(OF_NAME) == sorted(SYSTEM)


@pytest.mark.parametrize("name", OF_NAME)
@pytest.mark.parametrize("form", FORMS)
def test_a_mail_has_it_everywhere(form: str, name: str) -> None:
    """In the subject, before the body, in text, in links of both kinds, and in the text part."""
    code, url = written(form, name), OF_NAME[name]
    escaped = url.replace("&", "&amp;").replace("/", "&#x2f;")
    content = mail(
        f'<p>{code}</p><a href="{code.replace(chr(39), "")}">x</a>'
        if "default" not in form
        else f'<p>{code}</p><a href="{{{{ {name} }}}}">x</a>',
        preheader=code,
    )
    made = message({**content, "subject": code})
    assert made.missing == ()
    assert made.subject == url
    assert f';mso-hide:all">{escaped}&#847;' in made.html
    assert f"<p>{escaped}</p>" in made.html
    assert f'href="{url.replace("&", "&amp;")}">x</a>' in made.html
    assert made.text == f"{url}\n\nx ({url})"
    assert message(mail("x", text=f"Off: {code}")).text == f"Off: {url}"


@pytest.mark.parametrize("name", OF_NAME)
def test_a_mail_of_mjml_has_it_everywhere(name: str) -> None:
    """Though it has passed through two more programs, and links are wrapped."""
    code, url = f"{{{{ {name} }}}}", OF_NAME[name]
    delivery = Delivery(wrap=lambda link, _: f"W({link})", utm={"utm_source": "x"})
    made = message({"subject": "S", "mjml": MJML % (code, code, code)}, delivery=delivery)
    href = f'href="{url.replace("&", "&amp;")}"'
    assert made.html.count(href) == 2
    assert "W(" not in made.html
    assert made.text == f"{url}\nx ({url})"


@pytest.mark.parametrize("name", OF_NAME)
def test_each_other_medium_has_it(name: str) -> None:
    """In every part that it sends."""
    code, url = f"{{{{ {name} }}}}", OF_NAME[name]
    variables = Variables(urls=URLS)
    sms = render(ready({"text": code}, Medium.SMS), variables, Delivery())
    assert sms == Rendered("en", (), text=url)
    push = {"title": code, "text": code, "url": code, "image": code}
    assert render(ready(push, Medium.PUSH), variables, Delivery()) == Rendered(
        "en", (), title=url, text=url, url=url, image=url
    )
    words = {"provider_template": "x", "parameters": [code]}
    assert render(ready(words, Medium.WHATSAPP), variables, Delivery()) == Rendered(
        "en", (), provider_template="x", parameters=(url,)
    )


@pytest.mark.parametrize(
    ("url", "email", "headers"),
    [
        ("", "", ()),
        (
            "https://t.example/u?a=1",
            "",
            (
                ("List-Unsubscribe", "<https://t.example/u?a=1>"),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ),
        ),
        (
            "https://t.example/u",
            "off@t.example?subject=x",
            (
                ("List-Unsubscribe", "<https://t.example/u>, <mailto:off@t.example?subject=x>"),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ),
        ),
        ("", "off@t.example", (("List-Unsubscribe", "<mailto:off@t.example>"),)),
        # RFC 8058 asks for https
        ("http://t.example/u", "", (("List-Unsubscribe", "<http://t.example/u>"),)),
        (
            "https://t.example/\r\nBcc: x>",
            "",
            (
                ("List-Unsubscribe", "<https://t.example/Bcc: x%3E>"),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ),
        ),
    ],
)
def test_a_mail_says_in_its_head_how_to_unsubscribe(
    url: str, email: str, headers: tuple[tuple[str, str], ...]
) -> None:
    """Whatever its author forgot: large mailboxes ask for it."""
    made = message(
        mail("x"), Variables(urls=Urls(unsubscribe=url)), Delivery(unsubscribe_email=email)
    )
    assert made.headers == headers


def test_no_other_medium_has_headers() -> None:
    """There is no head to put them in."""
    made = render(ready({"text": "x"}, Medium.SMS), Variables(urls=URLS), Delivery())
    assert isinstance(made, Rendered)
    assert made.headers == ()


def test_a_mail_that_shows_no_way_to_unsubscribe_is_warned_of() -> None:
    """It may be an invoice, so it is no mistake."""
    link = '<a href="{{ unsubscribe_url }}">x</a>'
    with_link = mail(link, languages={"de": mail("x")})
    assert ready(with_link).warnings() == [
        "The de mail shows no unsubscribe_url; only its header has the link."
    ]
    assert ready(mail(link)).warnings() == []
    assert ready({"text": "x"}, Medium.SMS).warnings() == []
    assert mistakes(mail("x")) == []
