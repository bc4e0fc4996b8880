"""A brand that can send mails."""

from tests.messages.conftest import mailserver, post
from tests.shop import other_shop, shop

__all__ = ["mailserver", "other_shop", "post", "shop"]
