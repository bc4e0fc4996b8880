"""What everybody who carries messages looks like from above."""

from typing import Protocol, TypeVar

from tidings.channels.outcome import Outcome

M_contra = TypeVar("M_contra", contravariant=True)


class Provider(Protocol[M_contra]):
    """Carries messages of one medium with the settings of one channel.

    It keeps its connections open between messages. Whoever calls it sees to how many it carries
    at one time.
    """

    async def send(self, message: M_contra) -> Outcome:
        """Hand a message over, and say what came of it; a failure is an outcome, no exception."""
        ...

    async def close(self) -> None:
        """Close every connection; nothing is being sent any more."""
        ...
