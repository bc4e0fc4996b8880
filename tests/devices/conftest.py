"""Brands whose people have devices."""

from tests.shop import other_shop, shop

__all__ = ["other_shop", "shop"]
