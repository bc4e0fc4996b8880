"""Events: what happened, and the batches in which it arrives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from tidings.base.ids import BrandId
from tidings.brands.model import SentCall
from tidings.identity.model import Claim, Identifier, Refusal
from tidings.profiles.model import CannotApply, Operations, ProfileChange
from tidings.schema.check import Attributes, Shape
from tidings.schema.model import Mismatch


class Event(msgspec.Struct, frozen=True, gc=False):
    """One thing a person did, as a wire parsed it.

    Shape:  attributes_json, context_json - the JSON as sent, valid for PostgreSQL; shape - see
            `schema.check.shape_of`; event_id - the client's own id, None when it gave none.
    Units:  occurred_at is an aware UTC instant: what the client said, else the time of receipt.
    """

    identifier: Identifier
    name: str
    occurred_at: datetime
    ltv: float
    attributes: Attributes
    attributes_json: bytes
    context_json: bytes | None
    event_id: str | None
    shape: Shape


@dataclass(frozen=True, slots=True)
class Activity:
    """What a person did, summed up.

    Shape:  first, last - None when there is no event; ltv - the sum of the events' values.
    """

    count: int
    first: datetime | None
    last: datetime | None
    ltv: float


@dataclass(frozen=True, slots=True)
class Warned:
    """A value of a batch that was put aside.

    Shape:  index - position of the record in its list, 0-based; is_profile - whether the record
            is one of the profile changes, else one of the events.
    """

    index: int
    is_profile: bool
    mismatch: Mismatch


@dataclass(frozen=True, slots=True)
class RefusedClaim:
    """An identifier of a record that was not taken for its person's; the record was stored."""

    index: int
    identifier: Identifier
    reason: Refusal


@dataclass(frozen=True, slots=True)
class Operated:
    """What became of one record of operations.

    Shape:  is_new - whether it created the person; failure - why nothing of it was stored.
    """

    is_new: bool
    failure: CannotApply | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """The outcome of a batch: all of it is durable, except operations that failed.

    Shape:  operated - of each of the batch's `operations`, in order.
    """

    warnings: Sequence[Warned] = ()
    operated: Sequence[Operated] = ()
    refused: Sequence[RefusedClaim] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in a wire's words: what a repeated call gets again, byte for byte.

    Shape:  first - the call that got it first and did not read it, of one that was sent again.
    """

    status: int
    body: bytes
    first: SentCall | None = None


@dataclass(frozen=True, slots=True)
class OnceKey:
    """The wish that a call be done only once.

    Shape:  key - the client's `Idempotency-Key`; fingerprint - SHA-256 over what was asked;
            answer - puts the outcome into the wire's words, to be kept with the key.
    """

    key: str
    fingerprint: bytes
    answer: Callable[[Stored], Answer]


@dataclass(frozen=True, slots=True)
class Resendable:
    """A call without a key whose client sends it again when it gets no answer.

    Shape:  answer - puts the outcome into the wire's words, to be kept until it has been sent;
            is_client_gone - asks whether anybody waits for it still.
    """

    call: SentCall
    answer: Callable[[Stored], Answer]
    is_client_gone: Callable[[], bool]


class Batch(msgspec.Struct, frozen=True):
    """What one call asks to store: changes of profiles first, then operations, then events.

    Shape:  operations - of one person in their order; claims - who is one person, in the order of
            the call; none without merging.
    Units:  received_at - when the call arrived; stored with every event.
    """

    brand_id: BrandId
    received_at: datetime
    changes: Sequence[tuple[Identifier, ProfileChange]] = ()
    operations: Sequence[tuple[Identifier, Operations]] = ()
    events: Sequence[Event] = ()
    claims: Sequence[Claim] = ()
    once: OnceKey | None = None
    resendable: Resendable | None = None

    @property
    def record_count(self) -> int:
        """Return how many records the batch has."""
        return len(self.changes) + len(self.operations) + len(self.events)


Outcome = Stored | Answer
"""What a batch gets: stored now, or the answer that its idempotency key got before."""
