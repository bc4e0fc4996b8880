"""Brands that are in no database, for what needs none."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tidings.base.ids import BrandId
from tidings.brands.actions import DEFAULT_CALLS_PER_MINUTE
from tidings.brands.model import Brand
from tidings.identity.model import Identifier, IdentifierKind, identifier_of

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
BRAND = Brand(
    brand_id=BrandId(1001),
    name="Shop",
    time_zone=ZoneInfo("UTC"),
    merging=False,
    calls_per_minute=DEFAULT_CALLS_PER_MINUTE,
)
MERGING = replace(BRAND, merging=True)


def identifier(value: str, kind: IdentifierKind = IdentifierKind.USER_ID) -> Identifier:
    """Make an identifier of that brand, by default of a user."""
    return identifier_of(BRAND.brand_id, kind, value)
