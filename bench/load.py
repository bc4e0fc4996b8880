"""Sending: our own sender for a fixed number of calls, `wrk` for as many as go in a time."""

import json
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Target:
    """Where to send, and with which key."""

    port: int
    brand_id: int
    key: str

    def request(self, path: str, body: bytes) -> bytes:
        """Write a whole request."""
        head = (
            f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-brand-id: {self.brand_id}\r\n"
            f"x-api-key: {self.key}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


@dataclass(frozen=True)
class Rate:
    """What `wrk` measured."""

    per_second: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Sent:
    """How long a number of calls took."""

    seconds: float
    p99_ms: float


def send_all(target: Target, path: str, bodies: Sequence[bytes], *, connections: int) -> Sent:
    """Send every body once over some connections; say how long it took.

    One thread a connection, each blocking in the kernel: next to no work beside the copying.
    """
    requests = [target.request(path, body) for body in bodies]
    waiting = iter(requests)
    lock = threading.Lock()
    failures: list[bytes] = []
    waits: list[float] = []

    def send_some() -> None:
        with socket.create_connection(("127.0.0.1", target.port)) as connection:
            while True:
                with lock:
                    request = next(waiting, None)
                if request is None:
                    return
                begun = time.perf_counter()
                connection.sendall(request)
                answer = _read_answer(connection)
                waits.append(time.perf_counter() - begun)
                if not answer.startswith(b"HTTP/1.1 200"):
                    failures.append(answer)

    threads = [threading.Thread(target=send_some) for _ in range(connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    if failures:
        raise RuntimeError(f"{len(failures)} calls failed; the first answer: {failures[0]!r}")
    return Sent(seconds, sorted(waits)[len(waits) * 99 // 100] * 1_000)


def send_steadily(
    target: Target,
    path: str,
    bodies: Sequence[bytes],
    *,
    connections: int,
    per_second: float,
    answered: Callable[[int], None],
) -> Sent:
    """Send every body once at a steady rate, and call back with its number when it is answered.

    A call that is late is sent at once, so that the rate holds as long as it can be held.
    """
    began = time.perf_counter()
    numbers = iter(range(len(bodies)))
    lock = threading.Lock()
    failures: list[bytes] = []
    waits: list[float] = []

    def send_some() -> None:
        with socket.create_connection(("127.0.0.1", target.port)) as connection:
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                time.sleep(max(0.0, began + number / per_second - time.perf_counter()))
                sent_at = time.perf_counter()
                connection.sendall(target.request(path, bodies[number]))
                answer = _read_answer(connection)
                waits.append(time.perf_counter() - sent_at)
                answered(number)
                if not answer.startswith(b"HTTP/1.1 200"):
                    failures.append(answer)

    threads = [threading.Thread(target=send_some) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(f"{len(failures)} calls failed; the first answer: {failures[0]!r}")
    return Sent(time.perf_counter() - began, sorted(waits)[len(waits) * 99 // 100] * 1_000)


def _read_answer(connection: socket.socket) -> bytes:
    answer = b""
    while True:
        chunk = connection.recv(65_536)
        if not chunk:
            return answer + b" (connection closed)"
        answer += chunk
        head, separator, body = answer.partition(b"\r\n\r\n")
        if separator:
            length = re.search(rb"content-length: (\d+)", head)
            if length is not None and len(body) >= int(length[1]):
                return answer


def wrk(
    target: Target, path: str, bodies: Sequence[bytes], *, connections: int, seconds: int
) -> Rate:
    """Send bodies in turn, as many as go in the time.

    Errors: RuntimeError when `wrk` is not installed, or when an answer was not a success.
    """
    program = shutil.which("wrk")
    if program is None:
        raise RuntimeError("wrk is missing: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "send.lua"
        # JSON's strings are Lua's as well, for the characters that our material has.
        lines = ",\n".join(json.dumps(body.decode()) for body in bodies)
        script.write_text(
            f"local bodies = {{\n{lines}\n}}\nlocal at = 0\n"
            "function request()\n  at = at % #bodies + 1\n"
            f'  return wrk.format("POST", "{path}", {{["x-brand-id"]="{target.brand_id}", '
            f'["x-api-key"]="{target.key}"}}, bodies[at])\nend\n',
            encoding="utf-8",
        )
        printed = subprocess.run(
            [
                program,
                "--latency",
                "-t1",
                f"-c{connections}",
                f"-d{seconds}s",
                "-s",
                str(script),
                f"http://127.0.0.1:{target.port}",
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    if "Non-2xx" in printed or "Socket errors" in printed:
        raise RuntimeError(printed)
    return Rate(
        per_second=float(_found(r"Requests/sec:\s+([\d.]+)", printed)[0]),
        p50_ms=_milliseconds(*_found(r"50%\s+([\d.]+)(\w+)", printed)),
        p99_ms=_milliseconds(*_found(r"99%\s+([\d.]+)(\w+)", printed)),
    )


def _found(pattern: str, printed: str) -> tuple[str, ...]:
    match = re.search(pattern, printed)
    if match is None:
        raise RuntimeError(f"wrk printed something unexpected:\n{printed}")
    return match.groups()


def _milliseconds(number: str, unit: str) -> float:
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]
