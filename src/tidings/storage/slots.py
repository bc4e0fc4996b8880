"""Slots: the unit of order and of placement for everything that belongs to a person."""

import zlib
from functools import lru_cache
from typing import NewType

Slot = NewType("Slot", int)

SLOT_COUNT = 256

ALL_SLOTS = tuple(map(Slot, range(SLOT_COUNT)))


def slot_of(brand_id: int, kind: str, value: str) -> Slot:
    """Say in which slot the rows of an identifier lie. Never changed once released.

    Shape:  0..255, evenly spread; the same for the same arguments on every machine.
    Source: docs/house.md "Slots".
    """
    return ALL_SLOTS[zlib.crc32(value.encode(), _begun(brand_id, kind)) & 255]


@lru_cache(maxsize=1_024)
def _begun(brand_id: int, kind: str) -> int:
    # A checksum goes on where it stopped, and what comes first is the same for all of a kind.
    return zlib.crc32(f"{brand_id}:{kind}:".encode())
