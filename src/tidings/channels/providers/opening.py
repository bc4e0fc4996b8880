"""From a channel to who carries its messages."""

from collections.abc import Callable, Mapping
from typing import Any

from tidings.channels.hosted import Hosted
from tidings.channels.kinds import (
    AnyHttp,
    Fcm,
    Mailgun,
    Postmark,
    Sendgrid,
    Ses,
    SignedWebhook,
    Smtp,
    Twilio,
    WebPush,
    WhatsAppCloud,
)
from tidings.channels.model import Channel
from tidings.channels.providers.any_http import AnyHttpApi
from tidings.channels.providers.fcm import FcmProvider
from tidings.channels.providers.http import Api, ApiProvider, HttpClient
from tidings.channels.providers.mailgun import MailgunApi
from tidings.channels.providers.postmark import PostmarkApi
from tidings.channels.providers.provider import Provider
from tidings.channels.providers.sendgrid import SendgridApi
from tidings.channels.providers.ses import SesApi
from tidings.channels.providers.smtp import SmtpProvider
from tidings.channels.providers.twilio import TwilioApi
from tidings.channels.providers.webhook import WebhookApi
from tidings.channels.providers.webpush import WebPushApi, WebPushProvider
from tidings.channels.providers.whatsapp_cloud import WhatsAppCloudApi
from tidings.channels.settings import Settings

# Each is given settings of the class that it stands beside.
_PROVIDERS: Mapping[type[Settings], Callable[[Any], Provider[Any]]] = {
    Fcm: FcmProvider,
    Smtp: SmtpProvider,
}
_APIS: Mapping[type[Hosted], Callable[[Any], Api[Any]]] = {
    AnyHttp: AnyHttpApi,
    Mailgun: MailgunApi,
    Postmark: PostmarkApi,
    Sendgrid: SendgridApi,
    Ses: SesApi,
    SignedWebhook: WebhookApi,
    Twilio: TwilioApi,
    WebPush: WebPushApi,
    WhatsAppCloud: WhatsAppCloudApi,
}


def open_provider(channel: Channel) -> Provider[Any]:
    """Return what carries a channel's messages; it connects when the first one comes."""
    settings = channel.settings
    if not isinstance(settings, Hosted) or type(settings) not in _APIS:
        return _PROVIDERS[type(settings)](settings)
    # Browsers choose where their notifications go, and webhooks are given by whoever runs them.
    chosen_by_others = isinstance(settings, WebPush | SignedWebhook)
    client = HttpClient(
        timeout_seconds=settings.timeout_seconds,
        allows_private=settings.allow_private if chosen_by_others else True,
    )
    provider = WebPushProvider if isinstance(settings, WebPush) else ApiProvider
    return provider(_APIS[type(settings)](settings), client)
