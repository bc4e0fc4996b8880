"""What people were sent of late, as far as the caps of their brand ask for it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from tidings.base.ids import BrandId
from tidings.consent.decide import remembers
from tidings.consent.model import Rules, Sending
from tidings.messages import store_sent
from tidings.messages.model import MessageId
from tidings.profiles.model import ProfileRef
from tidings.storage.tx import Tx


async def sent_of_late(
    tx: Tx,
    brand_id: BrandId,
    people: Collection[ProfileRef],
    rules: Rules,
    *,
    now: datetime,
    besides: Sequence[MessageId] = (),
) -> Mapping[ProfileRef, Sequence[Sending]]:
    """Return the marketing messages that people were sent as long ago as it matters for a cap.

    Shape:  besides - messages that do not count; who was sent none has no entry, nor has anybody
            in a brand without caps.
    """
    period = remembers(rules)
    if period is None or not people:
        return {}
    found = await store_sent.select_recent(
        tx, brand_id, people, besides=besides, since=now - period, now=now
    )
    return {ref: [Sending(*one) for one in sent] for ref, sent in found.items()}
