"""docs/devices.md says what the code does: its limits, and what a service worker is given."""

import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.channels.apiserver import ApiServer
from tests.channels.test_webpush import Listening
from tests.docs.pages import DOCS, blocks_of, code_in, rows_of
from tidings.base import limits
from tidings.channels.kinds import WebPush
from tidings.channels.message import Push
from tidings.channels.providers.http import Call
from tidings.channels.providers.webpush import WebPushApi

PAGE = DOCS / "devices.md"


def test_every_limit_is_on_the_page() -> None:
    """As it is in the code."""
    rows = rows_of(PAGE, "name", "limit", "of")
    printed = {code_in(name)[0]: int(number.replace(",", "")) for name, number, _ in rows}
    source = Path(limits.__file__).read_text("utf-8")
    own = source.partition("# --- devices ---")[2].partition("\n# ---")[0]
    names = re.findall(r"^([A-Z_]+) = ", own, re.M)
    assert printed == {name: getattr(limits, name) for name in names}


async def test_a_service_worker_is_given_what_the_page_says() -> None:
    """The example reads no other field, and leaves none out."""
    pem = generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    settings = WebPush(private_key=pem.decode(), contact="mailto:a@shop.test")
    async with ApiServer() as server:
        browser = Listening(server)
        call = WebPushApi(settings).call(Push("1", browser.browser, "a", "b", "c", "d", "e"))
    assert isinstance(call, Call)
    given = browser.read(call.body)

    printed = [code_in(field)[0] for field, _ in rows_of(PAGE, "field", "what it is")]
    scripts = "".join(block.text for block in blocks_of(PAGE) if block.language == "js")
    assert sorted(given) == sorted(printed)
    assert set(re.findall(r"\btold\.(\w+)", scripts)) == given.keys()
