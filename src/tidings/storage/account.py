"""The account under which PostgreSQL runs: ourselves, or another one when we are root."""

import os
import pwd
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tidings.base.errors import Code, Refused

ACCOUNT_NAME = "tidings"

# The server and its tools see this environment and no other: a PGHOST, PGOPTIONS or LC_ALL of
# the person at the terminal must not change what the database is.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/"}

_USERADD_TRIES = 10
_USERADD_PAUSE_SECONDS = 0.3

_AS_ACCOUNT = "--clear-groups", "--no-new-privs"
_NO_CAPABILITY = "--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all"
# A data folder or a virtual environment below /root (mode 0700) is where `git clone` by root
# puts them, and no other account can enter there. Opening /root would be a change to a folder
# that is not ours, so PostgreSQL gets the right to pass through closed folders instead: it
# survives the change of account as an "ambient" capability, and every other one is dropped for
# good. The securebit is for access(2), with which PostgreSQL looks for its own binary: without
# it the kernel answers that call as if an account other than root had no capability.
# Cost: this server process can read any file of the machine. It can write only its own, and
# whoever can log in to it as its superuser is root or the account itself (the socket's folder
# is closed to others). Source: capabilities(7), CAP_DAC_READ_SEARCH and SECBIT_NO_SETUID_FIXUP.
_PASS_THROUGH = (
    "--securebits=+no_setuid_fixup",
    "--inh-caps=-all,+dac_read_search",
    "--ambient-caps=-all,+dac_read_search",
    "--bounding-set=-all,+dac_read_search",
)


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs PostgreSQL.

    Shape:  prefix - what stands before a command line to run it as that account; empty when
            the account is our own.
    """

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()


def is_root() -> bool:
    """Say whether we are root, whom PostgreSQL refuses to serve."""
    return os.geteuid() == 0


def owner_for(folder: Path) -> Account:
    """Choose the account for a database folder, which may not exist yet.

    An existing folder is run by its owner. Root's new ones, and ones that root restored from
    a backup, go to the system account `tidings`, which is made when missing.

    Errors: `Refused(forbidden)` when the folder belongs to somebody else and we are not root;
            `Refused(unavailable)` when the system account cannot be made.
    """
    owner = folder.stat().st_uid if folder.exists() else os.geteuid()
    if not is_root():
        if owner != os.geteuid():
            raise Refused(
                Code.FORBIDDEN,
                f"{folder} belongs to the account {_name_of(owner)}: run tidings as that account "
                "or as root, or choose another --data-dir.",
            )
        return Account(os.geteuid(), os.getegid())
    if owner != 0:
        return Account(owner, folder.stat().st_gid)
    entry = _system_account()
    return Account(entry.pw_uid, entry.pw_gid)


def able_to_run(account: Account, binaries: Path, folder: Path) -> Account:
    """Return the account with the prefix under which it can run PostgreSQL on a folder.

    Shape:  binaries - the folder with the server's programs.
    Errors: `Refused(unavailable)` when it cannot reach them and this machine does not let us
            give it the right to.
    """
    if not is_root():
        return account
    to_account = ("setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", *_AS_ACCOUNT)
    for capabilities in (_NO_CAPABILITY, _PASS_THROUGH):
        prefix = (*to_account, *capabilities, "--")
        # pg_config finds its own binary as the server does, which is harder than running it.
        trial = '"$1/pg_config" --bindir && cd "$2"'
        done = run([*prefix, "/bin/sh", "-c", trial, "sh", str(binaries), str(folder)])
        if done.returncode == 0:
            return Account(account.uid, account.gid, prefix)
    raise Refused(
        Code.UNAVAILABLE,
        f"PostgreSQL does not run as root, and the account {_name_of(account.uid)} cannot enter "
        f"{folder} or run what is in {binaries}. This machine lacks `setpriv` or the capability "
        "CAP_DAC_READ_SEARCH, which would let it through. Choose a --data-dir (and a place for "
        "the program) that other accounts can enter, or run tidings as an ordinary user.",
    )


def give(folder: Path, account: Account) -> None:
    """Make an account the owner of a folder and of everything in it.

    Only called for folders that Tidings made or is about to run PostgreSQL in.
    """
    if not is_root() or folder.stat().st_uid == account.uid:
        return
    # The folder itself comes last: if we are killed half-way, its owner is still the old one
    # and the next start does all of it again.
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(parent, name), account.uid, account.gid, follow_symlinks=False)
    os.chown(folder, account.uid, account.gid, follow_symlinks=False)


def run(command: Sequence[str], *, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's tools, or what prepares for it, and wait for it.

    Shape:  text - its standard input; a program that does not exist ends with status 127.
    """
    try:
        return subprocess.run(  # noqa: S603 - only fixed programs; no shell reads a value
            command,
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",  # PostgreSQL's tools fail in a folder that their account cannot enter
            env=ENVIRONMENT,
        )
    except FileNotFoundError as error:
        return subprocess.CompletedProcess(command, 127, stdout="", stderr=str(error))


def _system_account() -> pwd.struct_passwd:
    options = ("--system", "--no-create-home", "--shell", "/usr/sbin/nologin")
    failure = ""
    for _ in range(_USERADD_TRIES):
        # Asked again after each failure: another start may have made the account meanwhile,
        # or holds the lock of /etc/passwd for a moment.
        try:
            return pwd.getpwnam(ACCOUNT_NAME)
        except KeyError:
            done = run(["useradd", *options, ACCOUNT_NAME])
        if done.returncode != 0:
            failure = done.stderr.strip()
            time.sleep(_USERADD_PAUSE_SECONDS)
    raise Refused(
        Code.UNAVAILABLE,
        f"PostgreSQL does not run as root, and the account {ACCOUNT_NAME} for it could not be "
        f"made: {failure}. Make that account yourself, or run tidings as an ordinary user.",
    )


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
