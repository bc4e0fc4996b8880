"""What a server claims before it starts: its address, and its data folder."""

import errno
import fcntl
import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tidings.base.errors import Code, Refused

LOCK_NAME = "serve.lock"
BACKLOG_CONNECTIONS = 2_048  # our choice: what waits while a web process starts again

_WAYS_OUT = {
    errno.EADDRINUSE: "another program has it; stop that, or choose another --port",
    errno.EACCES: "ports below 1024 are root's; choose another --port",
    errno.EADDRNOTAVAIL: "this machine does not have that address; choose another --host",
}


def listen(host: str, port: int) -> socket.socket:
    """Claim an address, so that connections wait for whoever accepts them.

    Errors: `Refused(conflict)` with the way out when it cannot be had.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG_CONNECTIONS)
        except BaseException:
            listener.close()
            raise
    except OSError as error:
        way_out = _WAYS_OUT.get(error.errno or 0, error.strerror or str(error))
        raise Refused(
            Code.CONFLICT, f"Cannot listen on port {port} of {host}: {way_out}."
        ) from error
    return listener


@contextmanager
def only_server_of(data_dir: Path) -> Generator[None]:
    """Hold the data folder as its only `tidings serve`; a killed one lets go by itself.

    Errors: `Refused(conflict)` when another one holds it; `Refused(forbidden)` when the folder
            cannot be written.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = os.open(data_dir / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Refused(
            Code.FORBIDDEN,
            f"The data folder {data_dir} cannot be written ({error.strerror}): "
            "choose another --data-dir.",
        ) from error
    try:
        if not _take(lock):
            raise Refused(
                Code.CONFLICT,
                f"A server already runs on the data folder {data_dir}: stop it, or choose "
                "another --data-dir.",
            )
        yield
    finally:
        os.close(lock)


def is_served(data_dir: Path) -> bool:
    """Say whether a `tidings serve` runs on a data folder."""
    try:
        lock = os.open(data_dir / LOCK_NAME, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _take(lock)
    finally:
        os.close(lock)


def _take(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def callable_address(host: str, port: int) -> str:
    """Write `host:port` as a client on this machine calls it."""
    # Every address of the machine is none that a client can call; this one always works here.
    called = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not listened on
    return f"[{called}]:{port}" if ":" in called else f"{called}:{port}"
