"""The URL of each channel to which its provider reports what became of messages."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from tidings.base import clock, log
from tidings.base.errors import Code, Refused, unavailable
from tidings.base.log import Action
from tidings.base.metrics import Metrics
from tidings.channels import actions as channels
from tidings.channels.keyring import Keyring
from tidings.channels.kinds import Mailgun, Postmark, Sendgrid, Ses, Twilio, WhatsAppCloud
from tidings.channels.model import HOOK_PATH, Channel
from tidings.channels.providers.sns import Sns, is_of_sns
from tidings.channels.settings import Settings
from tidings.messages import hearing
from tidings.messages.notice import Notice
from tidings.storage.pool import Database
from tidings.web.body import BodyBudget, ClientGone, HeldBytes, read_body
from tidings.web.gate import refusal_of
from tidings.web.hooks import mailgun, postmark, sendgrid, ses, twilio, whatsapp
from tidings.web.hooks.posted import Posted, unsigned

STATUS_OF_CODE: Mapping[Code, int] = {
    Code.INVALID: 400,
    Code.UNAUTHENTICATED: 401,
    Code.FORBIDDEN: 403,
    Code.NOT_FOUND: 404,
    Code.CONFLICT: 409,
    Code.TOO_LARGE: 413,
    Code.RATE_LIMITED: 429,
    Code.INTERNAL: 500,
    Code.UNAVAILABLE: 503,
}

_WORD = re.compile(r"[0-9a-f]{32}")
_ROUTE = HOOK_PATH.format("{word}")

Verify = Callable[[Posted, Any, datetime], None]
Parse = Callable[[Posted, datetime], list[Notice]]

# Each is given settings of the class that it stands beside; SES takes a way of its own.
_HOOKS: Mapping[type[Settings], tuple[Verify, Parse]] = {
    Mailgun: (mailgun.verify, mailgun.parse),
    Postmark: (postmark.verify, postmark.parse),
    Sendgrid: (sendgrid.verify, sendgrid.parse),
    Twilio: (twilio.verify, twilio.parse),
    WhatsAppCloud: (whatsapp.verify, whatsapp.parse),
}


@dataclass(frozen=True, slots=True)
class Tools:
    """What hooks need.

    Shape:  public_url - where providers reach this server.
    """

    database: Database
    keyring: Keyring
    budget: BodyBudget
    metrics: Metrics
    sns: Sns
    public_url: str


class Hooks:
    """Takes what providers report, keeps it, and answers; workers do what follows."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def routes(self) -> list[BaseRoute]:
        """Return the URLs."""
        return [Route(_ROUTE, self.take, methods=["GET", "POST"])]

    async def take(self, request: Request) -> Response:
        """Answer one call, whatever happens."""
        try:
            response = await self._taken(request)
        except ClientGone:
            return Response(status_code=400)
        except Refused as refused:
            response = self._refused(refused)
        except Exception as error:
            response = self._refused(refusal_of(error, _ROUTE))
        self._tools.metrics.requests.labels(_ROUTE, response.status_code).inc()
        return response

    async def _taken(self, request: Request) -> Response:
        channel = await self._channel(request.path_params["word"])
        with HeldBytes(self._tools.budget) as held:
            posted = await self._posted(request, held)
            try:
                if isinstance(channel.settings, WhatsAppCloud) and request.method == "GET":
                    return PlainTextResponse(whatsapp.answer(posted, channel.settings))
                notices = await self._notices(channel, posted)
            except Refused as refused:
                # Whoever calls knows the URL, so it is a setting that is wrong, here or there.
                log.error(Action.HOOK_REFUSED, kind=channel.provider, reason=refused.code.value)
                raise
            async with self._tools.database.transaction() as tx:
                kept = await hearing.keep(tx, channel, notices)
        return _json(200, {"kept": kept})

    async def _channel(self, word: str) -> Channel:
        """Return whose URL it is.

        Errors: `not_found` when it is nobody's.
        """
        channel = None
        if _WORD.fullmatch(word) is not None:
            async with self._tools.database.transaction() as tx:
                channel = await channels.find_by_hook(tx, self._tools.keyring, word)
        if channel is None:
            raise Refused(Code.NOT_FOUND, "No channel has this URL. See: tidings channel hook")
        return channel

    async def _posted(self, request: Request, held: HeldBytes) -> Posted:
        declared = request.headers.get("content-length", "")
        body = await read_body(
            request.receive, held, declared_bytes=int(declared) if declared.isdigit() else None
        )
        query = request.url.query
        path = request.scope["path"] + (f"?{query}" if query else "")
        return Posted(
            urls=(self._tools.public_url + path,),
            headers=dict(request.headers),
            query=dict(parse_qsl(query, keep_blank_values=True)),
            body=body,
        )

    async def _notices(self, channel: Channel, posted: Posted) -> list[Notice]:
        """Return what a provider says, once it is known to be the provider."""
        now, settings = clock.now(), channel.settings
        if isinstance(settings, Ses):
            return await self._from_sns(posted, settings, now)
        if type(settings) not in _HOOKS:
            words = f"{channel.provider} reports in another way: see docs/feedback.md."
            raise Refused(Code.NOT_FOUND, words)
        verify, parse = _HOOKS[type(settings)]
        verify(posted, settings, now)
        return parse(posted, now)

    async def _from_sns(self, posted: Posted, settings: Ses, now: datetime) -> list[Notice]:
        envelope = ses.open_envelope(posted, settings, now)
        if not is_of_sns(envelope.certificate_url):
            raise unsigned("The certificate")
        certificate = await self._tools.sns.certificate(envelope.certificate_url)
        if certificate is None:
            # A call that is refused for good does not come again, and this one may be right.
            raise unavailable("Amazon did not show its certificate.")
        ses.verify(posted, envelope, certificate, now)
        if envelope.is_confirmation and not await self._tools.sns.confirm(envelope.subscribe_url):
            raise unavailable("Amazon did not answer; confirm the subscription again.")
        return ses.parse(envelope, now)

    def _refused(self, refused: Refused) -> Response:
        self._tools.metrics.refusals.labels(_ROUTE, refused.code.value).inc()
        response = _json(STATUS_OF_CODE[refused.code], {"message": refused.message})
        if refused.retry_after_seconds is not None:
            response.headers["retry-after"] = str(refused.retry_after_seconds)
        return response


def _json(status: int, body: object) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
