"""Whatever is sent, the server answers in its own words, soon, and goes on."""

import asyncio
import gzip
from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import schemathesis
import schemathesis.checks
import schemathesis.specs.openapi.checks
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from tests.web import hostile
from tests.web.conftest import WebServer
from tests.web.contract import Contract
from tests.web.heavy import HEAVY
from tests.web.mailing import add_channel, add_push_channels, add_template
from tests.web.paths import POSTS
from tidings.base import limits
from tidings.base.ids import BrandId
from tidings.brands.actions import DEFAULT_CALLS_PER_MINUTE
from tidings.brands.model import Brand
from tidings.storage.pool import Database
from tidings.web.notifyvisitors.queries import parse_event_query

ANSWER_SECONDS = 10.0  # what a patient client waits; nothing here may take longer
GENERATED_PER_OPERATION = 25
HOSTILE_PER_PATH = 120
_of_any: Any = schemathesis.checks
_of_openapi: Any = schemathesis.specs.openapi.checks
CHECKS = [
    _of_any.not_a_server_error,
    _of_openapi.status_code_conformance,
    _of_openapi.content_type_conformance,
    _of_openapi.response_headers_conformance,
    _of_openapi.response_schema_conformance,
]
# These have the same action under another name; what is tried value by value is tried once.
ALIASES = {"/api/v1/user/count", "/api/v1/user/profile", "/contacts.upsert", "/messages.send"}
HONEST_FIELDS = {
    b"userID": b'"u1"',
    b"event_name": b'"Order Placed"',
    b"attributes": b"{}",
    b"id": b'"u1"',
    b"segment_id": b"1",
    b"name": b'"Some"',
    b"definition": b'{"reachable": "email"}',
    b"campaign_id": b"1",
    b"channel": b'"mail"',
    b"template": b'"hello"',
    b"audience": b'"all"',
    b"send_at": b'"now"',
    b"contact": b'"u1"',
}
DISTINCT_POSTS = tuple(sorted({*POSTS} - ALIASES))


@pytest.fixture(scope="module")
def contract(web_server: WebServer) -> Contract:
    """Read what the server says of itself."""
    return Contract(httpx.get(f"{web_server.url}/openapi.json").json())


@pytest.fixture(scope="module")
def client(web_server: WebServer) -> Generator[httpx.Client]:
    """Call the server with a key, for as long as a client waits; its brand can send mails."""
    asyncio.run(_give_channel(web_server))
    with httpx.Client(
        base_url=web_server.url, headers=web_server.headers, timeout=ANSWER_SECONDS
    ) as opened:
        yield opened


async def _give_channel(web_server: WebServer) -> None:
    brand_id = BrandId(web_server.brand_id)
    async with Database(web_server.database_url) as database, database.transaction() as tx:
        await add_channel(tx, brand_id)
        await add_push_channels(tx, brand_id)
        await add_template(tx, brand_id, "hello")


@pytest.fixture(autouse=True)
def goes_on(client: httpx.Client, contract: Contract) -> Generator[None]:
    """Make a normal call after every test here: whatever was sent, the next client is served."""
    yield
    event: dict[str, Any] = {"userID": "afterwards", "event_name": "Order Placed", "attributes": {}}
    answer = client.post("/api/event", json={"nv": [event]})
    assert answer.json() == {"response": {"status": "queued"}}
    read = client.get("/api/v1/user/userData", params={"userID": "afterwards"})
    contract.hold(read, "get", "/api/v1/user/userData")
    assert read.status_code == 200


def _bounded(max_examples: int) -> settings:
    # The same calls in every run: a failure that nobody can repeat helps nobody.
    return settings(
        max_examples=max_examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=(
            HealthCheck.too_slow,
            HealthCheck.filter_too_much,
            HealthCheck.data_too_large,
            HealthCheck.large_base_example,
        ),
    )


def test_the_list_of_paths_here_is_whole(contract: Contract) -> None:
    """A path that is added must be fuzzed too."""
    assert sorted(contract.posts()) == sorted(POSTS)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_generated_calls_get_documented_answers(
    web_server: WebServer, mode: GenerationMode
) -> None:
    """Every operation, with calls that its own schema allows and calls that it forbids."""
    schema: Any = schemathesis.openapi.from_url(f"{web_server.url}/openapi.json")
    tried: set[str] = set()
    for result in schema.get_all_operations():
        operation = result.ok()
        if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query):
            continue  # nothing can be wrong with a call that takes nothing

        @_bounded(GENERATED_PER_OPERATION)
        @given(case=operation.as_strategy(generation_mode=mode))
        def call(case: Any) -> None:
            answer = case.call(headers=dict(web_server.headers), timeout=ANSWER_SECONDS)
            case.validate_response(answer, checks=CHECKS)

        call()
        tried.add(f"{operation.method} {operation.path}")
    assert len(tried) >= len(POSTS)


@pytest.mark.parametrize("path", POSTS)
def test_hostile_bodies_are_answered_in_the_documented_words(
    client: httpx.Client, contract: Contract, path: str
) -> None:
    """What no schema leads to: broken text, numbers beyond every type, depth, broken packing."""

    @_bounded(HOSTILE_PER_PATH)
    @given(body=hostile.bodies(contract.list_of(path)), packing=hostile.packings())
    def call(body: bytes, packing: str) -> None:
        content, headers = hostile.pack(body, packing)
        contract.hold(client.post(path, content=content, headers=headers), "post", path)

    call()


