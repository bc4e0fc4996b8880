"""The server under test: a real one, on a folder of its own, and its database between rounds."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import astuple

from bench import material
from bench.load import Target
from tidings.base.ids import BrandId
from tidings.identity.model import IdentifierKind, identifier_of
from tidings.storage.pool import connect

_NO_LIMIT = "1000000000"
_START_SECONDS = 60
_LIMITS_KNOWN_SECONDS = 3  # every process reads the brands anew every 2 s


@dataclass(frozen=True)
class Server:
    """A running server."""

    target: Target
    process: subprocess.Popen[bytes]
    data_dir: Path

    def memory(self) -> dict[str, float]:
        """Return the largest resident memory any process of each kind ever had, in MB."""
        peak: dict[str, float] = {"supervisor": _megabytes(self.process.pid, "VmHWM")}
        for pid in _children(self.process.pid):
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            for kind in ("web", "worker"):
                if kind.encode() in command:
                    peak[kind] = max(peak.get(kind, 0.0), _megabytes(pid, "VmHWM"))
        return peak

    def processor_seconds(self) -> dict[str, float]:
        """Return what the processes of each kind have used of a processor; PostgreSQL is one."""
        used: dict[str, float] = {"supervisor": _processor_seconds(self.process.pid)}
        for pid in _children(self.process.pid):
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            for kind in ("web", "worker"):
                if kind.encode() in command:
                    used[kind] = used.get(kind, 0.0) + _processor_seconds(pid)
        lines = (self.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()
        postmaster = int(lines[0])
        # Of those that ended meanwhile the postmaster has the account.
        used["postgres"] = _processor_seconds(postmaster, with_ended=True) + sum(
            map(_processor_seconds, _all_children(postmaster))
        )
        return used

    def used_since(self, before: dict[str, float], *, seconds: float) -> str:
        """Say which part of a processor was used meanwhile, in all and by whom."""
        used = {
            kind: (until - before[kind]) / seconds
            for kind, until in self.processor_seconds().items()
        }
        each = ", ".join(f"{kind} {part:.1%}" for kind, part in used.items())
        return f"{sum(used.values()):.1%} ({each})"

    def resident(self) -> float:
        """Return the resident memory of the largest process now, in MB."""
        return max(_megabytes(pid, "VmRSS") for pid in _children(self.process.pid))


@contextmanager
def serving(data_dir: Path, *, web_processes: int, worker_processes: int = 1) -> Generator[Server]:
    """Run `tidings serve` for a while."""
    port = free_port()
    log = data_dir / f"serve-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *_tidings("serve", data_dir),
                *("--port", str(port), "--web-processes", str(web_processes)),
                *("--worker-processes", str(worker_processes)),
            ],
            stdout=output,
            stderr=output,
        )
    try:
        _wait_for(port, process)
        brand_id, found = _first_key(data_dir)
        time.sleep(_LIMITS_KNOWN_SECONDS)
        yield Server(Target(port, brand_id, found), process, data_dir)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


async def switch_merging(url: str, *, on: bool) -> None:
    """Switch merging on or off for every brand, and wait until every process knows."""
    connection = await connect(url)
    await connection.execute("UPDATE brands SET merging = $1", on)
    await connection.close()
    await asyncio.sleep(_LIMITS_KNOWN_SECONDS)


async def read_hot(url: str) -> list[int]:
    """Read what was counted for the contacts that all calls are about."""
    connection = await connect(url)
    rows = await connection.fetch(
        "SELECT (attributes ->> 'visits')::int AS visits FROM profiles WHERE user_id LIKE 'hot-%'"
    )
    await connection.close()
    return [row["visits"] for row in rows]


async def prepare_round(url: str, brand_id: int) -> None:
    """Empty the tables and put half of the users in, so that every round begins alike.

    Their addresses lead to them as well, which matters only where merging is on.
    """
    connection = await connect(url)
    await connection.execute(
        "TRUNCATE events, event_ids, profiles, identifiers, merges, identity_conflicts,"
        " unread_answers"
    )
    at = datetime.now(UTC)
    known = [
        identifier_of(BrandId(brand_id), IdentifierKind.USER_ID, f"user-{number}")
        for number in range(material.KNOWN)
    ]
    addresses = [
        identifier_of(BrandId(brand_id), IdentifierKind.EMAIL, material.email_of(who.value))
        for who in known
    ]
    await connection.copy_records_to_table(
        "identifiers",
        records=[
            (*astuple(which), who.slot, number)
            for number, (who, address) in enumerate(zip(known, addresses, strict=True))
            for which in (who, address)
        ],
        columns=["slot", "brand_id", "kind", "value", "profile_slot", "profile_id"],
    )
    await connection.copy_records_to_table(
        "profiles",
        records=[
            (who.slot, number, brand_id, who.value, b"{}", at, at)
            for number, who in enumerate(known)
        ],
        columns=[
            "slot",
            "profile_id",
            "brand_id",
            "user_id",
            "attributes",
            "created_at",
            "updated_at",
        ],
    )
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tidings(command: str, data_dir: Path) -> list[str]:
    return [sys.executable, "-m", "tidings", command, "--data-dir", str(data_dir)]


def _first_key(data_dir: Path) -> tuple[int, str]:
    """Find the key that the first start printed, and lift its brand's limits."""
    for log in sorted(data_dir.glob("serve-*.log"), key=lambda path: path.stat().st_mtime):
        text = log.read_text()
        key = re.search(r"x-brand-id: (\d+)' -H 'x-api-key: (\S+)'", text)
        if key is not None:
            limits = [
                flag
                for api in ("user", "event", "campaign", "reporting")
                for flag in (f"--{api}", _NO_LIMIT)
            ]
            command = [sys.executable, "-m", "tidings", "brand", "limits", key[1], *limits]
            subprocess.run([*command, "--data-dir", str(data_dir)], check=True, capture_output=True)
            return int(key[1]), key[2]
    raise RuntimeError("no start printed a key")


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(b"GET /health/ready HTTP/1.1\r\nhost: x\r\n\r\n")
                if b" 200 " in connection.recv(1_000):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the server did not start; see its log")


def _children(pid: int) -> list[int]:
    return [child for child in _all_children(pid) if _is_ours(child)]


def _all_children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _processor_seconds(pid: int, *, with_ended: bool = False) -> float:
    # proc(5): after the name in parentheses, the 12th and 13th are ours, the next two of children.
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0  # it has just ended
    ticks = map(int, fields[11 : 15 if with_ended else 13])
    return sum(ticks) / os.sysconf("SC_CLK_TCK")


def _is_ours(pid: int) -> bool:
    return b"tidings" in Path(f"/proc/{pid}/cmdline").read_bytes() and os.getpid() != pid


def _megabytes(pid: int, field: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(rf"{field}:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0
