"""The page about links has what the server has."""

import re
from pathlib import Path

from starlette.routing import Route

from tests.docs.pages import DOCS, code_in, rows_of
from tests.messages.post import LINKS
from tidings.base import limits
from tidings.base.metrics import Metrics
from tidings.storage.pool import Database
from tidings.web.public.noting import Noting
from tidings.web.public.routes import Public

PAGE = DOCS / "links.md"
FOR_ITSELF = {"GET /m/page.css"}


async def test_every_url_is_on_the_page(database: Database) -> None:
    """And no other."""
    routes = Public(database, LINKS, Noting(database), metrics=Metrics()).routes()
    there = {
        f"{method} {route.path}"
        for route in routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }

    printed = {
        code_in(url)[0].replace("<token>", "{token}").partition("?")[0]
        for url, _ in rows_of(PAGE, "URL", "what")
    }

    assert printed == there - FOR_ITSELF


def test_the_limits_of_the_page_are_those_of_the_code() -> None:
    """A number that is printed wrong costs the reader an afternoon."""
    printed = {
        code_in(name)[0]: int(number.replace(",", ""))
        for name, number, _ in rows_of(PAGE, "name", "limit", "what")
    }
    source = Path(limits.__file__).read_text("utf-8").partition("# --- links in messages")[2]
    names = re.findall(r"^([A-Z_]+) = ", source.partition("# ---")[0], re.M)

    assert printed == {name: getattr(limits, name) for name in names}
