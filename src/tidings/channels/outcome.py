"""What came of a message that was handed to a provider."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a message was not sent, whoever says so.

    Source: docs/channels.md, "What comes of a message".
    """

    RECIPIENT = "recipient"
    MESSAGE = "message"
    UNSUPPORTED = "unsupported"
    MAILBOX_BUSY = "mailbox_busy"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"
    PACED = "paced"
    PAUSED = "paused"
    CREDENTIALS = "credentials"
    HOST = "host"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has taken the message over.

    Shape:  provider_message_id - what later reports name it by, empty when it has no name.
    """

    provider_message_id: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """This message to this recipient will never be sent; do not try again.

    Shape:  code - the provider's own, such as `550 5.1.1`; said - its words, which may name the
            recipient: for the operator's eyes, never for the log.
    """

    reason: Reason
    code: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now; the same message may be sent later.

    With `Reason.UNKNOWN` it may have been sent: try again once at most, since a person would
    rather have a message twice than never, and not three times.

    Shape:  code, said - as in `Rejected`.
    Units:  retry_after_seconds - None when the provider does not say.
    """

    reason: Reason
    code: str = ""
    said: str = ""
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """The channel itself does not work, whatever the message; an operator must mend it.

    Shape:  code, said - as in `Rejected`.
    """

    reason: Reason
    code: str = ""
    said: str = ""


Outcome = Sent | Rejected | Deferred | Broken

_REJECTED = frozenset({Reason.RECIPIENT, Reason.MESSAGE, Reason.UNSUPPORTED})
_BROKEN = frozenset({Reason.CREDENTIALS, Reason.HOST, Reason.SETTINGS})
_NOT_TRIED = frozenset({Reason.PACED, Reason.PAUSED})


def was_tried(outcome: Outcome) -> bool:
    """Say whether the provider was given the message, whatever it said."""
    return not (isinstance(outcome, Deferred) and outcome.reason in _NOT_TRIED)


def not_sent(
    reason: Reason, code: str = "", said: str = "", *, retry_after_seconds: float | None = None
) -> Rejected | Deferred | Broken:
    """Make what comes of a message that was not sent for a reason."""
    if reason in _REJECTED:
        return Rejected(reason, code, said)
    if reason in _BROKEN:
        return Broken(reason, code, said)
    return Deferred(reason, code, said, retry_after_seconds)
