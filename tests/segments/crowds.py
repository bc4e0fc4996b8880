"""Crowds that are stored once and asked about often, and what they are asked."""

from datetime import datetime, tzinfo

from hypothesis import strategies as st

from tests.segments.histories import NOWS, ZONES
from tests.segments.reference import Somebody
from tests.segments.trees import Json, definitions
from tidings.base.ids import BrandId

CROWDS = 3

Crowd = tuple[BrandId, list[Somebody]]
Crowds = dict[tuple[datetime, str, int], Crowd]
"""Who is stored already, by when and where they are asked for, and their number."""


@st.composite
def cases(draw: st.DrawFn, kind: str) -> tuple[datetime, tzinfo, int, Json]:
    """Draw when and where it is asked, the number of a crowd, and a definition."""
    now, zone = draw(st.sampled_from(NOWS)), draw(st.sampled_from(ZONES))
    return now, zone, draw(st.integers(1, CROWDS)), draw(definitions(kind, now, zone))
