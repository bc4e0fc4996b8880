"""The documentation that the server gives of itself says what is so."""

import asyncio
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import pytest
from jsonschema_rs import validator_for
from openapi_spec_validator import OpenAPIV31SpecValidator
from playwright.sync_api import Page, Request, expect, sync_playwright

from tests.web.conftest import WebServer
from tests.web.mailing import add_channel, add_push_channels, add_template
from tests.web.notifyvisitors.segment_calls import work_in
from tests.web.paths import WIRE_METHODS
from tidings.base.ids import BrandId
from tidings.segments import actions as segments
from tidings.storage.pool import Database

PAGE_TIMEOUT_MS = 20_000
CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
)
# What the server answers without being a wire's endpoint; /docs itself is for people.
SERVER_PATHS = {"/health/live", "/health/ready", "/metrics"}
KEYS = [{"x-brand-id": list[str](), "x-api-key": list[str]()}, {"bearer": list[str]()}]
PLATFORMS = ("/api/v1/web/", "/api/v1/android/", "/api/v1/ios/")
STORING = {
    "/api/event",
    "/api/v1/event/create",
    "/api/v1/user/create",
    "/api/v1/user_event/create",
    "/api/v1/campaign/create",
    "/api/v1/campaign/send",
    *(path for path in WIRE_METHODS if path.startswith(PLATFORMS)),
    "/contacts.upsert",
    "/messages.send",
    "/v2/contacts.upsert",
    "/v2/messages.send",
}


