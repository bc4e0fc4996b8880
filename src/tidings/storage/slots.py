"""Slots: the unit of order and of placement for everything that belongs to a person."""

import zlib
from typing import NewType

Slot = NewType("Slot", int)

SLOT_COUNT = 256


def slot_of(brand_id: int, kind: str, value: str) -> Slot:
    """Say in which slot the rows of an identifier lie. Never changed once released.

    Shape:  0..255, evenly spread; the same for the same arguments on every machine.
    Source: docs/house.md "Slots".
    """
    return Slot(zlib.crc32(f"{brand_id}:{kind}:{value}".encode()) & 255)
