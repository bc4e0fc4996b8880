"""Contents made ready in one step, and messages made of them."""

from typing import Any
from zoneinfo import ZoneInfo

from tidings.base.errors import Mistake
from tidings.base.media import Medium
from tidings.templates.compile import Compiled, compile_content
from tidings.templates.content import read_content
from tidings.templates.model import Content, Delivery, NotRendered, Rendered, Urls, Variables
from tidings.templates.render import render

ZONE = ZoneInfo("Europe/Vienna")
URLS = Urls(
    unsubscribe="https://t.example/u?m=1&k=2",
    preferences="https://t.example/p?m=1&k=2",
    view_in_browser="https://t.example/v?m=1&k=2",
)


def attempted(content: object, medium: Medium = Medium.EMAIL) -> Compiled | list[Mistake]:
    """Make a content ready, or return what is wrong with it."""
    read = read_content(medium, content)
    return compile_content(read, ZONE) if isinstance(read, Content) else read


def ready(content: object, medium: Medium = Medium.EMAIL) -> Compiled:
    """Make a content ready that has no mistake."""
    compiled = attempted(content, medium)
    assert isinstance(compiled, Compiled), compiled
    return compiled


def mistakes(content: object, medium: Medium = Medium.EMAIL) -> list[tuple[str | None, str]]:
    """Return where a content has mistakes, and which."""
    found = attempted(content, medium)
    return [(one.field, one.message) for one in found] if isinstance(found, list) else []


def mail(html: str, **others: object) -> dict[str, object]:
    """Return the content of an e-mail with this body."""
    return {"subject": "S", "html": html, **others}


def message(
    content: object, variables: Variables | None = None, delivery: Delivery | None = None
) -> Rendered:
    """Make a message of an e-mail's content."""
    made = render(ready(content), variables or Variables(urls=URLS), delivery or Delivery())
    assert isinstance(made, Rendered), made
    return made


def html_of(html: str, delivery: Delivery | None = None, **profile: Any) -> str:
    """Return what a body becomes for a person."""
    return message(mail(html), Variables(profile=profile, urls=URLS), delivery).html


def text_of(source: str, **profile: Any) -> str:
    """Return what a text becomes for a person."""
    made = render(
        ready({"text": source}, Medium.SMS), Variables(profile=profile, urls=URLS), Delivery()
    )
    assert isinstance(made, Rendered), made
    return made.text


def failure(source: str, **profile: Any) -> NotRendered:
    """Return why there is no message of a text."""
    made = render(ready({"text": source}, Medium.SMS), Variables(profile=profile), Delivery())
    assert isinstance(made, NotRendered), made
    return made
