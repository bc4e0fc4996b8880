"""What messages said, as long as it is kept."""

import zlib

from tidings.base.ids import BrandId
from tidings.messages import store_sent
from tidings.messages.compose import Kept, read_kept
from tidings.messages.model import MessageId
from tidings.storage.tx import Tx


async def content_of(tx: Tx, brand_id: BrandId, message_id: MessageId) -> Kept | None:
    """Return what a message said, None when that is not kept, or not any more."""
    content = await store_sent.select_content(tx, brand_id, message_id)
    return None if content is None else read_kept(zlib.decompress(content))
