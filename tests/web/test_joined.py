"""What is written together leaves together, in order, and survives the closing of a connection."""

import asyncio

from tidings.web.joined import JoinedWrites


class Wire:
    """Notes what a transport is told."""

    def __init__(self) -> None:
        self.told: list[bytes | str] = []
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

    def get_extra_info(self, name: str) -> str:
        """Answer as a transport does."""
        return f"the {name}"


async def test_writes_of_one_turn_are_one() -> None:
    """A head and its body are one piece; what is written later is another."""
    wire = Wire()
    joined = JoinedWrites(wire, asyncio.get_running_loop())

    joined.write(b"head ")
    joined.write(b"body")
    assert wire.told == []
    await asyncio.sleep(0)
    assert wire.told == [b"head body"]
    joined.write(b"next")
    await asyncio.sleep(0)
    assert wire.told == [b"head body", b"next"]


async def test_closing_sends_first_what_was_written() -> None:
    """The last answer of a connection arrives, and only once."""
    wire = Wire()
    joined = JoinedWrites(wire, asyncio.get_running_loop())

    joined.write(b"sorry")
    joined.close()
    await asyncio.sleep(0)

    assert wire.told == [b"sorry", "closed"]


async def test_nothing_is_written_to_a_client_that_has_gone() -> None:
    """It may go between the writing and the end of the turn."""
    wire = Wire()
    joined = JoinedWrites(wire, asyncio.get_running_loop())

    joined.write(b"hello")
    wire.is_lost = True
    await asyncio.sleep(0)

    assert wire.told == []


async def test_everything_else_is_the_transport_s() -> None:
    """uvicorn asks it for addresses, and whether it is closing."""
    joined = JoinedWrites(Wire(), asyncio.get_running_loop())

    assert joined.get_extra_info("peername") == "the peername"
    assert not joined.is_closing()
