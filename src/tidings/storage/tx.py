"""What actions and stores are given: a transaction that they can use and cannot end."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

Row = Mapping[str, Any]

_QUERY_CANCELED = "57014"  # PostgreSQL, "Appendix A. PostgreSQL Error Codes"


class Tx(Protocol):
    """A connection inside a transaction that the caller of an action opened.

    The subset of asyncpg's connection that the house uses; actions cannot commit.
    """

    async def fetch(self, query: str, *args: object) -> Sequence[Row]:
        """Run a query and return its rows."""
        ...

    async def fetchrow(self, query: str, *args: object) -> Row | None:
        """Run a query and return its first row, None when it has none."""
        ...

    async def fetchval(self, query: str, *args: object) -> Any:  # noqa: ANN401 - a column has any type
        """Run a query and return the first column of its first row."""
        ...

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement and return its command tag, such as `UPDATE 3`."""
        ...

    async def copy_to_table(
        self,
        table_name: str,
        *,
        source: memoryview,
        columns: Sequence[str],
        format: str,  # noqa: A002 - asyncpg's name
    ) -> str:
        """Copy rows in PostgreSQL's binary format into a table."""
        ...


OpenTransaction = Callable[[], AbstractAsyncContextManager[Tx]]
"""Opens a transaction, committed at the end of the block: given to those who may not open one."""


class Connection(Tx, Protocol):
    """A connection of its own, for those who open transactions or listen."""

    def is_closed(self) -> bool:
        """Say whether the connection is gone."""
        ...

    async def close(self) -> None:
        """Close it politely."""
        ...

    def terminate(self) -> None:
        """Close it at once."""
        ...

    async def copy_records_to_table(
        self, table_name: str, *, records: Sequence[tuple[object, ...]], columns: Sequence[str]
    ) -> str:
        """Copy rows into a table by the driver's own, general encoder."""
        ...

    async def add_listener(self, channel: str, callback: Callable[..., object]) -> None:
        """Call back for every notification on a channel."""
        ...

    async def set_type_codec(
        self,
        typename: str,
        *,
        schema: str,
        format: str,  # noqa: A002 - asyncpg's name
        encoder: Callable[[bytes], bytes],
        decoder: Callable[[bytes], bytes],
    ) -> None:
        """Say how values of a type are written and read."""
        ...


def rows_of(tag: str) -> int:
    """Return how many rows a statement changed, from its command tag such as `INSERT 0 3`."""
    return int(tag.rpartition(" ")[2])


def ran_too_long(error: BaseException) -> bool:
    """Say whether an error means that a statement was ended at its limit of time."""
    return getattr(error, "sqlstate", None) == _QUERY_CANCELED
