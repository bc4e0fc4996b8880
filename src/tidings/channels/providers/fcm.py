"""Notifications on devices, through Firebase Cloud Messaging."""

import asyncio
from urllib.parse import quote, urlencode

import msgspec

from tidings.base import clock
from tidings.channels.keys import read_google_account, read_rsa_key
from tidings.channels.kinds import Fcm
from tidings.channels.message import Push
from tidings.channels.outcome import (
    Broken,
    Deferred,
    Outcome,
    Reason,
    Rejected,
    Sent,
    not_sent,
)
from tidings.channels.providers.http import (
    Answer,
    Call,
    HttpClient,
    outcome_of_status,
    retry_after,
)
from tidings.channels.providers.tokens import signed_token
from tidings.devices.model import Token

_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_TOKEN_SECONDS = 3_600  # Google's longest
_EARLY_SECONDS = 120  # so that a token does not end on its way

# Firebase documentation, "ErrorCode".
_REASON_OF_CODE = {
    "UNREGISTERED": Reason.RECIPIENT,
    # The app is another project's; or the account is, so the device is not given up.
    "SENDER_ID_MISMATCH": Reason.MESSAGE,
    "INVALID_ARGUMENT": Reason.MESSAGE,
    "THIRD_PARTY_AUTH_ERROR": Reason.CREDENTIALS,
    "QUOTA_EXCEEDED": Reason.BUSY,
    "UNAVAILABLE": Reason.BUSY,
    "INTERNAL": Reason.BUSY,
}


class _Token(msgspec.Struct, frozen=True):
    access_token: str = ""
    expires_in: float = 0

    def __repr__(self) -> str:
        return "_Token()"


class _Detail(msgspec.Struct, frozen=True, rename="camel"):
    error_code: str = ""


class _Error(msgspec.Struct, frozen=True):
    message: str = ""
    details: list[_Detail] = msgspec.field(default_factory=list[_Detail])


class _Said(msgspec.Struct, frozen=True):
    name: str = ""
    error: _Error = _Error()


class FcmProvider:
    """Hands over notifications with a token that it gets for its signature, and keeps for an hour.

    Source: Firebase documentation, `projects.messages.send`; Google's "Using OAuth 2.0 for server
            to server applications".
    """

    def __init__(self, settings: Fcm) -> None:
        self._account = read_google_account(settings.service_account)
        self._key = read_rsa_key(self._account.private_key)
        project = quote(self._account.project_id, safe="")
        self._url = f"{settings.endpoint.rstrip('/')}/v1/projects/{project}/messages:send"
        self._client = HttpClient(timeout_seconds=settings.timeout_seconds)
        self._token = _Token()
        self._token_until = 0.0
        self._one_asks = asyncio.Lock()

    async def send(self, message: Push) -> Outcome:
        """Hand a notification over."""
        if not isinstance(message.recipient, Token):
            return Rejected(Reason.UNSUPPORTED, said="a browser's subscription is no device's")
        async with self._one_asks:
            refused = await self._get_token()
        if refused is not None:
            return refused
        headers = {
            "Authorization": f"Bearer {self._token.access_token}",
            "Content-Type": "application/json",
        }
        body = msgspec.json.encode({"message": _written(message, message.recipient)})
        answer = await self._client.call(Call(self._url, headers, body))
        if not isinstance(answer, Answer):
            return answer
        if answer.status == 401:
            # Taken back before its time; the next one asks anew.
            self._token_until = 0.0
        return _outcome(answer)

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    async def _get_token(self) -> Outcome | None:
        """Get a token unless there is a good one; return why there is none."""
        if clock.monotonic() < self._token_until:
            return None
        now = int(clock.now().timestamp())
        claims = {
            "iss": self._account.client_email,
            "scope": _SCOPE,
            "aud": self._account.token_uri,
            "iat": now,
            "exp": now + _TOKEN_SECONDS,
        }
        form = {"grant_type": _GRANT, "assertion": signed_token(claims, self._key)}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await self._client.call(
            Call(self._account.token_uri, headers, urlencode(form).encode())
        )
        if not isinstance(answer, Answer):
            # Whatever became of this call, nothing of a message was in it.
            unknown = isinstance(answer, Deferred) and answer.reason is Reason.UNKNOWN
            return Deferred(Reason.UNREACHABLE, said=answer.said) if unknown else answer
        self._token = answer.read(_Token)
        if not answer.is_good or not self._token.access_token:
            if answer.status == 429 or answer.status >= 500:
                return Deferred(Reason.BUSY, str(answer.status), answer.said)
            return Broken(Reason.CREDENTIALS, str(answer.status), answer.said)
        self._token_until = clock.monotonic() + self._token.expires_in - _EARLY_SECONDS
        return None


def _written(message: Push, device: Token) -> dict[str, object]:
    shown = {"title": message.title, "body": message.text, "image": message.image}
    data = {"message_id": message.message_id, "url": message.url, "icon": message.icon}
    return {
        "token": device.token,
        "notification": {name: value for name, value in shown.items() if value},
        # An icon is a part of the app, so all that can be done with a URL is up to the app.
        "data": {name: value for name, value in data.items() if value},
    }


def _outcome(answer: Answer) -> Outcome:
    said: _Said = answer.read(_Said)
    if answer.is_good:
        return Sent(said.name)
    code = next((one.error_code for one in said.error.details if one.error_code), "")
    if code not in _REASON_OF_CODE:
        return outcome_of_status(answer, code=code, said=said.error.message)
    later = retry_after(answer.headers)
    return not_sent(_REASON_OF_CODE[code], code, said.error.message, retry_after_seconds=later)
