"""The JSON of the calls of the Reporting API, as /openapi.json shows it."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from tidings.base import limits


class ReportsQuery(Struct, forbid_unknown_fields=True):
    """The body of `report/campaigns`: which campaigns, by when they began."""

    from_: (
        Annotated[
            str,
            Meta(
                description="The earliest time at which it began, or a date. Left out: any.",
                examples=["2026-11-01"],
            ),
        ]
        | None
    ) = msgspec.field(default=None, name="from")
    to: (
        Annotated[
            str,
            Meta(
                description="The time before which it began, or the last date, whole. "
                "Left out: any.",
                examples=["2026-11-30"],
            ),
        ]
        | None
    ) = None
    channel: Annotated[str, Meta(description="The key of a channel. Left out: any.")] | None = None
    limit: Annotated[
        int,
        Meta(ge=1, le=limits.MAX_CAMPAIGNS_PER_PAGE, description="How many a page has."),
    ] = limits.MAX_CAMPAIGNS_PER_PAGE
    cursor: Annotated[str, Meta(description="From an earlier answer: where to go on.")] | None = (
        None
    )
