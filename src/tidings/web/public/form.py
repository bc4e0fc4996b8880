"""Reading the forms of the pages: pure."""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from tidings.messages.preferences import Wishes

AGAIN = "again"
"""The field by which somebody subscribes again."""

MEDIUM = "medium"
TOPIC = "topic."
SHOWN_ON = "on"
SHOWN_OFF = "off"
WANTED = "wanted"

Form = Mapping[str, Sequence[str]]


def read_form(body: bytes) -> Form:
    """Read a form as browsers send it; what is none has no fields."""
    return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)


def read_wishes(form: Form) -> Wishes:
    """Read what somebody changed on the page of preferences.

    The form says what was shown as well as what is wanted. So a tick that nobody touched is no
    consent, and a topic that came later, or a change made elsewhere meanwhile, stays as it is.
    """
    wanted = set(form.get(WANTED, ()))
    changed = {name: True for name in form.get(SHOWN_OFF, ()) if name in wanted}
    changed |= {name: False for name in form.get(SHOWN_ON, ()) if name not in wanted}
    return Wishes(
        medium=changed.get(MEDIUM),
        topics={
            name.removeprefix(TOPIC): is_wanted
            for name, is_wanted in changed.items()
            if name.startswith(TOPIC)
        },
    )
