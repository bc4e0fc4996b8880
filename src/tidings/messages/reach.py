"""Which of a person's devices a message goes to: pure."""

from collections.abc import Collection
from dataclasses import replace

from tidings.base.media import Medium
from tidings.consent.model import Facts
from tidings.devices.model import Platform
from tidings.messages.model import MessageOptions


def narrowed(
    facts: Facts, platforms: Collection[Platform], only: Platform | None, options: MessageOptions
) -> Facts:
    """Return what is known of a person, with those devices alone that a message may go to.

    Shape:  platforms - which the channel reaches; only - the one of its lane, None for all.
    """
    if facts.medium is not Medium.PUSH:
        return facts
    return replace(
        facts,
        devices=tuple(
            one
            for one in facts.devices
            if one.platform in platforms
            and only in (None, one.platform)
            and options.platform in (None, one.platform)
            and options.device in (None, one.device_id)
        ),
    )
