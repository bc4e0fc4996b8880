"""A file that says who is on a custom list: comma-separated values below a head, line by line."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO, NamedTuple

from tidings.base import limits
from tidings.base.errors import Code, Refused
from tidings.base.ids import BrandId
from tidings.identity.claim import is_placeholder, normal_email, normal_mobile
from tidings.identity.model import Identifier, IdentifierKind, identifier_of
from tidings.profiles.accept import is_email, is_mobile


class Row(NamedTuple):
    """One row below the head.

    Shape:  line - where it begins, the head's being 1; fields - as they stand in the file.
    """

    line: int
    fields: Sequence[str]


class Column(NamedTuple):
    """A column that identifies people, counted from 0."""

    position: int
    kind: IdentifierKind


class Named(NamedTuple):
    """Whom a row means.

    Shape:  identifiers - the first that leads to somebody counts; wrong - what is wrong with the
            values that are none.
    """

    identifiers: Sequence[Identifier]
    wrong: Sequence[str]


class Sheet:
    """A file whose head is read, and whose rows are read once, as they are asked for.

    Shape:  asked - which kind of identifier a column has, by its name in the head; others are left
            alone. Empty when the head itself names the kind of every column.
    Errors: `invalid` with the line, at once and while rows are read: for bytes that are no UTF-8,
            broken quotes, an endless line, a head that names no kinds; `too_large` for too many
            rows.
    """

    def __init__(self, file: BinaryIO, asked: Mapping[str, IdentifierKind]) -> None:
        self._reader = csv.reader(_lines(file), strict=True)
        first = self._next()
        if first is None:
            raise _wrong(1, "has no head: name the kind of identifier of each column")
        self.head = [name.strip() for name in first.fields]
        self.columns = _columns(self.head, asked)

    def rows(self) -> Iterator[Row]:
        """Yield the rows that are not blank."""
        count = 0
        while (row := self._next()) is not None:
            count += 1
            if count > limits.MAX_LIST_ROWS:
                message = f"Line {row.line} is one too many: a list has {limits.MAX_LIST_ROWS:,}."
                raise Refused(Code.TOO_LARGE, message)
            yield row

    def _next(self) -> Row | None:
        fields: list[str] = []
        line = 0
        while not fields:
            line = self._reader.line_num + 1
            try:
                fields = next(self._reader)
            except csv.Error as error:
                raise _wrong(line, f"is not comma-separated values: {error}") from error
            except StopIteration:
                return None
        return Row(line, fields)


def named(brand_id: BrandId, sheet: Sheet, row: Row) -> Named:
    """Say whom a row means, by its identifiers from left to right.

    Values are written as identity writes them, and blanks around them do not count. What stands for
    having none (`null`, `0`) identifies only where nothing else does, as in a record.
    """
    if len(row.fields) > len(sheet.head):
        return Named((), [f"{len(row.fields)} values below a head of {len(sheet.head)}"])
    identifiers: list[Identifier] = []
    wrong: list[str] = []
    for column in sheet.columns:
        text = row.fields[column.position].strip() if column.position < len(row.fields) else ""
        if not text:
            continue
        normal, is_one, words = _RULES[column.kind]
        value = normal(text)
        if is_one(value):
            identifiers.append(identifier_of(brand_id, column.kind, value))
        else:
            wrong.append(f"{column.kind.name.lower()} {words}")
    if not identifiers and not wrong:
        wrong.append("no identifier")
    return Named(sorted(identifiers, key=is_placeholder), wrong)


def _lines(file: BinaryIO) -> Iterator[str]:
    number = 0
    while line := file.readline(limits.MAX_LIST_LINE_BYTES + 1):
        number += 1
        if len(line) > limits.MAX_LIST_LINE_BYTES:
            raise _wrong(number, f"is longer than {limits.MAX_LIST_LINE_BYTES:,} bytes")
        try:
            # Programs of one house put a mark before UTF-8, which is no part of the first name.
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise _wrong(number, "is not UTF-8: save the file in that encoding") from error
        yield text


def _columns(head: Sequence[str], asked: Mapping[str, IdentifierKind]) -> Sequence[Column]:
    missing = sorted(asked.keys() - set(head))
    if missing:
        raise _wrong(1, f"has no column {missing[0]!r}")
    kinds = asked or KINDS
    for position, name in enumerate(head, 1):
        if name not in kinds and not asked:
            known = ", ".join(KINDS)
            words = f"has no kind of identifier as name of column {position}, but {name!r}"
            raise _wrong(1, f"{words}. Known are {known}; or say which columns are what")
    return [Column(position, kinds[name]) for position, name in enumerate(head) if name in kinds]


def _wrong(line: int, words: str) -> Refused:
    return Refused(Code.INVALID, f"Line {line} {words}.")


def _as_it_is(text: str) -> str:
    return text


def _is_id(text: str) -> bool:
    return len(text) <= limits.MAX_USER_ID_CHARACTERS and "\0" not in text


KINDS: Mapping[str, IdentifierKind] = {kind.name.lower(): kind for kind in IdentifierKind}
"""The kinds of identifier as a head names them."""

_ID = (_as_it_is, _is_id, f"has more than {limits.MAX_USER_ID_CHARACTERS} characters, or NUL")
_RULES: Mapping[IdentifierKind, tuple[Callable[[str], str], Callable[[str], bool], str]] = {
    IdentifierKind.USER_ID: _ID,
    IdentifierKind.EMAIL: (normal_email, is_email, "is no address such as ada@example.com"),
    IdentifierKind.MOBILE: (normal_mobile, is_mobile, "is not in E.164 format: +551155256325"),
    IdentifierKind.ANONYMOUS_ID: _ID,
}
