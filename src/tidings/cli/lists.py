"""`tidings segment import`: who is on a custom list, from a file."""

import csv
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TextIO

import click

from tidings.base import limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.cli.options import with_config
from tidings.cli.session import in_database
from tidings.cli.table import shown
from tidings.config import Config
from tidings.identity.model import IdentifierKind
from tidings.segments import lists
from tidings.segments.lists import Import
from tidings.segments.model import SegmentId
from tidings.segments.sheet import KINDS, Named, Row, Sheet, named
from tidings.storage.pool import BY_KEY_SETTINGS, Database

# Measured: fewer cost a transaction each, more are no faster.
_ROWS_PER_BATCH = 2_000
_LABEL_WIDTH = 42
_SHOWN_CHARACTERS = 100


@dataclass(slots=True)
class Figures:
    """What became of the rows of a file."""

    rows: int = 0
    members: int = 0
    again: int = 0
    unknown: int = 0
    unreadable: int = 0
    examples: list[str] = field(default_factory=list[str])


@click.command("import")
@click.argument("brand_id", type=int)
@click.argument("wanted", metavar="NAME|SEGMENT_ID")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=KIND",
    help="Take the column NAME for that kind of identifier, and read no other columns.",
)
@click.option(
    "--unknown",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV file to write the rows to that lead to nobody.",
)
@with_config()
def import_list(
    config: Config,
    brand_id: int,
    wanted: str,
    file: Path,
    *,
    columns: tuple[str, ...],
    unknown: Path | None,
) -> None:
    """Put the people in FILE on a custom list of BRAND_ID, in place of those who are on it.

    FILE is CSV in UTF-8, below a head that names what identifies people: user_id, email, mobile,
    anonymous_id. A NAME that no segment has makes a new list. The members change at once when all
    are found; if the import is broken off, they stay as they were.
    """
    if not file.is_file():
        raise Refused(Code.INVALID, f"{file} is no ordinary file: it is read twice.")
    if unknown is not None and unknown.exists() and unknown.samefile(file):
        raise Refused(Code.INVALID, "The rows that lead to nobody need a file of their own.")
    asked = _asked(columns)
    with file.open("rb") as first:
        rows = sum(1 for _ in Sheet(first, asked).rows())
    with file.open("rb") as second, _written(unknown) as told:
        importing = _Importing(BrandId(brand_id), Sheet(second, asked), told)
        segment_id = in_database(config, lambda database: importing.run(database, wanted, rows))
    click.echo(f"Segment {segment_id} is being built.")


class _Importing:
    """One file on its way to a list."""

    def __init__(self, brand_id: BrandId, sheet: Sheet, told: TextIO | None) -> None:
        self._brand_id = brand_id
        self._sheet = sheet
        self._told = None if told is None else csv.writer(told)
        self._figures = Figures()

    async def run(self, database: Database, wanted: str, rows: int) -> SegmentId:
        kinds = {column.kind for column in self._sheet.columns}
        async with database.transaction() as tx:
            begun = await lists.begin(tx, self._brand_id, wanted, kinds)
        try:
            await self._import(database, begun, rows)
        except BaseException:
            # Without a database it stays as it is, and the next import gives it up.
            with suppress(Refused):
                async with database.transaction() as tx:
                    await lists.give_up(tx, self._brand_id, begun)
            raise
        return begun.which.segment_id

    async def _import(self, database: Database, begun: Import, rows: int) -> None:
        if self._told is not None:
            self._told.writerow(["line", "reason", *self._sheet.head])
        async with Database(database.url, size=1, settings=BY_KEY_SETTINGS) as of_its_own:
            with click.progressbar(length=rows, label="Importing", file=sys.stderr) as bar:
                for batch in _batches(self._sheet.rows()):
                    await self._add(of_its_own, begun, batch)
                    bar.update(len(batch))
        self._show()
        if self._figures.rows and not self._figures.members:
            message = (
                f"None of the {self._figures.rows:,} rows leads to anybody; nothing is changed."
            )
            raise Refused(Code.INVALID, message)
        async with database.transaction() as tx:
            await lists.finish(tx, self._brand_id, begun.which)

    async def _add(self, database: Database, begun: Import, batch: Sequence[Row]) -> None:
        found = [named(self._brand_id, self._sheet, row) for row in batch]
        async with database.transaction() as tx:
            added = await lists.add(
                tx, self._brand_id, begun.which, [one.identifiers for one in found]
            )
        self._figures.rows += len(batch)
        self._figures.members += added.members
        self._figures.again += sum(added.is_known) - added.members
        for row, one, is_known in zip(batch, found, added.is_known, strict=True):
            if not is_known:
                self._tell(row, one)

    def _tell(self, row: Row, one: Named) -> None:
        if one.identifiers:
            self._figures.unknown += 1
        else:
            self._figures.unreadable += 1
        reason = "; ".join(["unknown"] * bool(one.identifiers) + list(one.wrong))
        if self._told is not None:
            self._told.writerow([row.line, reason, *row.fields])
        elif len(self._figures.examples) < limits.SEGMENT_EXAMPLES:
            values = ",".join(row.fields)[:_SHOWN_CHARACTERS]
            self._figures.examples.append(f"  line {row.line}: {values}: {reason}")

    def _show(self) -> None:
        figures = self._figures
        for label, number in (
            ("Rows", figures.rows),
            ("People on the list", figures.members),
            ("Rows about one of these once more", figures.again),
            ("Rows about nobody known", figures.unknown),
            ("Rows without an identifier", figures.unreadable),
        ):
            click.echo(f"{label:<{_LABEL_WIDTH}}{number:>12,}")
        for example in figures.examples:
            click.echo(shown(example))
        more = figures.unknown + figures.unreadable - len(figures.examples)
        if self._told is None and more > 0:
            click.echo(f"  and {more:,} more, which --unknown writes to a file")


def _asked(columns: Sequence[str]) -> dict[str, IdentifierKind]:
    asked: dict[str, IdentifierKind] = {}
    for column in columns:
        name, _, kind = column.rpartition("=")
        if not name or kind not in KINDS:
            known = ", ".join(KINDS)
            message = f"--column {column!r} is not NAME=KIND, with one of these kinds: {known}."
            raise Refused(Code.INVALID, message)
        asked[name] = KINDS[kind]
    return asked


@contextmanager
def _written(path: Path | None) -> Generator[TextIO | None]:
    if path is None:
        yield None
        return
    try:
        file = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise Refused(Code.INVALID, f"{path} cannot be written: {error.strerror}.") from error
    with file:
        yield file


def _batches(rows: Iterator[Row]) -> Iterator[Sequence[Row]]:
    while batch := list(islice(rows, _ROWS_PER_BATCH)):
        yield batch
