"""`make bench`: every figure beside its yardstick, from this machine, in one run.

Machines are shared and noisy, so what counts is the ratio of two figures measured one right after
the other; each is the median of three such pairs.
"""

import asyncio
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from bench import mails, material, reports, segments, sending
from bench.contacts import PATH, hot_calls, upserts
from bench.load import Rate, Target, send_all, wrk
from bench.server import (
    Server,
    free_port,
    prepare_round,
    read_hot,
    serving,
    switch_merging,
)
from tidings.storage.embedded import EmbeddedPostgres

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
BATCH_CONNECTIONS = 8
SINGLE_CONNECTIONS = 64
SINGLE_SECONDS = 10
HOT_CONNECTIONS = 200
STEADY_SECONDS = 120
USERS_SENT = 20_000
WEB_PROCESSES = (1, 2, 3)

_BATCH = material.bodies(material.events(material.EVENTS), 1_000)
_ADDRESSED = material.bodies(material.events_with_addresses(material.EVENTS), 1_000)
_HUNDREDS = material.bodies(material.events(material.EVENTS), 100)
_SINGLES = material.bodies(material.events(20_000), 1)
_NEW_USERS = material.bodies(
    [material.user(material.KNOWN + number) for number in range(USERS_SENT)], 100
)
_KNOWN_USERS = material.bodies([material.user(number) for number in range(USERS_SENT)], 100)


