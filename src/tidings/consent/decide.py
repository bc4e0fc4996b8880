"""May this person be sent this message now? The one place that says so. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from tidings.base.media import ADDRESS_ATTRIBUTES, Medium
from tidings.consent.address import is_address, normal_address
from tidings.consent.model import (
    Allowed,
    Cap,
    Decision,
    Denied,
    Facts,
    Held,
    OptIn,
    Purpose,
    Reason,
    Rules,
    SubscriptionState,
    SuppressionReason,
    TopicKind,
)
from tidings.consent.quiet import quiet_until

# A day on which the clocks are set back is longer.
_BESIDE_CAP = timedelta(days=1)


def decide(facts: Facts | None, rules: Rules, purpose: Purpose, now: datetime) -> Decision:
    """Say whether a message may be sent now, is to be held, or is not to be sent.

    Asked when a message is queued, and again immediately before it is sent: what was allowed
    hours ago may be so no more.

    Shape:  facts - of the message's medium and topic, None for who is not there any more.
    Units:  now - an aware UTC instant. What is held is not held at the instant until which it is.
    Source: docs/consent.md "The decision" (our choice; neither wire defines it).
    """
    if facts is None:
        return _denied(Reason.FORGOTTEN)
    for asked in _QUESTIONS:
        answer = asked(facts, rules, purpose, now)
        if answer is not None:
            return answer
    return Allowed(facts.address)


def remembers(rules: Rules) -> timedelta | None:
    """Say for how long it matters what people were sent, None when it does not."""
    if not rules.caps:
        return None
    return max(
        max(timedelta(days=cap.days) + _BESIDE_CAP, timedelta(seconds=cap.gap_seconds))
        for cap in rules.caps.values()
    )


def _denied(reason: Reason, detail: str | None = None) -> Denied:
    return Denied(reason, detail or reason.sentence)


def _wrong_with_address(
    facts: Facts, _rules: Rules, _purpose: Purpose, _now: datetime
) -> Denied | None:
    if facts.medium is Medium.PUSH and not facts.devices:
        return _denied(Reason.NO_ADDRESS)
    if facts.medium not in ADDRESS_ATTRIBUTES:
        return None
    if not facts.address:
        return _denied(Reason.NO_ADDRESS)
    if not is_address(facts.address, facts.medium):
        return _denied(Reason.INVALID_ADDRESS)
    return None


def _left_out_of_test(
    facts: Facts, rules: Rules, _purpose: Purpose, _now: datetime
) -> Denied | None:
    if rules.test_addresses is None:
        return None
    normal = normal_address(facts.address or "")
    _, at, domain = normal.rpartition("@")
    if normal in rules.test_addresses or (at and f"@{domain}" in rules.test_addresses):
        return None
    return _denied(Reason.TEST_MODE)


def _undeliverable(facts: Facts, _rules: Rules, _purpose: Purpose, _now: datetime) -> Denied | None:
    return _denied(Reason.HARD_BOUNCED) if facts.opt_in is OptIn.UNDELIVERABLE else None


def _suppressed(facts: Facts, _rules: Rules, purpose: Purpose, _now: datetime) -> Denied | None:
    reasons = facts.suppressed
    if purpose is Purpose.TRANSACTIONAL:
        # Who wants no more advertising still wants the receipt.
        reasons = reasons - {SuppressionReason.UNSUBSCRIBE}
    if not reasons:
        return None
    words = ", ".join(sorted(reasons))
    return _denied(Reason.SUPPRESSED, f"The address is on the suppression list ({words}).")


def _opted_out(facts: Facts, rules: Rules, purpose: Purpose, _now: datetime) -> Denied | None:
    must_say_yes = facts.medium in rules.opt_in_required
    if facts.opt_in is OptIn.NO and (purpose is Purpose.MARKETING or must_say_yes):
        return _denied(Reason.OPTED_OUT)
    if facts.opt_in is None and purpose is Purpose.MARKETING and must_say_yes:
        return _denied(Reason.NOT_OPTED_IN)
    return None


def _unconfirmed(facts: Facts, _rules: Rules, purpose: Purpose, _now: datetime) -> Denied | None:
    state = None if facts.topic is None else facts.topic.state
    # Whoever typed the address in may not be its owner: so not even a receipt about this topic.
    if facts.topic is not None and state is SubscriptionState.PENDING:
        detail = f"The subscription to {facts.topic.topic} is not confirmed."
        return _denied(Reason.PENDING_CONFIRMATION, detail)
    # Nor anything that we want to send, when all we have from them is what they did not confirm.
    has_said_yes = facts.opt_in is OptIn.YES or state is SubscriptionState.SUBSCRIBED
    if purpose is Purpose.MARKETING and facts.is_unconfirmed and not has_said_yes:
        return _denied(Reason.PENDING_CONFIRMATION)
    return None


def _not_subscribed(facts: Facts, _rules: Rules, purpose: Purpose, _now: datetime) -> Denied | None:
    standing = facts.topic
    if standing is None or purpose is Purpose.TRANSACTIONAL:
        return None
    if standing.kind is None:
        return _denied(Reason.NOT_SUBSCRIBED, f"There is no topic {standing.topic}.")
    if standing.state is SubscriptionState.UNSUBSCRIBED:
        detail = f"The person has unsubscribed from {standing.topic}."
        return _denied(Reason.NOT_SUBSCRIBED, detail)
    if standing.state is None and standing.kind is not TopicKind.OPT_OUT:
        detail = f"The person has not subscribed to {standing.topic}."
        return _denied(Reason.NOT_SUBSCRIBED, detail)
    return None


def _quiet(facts: Facts, rules: Rules, purpose: Purpose, now: datetime) -> Held | None:
    if purpose is Purpose.TRANSACTIONAL:
        return None
    until = quiet_until(rules.quiet, facts.zone or rules.zone, now)
    return None if until is None else Held(until)


def _capped(facts: Facts, rules: Rules, purpose: Purpose, now: datetime) -> Denied | None:
    if purpose is Purpose.TRANSACTIONAL:
        return None
    zone = facts.zone or rules.zone
    today = now.astimezone(zone).date()
    for medium, cap in rules.caps.items():
        if medium not in (None, facts.medium):
            continue
        sent = [one.at for one in facts.recent if medium in (None, one.medium)]
        of_days = [at for at in sent if (today - at.astimezone(zone).date()).days < cap.days]
        if cap.messages is not None and len(of_days) >= cap.messages:
            return _denied(Reason.FREQUENCY_CAPPED, _worded(medium, cap, len(of_days)))
        if any(now - at < timedelta(seconds=cap.gap_seconds) for at in sent):
            detail = f"The last message{_by(medium)} is less than {cap.gap_seconds:,} s ago."
            return _denied(Reason.FREQUENCY_CAPPED, detail)
    return None


def _worded(medium: Medium | None, cap: Cap, count: int) -> str:
    days = "today" if cap.days == 1 else f"on {cap.days:,} days"
    return f"Sent{_by(medium)} {days}: {count:,}, of {cap.messages:,} allowed."


def _by(medium: Medium | None) -> str:
    return "" if medium is None else f" by {medium}"


# In this order; the page has a row for each.
_QUESTIONS: Sequence[Callable[[Facts, Rules, Purpose, datetime], Denied | Held | None]] = (
    _wrong_with_address,
    _left_out_of_test,
    _undeliverable,
    _suppressed,
    _opted_out,
    _unconfirmed,
    _not_subscribed,
    # Before the caps, which are asked at the instant at which it could really be sent.
    _quiet,
    _capped,
)
