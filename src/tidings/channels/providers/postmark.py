"""Mail through Postmark."""

import msgspec

from tidings.channels import mime
from tidings.channels.kinds import Postmark
from tidings.channels.message import Address, Email
from tidings.channels.outcome import Outcome, Reason, Sent, not_sent
from tidings.channels.providers.http import Answer, Call, outcome_of_status

# Postmark Developer Documentation, "API Error Codes".
_REASON_OF_CODE = {
    406: Reason.RECIPIENT,  # inactive: bounced or complained before
    10: Reason.CREDENTIALS,  # bad or missing token
    400: Reason.SETTINGS,  # sender signature not found
    401: Reason.SETTINGS,  # sender signature not confirmed
    405: Reason.SETTINGS,  # not allowed to send
    412: Reason.SETTINGS,  # account is pending approval
    413: Reason.SETTINGS,  # account may not send
    1235: Reason.SETTINGS,  # there is no such stream
}


class _Said(msgspec.Struct, frozen=True):
    ErrorCode: int = 0
    Message: str = ""
    MessageID: str = ""


class PostmarkApi:
    """Hands over the parts of a mail; Postmark writes it.

    Its own tracking is off, since links and pictures are ours.

    Source: Postmark Developer Documentation, "Email API", "Send a single email".
    """

    def __init__(self, settings: Postmark) -> None:
        self._url = settings.endpoint.rstrip("/") + "/email"
        self._stream = settings.message_stream
        self._headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "X-Postmark-Server-Token": settings.server_token,
        }

    def call(self, message: Email) -> Call:
        """Write a mail as JSON."""
        headers = [("Message-ID", f"<{message.message_id}>"), *message.headers]
        body: dict[str, object] = {
            "From": _mailbox(message.sender),
            "To": _mailbox(message.recipient),
            "Subject": message.subject,
            "MessageStream": self._stream,
            "Headers": [{"Name": name, "Value": value} for name, value in headers],
            "Metadata": {"message_id": message.message_id},
            "TrackOpens": False,
            "TrackLinks": "None",
        }
        if message.html:
            body["HtmlBody"] = message.html
        if message.text:
            body["TextBody"] = message.text
        if message.reply_to is not None:
            body["ReplyTo"] = _mailbox(message.reply_to)
        return Call(self._url, self._headers, msgspec.json.encode(body))

    def outcome(self, answer: Answer) -> Outcome:
        """Take Postmark's code before the status: nearly all are a 422."""
        said: _Said = answer.read(_Said)
        if answer.is_good and said.ErrorCode == 0:
            return Sent(said.MessageID)
        told = str(said.ErrorCode or answer.status), said.Message
        if said.ErrorCode in _REASON_OF_CODE:
            return not_sent(_REASON_OF_CODE[said.ErrorCode], *told)
        return outcome_of_status(answer, code=told[0], said=told[1])


def _mailbox(address: Address) -> str:
    mailbox = mime.wire_address(address.email)
    if not address.name:
        return mailbox
    name = address.name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}" <{mailbox}>'
