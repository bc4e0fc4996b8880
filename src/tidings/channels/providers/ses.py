"""Mail through Amazon SES."""

import base64

import msgspec

from tidings.base import clock
from tidings.channels import mime
from tidings.channels.kinds import Ses
from tidings.channels.message import Email
from tidings.channels.outcome import Outcome, Reason, Sent, not_sent
from tidings.channels.providers.http import Answer, Call, outcome_of_status
from tidings.channels.providers.sigv4 import Credentials, sign

_PATH = "/v2/email/outbound-emails"
_OF_THE_ACCOUNT = {
    "AccountSuspendedException": Reason.CREDENTIALS,
    "SendingPausedException": Reason.SETTINGS,
    "MailFromDomainNotVerifiedException": Reason.SETTINGS,
    "NotFoundException": Reason.SETTINGS,
}


class _Said(msgspec.Struct, frozen=True):
    MessageId: str = ""
    message: str = ""


class SesApi:
    """Hands over the mail as we write it, so that every header is ours.

    Source: Amazon SES API v2 Reference, `SendEmail`, and its errors.
    """

    def __init__(self, settings: Ses) -> None:
        self._settings = settings
        self._url = (
            settings.endpoint.rstrip("/") or f"https://email.{settings.region}.amazonaws.com"
        ) + _PATH
        self._credentials = Credentials(
            settings.access_key_id,
            settings.secret_access_key,
            region=settings.region,
            service="ses",
            session_token=settings.session_token,
        )

    def call(self, message: Email) -> Call:
        """Write a mail, and sign the call."""
        now = clock.now()
        body: dict[str, object] = {
            "FromEmailAddress": mime.wire_address(message.sender.email),
            "Destination": {"ToAddresses": [mime.wire_address(message.recipient.email)]},
            "Content": {"Raw": {"Data": base64.b64encode(mime.build(message, at=now)).decode()}},
        }
        if self._settings.configuration_set:
            body["ConfigurationSetName"] = self._settings.configuration_set
        unsigned = Call(self._url, {"Content-Type": "application/json"}, msgspec.json.encode(body))
        return sign(unsigned, self._credentials, at=now)

    def outcome(self, answer: Answer) -> Outcome:
        """Take the name of the error before the status: many are a 400."""
        said: _Said = answer.read(_Said)
        if answer.is_good:
            return Sent(said.MessageId)
        code = answer.headers.get("x-amzn-ErrorType", "").partition(":")[0]
        if code in _OF_THE_ACCOUNT:
            return not_sent(_OF_THE_ACCOUNT[code], code, said.message)
        return outcome_of_status(answer, code=code, said=said.message)
