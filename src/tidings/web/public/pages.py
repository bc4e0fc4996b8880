"""The pages that recipients see, and the words in which they are refused something."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from tidings.base.errors import Code, Refused
from tidings.base.media import Medium

_HERE = Path(__file__).parent

# The address of each page is a key to somebody's wishes: it must not be kept by a cache, found by a
# search, or told to whoever is linked to.
SECRECY: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}
_PAGE_HEADERS = {
    **SECRECY,
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}
# What others wrote: it may show pictures and styles from anywhere, and do nothing. `sandbox` takes
# the origin away from it, too, should a browser find something to run all the same.
_MESSAGE_HEADERS = {
    **SECRECY,
    "Content-Security-Policy": "default-src 'none'; img-src http: https: data:; "
    "media-src http: https:; font-src http: https: data:; "
    "style-src 'unsafe-inline' http: https:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox",
}

MEDIUM_WORDS: Mapping[Medium, str] = {
    Medium.EMAIL: "e-mail",
    Medium.SMS: "SMS",
    Medium.WHATSAPP: "WhatsApp",
    Medium.PUSH: "push notification",
    Medium.WEBHOOK: "message",
}


class Words(NamedTuple):
    """How a refusal is put to somebody who followed a link."""

    status: int
    title: str
    text: str


_NOT_UNDERSTOOD = "This was not understood. Please open the link in your message once more."
WORDS_OF_CODE: Mapping[Code, Words] = {
    Code.INVALID: Words(400, "Not understood", _NOT_UNDERSTOOD),
    Code.UNAUTHENTICATED: Words(401, "Not allowed", _NOT_UNDERSTOOD),
    Code.FORBIDDEN: Words(403, "Not allowed", _NOT_UNDERSTOOD),
    Code.NOT_FOUND: Words(
        404,
        "This link leads nowhere",
        "It may have been cut off or altered on its way. Please open it in your message once more.",
    ),
    Code.CONFLICT: Words(409, "Not done", "Somebody changed this meanwhile. Please try again."),
    Code.TOO_LARGE: Words(413, "Too much", _NOT_UNDERSTOOD),
    Code.RATE_LIMITED: Words(429, "Too often", "Please try again in a minute."),
    Code.INTERNAL: Words(
        500, "Something went wrong", "This is a mistake of ours, and nothing was changed."
    ),
    Code.UNAVAILABLE: Words(
        503, "Not now", "We cannot do this at the moment. Please try again in a minute."
    ),
}


class Pages:
    """The templates, read once."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._style = (_HERE / "templates" / "page.css").read_text("utf-8")

    def show(self, template: str, *, status: int = 200, **said: object) -> Response:
        """Show a page."""
        text = self._templates.get_template(template).render(said)
        return Response(text, status, _PAGE_HEADERS, media_type="text/html")

    def refuse(self, refused: Refused) -> Response:
        """Say that something is not done."""
        words = WORDS_OF_CODE[refused.code]
        # Only this message has an id in it, by which an operator finds the cause.
        text = refused.message if refused.code is Code.INTERNAL else words.text
        page = self.show("refused.html", status=words.status, title=words.title, text=text)
        if refused.retry_after_seconds is not None:
            page.headers["Retry-After"] = str(refused.retry_after_seconds)
        if refused.code is Code.TOO_LARGE:
            # The rest is still on its way, and reading it is what the limit was for.
            page.headers["Connection"] = "close"
        return page

    def show_message(self, html: str) -> Response:
        """Show a message as it was sent."""
        return Response(html, 200, _MESSAGE_HEADERS, media_type="text/html")

    def style(self) -> Response:
        """Give the style sheet of the pages."""
        return Response(
            self._style,
            headers={"Cache-Control": "max-age=3600", "X-Content-Type-Options": "nosniff"},
            media_type="text/css",
        )
