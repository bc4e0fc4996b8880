"""Processes that use an embedded server, and questions to it."""

import subprocess
import sys
from pathlib import Path

from tidings.storage import postmaster as postmasters
from tidings.storage.pool import connect

USE_UNTIL_INPUT_ENDS = """
import sys
from pathlib import Path
from tidings.storage.embedded import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


async def answer(url: str, query: str) -> object:
    """Ask the database one question."""
    connection = await connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def server_pid(data_dir: Path) -> int | None:
    """Find the server of a data folder."""
    postmaster = postmasters.find(data_dir / "postgres")
    return None if postmaster is None else postmaster.pid


def start_user(data_dir: Path, *prefix: str) -> subprocess.Popen[str]:
    """Start another process that uses the database, and wait until it does."""
    user = subprocess.Popen(
        [*prefix, sys.executable, "-c", USE_UNTIL_INPUT_ENDS, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert user.stdout is not None
    assert user.stdout.readline().startswith("postgresql://")
    return user


def end(user: subprocess.Popen[str]) -> None:
    """Let a process of `start_user` leave the database."""
    user.communicate(timeout=30)
