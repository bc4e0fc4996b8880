"""Mail through SendGrid."""

import msgspec

from tidings.channels import mime
from tidings.channels.kinds import Sendgrid
from tidings.channels.message import Address, Email
from tidings.channels.outcome import Outcome, Reason, Rejected, Sent
from tidings.channels.providers.http import Answer, Call, outcome_of_status


class _Error(msgspec.Struct, frozen=True):
    message: str = ""
    field: str | None = None


class _Said(msgspec.Struct, frozen=True):
    errors: list[_Error] = msgspec.field(default_factory=list[_Error])


class SendgridApi:
    """Hands over the parts of a mail; SendGrid writes it.

    Its own tracking is off, since links and pictures are ours.

    Source: SendGrid v3 API Reference, "Mail Send".
    """

    def __init__(self, settings: Sendgrid) -> None:
        self._url = settings.endpoint.rstrip("/") + "/v3/mail/send"
        self._headers = {
            "Authorization": f"Bearer {settings.api_key}",
            "Content-Type": "application/json",
        }

    def call(self, message: Email) -> Call:
        """Write a mail as JSON; the plain part comes first, as SendGrid demands."""
        parts = {"text/plain": message.text, "text/html": message.html}
        body: dict[str, object] = {
            "personalizations": [
                {
                    "to": [_address(message.recipient)],
                    "custom_args": {"message_id": message.message_id},
                }
            ],
            "from": _address(message.sender),
            "subject": message.subject,
            "content": [{"type": kind, "value": text} for kind, text in parts.items() if text],
            "headers": {"Message-ID": f"<{message.message_id}>", **dict(message.headers)},
            "tracking_settings": {
                "click_tracking": {"enable": False},
                "open_tracking": {"enable": False},
                "subscription_tracking": {"enable": False},
            },
        }
        if message.reply_to is not None:
            body["reply_to"] = _address(message.reply_to)
        return Call(self._url, self._headers, msgspec.json.encode(body))

    def outcome(self, answer: Answer) -> Outcome:
        """Tell a wrong recipient by the field that is named."""
        if answer.is_good:
            return Sent(answer.headers.get("X-Message-Id", ""))
        said: _Said = answer.read(_Said)
        for error in said.errors:
            field = error.field or ""
            if answer.status == 400 and field.startswith("personalizations") and ".to" in field:
                return Rejected(Reason.RECIPIENT, str(answer.status), error.message)
        words = "; ".join(error.message for error in said.errors)
        return outcome_of_status(answer, said=words)


def _address(address: Address) -> dict[str, str]:
    mailbox = {"email": mime.wire_address(address.email)}
    return {**mailbox, "name": address.name} if address.name else mailbox
