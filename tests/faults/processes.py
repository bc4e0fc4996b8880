"""Doing to processes what the kernel, an operator or a full machine does to them."""

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import wait_until


def kill(pid: int | None) -> None:
    """Kill a process as the kernel does when memory is short."""
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def stop(pid: int) -> None:
    """Stop a process in its tracks: from here on it does nothing."""
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: _state(pid) == "T")


@contextmanager
def stopped(pid: int) -> Generator[None]:
    """Stop a process for a block."""
    stop(pid)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def children_of(parent: int) -> list[int]:
    """Return the processes that a process has started and that still run."""
    path = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(pid) for pid in path.read_text().split()]


def backends_of(postmaster: int, title: str) -> list[int]:
    """Return the server processes of PostgreSQL with these words in their title."""
    return [pid for pid in children_of(postmaster) if title in _title(pid)]


@contextmanager
def frozen(postmaster: int) -> Generator[None]:
    """Stop PostgreSQL in its tracks, as a disk that answers nothing does; then let it go on."""
    # The parent first, so that it cannot start another child meanwhile.
    pids = [postmaster]
    os.kill(postmaster, signal.SIGSTOP)
    pids += children_of(postmaster)
    try:
        for pid in pids[1:]:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)


def peak_memory_bytes(pid: int) -> int:
    """Return the most memory that a process has held so far."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"the kernel does not say how much memory {pid} holds")


def _title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except FileNotFoundError:
        return ""


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
