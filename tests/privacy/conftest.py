"""A brand to send things to."""

from tests.shop import other_shop, shop

__all__ = ["other_shop", "shop"]
