"""What something that comes back of a message means, after all that came back before: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tidings.messages.model import Heard, What

# What is counted each time, and what only the first time.
_AGAIN: Mapping[What, What] = {
    What.OPENED: What.UNIQUE_OPENED,
    What.CLICKED: What.UNIQUE_CLICKED,
}
_FIELDS: Mapping[What, str] = {
    What.DELIVERED: "delivered_at",
    What.OPENED: "opened_at",
    What.CLICKED: "clicked_at",
    What.BOUNCED: "bounced_at",
    What.COMPLAINED: "spam_at",
    What.UNSUBSCRIBED: "unsubscribed_at",
}


@dataclass(frozen=True, slots=True)
class Returned:
    """What is to be done about something that came back.

    Shape:  heard - of the message, from now on; counted - what is counted once more; is_told -
            whether it is an event of the person.
    """

    heard: Heard
    counted: Sequence[What]
    is_told: bool


def returned(heard: Heard, what: What, at: datetime, *, is_machine: bool) -> Returned:
    """Say what it means that something came back.

    What a scanner did is counted as such and nothing else. Openings and clicks count every time,
    and their people once; everything else happens to a message once.
    """
    if is_machine:
        return Returned(heard, (What.SCANNED,), is_told=False)
    name = _FIELDS[what]
    is_first = getattr(heard, name) is None
    after = replace(heard, **{name: at}) if is_first else heard
    if what in _AGAIN:
        # Providers tell late and in any order; the window of a goal begins at the last of them.
        engaged_at = at if heard.engaged_at is None else max(at, heard.engaged_at)
        after = replace(after, engaged_at=engaged_at)
        counted = (what, _AGAIN[what]) if is_first else (what,)
        return Returned(after, counted, is_told=True)
    return Returned(after, (what,) if is_first else (), is_told=is_first)
