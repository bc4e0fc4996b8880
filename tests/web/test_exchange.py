"""An answer leaves in one piece, with all others of its turn, and not to a client that has gone."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from tidings.web.exchange import Exchange, Outbox, exchange_of, offer_exchange

HEADERS = [(b"content-type", b"application/json")]


class Wire:
    """Notes what a transport is told."""

    def __init__(self, told: list[bytes | str] | None = None) -> None:
        self.told: list[bytes | str] = [] if told is None else told
        self.is_lost = False

    def write(self, data: bytes) -> None:
        """Note data."""
        self.told.append(data)

    def close(self) -> None:
        """Note the end."""
        self.told.append("closed")

    def is_closing(self) -> bool:
        """Say whether the client has gone."""
        return self.is_lost


def cycle(wire: Wire, **differing: Any) -> Any:
    """Make what the server keeps of a request that came on a wire."""
    state: dict[str, Any] = {
        "disconnected": False,
        "flow": SimpleNamespace(write_paused=False),
        "scope": {"method": "POST"},
        "default_headers": [(b"date", b"today")],
        "keep_alive": True,
        "transport": wire,
        "message_event": asyncio.Event(),
        "response_started": False,
        "response_complete": False,
        "waiting_for_100_continue": True,
        "on_response": lambda: None,
    }
    return SimpleNamespace(**(state | differing))


async def exchange_on(wire: Wire, **differing: Any) -> tuple[Exchange, Any]:
    """Make an exchange as the server does."""
    under_way = cycle(wire, **differing)
    return Exchange(under_way, Outbox(asyncio.get_running_loop())), under_way


async def test_an_answer_is_one_piece() -> None:
    """Head and body in one write; the request is over for the server."""
    wire = Wire()
    exchange, under_way = await exchange_on(wire)

    assert exchange.answer(200, HEADERS, b"{}", closing=False)
    assert wire.told == []
    await asyncio.sleep(0)

    head = b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-type: application/json\r\n"
    assert wire.told == [head + b"content-length: 2\r\n\r\n{}"]
    assert (under_way.response_started, under_way.response_complete) == (True, True)
    assert not under_way.waiting_for_100_continue
    assert under_way.message_event.is_set()


async def test_the_answers_of_one_turn_leave_together_and_in_order() -> None:
    """Whoever is answered in the same turn is woken after all are."""
    told: list[bytes | str] = []
    outbox = Outbox(asyncio.get_running_loop())
    wires = [Wire(told), Wire(told), Wire(told)]

    for number, wire in enumerate(wires):
        assert Exchange(cycle(wire), outbox).answer(200, [], b"%d" % number, closing=False)
        assert told == []
    wires[1].is_lost = True
    await asyncio.sleep(0)

    assert [str(piece)[-2] for piece in told] == ["0", "2"]


@pytest.mark.parametrize("keep_alive", [False, True])
async def test_the_last_answer_of_a_connection_says_so(keep_alive: bool) -> None:  # noqa: FBT001
    """Whether the client wanted it to be the last or we do."""
    wire = Wire()
    exchange, under_way = await exchange_on(wire, keep_alive=keep_alive)

    assert exchange.answer(413, [], b"", closing=keep_alive)

    head = b"HTTP/1.1 413 Request Entity Too Large\r\ndate: today\r\ncontent-length: 0\r\n"
    assert wire.told == [head + b"connection: close\r\n\r\n", "closed"]
    assert not under_way.keep_alive


@pytest.mark.parametrize(
    "differing",
    [
        {"disconnected": True},
        {"flow": SimpleNamespace(write_paused=True)},
        {"scope": {"method": "HEAD"}},
    ],
)
async def test_what_needs_more_care_goes_the_long_way(differing: dict[str, Any]) -> None:
    """A client that is gone or does not read, and an answer without a body."""
    wire = Wire()
    exchange, under_way = await exchange_on(wire, **differing)

    assert not exchange.answer(200, HEADERS, b"{}", closing=False)
    await asyncio.sleep(0)

    assert (wire.told, under_way.response_started) == ([], False)
    assert exchange.is_client_gone is under_way.disconnected


async def test_the_application_finds_the_exchange_of_its_request() -> None:
    """Under another server there is none."""
    exchange, _ = await exchange_on(Wire())
    scope: dict[str, Any] = {}

    assert exchange_of(scope) is None
    offer_exchange(scope, exchange)

    assert exchange_of(scope) is exchange
