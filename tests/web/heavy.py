"""Bodies that are small to send and costly to read."""

import gzip
from collections.abc import Callable, Mapping

MANY = 3_300_000
EMPTY_GZIP = gzip.compress(b"", mtime=0)


def _record(fields: bytes) -> bytes:
    # A record of every wire: what one of them does not know it does not read.
    return (
        b'{"userID":"u","event_name":"e","attributes":{%b},"user_attributes":{%b},'
        b'"id":"u","profile":{"$set":{%b}}}' % (fields, fields, fields)
    )


def _call(under: bytes, records: bytes) -> bytes:
    return b'{"%b":[%b]}' % (under, records)


HEAVY: Mapping[str, Callable[[bytes], tuple[bytes, bool]]] = {
    "a gzip bomb": lambda _: (gzip.compress(b" " * 300_000_000, 1), True),
    "half a million gzip members": lambda _: (EMPTY_GZIP * 490_000, True),
    "millions of empty records": lambda under: (_call(under, b"{}," * MANY + b"{}"), False),
    "gigabytes of empty records, packed": lambda under: (
        gzip.compress(_call(under, b"{}," * 5 * MANY + b"{}"), 1),
        True,
    ),
    "millions of empty arrays in an attribute": lambda under: (
        b'{"%b":[{"userID":"u","event_name":"e","attributes":{"a":[' % under
        + b"[]," * MANY
        + b"1]}}]}",
        False,
    ),
    "millions of numbers": lambda under: (_call(under, b"1," * MANY + b"1"), False),
    "millions of NULs": lambda under: (_call(under, b'"\\u0000",' * 1_000_000 + b"1"), False),
    "a million keys": lambda under: (
        _call(under, _record(b",".join(b'"%d":1' % n for n in range(280_000)))),
        False,
    ),
    "millions of brackets": lambda _: (b"[" * 9_000_000, False),
    "a key of megabytes": lambda under: (
        _call(under, _record(b'"' + b"k" * 3_000_000 + b'":1')),
        False,
    ),
}
"""By what they are, a body for a call with its records under a name, and whether it is packed."""
