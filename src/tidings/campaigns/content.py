"""A content that comes with its campaign: kept as a template that no other campaign has."""

from tidings.base import ids, limits
from tidings.base.errors import Code, Mistake, Refused
from tidings.base.ids import BrandId
from tidings.channels import actions as channels
from tidings.storage.tx import Tx
from tidings.templates import actions as templates
from tidings.templates.model import Medium

CONTENT = "content"

_KEY = "campaign-{}"
_KEY_BYTES = 8


async def save_content(
    tx: Tx, brand_id: BrandId, channel: str, content: object, *, name: str
) -> str:
    """Save a content for a channel as a template, and return its key, which is drawn.

    Shape:  channel - its key; content - decoded JSON; name - of the campaign.
    Errors: `invalid` with every mistake and its path, for a content, or a channel that is not
            there.
    """
    there = {one.key: one for one in await channels.list_channels(tx, brand_id)}
    if channel not in there:
        raise _invalid([Mistake("is no channel of the brand", "channel")])
    key = _KEY.format(ids.draw_bytes(_KEY_BYTES).hex())
    try:
        await templates.create(
            tx,
            brand_id,
            key,
            name=name[: limits.MAX_TEMPLATE_NAME_CHARACTERS],
            medium=Medium(there[channel].medium),
            content=content,
        )
    except Refused as refused:
        if not refused.mistakes:
            raise
        raise _invalid(
            [
                Mistake(one.message, f"{CONTENT}.{one.field}" if one.field else CONTENT)
                for one in refused.mistakes
            ]
        ) from refused
    return key


def _invalid(mistakes: list[Mistake]) -> Refused:
    return Refused(Code.INVALID, f"{mistakes[0].field} {mistakes[0].message}.", mistakes=mistakes)
