"""Two profiles of one person become one: pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from tidings.base.media import OPT_IN_ATTRIBUTES
from tidings.profiles.model import Profile
from tidings.schema.check import Attributes

# NotifyVisitors documentation, "email_opt_in".
_NO, _YES = 0, 1


@dataclass(frozen=True, slots=True)
class Merged:
    """What the profile that stays is afterwards, and what became of each value.

    Shape:  kept - attributes of which both had another value, and the one that stays won: names
            only; filled - taken over, where it had none.
    """

    profile: Profile
    kept: tuple[str, ...]
    filled: tuple[str, ...]


def merge(stays: Profile, goes: Profile, *, at: datetime) -> Merged:
    """Merge a profile into the one that stays: it keeps its values, its empty ones are filled.

    A value that was put aside counts as one: the person said it, whatever its type. Who said no to
    messages as either of the two has said no.

    Units:  at - the instant of the merge, aware UTC.
    Source: docs/identity.md (our choice; neither wire defines it).
    """
    has = {
        name
        for side in (stays.attributes, stays.mismatched)
        for name, value in side.items()
        if value is not None
    }
    attributes: Attributes = dict(stays.attributes)
    mismatched: Attributes = dict(stays.mismatched)
    filled: list[str] = []
    kept: list[str] = []
    for into, source in ((attributes, goes.attributes), (mismatched, goes.mismatched)):
        for name, value in source.items():
            if value is None:
                continue
            if name not in has:
                into[name] = value
                filled.append(name)
            elif stays.attributes.get(name, stays.mismatched.get(name)) != value:
                kept.append(name)
    for name in OPT_IN_ATTRIBUTES.values():
        if attributes.get(name) == _YES and goes.attributes.get(name) == _NO:
            attributes[name] = _NO
            kept.remove(name)
            filled.append(name)
    return Merged(
        profile=replace(
            stays,
            user_id=stays.user_id if stays.user_id is not None else goes.user_id,
            attributes=attributes,
            mismatched=mismatched,
            created_at=min(stays.created_at, goes.created_at),
            updated_at=at,
        ),
        kept=tuple(sorted(set(kept))),
        filled=tuple(sorted(set(filled))),
    )
