"""Operations with values that nobody expects: stored or refused, never a mistake of ours."""

import httpx
import pytest

from tests.web import hostile
from tests.web.conftest import WebServer
from tests.web.contract import Contract
from tests.web.notifuse.calls import UPSERT
from tidings.profiles.model import Operator

PATHS = (b"a", b"a.b", b"a.0.b", b"firstName", b"mobileNumber", b"latitude", b"a..b", b"$a", b"")


@pytest.fixture(scope="module")
def contract(web_server: WebServer) -> Contract:
    """Read what the server says of itself."""
    return Contract(httpx.get(f"{web_server.url}/openapi.json").json())


@pytest.mark.parametrize("operator", [*Operator, "$none"])
def test_each_hostile_value_under_each_operator_is_answered(
    web_server: WebServer, contract: Contract, operator: str
) -> None:
    """At places that are there and places that are not; and the contact can be read afterwards."""
    frame = b'{"contacts":[{"id":"u","profile":{"%b":{"%%b":%%b}}}]}' % operator.encode()
    with httpx.Client(base_url=web_server.url, headers=web_server.headers) as client:
        client.post(UPSERT, content=b'{"contacts":[{"id":"u","profile":{"$set":{"a":[{"b":1}]}}}]}')
        for path in PATHS:
            for value in hostile.HOSTILE:
                answer = client.post(UPSERT, content=frame % (path, value))
                contract.hold(answer, "post", UPSERT)
        read = client.get("/v2/contacts.info", params={"contact": "u"})
        contract.hold(read, "get", "/v2/contacts.info")
        assert read.status_code == 200
