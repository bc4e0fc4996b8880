"""SMS and WhatsApp through an API that templates describe."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from tidings.channels.gaps import Gaps
from tidings.channels.kinds import AnyHttp
from tidings.channels.message import Sms, WhatsApp
from tidings.channels.outcome import Broken, Outcome, Reason, Sent
from tidings.channels.providers.http import Answer, Call, outcome_of_status


class AnyHttpApi:
    """Fills the gaps of a URL, of headers and of a body.

    Headers are filled one by one, so that no text begins another.
    """

    def __init__(self, settings: AnyHttp) -> None:
        self._settings = settings
        self._gaps = Gaps(settings.templates)

    def call(self, message: Sms | WhatsApp) -> Call | Broken:
        """Write the request."""
        settings = self._settings
        content = message.text if isinstance(message, Sms) else message.content
        values: Mapping[str, object] = {
            "message_id": message.message_id,
            "to": message.recipient,
            "text": content if isinstance(content, str) else "",
            "template": None if isinstance(content, str) else content._asdict(),
            "secret": settings.secret,
        }
        try:
            filled = {name: self._gaps.fill(name, values) for name in settings.templates}
        except ValueError as error:
            return Broken(Reason.SETTINGS, said=str(error))
        url, body = filled.pop("url"), filled.pop(settings.body_name)
        headers = {"Content-Type": settings.content_type, **filled}
        return Call(url, headers, body.encode(), settings.method)

    def outcome(self, answer: Answer) -> Outcome:
        """Take the status for all that it says, and the name of the message from where it is."""
        if answer.is_good:
            return Sent(_found(answer.body, self._settings.id_field))
        return outcome_of_status(answer)


def _found(body: bytes, field: str) -> str:
    if not field:
        return ""
    try:
        found: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    for name in field.split("."):
        if isinstance(found, list) and name.isdecimal():
            items = cast("list[Any]", found)
            found = items[int(name)] if int(name) < len(items) else None
        else:
            found = cast("dict[str, Any]", found).get(name) if isinstance(found, dict) else None
    return "" if found is None else str(found)
