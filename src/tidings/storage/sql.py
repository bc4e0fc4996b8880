"""Named, described queries: each store's file of SQL, read once and looked up by name."""

import re
from pathlib import Path

_HEADER = re.compile(r"^-- name: (?P<name>[a-z_0-9]+)\n", re.MULTILINE)


class Queries:
    """The queries of one store: the `.sql` of the same name beside the file that asks.

    Where there is none, it is the room's `queries.sql`.

    A query starts at a line `-- name: …`; the comment below it says what it does, how many
    rows it touches and what it locks.

    Errors: KeyError for a name the file does not have; ValueError for a name it has twice.
    """

    def __init__(self, beside: str) -> None:
        self._beside = Path(beside)
        self._by_name: dict[str, str] | None = None

    def __getitem__(self, name: str) -> str:
        return self.by_name()[name]

    def by_name(self) -> dict[str, str]:
        """Return every query of the file, reading it at the first call."""
        if self._by_name is None:
            own = self._beside.with_suffix(".sql")
            path = own if own.exists() else own.with_name("queries.sql")
            self._by_name = parse_queries(path.read_text(encoding="utf-8"))
        return self._by_name


def parse_queries(text: str) -> dict[str, str]:
    """Split the text of a file of SQL into its queries, in order.

    Errors: ValueError when a name comes twice.
    """
    headers = list(_HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    queries: dict[str, str] = {}
    for header, end in zip(headers, ends, strict=True):
        name = header["name"]
        if name in queries:
            raise ValueError(f"two queries are named {name}")
        queries[name] = text[header.end() : end].strip().rstrip(";")
    return queries