@pytest.fixture(scope="module")
def openapi(web_server: WebServer) -> dict[str, Any]:
    """Read the document as a client does."""
    answer = httpx.get(f"{web_server.url}/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def test_the_document_is_valid_openapi_3_1(openapi: dict[str, Any]) -> None:
    """Client generators refuse a document that is not."""
    assert openapi["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(openapi).iter_errors()) == []


def test_every_url_is_documented_with_its_methods_and_nothing_else_is(
    openapi: dict[str, Any],
) -> None:
    """What is missing is not found by a user, what is too much does not work for him."""
    documented = {path: set(methods) for path, methods in openapi["paths"].items()}

    assert documented == WIRE_METHODS | {path: {"get"} for path in SERVER_PATHS}


def test_documented_urls_exist_and_undocumented_methods_do_not(
    web_server: WebServer, openapi: dict[str, Any]
) -> None:
    """The table above could be as wrong as the document; the running server is asked."""
    with httpx.Client(base_url=web_server.url) as client:
        for path, methods in openapi["paths"].items():
            refused = client.request("PATCH", path, headers=web_server.headers)
            assert refused.status_code == 405, path
            allowed = {method.lower() for method in refused.headers["allow"].split(", ")}
            assert allowed - {"head"} == set(methods), path


def test_calls_that_store_and_no_others_take_an_idempotency_key(
    openapi: dict[str, Any],
) -> None:
    """Elsewhere the header is ignored, and promising it would be a lie."""
    reference = {"$ref": "#/components/parameters/Idempotency-Key"}
    taking = {
        path
        for path, methods in openapi["paths"].items()
        for operation in methods.values()
        if reference in operation.get("parameters", [])
    }

    assert taking == STORING


def test_a_url_needs_a_key_unless_it_is_about_the_server(openapi: dict[str, Any]) -> None:
    """The security of a document is what its viewer sends."""
    for path, operation in _operations(openapi):
        assert operation["security"] == ([] if path in SERVER_PATHS else KEYS), path


def test_every_example_is_accepted_by_the_parser_itself(
    web_server: WebServer, openapi: dict[str, Any]
) -> None:
    """An example is what people send first."""
    asyncio.run(_give_what_examples_name(web_server))
    sent = 0
    with httpx.Client(base_url=web_server.url, headers=web_server.headers) as client:
        for path, operation in _operations(openapi):
            for name, body in _examples_of(operation):
                answer = client.post(path, json=body)
                # What there is and how far depends on the order; that is not the parser's matter.
                assert answer.status_code in {200, 404, 409}, (path, name, answer.text)
                assert "warnings" not in answer.text
                sent += 1
    assert sent >= len(WIRE_METHODS)


def test_every_example_fits_its_own_schema(openapi: dict[str, Any]) -> None:
    """Requests and answers alike: the viewer shows both side by side."""
    checked = 0
    for media in _media_types(openapi["paths"]):
        validator = validator_for(media["schema"] | {"components": openapi["components"]})
        for example in media.get("examples", {}).values():
            assert [error.message for error in validator.iter_errors(example["value"])] == []
            checked += 1
    assert checked > 8 * len(WIRE_METHODS)


def test_records_without_their_mandatory_fields_are_documented_as_refused(
    web_server: WebServer, openapi: dict[str, Any]
) -> None:
    """The types let these fields be missing, so that the refusal can be worded; readers must not
    conclude that they are optional."""
    schemas = openapi["components"]["schemas"]
    assert schemas["EventRecord"]["required"] == ["event_name", "attributes"]
    assert schemas["EventQuery"]["required"] == ["event_name"]
    assert schemas["ContactRecord"]["required"] == ["id"]
    assert schemas["CampaignCreation"]["required"] == ["name", "channel"]
    whole: dict[str, Any] = {"userID": "XYZ4421", "event_name": "Order Placed", "attributes": {}}
    for missing in ("event_name", "attributes"):
        record = {name: value for name, value in whole.items() if name != missing}
        answer = httpx.post(
            f"{web_server.url}/api/event", json={"nv": [record]}, headers=web_server.headers
        )
        assert answer.status_code == 400


def test_the_page_allows_nothing_from_elsewhere(web_server: WebServer) -> None:
    """A key is typed into this page, so no other host's script may run in it."""
    answer = httpx.get(f"{web_server.url}/docs")

    policy = dict(
        directive.split(" ", 1)
        for directive in answer.headers["content-security-policy"].split("; ")
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert "http://" not in answer.text
    assert "https://" not in answer.text


@pytest.mark.parametrize("path", ["/docs/static/../documentation.py", "/docs/static/none.js"])
def test_only_the_pages_own_files_are_served(web_server: WebServer, path: str) -> None:
    """The folder above holds the program."""
    host = urlsplit(web_server.url)
    with httpx.Client() as client:
        request = client.build_request("GET", web_server.url)
        request.url = httpx.URL(
            scheme="http", host=host.hostname, port=host.port, raw_path=path.encode()
        )
        answer = client.send(request)
    assert answer.status_code == 404
    assert answer.json()["response"]["status"] == "error"


@pytest.fixture
def page() -> Generator[Page]:
    """Open an empty page in the system's browser."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("the system has no chromium (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PAGE_TIMEOUT_MS)
        yield page
        browser.close()


class Seen:
    """What a page asked for, and what it complained of."""

    def __init__(self, page: Page) -> None:
        self.hosts: set[str] = set()
        self.complaints: list[str] = []
        page.on("request", self._note_request)
        page.on("console", lambda said: self._note(said.type, said.text))
        page.on("pageerror", lambda error: self._note("error", str(error)))

    def _note_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme != "data":
            self.hosts.add(f"{address.scheme}://{address.netloc}")

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)


def test_a_call_can_be_tried_out_in_the_browser_without_any_other_host(
    page: Page, web_server: WebServer, openapi: dict[str, Any], tmp_path: Path
) -> None:
    """This is how most people make their first call."""
    seen = Seen(page)
    page.goto(f"{web_server.url}/docs")
    operations = page.locator(".opblock")
    expect(operations).to_have_count(len(list(_operations(openapi))), timeout=PAGE_TIMEOUT_MS)

    page.get_by_role("button", name="Authorize").first.click()
    schemes = page.locator(".auth-container")
    expect(schemes).to_have_count(3)
    for scheme, value in enumerate((str(web_server.brand_id), web_server.key)):
        schemes.nth(scheme).locator("input").fill(value)
        schemes.nth(scheme).get_by_role("button", name="Apply credentials").click()
    page.get_by_role("button", name="Close").first.click()

    operation = page.locator("#operations-user-post_api_v1_user_create")
    operation.locator(".opblock-summary-control").click()
    expect(operation.locator(".opblock-description")).to_contain_text("users a call")
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    live = operation.locator(".live-responses-table")
    expect(live.locator(".response-col_status").last).to_contain_text("200")
    expect(live).to_contain_text('"processed": 1')
    picture = page.screenshot(path=tmp_path / "docs.png")

    assert len(picture) > 20_000
    assert seen.hosts == {web_server.url}
    assert seen.complaints == []


async def _give_what_examples_name(web_server: WebServer) -> None:
    brand_id = BrandId(web_server.brand_id)
    async with Database(web_server.database_url) as database, database.transaction() as tx:
        await add_channel(tx, brand_id)
        await add_push_channels(tx, brand_id)
        for key in ("order-shipped", "summer-sale", "winter-sale", "welcome-1"):
            await add_template(tx, brand_id, key)
        for name in ("included", "excluded"):
            made = await segments.create(tx, brand_id, name, {"reachable": "email"})
            await segments.publish(tx, brand_id, made)
    await work_in(web_server.database_url)


def _operations(openapi: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in openapi["paths"].items():
        for operation in methods.values():
            yield path, operation


def _examples_of(operation: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    content = operation.get("requestBody", {}).get("content", {})
    for media in content.values():
        for name, example in media["examples"].items():
            yield name, example["value"]


def _media_types(value: object) -> Iterator[dict[str, Any]]:
    for mapping in _mappings(value):
        if "schema" in mapping and "in" not in mapping:
            yield mapping


def _mappings(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield cast("dict[str, Any]", value)
        inner: list[object] = list(cast("dict[str, object]", value).values())
    else:
        inner = cast("list[object]", value) if isinstance(value, list) else []
    for element in inner:
        yield from _mappings(element)
