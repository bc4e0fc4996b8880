"""A PostgreSQL server process: with which settings it starts, whether it lives, how it stops."""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tidings.base import clock
from tidings.base.errors import Code, Refused
from tidings.storage import account as accounts

PORT = "5432"  # only the name of the socket: `.s.PGSQL.5432`

START_LIMIT_SECONDS = 300.0  # our choice: recovery reads up to max_wal_size after a crash
STOP_LIMIT_SECONDS = 60.0  # our choice: the last checkpoint of a full shared_buffers
ORPHANS_LIMIT_SECONDS = 30.0  # our choice: backends notice the death of their parent well before
MAX_LOG_BYTES = 10_000_000  # our choice: then the log is set aside once, at the next start
POLL_SECONDS = 0.02

_TAIL_BYTES = 2_000
_ORPHANS = "pre-existing shared memory block"
# Larger than any process id Linux gives out (proc(5), pid_max is at most 2**22).
_NOBODY = "4194304"

_SETTINGS = {
    "listen_addresses": "",  # the socket's folder is the door; there is no other
    "unix_socket_permissions": "0700",  # a second lock on the same door
    "fsync": "on",  # an answer follows a commit that is on the disk
    "synchronous_commit": "on",  # same
    "full_page_writes": "on",  # same: a torn page is mended after a power cut
    "jit": "off",  # compiling long sums over a few rows costs more than running them
    "shared_buffers": "256MB",  # fits the smallest machine we name; the page cache does the rest
    "max_wal_size": "4GB",  # at full ingest a checkpoint by time, not by size
    "checkpoint_timeout": "15min",  # fewer full page images; longer recovery is the price
    "max_connections": "100",  # some 10 for each web and worker process
    "max_locks_per_transaction": "256",  # a query over years of monthly partitions locks each
    "wal_level": "replica",  # pg_basebackup must work
    "timezone": "UTC",  # instants are UTC everywhere in the house
    "log_timezone": "UTC",  # same, so that both logs can be laid side by side
    "log_error_verbosity": "terse",  # the details of an error hold people's values
    "log_min_error_statement": "panic",  # and so do statements
    "cluster_name": "tidings",  # what `ps` shows
}


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The living server of a database folder.

    Shape:  is_ready - false while it starts, recovers or stops.
    """

    pid: int
    is_ready: bool


def find(folder: Path) -> Postmaster | None:
    """Find the living server of a database folder; None when there is none."""
    try:
        lines = (folder / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return None
    if not _works_in(folder, pid):
        return None
    status = lines[7].strip() if len(lines) > 7 else ""
    return Postmaster(pid, is_ready=status == "ready")


def start(command: Sequence[str], folder: Path, socket_folder: Path, log_path: Path) -> Postmaster:
    """Start a server on a folder that has none, and wait until it accepts connections.

    Shape:  command - the binary, with what must stand before it.
    Errors: `Refused(unavailable)` with the end of the server's log.
    """
    _disown_stale_lock(folder)
    # The lock beside the socket names a process, too, and nothing else.
    (socket_folder / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
    settings = {**_SETTINGS, "port": PORT, "unix_socket_directories": str(socket_folder)}
    flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    deadline = clock.monotonic() + ORPHANS_LIMIT_SECONDS
    while True:
        outcome = _launch([*command, "-D", str(folder), *flags], folder, log_path)
        if isinstance(outcome, Postmaster):
            return outcome
        if _ORPHANS not in outcome or clock.monotonic() > deadline:
            raise cannot_start(outcome)
        time.sleep(10 * POLL_SECONDS)


def stop(folder: Path) -> bool:
    """Stop the server of a folder, wait until its process is gone, say whether there was one."""
    was_running = False
    for sign, limit_seconds in (
        (signal.SIGINT, STOP_LIMIT_SECONDS),  # PostgreSQL's "fast": disconnect and checkpoint
        (signal.SIGQUIT, ORPHANS_LIMIT_SECONDS),  # "immediate": the next start recovers
    ):
        postmaster = find(folder)
        if postmaster is None:
            break
        was_running = True
        os.kill(postmaster.pid, sign)
        deadline = clock.monotonic() + limit_seconds
        while _works_in(folder, postmaster.pid) and clock.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
    return was_running


def cannot_start(reason: str) -> Refused:
    """Put a failed start into words; PostgreSQL's own are the best there are."""
    return Refused(Code.UNAVAILABLE, f"PostgreSQL could not start: {reason.strip()}")


def _works_in(folder: Path, pid: int) -> bool:
    # The number alone proves nothing, it may belong to another program by now; but the server
    # of this folder works inside it, and a dead one works nowhere.
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:
        return False


def _disown_stale_lock(folder: Path) -> None:
    # A killed server leaves its process id behind. When another program has that number by now
    # (usual in containers), PostgreSQL takes it for itself and refuses to start. We know better;
    # but the file also names the shared memory by which it finds orphaned backends, so we change
    # the number to one that nobody has, rather than remove the file.
    path = folder / "postmaster.pid"
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return
    # In a copy first: on a full disk the file would else be cut short, and forget those backends.
    # PostgreSQL runs as the folder's owner and must be able to read it.
    changed = path.with_name("postmaster.pid.new")
    changed.write_text("\n".join([_NOBODY, *lines[1:]]) + "\n")
    shutil.chown(changed, folder.stat().st_uid, folder.stat().st_gid)
    changed.replace(path)


def _launch(command: Sequence[str], folder: Path, log_path: Path) -> Postmaster | str:
    if log_path.exists() and log_path.stat().st_size > MAX_LOG_BYTES:
        log_path.replace(log_path.with_suffix(".log.1"))
    with log_path.open("ab") as output:
        log_start = output.tell()
        server = subprocess.Popen(  # noqa: S603 - our own binary; no shell reads a value
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=accounts.ENVIRONMENT,
            start_new_session=True,  # a Ctrl-C at the terminal is for us, not for the server
        )
    # It may outlive us, or die before us; this thread takes its exit status either way.
    threading.Thread(target=server.wait, daemon=True).start()
    deadline = clock.monotonic() + START_LIMIT_SECONDS
    while server.returncode is None:
        if find(folder) == (running := Postmaster(server.pid, is_ready=True)):
            return running
        if clock.monotonic() > deadline:
            tail = _tail(log_path, log_start)
            raise cannot_start(f"it is still recovering; try again in some minutes. {tail}")
        time.sleep(POLL_SECONDS)
    return _tail(log_path, log_start)


def _tail(log_path: Path, start_byte: int) -> str:
    text = log_path.read_bytes()[start_byte:][-_TAIL_BYTES:]
    return text.decode(errors="replace").strip()
