"""By which links the clicks of a day are counted: where each person has their own, by a few."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from tidings.base import limits
from tidings.base.ids import BrandId
from tidings.messages import store_sent
from tidings.messages.model import Count, LaneId, What
from tidings.storage.tx import Tx
from tidings.templates.model import TemplateId

OTHER_LINKS = "other links"
"""Stands for the links beyond the limit where clicks are counted; no URL is written so."""


async def with_few_links(
    tx: Tx, lane: tuple[BrandId, LaneId], day: date, counts: Mapping[Count, int]
) -> Mapping[Count, int]:
    """Count the clicks of links beyond so many of a template and day together.

    Two that count at one time may each see room for the last one, which makes a row more.
    """
    of_templates: dict[TemplateId | None, list[Count]] = {}
    for one in counts:
        if one.what is What.CLICKED and one.detail:
            of_templates.setdefault(one.template_id, []).append(one)
    if not of_templates:
        return counts
    few = Counter(counts)
    for template_id, clicks in of_templates.items():
        asked = sorted({one.detail for one in clicks})
        known, number = await store_sent.select_counted_links(
            tx, lane, (template_id, day), asked, besides=OTHER_LINKS
        )
        new = [link for link in asked if link not in known]
        beyond = set(new[max(0, limits.MAX_COUNTED_LINKS - number) :])
        for one in clicks:
            if one.detail in beyond:
                few[one._replace(detail=OTHER_LINKS)] += few.pop(one)
    return few
