"""A brand whose templates are saved."""

from tests.shop import other_shop, shop

__all__ = ["other_shop", "shop"]
