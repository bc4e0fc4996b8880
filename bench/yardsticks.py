"""What the figures are held against: the same rows by bare COPY, the same body by a bare echo.

Run as a program, so that a yardstick has a process of its own as the server has:
`python -m bench.yardsticks copy URL` prints events a second, `… echo FD` serves until killed.
"""

import asyncio
import json
import socket
import sys
import time
import zlib
from datetime import UTC, datetime
from typing import Any

import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send

from bench import material
from tidings.storage.pool import connect
from tidings.storage.tx import Connection

_ROWS_PER_CALL = 1_000
_CONNECTIONS = 2
_COLUMNS = [
    "slot",
    "profile_id",
    "brand_id",
    "name_id",
    "occurred_at",
    "received_at",
    "ltv",
    "event_id",
    "attributes",
    "context",
]


async def copy(url: str) -> float:
    """COPY the bench's events with the driver's own encoder; return events a second."""
    rows = [_row(event) for event in material.events(material.EVENTS)]
    chunks = iter([rows[at : at + _ROWS_PER_CALL] for at in range(0, len(rows), _ROWS_PER_CALL)])
    # jit off and JSON as bytes, as the server has it.
    connections = [await connect(url) for _ in range(_CONNECTIONS)]

    async def work(connection: Connection) -> None:
        for chunk in chunks:
            await connection.copy_records_to_table("events", records=chunk, columns=_COLUMNS)

    started = time.perf_counter()
    await asyncio.gather(*(work(connection) for connection in connections))
    seconds = time.perf_counter() - started
    for connection in connections:
        await connection.close()
    return len(rows) / seconds


def _row(event: dict[str, Any]) -> tuple[object, ...]:
    user = event["userID"]
    slot = zlib.crc32(user.encode()) & 255
    occurred_at = datetime.fromisoformat(event["event_time"]).replace(tzinfo=UTC)
    return (
        slot,
        int(user.removeprefix("user-")) + (1 << 60),
        1,
        material.NAMES.index(event["event_name"]) + 1,
        occurred_at,
        datetime.now(UTC),
        10.0,
        None,
        json.dumps(event["attributes"]).encode(),
        json.dumps(event["context"]).encode(),
    )


async def _echo(_scope: Scope, receive: Receive, send: Send) -> None:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    length = str(len(body)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def echo(fd: int) -> None:
    """Serve the echo on an inherited socket, on the server settings that Tidings uses."""
    config = uvicorn.Config(
        _echo,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=fd)])


if __name__ == "__main__":
    if sys.argv[1] == "copy":
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            print(runner.run(copy(sys.argv[2])))
    else:
        echo(int(sys.argv[2]))
