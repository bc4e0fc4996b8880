"""WhatsApp through its Cloud API."""

from urllib.parse import quote

import msgspec

from tidings.channels.kinds import WhatsAppCloud
from tidings.channels.message import Approved, WhatsApp
from tidings.channels.outcome import Outcome, Reason, Sent, not_sent
from tidings.channels.providers.http import Answer, Call, outcome_of_status, retry_after

# WhatsApp Cloud API documentation, "Error Codes".
_REASON_OF_CODE = {
    0: Reason.CREDENTIALS,  # the token is of nobody
    3: Reason.CREDENTIALS,  # a permission is missing
    10: Reason.CREDENTIALS,  # the same
    190: Reason.CREDENTIALS,  # the token has expired
    368: Reason.CREDENTIALS,  # blocked for violating a policy
    131005: Reason.CREDENTIALS,  # access denied
    131031: Reason.CREDENTIALS,  # the account is locked
    33: Reason.SETTINGS,  # the business' number is gone
    131042: Reason.SETTINGS,  # nobody pays
    133010: Reason.SETTINGS,  # the number is not registered
    131026: Reason.RECIPIENT,  # cannot be delivered: no WhatsApp, or too old
    131030: Reason.RECIPIENT,  # not on the list that a test number may write to
    131056: Reason.MAILBOX_BUSY,  # too many to this one recipient
    1: Reason.BUSY,  # something is wrong there
    2: Reason.BUSY,  # the same
    4: Reason.BUSY,  # rates of calls and of messages
    80007: Reason.BUSY,
    130429: Reason.BUSY,
    131048: Reason.BUSY,
    131000: Reason.BUSY,  # something is wrong there
    131016: Reason.BUSY,
    131057: Reason.BUSY,  # in maintenance
    133004: Reason.BUSY,
}
_PERMISSIONS = range(200, 300)
_APPROVED_TEXTS = range(132_000, 133_000)
_NO_CODE = -1


class _Error(msgspec.Struct, frozen=True):
    code: int = _NO_CODE
    message: str = ""


class _Named(msgspec.Struct, frozen=True):
    id: str = ""


class _Said(msgspec.Struct, frozen=True):
    messages: list[_Named] = msgspec.field(default_factory=list[_Named])
    error: _Error = _Error()


class WhatsAppCloudApi:
    """Hands over a free text, or the name of one that was approved and what fills its gaps.

    Source: WhatsApp Cloud API documentation, "Messages".
    """

    def __init__(self, settings: WhatsAppCloud) -> None:
        number = quote(settings.phone_number_id, safe="")
        self._url = f"{settings.endpoint.rstrip('/')}/{settings.version}/{number}/messages"
        self._headers = {
            "Authorization": f"Bearer {settings.access_token}",
            "Content-Type": "application/json",
        }

    def call(self, message: WhatsApp) -> Call:
        """Write a message as JSON."""
        body: dict[str, object] = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": message.recipient,
            # Comes back with every later report about the message.
            "biz_opaque_callback_data": message.message_id,
        }
        if isinstance(message.content, str):
            body |= {"type": "text", "text": {"body": message.content}}
        else:
            body |= {"type": "template", "template": _template(message.content)}
        return Call(self._url, self._headers, msgspec.json.encode(body))

    def outcome(self, answer: Answer) -> Outcome:
        """Take WhatsApp's code, not the status: its documentation says so."""
        said: _Said = answer.read(_Said)
        if answer.is_good:
            return Sent(said.messages[0].id if said.messages else "")
        error = said.error
        if error.code == _NO_CODE:
            return outcome_of_status(answer)
        told = str(error.code), error.message
        reason = _REASON_OF_CODE.get(error.code)
        if error.code in _PERMISSIONS:
            reason = Reason.CREDENTIALS
        elif error.code in _APPROVED_TEXTS:
            # Some are a 404, which is about this one text and not about the channel.
            reason = Reason.MESSAGE
        if reason is None:
            return outcome_of_status(answer, code=told[0], said=told[1])
        return not_sent(reason, *told, retry_after_seconds=retry_after(answer.headers))


def _template(approved: Approved) -> dict[str, object]:
    template: dict[str, object] = {
        "name": approved.name,
        "language": {"code": approved.language},
    }
    if approved.values:
        values = [{"type": "text", "text": value} for value in approved.values]
        template["components"] = [{"type": "body", "parameters": values}]
    return template
