"""A brand that sends mail to a server on loopback."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.channels.mailserver import MailServer
from tests.messages.post import Post, open_post
from tests.shop import Shop, other_shop, shop

__all__ = ["other_shop", "shop"]


@pytest.fixture
async def mailserver() -> AsyncGenerator[MailServer]:
    """Start a mail server that takes everything."""
    async with MailServer() as server:
        yield server


@pytest.fixture
async def post(shop: Shop, mailserver: MailServer, tmp_path: Path) -> Post:
    """Give the brand a channel to that server, and templates."""
    return await open_post(shop, mailserver, tmp_path)