class Bench:
    """One run over one database."""

    def __init__(self, data_dir: Path, url: str, only: set[str]) -> None:
        self._data_dir = data_dir
        self._url = url
        self._only = only
        self._memory: dict[str, float] = {}
        self._p99_ms = 0.0

    def run(self) -> None:
        """Measure and print everything."""
        print(_machine())
        for web_processes in WEB_PROCESSES:
            with serving(self._data_dir, web_processes=web_processes) as server:
                self._measure(server, web_processes)
                self._note_memory(server)
        for kind, megabytes in self._memory.items():
            print(f"peak memory of a {kind} process: {megabytes:.0f} MB")

    def _measure(self, server: Server, web_processes: int) -> None:
        send = self._sender(server.target)
        if web_processes == 1:
            self._compare("batches of 1,000, 1 web process", send("/api/event", _BATCH), 0.3)
            self._compare(
                "batches of 100, 1 web process", send("/api/event", _HUNDREDS), 0.75 * 0.3
            )
            users = "/api/v1/user/create"
            self._compare("users, new, 100 a call", send(users, _NEW_USERS), 0.12)
            self._compare("users, known, 100 a call", send(users, _KNOWN_USERS), 0.15)
            self._singles(server)
            self._contacts(server)
            self._merging(server)
            self._steady(server)
        else:
            title = f"batches of 1,000, {web_processes} web processes"
            self._compare(title, send("/api/event", _BATCH), 0.4)

    def _sender(self, target: Target) -> Callable[[str, list[bytes]], Callable[[], float]]:
        def sender(path: str, bodies: list[bytes]) -> Callable[[], float]:
            def measure() -> float:
                asyncio.run(prepare_round(self._url, target.brand_id))
                sent = send_all(target, path, bodies, connections=BATCH_CONNECTIONS)
                self._p99_ms = sent.p99_ms
                records = material.EVENTS if path == "/api/event" else USERS_SENT
                return records / sent.seconds

            return measure

        return sender

    def _compare(self, title: str, measure: Callable[[], float], reach: float) -> None:
        if not self.is_wanted(title):
            return
        ours: list[float] = []
        limits: list[float] = []
        for _ in range(ROUNDS):
            limits.append(self._limit())
            ours.append(measure())
        ratio = statistics.median(a / b for a, b in zip(ours, limits, strict=True))
        print(
            f"{title}: {statistics.median(ours):,.0f}/s; bare COPY "
            f"{statistics.median(limits):,.0f}/s; ratio {ratio:.2f} (reach {reach:.2f})",
            flush=True,
        )

    def _limit(self) -> float:
        asyncio.run(prepare_round(self._url, 0))
        command = [sys.executable, "-m", "bench.yardsticks", "copy", self._url]
        return float(subprocess.run(command, check=True, capture_output=True).stdout)

    def _singles(self, server: Server) -> None:
        title = "single events, 64 connections"
        if not self.is_wanted(title):
            return
        ours: list[Rate] = []
        echoes: list[Rate] = []
        for _ in range(ROUNDS):
            with _echoing() as port:
                echoes.append(self._wrk(Target(port, 0, "")))
            asyncio.run(prepare_round(self._url, server.target.brand_id))
            ours.append(self._wrk(server.target))
        pairs = zip(ours, echoes, strict=True)
        ratio = statistics.median(a.per_second / b.per_second for a, b in pairs)
        median = sorted(ours, key=lambda rate: rate.per_second)[ROUNDS // 2]
        print(
            f"{title}: {median.per_second:,.0f}/s, p50 {median.p50_ms:.1f} ms, "
            f"p99 {median.p99_ms:.1f} ms; echo "
            f"{statistics.median(echo.per_second for echo in echoes):,.0f}/s; "
            f"ratio {ratio:.2f} (reach 0.35)",
            flush=True,
        )

    def _contacts(self, server: Server) -> None:
        send = self._sender(server.target)
        for title, first in (("new", material.KNOWN), ("known", 0)):
            named = f"contacts.upsert, {title}, 50 a call"
            self._compare(named, send(PATH, upserts(first)), 0.08)
            if self.is_wanted(named):
                print(f"  p99 of a call {self._p99_ms:.0f} ms (reach 500)", flush=True)
        title = "contacts.upsert, 200 connections on the same 10 contacts"
        if self.is_wanted(title):
            asyncio.run(prepare_round(self._url, server.target.brand_id))
            calls = hot_calls()
            sent = send_all(server.target, PATH, calls, connections=HOT_CONNECTIONS)
            counted = asyncio.run(read_hot(self._url))
            if counted != [len(calls)] * len(counted):
                raise RuntimeError(f"increments were lost: {counted} of {len(calls)}")
            print(
                f"{title}: {len(calls) / sent.seconds:,.0f} calls/s, p99 {sent.p99_ms:.0f} ms, "
                f"every increment counted",
                flush=True,
            )

    def _merging(self, server: Server) -> None:
        title = "batches of 1,000 with merging"
        if not self.is_wanted(title):
            return
        measure = self._sender(server.target)("/api/event", _ADDRESSED)
        pairs: list[tuple[float, float]] = []
        for _ in range(ROUNDS):
            without = measure()
            asyncio.run(switch_merging(self._url, on=True))
            pairs.append((measure(), without))
            asyncio.run(switch_merging(self._url, on=False))
        ratio = statistics.median(ours / theirs for ours, theirs in pairs)
        merging, without = (statistics.median(rates) for rates in zip(*pairs, strict=True))
        print(
            f"{title}: {merging:,.0f}/s; without {without:,.0f}/s; ratio {ratio:.2f} (reach 0.80)",
            flush=True,
        )

    def _wrk(self, target: Target) -> Rate:
        return wrk(
            target, "/api/event", _SINGLES, connections=SINGLE_CONNECTIONS, seconds=SINGLE_SECONDS
        )

    def _steady(self, server: Server) -> None:
        if not self.is_wanted("steady memory over two minutes"):
            return
        asyncio.run(prepare_round(self._url, server.target.brand_id))
        samples: list[float] = []
        deadline = time.monotonic() + STEADY_SECONDS
        done = threading.Event()

        def sample() -> None:
            while not done.wait(5):
                samples.append(server.resident())

        sampler = threading.Thread(target=sample)
        sampler.start()
        while time.monotonic() < deadline:
            send_all(server.target, "/api/event", _BATCH, connections=BATCH_CONNECTIONS)
        done.set()
        sampler.join()
        print(
            "memory of the largest process over two minutes of batches: "
            + ", ".join(f"{megabytes:.0f}" for megabytes in samples[::4])
            + " MB",
            flush=True,
        )

    def is_wanted(self, title: str) -> bool:
        """Say whether a figure of this title is asked for."""
        return not self._only or any(word in title for word in self._only)

    def _note_memory(self, server: Server) -> None:
        for kind, megabytes in server.memory().items():
            self._memory[kind] = max(self._memory.get(kind, 0.0), megabytes)


@contextmanager
def _echoing() -> Generator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free_port()))
        listener.listen(1_024)
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.yardsticks", "echo", str(listener.fileno())],
            pass_fds=[listener.fileno()],
        )
        try:
            yield int(listener.getsockname()[1])
        finally:
            process.terminate()
            process.wait(10)


def _machine() -> str:
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, "
        f"load before: {os.getloadavg()[0]:.1f}"
    )


def main() -> None:
    """Run the figures whose titles hold a word of the command line; all without any."""
    with tempfile.TemporaryDirectory(prefix="tidings-bench-") as folder:
        database = EmbeddedPostgres(Path(folder))
        url = database.start_or_join()
        try:
            bench = Bench(Path(folder), url, set(sys.argv[1:]))
            bench.run()
        finally:
            database.leave()
    # In a folder of its own, with a million people in it.
    with tempfile.TemporaryDirectory(prefix="tidings-bench-") as folder:
        segments.measure(Path(folder), bench.is_wanted)
    for title, measure in (("mails", mails), ("sending", sending), ("reports", reports)):
        if bench.is_wanted(title):
            measure.main()


if __name__ == "__main__":
    main()
