"""Calls of somebody's own server, signed so that it knows who calls."""

import base64
import hmac
from hashlib import sha256

from tidings.base import clock
from tidings.channels.keys import read_webhook_secrets
from tidings.channels.kinds import SignedWebhook
from tidings.channels.message import Webhook
from tidings.channels.outcome import Outcome, Sent
from tidings.channels.providers.http import Answer, Call, outcome_of_status


class WebhookApi:
    """Speaks the Standard Webhooks scheme.

    Source: standardwebhooks.com, "Signature scheme" and "Webhook Headers".
    """

    def __init__(self, settings: SignedWebhook) -> None:
        self._url = settings.url
        self._secrets = read_webhook_secrets(settings.secret)

    def call(self, message: Webhook) -> Call:
        """Sign a message for its id and this moment, once with each secret."""
        at = str(int(clock.now().timestamp()))
        signed = b".".join((message.message_id.encode(), at.encode(), message.body))
        signatures = [
            "v1," + base64.b64encode(hmac.digest(secret, signed, sha256)).decode()
            for secret in self._secrets
        ]
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message.message_id,
            "webhook-timestamp": at,
            "webhook-signature": " ".join(signatures),
        }
        return Call(self._url, headers, message.body)

    def outcome(self, answer: Answer) -> Outcome:
        """Take the status for all that it says."""
        return Sent() if answer.is_good else outcome_of_status(answer)
