"""SMS and WhatsApp through Twilio."""

import base64
from urllib.parse import quote, urlencode

import msgspec

from tidings.channels.kinds import Twilio
from tidings.channels.message import Sms, WhatsApp
from tidings.channels.outcome import Outcome, Reason, Sent, not_sent
from tidings.channels.providers.http import Answer, Call, outcome_of_status, retry_after

# Twilio documentation, "Error and Warning Dictionary".
_REASON_OF_CODE = {
    20003: Reason.CREDENTIALS,
    21211: Reason.RECIPIENT,  # 'To' is no valid number
    21214: Reason.RECIPIENT,  # 'To' cannot be reached
    21217: Reason.RECIPIENT,  # no valid number
    21610: Reason.RECIPIENT,  # has unsubscribed by STOP
    21614: Reason.RECIPIENT,  # 'To' is no mobile number
    63003: Reason.RECIPIENT,  # no such WhatsApp account
    63024: Reason.RECIPIENT,  # no valid recipient
    21212: Reason.SETTINGS,  # 'From' is no valid number
    21603: Reason.SETTINGS,  # 'From' is missing
    21606: Reason.SETTINGS,  # 'From' may not send SMS
    21659: Reason.SETTINGS,  # 'From' is not ours
    21660: Reason.SETTINGS,  # 'From' is of another account
    21701: Reason.SETTINGS,  # there is no such messaging service
    21703: Reason.SETTINGS,  # a messaging service without numbers
    63007: Reason.SETTINGS,  # no WhatsApp channel with this 'From'
    14107: Reason.BUSY,  # rates of messages and of calls
    20429: Reason.BUSY,
    30022: Reason.BUSY,
    63018: Reason.BUSY,
}


class _Said(msgspec.Struct, frozen=True):
    sid: str = ""
    code: int | None = None
    message: str | None = None


class TwilioApi:
    """Hands a message over by its form.

    Source: Twilio documentation, "Messages resource", "Create a Message".
    """

    def __init__(self, settings: Twilio) -> None:
        self._settings = settings
        account = quote(settings.account_sid, safe="")
        self._url = f"{settings.endpoint.rstrip('/')}/2010-04-01/Accounts/{account}/Messages.json"
        token = base64.b64encode(f"{settings.account_sid}:{settings.auth_token}".encode())
        self._headers = {
            "Authorization": f"Basic {token.decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }

    def call(self, message: Sms | WhatsApp) -> Call:
        """Write the form; an approved text is named by its `ContentSid`."""
        kind = "whatsapp:" if isinstance(message, WhatsApp) else ""
        form = {"To": f"{kind}{message.recipient}"}
        if self._settings.sender:
            form["From"] = kind + self._settings.sender
        else:
            form["MessagingServiceSid"] = self._settings.messaging_service_sid
        if self._settings.status_callback:
            form["StatusCallback"] = self._settings.status_callback
        content = message.text if isinstance(message, Sms) else message.content
        if isinstance(content, str):
            form["Body"] = content
        else:
            numbered = {str(place): value for place, value in enumerate(content.values, start=1)}
            form["ContentSid"] = content.name
            form["ContentVariables"] = msgspec.json.encode(numbered).decode()
        return Call(self._url, self._headers, urlencode(form).encode())

    def outcome(self, answer: Answer) -> Outcome:
        """Take Twilio's code before the status: nearly all are a 400."""
        said: _Said = answer.read(_Said)
        if answer.is_good:
            return Sent(said.sid)
        told = str(said.code or answer.status), said.message or answer.said
        reason = _REASON_OF_CODE.get(said.code or 0)
        if reason is not None:
            later = retry_after(answer.headers)
            return not_sent(reason, *told, retry_after_seconds=later)
        return outcome_of_status(answer, code=told[0], said=told[1])
