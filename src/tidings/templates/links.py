"""The links of a message: which are followed, and what they become: pure."""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from minijinja import safe

from tidings.templates.markup import unescape
from tidings.templates.model import Urls

Wrap = Callable[[str, int], str]
"""Makes of a link and its position the URL that is followed first; the caller signs it."""

_FOLLOWED = ("http://", "https://")
# What else a value may make of a link; `javascript:` is no place to go from a mail.
_ALLOWED = ("mailto:", "tel:", "sms:", "whatsapp:")
_SPACE = re.compile(r"[\x00-\x20]")
_PIXEL = '<img src="{}" width="1" height="1" alt="" style="display:block;border:0" />'


def is_followed(url: str) -> bool:
    """Say whether a link leads to a page."""
    return url[:8].lower().startswith(_FOLLOWED)


def with_utm(url: str, utm: Mapping[str, str]) -> str:
    """Add parameters to a link that it does not have, before its fragment; the rest stays."""
    if not utm:
        return url
    page, sharp, fragment = url.partition("#")
    path, _, query = page.partition("?")
    there = {one.partition("=")[0] for one in query.split("&")}
    added = [
        f"{quote(name, safe='')}={quote(value, safe='')}"
        for name, value in utm.items()
        if name not in there
    ]
    if not added:
        return url
    given = [query.removesuffix("&")] if query.removesuffix("&") else []
    return f"{path}?{'&'.join([*given, *added])}{sharp}{fragment}"


class Links:
    """The links of one message while it is made; a template asks for each by its position."""

    __slots__ = ("_fixed", "_own", "_utm", "_wrap", "pixel")

    def __init__(
        self,
        fixed: Sequence[str],
        urls: Urls,
        *,
        wrap: Wrap | None,
        utm: Mapping[str, str],
        pixel_url: str,
    ) -> None:
        self._fixed = fixed
        self.pixel = safe(_PIXEL.format(html.escape(pixel_url))) if pixel_url else ""
        self._own = tuple(
            url for url in (urls.unsubscribe, urls.preferences, urls.view_in_browser) if url
        )
        self._wrap = wrap
        self._utm = utm

    def __str__(self) -> str:
        return ""

    def fixed(self, position: int) -> str:
        """Return a link that is the same for everybody, as an attribute's value."""
        return _attribute(self.target(self._fixed[position], position))

    def made(self, text: str, position: int) -> str:
        """Return a link that has values in it, as an attribute's value.

        Shape:  text - as the template wrote it, as HTML.
        """
        url = _SPACE.sub(lambda sign: quote(sign[0]), unescape(text).strip())
        if url.startswith(self._own):
            return _attribute(url)
        if is_followed(url):
            return _attribute(self.target(url, position))
        scheme, colon, _ = url.partition(":")
        is_elsewhere = not colon or any(sign in scheme for sign in "/?#")
        is_allowed = is_elsewhere or f"{scheme.lower()}:" in _ALLOWED
        return _attribute(url if is_allowed else "#")

    def target(self, url: str, position: int) -> str:
        """Return where a link leads from a message."""
        counted = with_utm(url, self._utm)
        return counted if self._wrap is None else self._wrap(counted, position)


def _attribute(url: str) -> str:
    return safe(html.escape(url))
