"""The providers there are, and what each must be told."""

import ssl
from collections.abc import Callable, Mapping
from typing import Annotated, ClassVar, Literal

import msgspec

from tidings.base import limits
from tidings.base.errors import Mistake
from tidings.channels.gaps import Gaps
from tidings.channels.hosted import Hosted, Mailing, Port, Returning
from tidings.channels.keys import (
    read_google_account,
    read_p256_key,
    read_public_p256_key,
    read_rsa_key,
    read_webhook_secrets,
)
from tidings.channels.settings import Secret, Settings, Text
from tidings.devices.model import Platform


class Smtp(Returning, frozen=True, kw_only=True):
    """A mail server.

    Shape:  security - `none`, `starttls` or `tls` from the first byte; ca - authorities to trust
            beside no others (PEM), empty for those of the machine; dkim_key - PEM.
    """

    media: ClassVar[tuple[str, ...]] = ("email",)

    host: Text
    port: Port = 587
    security: Literal["none", "starttls", "tls"] = "starttls"
    verify: bool = True
    ca: str = ""
    username: str = ""
    password: Secret = ""
    hello_name: str = ""
    messages_per_connection: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = (
        limits.MESSAGES_PER_CONNECTION
    )
    idle_seconds: Annotated[float, msgspec.Meta(ge=0, le=3_600)] = limits.IDLE_CONNECTION_SECONDS
    dkim_domain: str = ""
    dkim_selector: str = ""
    dkim_key: Secret = ""

    def mistakes(self) -> list[Mistake]:
        """Say what is missing of what goes together, and what would give the password away."""
        found = super().mistakes()
        if bool(self.username) is not bool(self.password):
            missing = "password" if self.username else "username"
            found.append(Mistake("username and password go together", missing))
        if self.password and self.security == "none":
            found.append(Mistake("a password is not sent without TLS", "security"))
        if len({bool(self.dkim_domain), bool(self.dkim_selector), bool(self.dkim_key)}) > 1:
            found.append(
                Mistake("dkim_domain, dkim_selector and dkim_key go together", "dkim_domain")
            )
        if self.dkim_key:
            found += _mistakes_of(read_rsa_key, self.dkim_key, "dkim_key")
        if self.ca:
            try:
                ssl.create_default_context(cadata=self.ca)
            except (ssl.SSLError, ValueError):
                found.append(Mistake("is no certificate in PEM", "ca"))
        return found


class Ses(Mailing, frozen=True, kw_only=True):
    """Amazon SES, version 2 of its API; an empty endpoint is the region's.

    Shape:  topic_arn - of the SNS topic whose reports are believed.
    """

    media: ClassVar[tuple[str, ...]] = ("email",)

    region: Text
    access_key_id: Text
    secret_access_key: Secret
    session_token: Secret = ""
    configuration_set: str = ""
    topic_arn: str = ""
    endpoint: str = ""


class Sendgrid(Mailing, frozen=True, kw_only=True):
    """SendGrid, version 3 of its API; accounts in Europe have another endpoint.

    Shape:  webhook_key - the public key with which its reports are verified, in base 64.
    """

    media: ClassVar[tuple[str, ...]] = ("email",)

    api_key: Secret
    webhook_key: str = ""
    endpoint: Text = "https://api.sendgrid.com"

    def mistakes(self) -> list[Mistake]:
        """Say whether the key is one."""
        if not self.webhook_key:
            return []
        return _mistakes_of(read_public_p256_key, self.webhook_key, "webhook_key")


class Postmark(Mailing, frozen=True, kw_only=True):
    """One server of Postmark, and one of its streams.

    Shape:  webhook_password - with which its reports come.
    """

    media: ClassVar[tuple[str, ...]] = ("email",)

    server_token: Secret
    message_stream: Text = "outbound"
    webhook_password: Secret = ""
    endpoint: Text = "https://api.postmarkapp.com"


class Mailgun(Mailing, frozen=True, kw_only=True):
    """One domain of Mailgun; those in Europe have another endpoint.

    Shape:  signing_key - with which its reports are signed.
    """

    media: ClassVar[tuple[str, ...]] = ("email",)

    domain: Text
    api_key: Secret
    signing_key: Secret = ""
    endpoint: Text = "https://api.mailgun.net"


class Twilio(Hosted, frozen=True, kw_only=True):
    """An account of Twilio.

    Shape:  sender - a number or name; or a messaging service, which chooses one; status_callback -
            the URL to which reports are to be sent.
    """

    media: ClassVar[tuple[str, ...]] = ("sms", "whatsapp")

    account_sid: Text
    auth_token: Secret
    sender: str = ""
    messaging_service_sid: str = ""
    status_callback: Annotated[str, msgspec.Meta(pattern=r"^(https?://.+)?$")] = ""
    endpoint: Text = "https://api.twilio.com"

    def mistakes(self) -> list[Mistake]:
        """Say that somebody must be the sender."""
        if bool(self.sender) is bool(self.messaging_service_sid):
            return [Mistake("set either this or messaging_service_sid", "sender")]
        return []