@pytest.mark.parametrize("path", DISTINCT_POSTS)
def test_each_hostile_value_in_each_field_is_answered(
    client: httpx.Client, contract: Contract, path: str
) -> None:
    """One at a time, in a call that is right otherwise: so each value gets as far as it can."""
    under = contract.list_of(path)
    frame = b"%b" if under is None else b'{"%b":[%%b]}' % under
    names = [field.encode() for field in sorted(contract.fields(path))]
    honest = {name: value for name, value in HONEST_FIELDS.items() if name in names}
    for name in names:
        for value in hostile.HOSTILE:
            fields = {**honest, name: value}
            record = b"{" + b",".join(b'"%b":%b' % field for field in fields.items()) + b"}"
            contract.hold(client.post(path, content=frame % record), "post", path)


@pytest.mark.parametrize("path", DISTINCT_POSTS)
def test_a_wrong_type_at_any_place_of_an_example_is_answered(
    client: httpx.Client, contract: Contract, path: str
) -> None:
    """This is what real mistakes look like."""
    for example in contract.examples(path):
        for body in hostile.with_each_place_wrong(example):
            contract.hold(client.post(path, content=body), "post", path)


@pytest.mark.parametrize(
    "path",
    [
        "/api/event",
        "/api/v1/user/create",
        "/api/v1/event/get",
        "/api/v1/segment/preview",
        "/v2/contacts.upsert",
        "/v2/messages.send",
        "/api/v1/campaign/send",
    ],
)
@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_body_is_refused_before_a_client_gives_up(
    client: httpx.Client, contract: Contract, name: str, path: str
) -> None:
    """One call must not take the time of all others."""
    body, is_packed = HEAVY[name](contract.list_of(path) or b"nv")
    assert len(body) <= limits.MAX_BODY_BYTES
    headers = {"content-encoding": "gzip"} if is_packed else {}
    answer = client.post(path, content=body, headers=headers)
    contract.hold(answer, "post", path)
    assert answer.status_code in {400, 403, 413} or answer.json()["failed"] == ["u"]
    assert len(answer.content) < 20_000  # what was sent is not sent back


def test_a_gzip_body_of_several_parts_is_one_body(client: httpx.Client) -> None:
    """RFC 1952 allows it, and some tools write it; only thousands of parts are an attack."""
    body = b'{"nv":[{"userID":"parts","event_name":"Order Placed","attributes":{}}]}'
    parts = b"".join(gzip.compress(body[start : start + 10]) for start in range(0, len(body), 10))
    answer = client.post("/api/event", content=parts, headers={"content-encoding": "gzip"})
    assert answer.json() == {"response": {"status": "queued"}}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (b"[" * 33 + b"]" * 33, "is nested deeper than 32 levels"),
        (b"[" * 600 + b"]" * 600, "is nested deeper than 32 levels"),
        (b'{"a":' * 900 + b"1" + b"}" * 900, "is nested deeper than 32 levels"),
    ],
)
def test_what_the_decoder_can_read_but_python_cannot_walk_is_too_deep(
    client: httpx.Client, value: bytes, problem: str
) -> None:
    """Between 500 and 1,000 levels these were answered with 500."""
    body = b'{"nv":[{"userID":"u","user_attributes":{"deep":%b}}]}' % value
    answer = client.post("/api/v1/user/create", content=body)
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"index": 0, "field": "user_attributes", "message": problem}]


def test_32_levels_are_not_too_deep(client: httpx.Client) -> None:
    """The attributes themselves are the first of them."""
    value = b"[" * 31 + b"]" * 31
    body = b'{"nv":[{"userID":"u","user_attributes":{"deep":%b}}]}' % value
    assert client.post("/api/v1/user/create", content=body).status_code == 200


def test_numbers_that_are_stored_can_be_read_again(
    client: httpx.Client, contract: Contract
) -> None:
    """Whatever is accepted must not break the answers that show it later."""
    body = (
        b'{"nv":[{"userID":"numbers","user_attributes":{"huge":1e308,"long":123456789012345678901'
        b',"tiny":5e-324,"inner":{"a":[18446744073709551616,-0.0]}}}]}'
    )
    assert client.post("/api/v1/user/create", content=body).status_code == 200
    read = client.get("/api/v1/user/userData", params={"userID": "numbers"})
    contract.hold(read, "get", "/api/v1/user/userData")
    stored: dict[str, Any] = read.json()["response"]["data"]["user_attributes"]
    assert stored == {
        "huge": 10**308,
        "long": 123456789012345678901,
        "tiny": 5e-324,
        "inner": {"a": [18446744073709551616, 0.0]},
    }


def test_a_value_too_large_to_be_summed_up_is_refused(client: httpx.Client) -> None:
    """The sum of two such events overflowed in the database, and their user could not be read."""
    record: dict[str, Any] = {"userID": "rich", "event_name": "Order Placed", "attributes": {}}
    for ltv in (1.7e308, "-1.7e308", limits.MAX_LTV * 1.1):
        answer = client.post("/api/event", json={"nv": [record | {"ltv": ltv}]})
        assert answer.status_code == 400
    most = client.post("/api/event", json={"nv": [record | {"ltv": limits.MAX_LTV}]})
    assert most.status_code == 200


def test_a_page_size_of_thousands_of_digits_is_refused(client: httpx.Client) -> None:
    """Python raises an error of its own when it reads such a number."""
    query = {"event_name": "Order Placed", "batch_size": "9" * 5_000}
    assert client.get("/api/v1/event/get", params=query).status_code == 400


def test_the_last_day_there_is_can_be_asked_for() -> None:
    """A day later there is no date any more; in a time zone west of UTC it does not show."""
    brand = Brand(BrandId(1), "A brand", ZoneInfo("UTC"), False, DEFAULT_CALLS_PER_MINUTE)  # noqa: FBT003
    query = {"event_name": "Order Placed", "to": "9999-12-31"}

    doers, _, _ = parse_event_query(b"", query, brand, datetime(2022, 3, 27, tzinfo=UTC))

    assert doers.until == datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
