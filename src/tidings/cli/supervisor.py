"""The supervisor: keeps the web and worker processes and PostgreSQL running until told to stop."""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tidings.base import clock, log
from tidings.base.errors import Refused
from tidings.config import Config, child_environment

Kind = Literal["web", "worker"]

TICK_SECONDS = 1.0  # how often PostgreSQL is looked at; a dead child wakes us at once
FIRST_PAUSE_SECONDS = 0.5  # our choice: a process that died once starts again soon,
LONGEST_PAUSE_SECONDS = 30.0  # and one that always dies does not take the machine with it
GOOD_LIFE_SECONDS = 60.0  # a process that lived this long is forgiven its earlier deaths
KILL_MARGIN_SECONDS = 5  # children have their own limit, `shutdown_seconds`; this is on top

_STOP = frozenset({signal.SIGTERM, signal.SIGINT})


class Signals:
    """The signals of this process as something to wait for.

    They stay caught for the rest of the process's life: a second Ctrl-C must not interrupt the
    stopping of the database.
    """

    def __init__(self) -> None:
        self._reader, writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for sign in (*_STOP, signal.SIGCHLD):
            signal.signal(sign, lambda _sign, _frame: None)

    def wait(self, limit_seconds: float) -> bool:
        """Wait for a signal or a time, and say whether we were told to stop.

        Shape:  returns at any signal, so at the death of a child too.
        """
        readable, _, _ = select.select([self._reader], [], [], max(limit_seconds, 0.0))
        return bool(readable) and not _STOP.isdisjoint(os.read(self._reader, 4_096))


@dataclass(slots=True)
class _Child:
    """A place for one process, filled again when it falls empty."""

    kind: Kind
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    pause_seconds: float = FIRST_PAUSE_SECONDS


class Supervisor:
    """Starts the children of a configuration and looks after them.

    Shape:  listener - the claimed address, which every web process inherits;
            metrics_dir - where the processes leave their figures for one another;
            ensure_database - restarts the embedded PostgreSQL if it died; None for another one.
    """

    def __init__(
        self,
        config: Config,
        *,
        listener: socket.socket,
        metrics_dir: Path,
        ensure_database: Callable[[], bool] | None,
    ) -> None:
        self._config = config
        self._listener = listener
        self._metrics_dir = metrics_dir
        self._ensure_database = ensure_database
        self._database_again_at = 0.0
        self._database_pause_seconds = FIRST_PAUSE_SECONDS
        self._children = [_Child("web") for _ in range(config.web_processes)]
        self._children += [_Child("worker") for _ in range(config.worker_processes)]
        # The children read from it and get the end of the pipe when we are gone. The writing
        # end is inherited by nobody, so that we alone keep it open.
        self._life, self._our_life = os.pipe()

    def run(self, *, started: Callable[[], None]) -> None:
        """Keep everything running until SIGTERM or SIGINT, then stop the children.

        Shape:  started - called once, when the children have been started.
        """
        signals = Signals()
        try:
            self._start_due()
            started()
            while not signals.wait(self._until_next()):
                self._notice_deaths()
                self._keep_database()
                self._start_due()
        finally:
            self._stop_children(signals)

    def _until_next(self) -> float:
        due = [c.start_again_at - clock.monotonic() for c in self._children if c.process is None]
        return min([TICK_SECONDS, *due])

    def _start_due(self) -> None:
        for child in self._children:
            if child.process is None and clock.monotonic() >= child.start_again_at:
                self._start(child)

    def _start(self, child: _Child) -> None:
        fds = [self._life]
        command = [child.kind, *self._config.as_flags(), "--parent-fd", str(self._life)]
        if child.kind == "web":
            fds.append(self._listener.fileno())
            command += ["--fd", str(self._listener.fileno())]
        child.process = subprocess.Popen(  # noqa: S603 - ourselves
            # -P: a folder named `tidings` where the server was started is not the program.
            [sys.executable, "-P", "-m", "tidings", *command],
            stdin=subprocess.DEVNULL,
            pass_fds=fds,
            env=child_environment(PROMETHEUS_MULTIPROC_DIR=str(self._metrics_dir)),
            start_new_session=True,  # a Ctrl-C at the terminal reaches them through us, once
        )
        child.started_at = clock.monotonic()
        log.info(log.Action.PROCESS_STARTED, kind=child.kind, pid=child.process.pid)

    def _notice_deaths(self) -> None:
        for child in self._children:
            if child.process is None or (status := child.process.poll()) is None:
                continue
            if clock.monotonic() - child.started_at >= GOOD_LIFE_SECONDS:
                child.pause_seconds = FIRST_PAUSE_SECONDS
            child.start_again_at = clock.monotonic() + child.pause_seconds
            log.error(
                log.Action.PROCESS_DIED,
                kind=child.kind,
                pid=child.process.pid,
                status=status,
                pause_seconds=child.pause_seconds,
            )
            child.pause_seconds = min(2 * child.pause_seconds, LONGEST_PAUSE_SECONDS)
            self._forget_live_metrics(child.process.pid)
            child.process = None

    def _forget_live_metrics(self, pid: int) -> None:
        # What prometheus_client calls mark_process_dead: a gauge of what a process has now ends
        # with the process, while its counters go on counting.
        for file in self._metrics_dir.glob(f"gauge_live*_{pid}.db"):
            file.unlink(missing_ok=True)

    def _keep_database(self) -> None:
        if self._ensure_database is None or clock.monotonic() < self._database_again_at:
            return
        try:
            self._ensure_database()
            self._database_pause_seconds = FIRST_PAUSE_SECONDS
        except Refused as refusal:
            # A full disk or a mistake in a setting: the web processes answer 503 meanwhile, and
            # an operator can mend it without a restart.
            log.error(log.Action.DATABASE_LOST, reason=refusal.message)
            self._database_again_at = clock.monotonic() + self._database_pause_seconds
            self._database_pause_seconds = min(
                2 * self._database_pause_seconds, LONGEST_PAUSE_SECONDS
            )

    def _stop_children(self, signals: Signals) -> None:
        # The children close their copies as they stop. With ours open, whoever calls now would wait
        # for an answer until we have ended; so he is refused, and can turn to another server.
        self._listener.close()
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            process.terminate()
        deadline = clock.monotonic() + self._config.shutdown_seconds + KILL_MARGIN_SECONDS
        while running := [process for process in running if process.poll() is None]:
            # Whoever asks a second time does not want to wait.
            was_asked_again = signals.wait(min(TICK_SECONDS, deadline - clock.monotonic()))
            if was_asked_again or clock.monotonic() >= deadline:
                for process in running:
                    process.kill()
                    process.wait()
        for child in self._children:
            if child.process is not None:
                status = child.process.returncode
                log.info(
                    log.Action.PROCESS_STOPPED,
                    kind=child.kind,
                    pid=child.process.pid,
                    status=status,
                )
