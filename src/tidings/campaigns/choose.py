"""Which template a person gets, and when: pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from hashlib import sha256
from zoneinfo import ZoneInfo

from tidings.base.ids import ProfileId
from tidings.campaigns.model import CampaignId
from tidings.profiles.reserved import is_time_zone

EARLIEST_ZONE = timezone(timedelta(hours=14))
"""Where a time of the clock comes first on earth."""


def is_tested(campaign_id: CampaignId, profile_id: ProfileId, percent: int) -> bool:
    """Say whether a person is in the test: always the same, for so many in a hundred.

    Which variant they would get says nothing about it.
    """
    return _point(f"{campaign_id}:{profile_id}:test", 100) < percent


def variant_of(campaign_id: CampaignId, profile_id: ProfileId, shares: Sequence[int]) -> int:
    """Return which variant a person gets: always the same, and as likely as its share says.

    Shape:  shares - of each variant, 1..n; returns a position among them.
    """
    point = _point(f"{campaign_id}:{profile_id}", sum(shares))
    for position, share in enumerate(shares):
        point -= share
        if point < 0:
            return position
    raise AssertionError("a point lies within the sum of the shares")


def zone_of(name: object, otherwise: tzinfo) -> tzinfo:
    """Return a person's time zone, or the brand's when they have none that there is."""
    return ZoneInfo(name) if isinstance(name, str) and is_time_zone(name) else otherwise


def due_by_zone(
    local_time: datetime, zones: Iterable[str | None], otherwise: tzinfo
) -> Mapping[str | None, datetime]:
    """Return when a time of the clock comes in each zone.

    Units:  local_time - naive; an hour that comes twice is the first of the two, and one that is
            left out is an hour later, as clocks show it.
    """
    return {name: local_time.replace(tzinfo=zone_of(name, otherwise)) for name in zones}


def _point(text: str, end: int) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:8]) % end
