"""A message for one person: pure."""

import re
from collections.abc import Mapping

from minijinja import TemplateError

from tidings.base import limits
from tidings.base.media import Medium
from tidings.templates.compile import Compiled, Ready
from tidings.templates.engine import Unfit, worded
from tidings.templates.json_body import wrong_with_json
from tidings.templates.links import Links, is_followed
from tidings.templates.model import (
    Delivery,
    NoMessage,
    NotRendered,
    OnMissing,
    Part,
    Rendered,
    Urls,
    Variables,
)
from tidings.templates.plain import without_gaps
from tidings.templates.variables import Account, context_of

# A line break in a header would begin another one.
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def render(compiled: Compiled, variables: Variables, delivery: Delivery) -> Rendered | NotRendered:
    """Make the message that one person gets, or say why there is none."""
    ready = compiled.ready_for(variables.profile.get("language"))
    account = Account(is_marked=delivery.is_preview)
    links = Links(
        ready.fixed,
        variables.urls,
        wrap=delivery.wrap,
        utm={**compiled.utm, **delivery.utm},
        pixel_url=delivery.pixel_url,
    )
    context = context_of(ready.names, variables, account, links)
    write = ready.environment.render_template
    try:
        parts = {part: write(name, **context) for part, name in ready.parts.items()}
        parameters = tuple(write(name, **context) for name in ready.parameters)
    except (TemplateError, Unfit) as error:
        names = tuple(sorted(account.names))
        if isinstance(error, Unfit):
            return NotRendered(NoMessage.FAILED, names, str(error))
        return NotRendered(NoMessage.FAILED, names, worded(error), _place(error, ready))
    missing = tuple(sorted(account.names))
    if missing and compiled.on_missing is OnMissing.DO_NOT_SEND and not delivery.is_preview:
        return NotRendered(NoMessage.MISSING_VARIABLE, missing)
    if wrong := _wrong_with(parts, missing):
        return wrong
    is_email = compiled.medium is Medium.EMAIL
    return Rendered(
        language=ready.language,
        missing=missing,
        subject=_folded(parts.get(Part.SUBJECT, "")),
        html=parts.get(Part.HTML, ""),
        text=_text(parts, ready, is_email=is_email),
        title=_folded(parts.get(Part.TITLE, "")),
        url=_target(_folded(parts.get(Part.URL, "")), links, variables.urls),
        icon=_folded(parts.get(Part.ICON, "")),
        image=_folded(parts.get(Part.IMAGE, "")),
        provider_template=_folded(parts.get(Part.PROVIDER_TEMPLATE, "")),
        parameters=parameters,
        headers=_headers(variables.urls, delivery) if is_email else (),
        body=parts.get(Part.BODY, ""),
    )


def _place(error: TemplateError, ready: Ready) -> str:
    part_of = {name: part.value for part, name in ready.parts.items()}
    name = part_of.get(error.name or "", error.name or "")
    return name if error.line is None else f"{name}, line {error.line}"


def _wrong_with(parts: Mapping[Part, str], missing: tuple[str, ...]) -> NotRendered | None:
    """Say what is wrong with what was made, whoever it is for."""
    for part, text in parts.items():
        if len(text) > _most(part):
            message = f"{part.value} has more than {_most(part):,} characters"
            return NotRendered(NoMessage.TOO_LARGE, message=message, place=part.value)
    body = parts.get(Part.BODY)
    if body is None:
        return None
    if len(body.encode()) > limits.MAX_WEBHOOK_BODY_BYTES:
        message = f"body has more than {limits.MAX_WEBHOOK_BODY_BYTES:,} bytes"
        return NotRendered(NoMessage.TOO_LARGE, message=message, place=Part.BODY.value)
    found = wrong_with_json(body)
    if found is None:
        return None
    message = f"{found.place}: {found.message}"
    return NotRendered(NoMessage.FAILED, missing, message, found.place)


def _most(part: Part) -> int:
    return limits.MAX_SUBJECT_CHARACTERS if part is Part.SUBJECT else limits.MAX_RENDERED_CHARACTERS


def _text(parts: Mapping[Part, str], ready: Ready, *, is_email: bool) -> str:
    text = parts.get(Part.TEXT, "")
    return without_gaps(text) if is_email and not ready.has_own_text else text


def _target(url: str, links: Links, urls: Urls) -> str:
    """Return where a push leads: a link like those of an e-mail."""
    is_own = url in {urls.unsubscribe, urls.preferences, urls.view_in_browser}
    return links.target(url, 0) if is_followed(url) and not is_own else url


def _headers(urls: Urls, delivery: Delivery) -> tuple[tuple[str, str], ...]:
    """Return what lets a mailbox show its own way to unsubscribe.

    Source: RFC 2369 3.2, RFC 8058 3.1: the second header only beside an https link.
    """
    ways = [urls.unsubscribe] if urls.unsubscribe else []
    if delivery.unsubscribe_email:
        ways.append(f"mailto:{delivery.unsubscribe_email}")
    if not ways:
        return ()
    listed = ", ".join(f"<{_BREAKS.sub('', way).replace('>', '%3E')}>" for way in ways)
    header = ("List-Unsubscribe", listed)
    if not urls.unsubscribe.lower().startswith("https://"):
        return (header,)
    return (header, ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))


def _folded(text: str) -> str:
    return _BREAKS.sub(" ", text).strip()
