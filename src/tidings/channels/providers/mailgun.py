"""Mail through Mailgun."""

import base64

import msgspec

from tidings.base import clock, ids
from tidings.channels import mime
from tidings.channels.kinds import Mailgun
from tidings.channels.message import Email
from tidings.channels.outcome import Outcome, Sent
from tidings.channels.providers.http import Answer, Call, outcome_of_status


class _Said(msgspec.Struct, frozen=True):
    id: str = ""
    message: str = ""


class MailgunApi:
    """Hands over the mail as we write it, so that every header is ours.

    Its own tracking is off, since links and pictures are ours.

    Source: Mailgun API Reference, "Send an email in MIME format".
    """

    def __init__(self, settings: Mailgun) -> None:
        self._url = f"{settings.endpoint.rstrip('/')}/v3/{settings.domain}/messages.mime"
        token = base64.b64encode(f"api:{settings.api_key}".encode()).decode()
        self._authorization = f"Basic {token}"

    def call(self, message: Email) -> Call:
        """Write a mail as one field of a form."""
        boundary = ids.draw_bytes(16).hex().encode()
        fields = {
            b'"to"': mime.wire_address(message.recipient.email).encode(),
            b'"o:tracking"': b"no",
            b'"v:message_id"': message.message_id.encode(),
            b'"message"; filename="mail.eml"': mime.build(message, at=clock.now()),
        }
        body = b"".join(
            b"--%b\r\nContent-Disposition: form-data; name=%b\r\n\r\n%b\r\n"
            % (boundary, name, value)
            for name, value in fields.items()
        )
        headers = {
            "Authorization": self._authorization,
            "Content-Type": f"multipart/form-data; boundary={boundary.decode()}",
        }
        return Call(self._url, headers, body + b"--" + boundary + b"--\r\n")

    def outcome(self, answer: Answer) -> Outcome:
        """Take the status for all that it says: Mailgun has words, and no codes."""
        said: _Said = answer.read(_Said)
        if answer.is_good:
            return Sent(said.id.strip("<>"))
        return outcome_of_status(answer, said=said.message)
