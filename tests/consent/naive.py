"""What the page says, told once more as plainly as can be: without steps, intervals or haste."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from tidings.base.media import Medium
from tidings.consent.model import (
    Facts,
    OptIn,
    Purpose,
    Reason,
    Rules,
    SubscriptionState,
    SuppressionReason,
    TopicKind,
)
from tidings.consent.quiet import Weekday

Days = Mapping[Weekday, Sequence[tuple[int, int]]]

# Each is an address of one of the two forms, or of none; `x` cannot be sent to.
FORMS: Mapping[str, str] = {
    "ada@example.com": "email",
    "Ada@Example.com": "email",
    "bob@test.example": "email",
    "+4917012345678": "mobile",
    "x": "",
}
NEEDED = {Medium.EMAIL: "email", Medium.SMS: "mobile", Medium.WHATSAPP: "mobile"}
M, T = Purpose.MARKETING, Purpose.TRANSACTIONAL
UNSUBSCRIBED, PENDING, SUBSCRIBED = SubscriptionState

# By opt-in, whether the brand wants one, and purpose; what is not here may pass.
OPT_INS: Mapping[tuple[OptIn | None, bool, Purpose], Reason] = {
    (OptIn.NO, False, M): Reason.OPTED_OUT,
    (OptIn.NO, True, M): Reason.OPTED_OUT,
    (OptIn.NO, True, T): Reason.OPTED_OUT,
    (None, True, M): Reason.NOT_OPTED_IN,
}
# Which standings let a marketing message pass.
SUBSCRIBERS = {
    (TopicKind.OPT_IN, SUBSCRIBED),
    (TopicKind.DOUBLE_OPT_IN, SUBSCRIBED),
    (TopicKind.OPT_OUT, SUBSCRIBED),
    (TopicKind.OPT_OUT, None),
}


def is_quiet(days: Days, wall: datetime) -> bool:
    """Say whether a wall's clock shows a quiet time: of this day, or left over from the last."""
    minutes = wall.hour * 60 + wall.minute
    names = list(Weekday)
    today = days.get(names[wall.weekday()], ())
    yesterday = days.get(names[wall.weekday() - 1], ())
    return any(start <= minutes and (minutes < end or end <= start) for start, end in today) or any(
        end <= start and minutes < end for start, end in yesterday
    )


def obstacles(
    facts: Facts, rules: Rules, days: Days, *, purpose: Purpose, now: datetime
) -> set[Reason]:
    """Return everything that speaks against a message, in no order."""
    found = [
        *_of_address(facts, rules),
        *_of_will(facts, rules, purpose),
        *_of_topic(facts, purpose),
    ]
    zone = facts.zone or rules.zone
    if purpose is M and is_quiet(days, now.astimezone(zone)):
        found.append(Reason.QUIET_HOURS)
    if purpose is M and _is_capped(facts, rules, now):
        found.append(Reason.FREQUENCY_CAPPED)
    return set(found)


def _of_address(facts: Facts, rules: Rules) -> list[Reason]:
    found: list[Reason] = []
    if facts.medium in NEEDED and facts.address is None:
        found.append(Reason.NO_ADDRESS)
    if facts.medium is Medium.PUSH and len(facts.devices) == 0:
        found.append(Reason.NO_ADDRESS)
    if facts.medium in NEEDED and FORMS.get(facts.address or "") != NEEDED[facts.medium]:
        found.append(Reason.INVALID_ADDRESS)
    if rules.test_addresses is not None:
        address = (facts.address or "").lower()
        if address not in rules.test_addresses and not any(
            one.startswith("@") and address.endswith(one) for one in rules.test_addresses
        ):
            found.append(Reason.TEST_MODE)
    return found


def _of_will(facts: Facts, rules: Rules, purpose: Purpose) -> list[Reason]:
    found: list[Reason] = []
    if facts.opt_in == 2:
        found.append(Reason.HARD_BOUNCED)
    if facts.suppressed - {SuppressionReason.UNSUBSCRIBE}:
        found.append(Reason.SUPPRESSED)
    if purpose is M and SuppressionReason.UNSUBSCRIBE in facts.suppressed:
        found.append(Reason.SUPPRESSED)
    wanted = (facts.opt_in, facts.medium in rules.opt_in_required, purpose)
    if wanted in OPT_INS:
        found.append(OPT_INS[wanted])
    return found


def _of_topic(facts: Facts, purpose: Purpose) -> list[Reason]:
    found: list[Reason] = []
    state = facts.topic.state if facts.topic else None
    if state is PENDING:
        found.append(Reason.PENDING_CONFIRMATION)
    if purpose is M and facts.is_unconfirmed and facts.opt_in != 1 and state is not SUBSCRIBED:
        found.append(Reason.PENDING_CONFIRMATION)
    if purpose is M and facts.topic and (facts.topic.kind, state) not in SUBSCRIBERS:
        found.append(Reason.NOT_SUBSCRIBED)
    return found


def _is_capped(facts: Facts, rules: Rules, now: datetime) -> bool:
    zone = facts.zone or rules.zone
    today = now.astimezone(zone).date()
    for scope in (None, facts.medium):
        cap = rules.caps.get(scope)
        if cap is None:
            continue
        counted = [one.at for one in facts.recent if scope is None or one.medium is scope]
        dates = {today - timedelta(days=back) for back in range(cap.days)}
        on_them = sum(at.astimezone(zone).date() in dates for at in counted)
        if cap.messages is not None and on_them >= cap.messages:
            return True
        if any(at + timedelta(seconds=cap.gap_seconds) > now for at in counted):
            return True
    return False
