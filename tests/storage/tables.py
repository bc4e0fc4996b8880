"""The tables of a database as text; run as a program, it writes `storage/schema.sql` anew."""

import asyncio
import re
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

from tidings import storage
from tidings.storage import account
from tidings.storage.embedded import EmbeddedPostgres, binary
from tidings.storage.migrate import migrate
from tidings.storage.pool import Database

FILE = Path(storage.__path__[0], "schema.sql")
HEAD = """\
-- The tables at one sight, as all migrations leave them. Written by `make schema`: do not edit.
-- The months of events, `events_2026_03` and so on, are made by events/jobs.py and left out here.
"""

_DUMP = (
    "--schema-only",
    "--no-owner",
    "--no-privileges",
    "--exclude-table=events_[0-9][0-9][0-9][0-9]_[0-9][0-9]",
)
# What pg_dump says about itself and the session that would load the dump: it differs from run to
# run (\restrict) or says nothing about the tables.
_NOISE = re.compile(r"^(--.*|\\.*|SET .*|SELECT pg_catalog\.set_config.*)\n", re.MULTILINE)
_SEQUENCE = re.compile(r"(?<= AS IDENTITY )\(\n(.*?)\n\)", re.DOTALL)
_GAP = re.compile(r"\n\n+")


def tables_of(url: str) -> str:
    """Return everything in a database but its rows, in one order, without the months of events."""
    done = account.run([str(binary("pg_dump")), *_DUMP, f"--dbname={url}"])
    assert done.returncode == 0, done.stderr
    text = _NOISE.sub("", done.stdout).replace("public.", "").replace("ONLY ", "")
    text = _SEQUENCE.sub(lambda found: f"({' '.join(found[1].split())})", text)
    text = text.replace("\n    ADD CONSTRAINT", " ADD CONSTRAINT")
    statements = [statement.strip() for statement in _GAP.split(text) if statement.strip()]
    # A blank line around what has several lines; the others stand close together.
    gaps = [
        "\n" if one.count("\n") + next_one.count("\n") == 0 else "\n\n"
        for one, next_one in pairwise([*statements, ""])
    ]
    return "".join(part for pair in zip(statements, gaps, strict=True) for part in pair)


async def _migrate(url: str) -> None:
    async with Database(url) as database:
        await migrate(database)


def _write() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # as root, PostgreSQL runs as another account and must get in
        with EmbeddedPostgres(Path(folder)) as url:
            asyncio.run(_migrate(url))
            FILE.write_text(HEAD + "\n" + tables_of(url), encoding="utf-8")
    sys.stdout.write(f"{FILE} is written.\n")


if __name__ == "__main__":
    _write()
