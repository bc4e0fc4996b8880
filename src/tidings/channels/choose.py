"""Which channel carries what names none: pure."""

from collections.abc import Collection

from tidings.base.errors import Mistake
from tidings.channels.kinds import KINDS, platforms_of
from tidings.channels.model import ShutChannel
from tidings.devices.model import Platform

_FIELD = "channel"


def channel_to(
    platform: Platform, known: Collection[ShutChannel], *, key: str | None
) -> ShutChannel | Mistake:
    """Return the channel that carries pushes to a platform, or say that there is none.

    Shape:  known - the brand's channels, any order; key - of the one that is wanted; None for the
            first by key.
    """
    fitting = {one.key: one for one in known if platform in platforms_of(one.provider)}
    if key is None and fitting:
        return fitting[min(fitting)]
    if key is None:
        kinds = " or ".join(kind for kind in KINDS if platform in platforms_of(kind))
        words = f"is needed for pushes to {platform}: the brand has none of the kind {kinds}"
        return Mistake(words, _FIELD)
    if key in fitting:
        return fitting[key]
    is_there = any(one.key == key for one in known)
    wrong = f"does not reach {platform}" if is_there else "is no channel of the brand"
    there = f"there are {', '.join(sorted(fitting))}" if fitting else "there is none that does"
    return Mistake(f"{wrong}; {there}", _FIELD)