class WhatsAppCloud(Hosted, frozen=True, kw_only=True):
    """One number of the WhatsApp Cloud API.

    Shape:  app_secret - of the app, which signs its reports; verify_token - a word of our own, by
            which it is told that the URL for them is ours.
    """

    media: ClassVar[tuple[str, ...]] = ("whatsapp",)

    phone_number_id: Text
    access_token: Secret
    app_secret: Secret = ""
    verify_token: Secret = ""
    version: Annotated[str, msgspec.Meta(pattern=r"^v[0-9]{1,3}\.[0-9]{1,2}$")] = "v23.0"
    endpoint: Text = "https://graph.facebook.com"


class AnyHttp(Hosted, frozen=True, kw_only=True):
    """An API that templates describe.

    Shape:  url, headers, body - MiniJinja; headers - one `Name: value` a line; id_field - where
            the answer, if it is JSON, has the provider's name of the message, with dots.
    """

    media: ClassVar[tuple[str, ...]] = ("sms", "whatsapp")

    url: Text
    body: Annotated[str, msgspec.Meta(max_length=20_000)]
    method: Literal["POST", "PUT", "GET"] = "POST"
    content_type: Text = "application/json"
    headers: Annotated[str, msgspec.Meta(max_length=20_000)] = ""
    secret: Secret = ""
    id_field: str = ""

    @property
    def body_name(self) -> str:
        """Return what the body's template is called; the ending is what it is escaped as."""
        return "body.json" if "json" in self.content_type else "body"

    @property
    def templates(self) -> Mapping[str, str]:
        """Return every template by name; those of headers have the header's."""
        lines = [line.partition(":") for line in self.headers.splitlines() if line.strip()]
        headers = {name.strip(): value.strip() for name, _, value in lines}
        return {**headers, "url": self.url, self.body_name: self.body}

    def mistakes(self) -> list[Mistake]:
        """Say what is no template, or has a gap that nothing fills."""
        found: list[Mistake] = []
        for name, text in self.templates.items():
            field = {"url": "url", self.body_name: "body"}.get(name, "headers")
            found += _mistakes_of(_try_template, text, field)
        return found


class WebPush(Hosted, frozen=True, kw_only=True):
    """Notifications in browsers.

    Shape:  private_key - the P-256 key that browsers subscribed with (PEM); contact - whom the
            browsers' makers may ask, `mailto:` or `https:`.
    """

    media: ClassVar[tuple[str, ...]] = ("push",)
    platforms: ClassVar[frozenset[Platform]] = frozenset({Platform.WEB})

    private_key: Secret
    contact: Annotated[str, msgspec.Meta(pattern=r"^(mailto:.+@.+|https://.+)$")]
    ttl_seconds: Annotated[int, msgspec.Meta(ge=0, le=2_419_200)] = 86_400
    allow_private: bool = False

    def mistakes(self) -> list[Mistake]:
        """Say whether the key is one."""
        return _mistakes_of(read_p256_key, self.private_key, "private_key")


class Fcm(Hosted, frozen=True, kw_only=True):
    """Firebase Cloud Messaging, version 1 of its API.

    Shape:  service_account - the JSON file that Google makes.
    """

    media: ClassVar[tuple[str, ...]] = ("push",)
    platforms: ClassVar[frozenset[Platform]] = frozenset({Platform.ANDROID, Platform.IOS})

    service_account: Secret
    endpoint: Text = "https://fcm.googleapis.com"

    def mistakes(self) -> list[Mistake]:
        """Say what is missing in the file."""
        return _mistakes_of(read_google_account, self.service_account, "service_account")


class SignedWebhook(Hosted, frozen=True, kw_only=True):
    """Somebody's server, called by the Standard Webhooks scheme.

    Shape:  secret - `whsec_` and base 64; several with spaces between them while one is replaced.
    """

    media: ClassVar[tuple[str, ...]] = ("webhook",)

    url: Annotated[str, msgspec.Meta(pattern=r"^https?://", max_length=2_000)]
    secret: Secret
    allow_private: bool = False

    def mistakes(self) -> list[Mistake]:
        """Say whether the secrets are some."""
        return _mistakes_of(read_webhook_secrets, self.secret, "secret")


KINDS: Mapping[str, type[Settings]] = {
    "smtp": Smtp,
    "ses": Ses,
    "sendgrid": Sendgrid,
    "postmark": Postmark,
    "mailgun": Mailgun,
    "twilio": Twilio,
    "whatsapp_cloud": WhatsAppCloud,
    "http": AnyHttp,
    "webpush": WebPush,
    "fcm": Fcm,
    "webhook": SignedWebhook,
}


def platforms_of(provider: str) -> frozenset[Platform]:
    """Return the devices that a provider's channels reach, none if they carry no pushes."""
    return KINDS[provider].platforms


def _try_template(text: str) -> None:
    values = dict.fromkeys(("message_id", "to", "text", "secret"), "")
    approved = {"name": "", "language": "", "values": ()}
    Gaps({"tried": text}).fill("tried", {**values, "template": approved})


def _mistakes_of(read: Callable[[str], object], value: str, field: str) -> list[Mistake]:
    try:
        read(value)
    except ValueError as error:
        return [Mistake(str(error), field)]
    return []
