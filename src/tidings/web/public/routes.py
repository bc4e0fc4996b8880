"""The URLs of the links in messages."""

import base64
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tidings.base import clock, limits
from tidings.base.errors import Code, Refused
from tidings.base.metrics import Metrics
from tidings.messages import preferences
from tidings.messages.contents import content_of
from tidings.messages.feedback import Feedback, hear
from tidings.messages.links import Link, Links, Purpose
from tidings.messages.model import What
from tidings.storage.pool import Database
from tidings.storage.tx import Tx
from tidings.web.gate import refusal_of
from tidings.web.public.form import AGAIN, Form, read_form, read_wishes
from tidings.web.public.machines import is_machine
from tidings.web.public.noting import Noting
from tidings.web.public.pages import MEDIUM_WORDS, SECRECY, Pages

Answer = Callable[[Request], Awaitable[Response]]

# One pixel that cannot be seen.
_PICTURE = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


class Public:
    """What recipients can do by the links in their messages; the signature of a link is its key.

    Whatever GET and HEAD ask for is only shown: programs follow every link in a mail before
    anybody reads it (docs/links.md).
    """

    def __init__(
        self, database: Database, links: Links, noting: Noting, *, metrics: Metrics
    ) -> None:
        self._metrics = metrics
        self._database = database
        self._links = links
        self._noting = noting
        self._pages = Pages()

    def routes(self) -> list[BaseRoute]:
        """Return every URL of this door."""
        return [
            self._route("/m/open/{token}.gif", "GET", self.open),
            self._route("/m/click/{token}", "GET", self.click),
            self._route("/m/unsubscribe/{token}", "GET", self.ask_to_unsubscribe),
            self._route("/m/unsubscribe/{token}", "POST", self.unsubscribe),
            self._route("/m/preferences/{token}", "GET", self.show_preferences),
            self._route("/m/preferences/{token}", "POST", self.save_preferences),
            self._route("/m/view/{token}", "GET", self.view),
            self._route("/m/page.css", "GET", self.style),
        ]

    async def open(self, request: Request) -> Response:
        """Give the picture that tells of an opening."""
        self._note(request, self._link(request, Purpose.OPEN), What.OPENED)
        return Response(_PICTURE, headers=SECRECY, media_type="image/gif")

    async def click(self, request: Request) -> Response:
        """Lead on to the target of a link, which is signed with it."""
        target = request.query_params.get("to", "")
        self._note(request, self._link(request, Purpose.CLICK, target), What.CLICKED, target)
        return RedirectResponse(target, 302, SECRECY)

    async def ask_to_unsubscribe(self, request: Request) -> Response:
        """Show the button that unsubscribes."""
        link = self._link(request, Purpose.UNSUBSCRIBE)
        async with self._database.transaction() as tx:
            return await self._show_about(tx, link, "unsubscribe.html")

    async def unsubscribe(self, request: Request) -> Response:
        """Unsubscribe the recipient, or undo that.

        Whatever the body says that is not the button of the undoing unsubscribes: a mail program
        that spells the body of RFC 8058 its own way must not be told no.
        """
        link = self._link(request, Purpose.UNSUBSCRIBE)
        form = await _form_of(request)
        async with self._database.transaction() as tx:
            if AGAIN not in form:
                feedback = Feedback(What.UNSUBSCRIBED, clock.now())
                await hear(tx, link.brand_id, link.message_id, feedback)
                return await self._show_about(tx, link, "unsubscribed.html")
            is_there = await preferences.subscribe_again(tx, link.brand_id, link.message_id)
            return await self._show_about(tx, link, "subscribed.html" if is_there else "gone.html")

    async def show_preferences(self, request: Request) -> Response:
        """Show what the recipient gets, and let them choose."""
        link = self._link(request, Purpose.PREFERENCES)
        async with self._database.transaction() as tx:
            return await self._show_preferences(tx, link)

    async def save_preferences(self, request: Request) -> Response:
        """Do as the recipient chose, and show how it is now."""
        link = self._link(request, Purpose.PREFERENCES)
        wishes = read_wishes(await _form_of(request))
        async with self._database.transaction() as tx:
            await preferences.choose(tx, link.brand_id, link.message_id, wishes)
            return await self._show_preferences(tx, link, is_saved=True)

    async def view(self, request: Request) -> Response:
        """Show a message as it was sent, while that is kept."""
        link = self._link(request, Purpose.VIEW)
        async with self._database.transaction() as tx:
            kept = await content_of(tx, link.brand_id, link.message_id)
        if kept is None:
            return self._pages.show("not_kept.html", status=410)
        if kept.html:
            return self._pages.show_message(kept.html)
        return self._pages.show("text.html", title=kept.subject or kept.title, text=kept.text)

    async def style(self, _request: Request) -> Response:
        """Give the style sheet of the pages."""
        return self._pages.style()

    def _route(self, path: str, method: str, answer: Answer) -> Route:
        # By the pattern of its URL: the URL itself is a key, and stays out of logs and metrics.
        async def answer_anyhow(request: Request) -> Response:
            try:
                response = await answer(request)
            except Refused as refused:
                response = self._refuse(refused, path)
            except ClientDisconnect:
                return Response(status_code=400)  # nobody reads it
            except Exception as error:
                response = self._refuse(refusal_of(error, path), path)
            self._metrics.requests.labels(path, response.status_code).inc()
            return response

        return Route(path, answer_anyhow, methods=[method])

    def _refuse(self, refused: Refused, path: str) -> Response:
        self._metrics.refusals.labels(path, refused.code.value).inc()
        return self._pages.refuse(refused)

    def _link(self, request: Request, purpose: Purpose, target: str = "") -> Link:
        token: str = request.path_params["token"]
        is_short = (
            len(token) <= limits.MAX_LINK_TOKEN_CHARACTERS
            and len(target) <= limits.MAX_LINK_TARGET_CHARACTERS
        )
        link = self._links.read(token, target=target) if is_short else None
        if link is None or link.purpose is not purpose:
            raise Refused(Code.NOT_FOUND, "This link is none of ours, or was altered.")
        return link

    def _note(self, request: Request, link: Link, what: What, target: str = "") -> None:
        headers = request.headers
        by_machine = is_machine(
            headers.get("User-Agent", ""),
            request.method,
            purpose=headers.get("Sec-Purpose") or headers.get("Purpose", ""),
        )
        feedback = Feedback(what, clock.now(), target, is_machine=by_machine)
        self._noting.note(link.brand_id, link.message_id, feedback)

    async def _show_about(self, tx: Tx, link: Link, template: str) -> Response:
        said = await preferences.about(tx, link.brand_id, link.message_id)
        others = self._links.preferences(link.brand_id, link.message_id)
        return self._pages.show(
            template,
            brand=said.brand_name,
            medium=MEDIUM_WORDS[said.medium] if said.medium else "",
            topic=said.topic.name if said.topic else "",
            preferences=others.rpartition("/")[2],
        )

    async def _show_preferences(self, tx: Tx, link: Link, *, is_saved: bool = False) -> Response:
        chosen = await preferences.preferences_of(tx, link.brand_id, link.message_id)
        if chosen is None:
            return await self._show_about(tx, link, "gone.html")
        brand = (await preferences.about(tx, link.brand_id, link.message_id)).brand_name
        return self._pages.show(
            "preferences.html",
            brand=brand,
            medium=MEDIUM_WORDS[chosen.medium] if chosen.medium else "",
            is_medium_wanted=chosen.is_medium_wanted,
            topics=chosen.topics,
            is_saved=is_saved,
        )


async def _form_of(request: Request) -> Form:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limits.MAX_PREFERENCES_BYTES:
            most = limits.MAX_PREFERENCES_BYTES
            raise Refused(Code.TOO_LARGE, f"A form has at most {most} bytes.")
    return read_form(bytes(body))
