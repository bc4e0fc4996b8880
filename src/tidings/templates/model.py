"""Templates: what a message says, before and after it is known to whom."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

from tidings.base.media import Medium

TemplateId = NewType("TemplateId", int)
TemplateVersion = NewType("TemplateVersion", int)


class OnMissing(StrEnum):
    """What becomes of a message when a person lacks what its template shows."""

    EMPTY = "empty"
    DO_NOT_SEND = "do_not_send"


class Part(StrEnum):
    """One text of a content, a template of its own."""

    SUBJECT = "subject"
    PREHEADER = "preheader"
    MJML = "mjml"
    HTML = "html"
    TEXT = "text"
    TITLE = "title"
    URL = "url"
    ICON = "icon"
    IMAGE = "image"
    PROVIDER_TEMPLATE = "provider_template"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Variant:
    """What a template says in one language.

    Shape:  parts - those that are there, as written; parameters - of a provider's template.
    """

    parts: Mapping[Part, str]
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """All that one version of a template says.

    Shape:  language - of `first`, which everybody gets who speaks none of `others`; others - by
            language, such as `de` or `de-AT`; utm - what is added to links, names with `utm_`.
    """

    medium: Medium
    language: str
    first: Variant
    others: Mapping[str, Variant]
    on_missing: OnMissing
    utm: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Template:
    """A template as stored; what its versions say is read one by one."""

    template_id: TemplateId
    key: str
    name: str
    medium: Medium
    last_version: TemplateVersion
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Urls:
    """The links that only a message has; "" for one that it has not."""

    unsubscribe: str = ""
    preferences: str = ""
    view_in_browser: str = ""


@dataclass(frozen=True, slots=True)
class Variables:
    """What is put into a template: attributes as JSON has them, by name."""

    profile: Mapping[str, Any] = field(default_factory=dict[str, Any])
    event: Mapping[str, Any] = field(default_factory=dict[str, Any])
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    brand: Mapping[str, Any] = field(default_factory=dict[str, Any])
    urls: Urls = field(default_factory=Urls)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message for one person: what its medium has, "" for what it has not.

    Shape:  missing - what the person lacks and the template shows, sorted; parameters - of
            `provider_template`; headers - of an e-mail, in order; body - of a webhook, JSON.
    """

    language: str
    missing: tuple[str, ...]
    subject: str = ""
    html: str = ""
    text: str = ""
    title: str = ""
    url: str = ""
    icon: str = ""
    image: str = ""
    provider_template: str = ""
    parameters: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a message is sent, as far as it is written into the message.

    Shape:  wrap - makes of a link and its position, counted from 0, the URL that is followed
            first, and signs it; None leaves links as they are; utm - added to links, before what
            the template adds; pixel_url - of the image that tells of an opening; unsubscribe_email
            - where a mail unsubscribes; is_preview - whether missing variables are shown by name.
    """

    wrap: Callable[[str, int], str] | None = None
    utm: Mapping[str, str] = field(default_factory=dict[str, str])
    pixel_url: str = ""
    unsubscribe_email: str = ""
    is_preview: bool = False


class NoMessage(StrEnum):
    """Why a template made no message for somebody."""

    MISSING_VARIABLE = "missing_variable"
    TOO_LARGE = "too_large"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NotRendered:
    """No message for one person.

    Shape:  names - of the missing variables, sorted; message - what went wrong, else "". It may
            be shown to who writes templates; place - where in what was made, which tells nothing of
            the person, else "".
    """

    reason: NoMessage
    names: tuple[str, ...] = ()
    message: str = ""
    place: str = ""
