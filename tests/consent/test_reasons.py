"""Each reason not to send, and the edges of what is asked."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tidings.base.media import Medium
from tidings.consent.decide import decide, remembers
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
    Sending,
    Standing,
    SubscriptionState,
    SuppressionReason,
    TopicKind,
)
from tidings.consent.quiet import QuietHours, Weekday

UTC_ZONE = ZoneInfo("UTC")
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)  # a Sunday
ADA = Facts(Medium.EMAIL, "ada@example.com")
PLAIN = Rules(UTC_ZONE)
M, T = Purpose.MARKETING, Purpose.TRANSACTIONAL
PENDING = SubscriptionState.PENDING


def test_who_is_known_by_an_unconfirmed_address_alone_gets_no_marketing_at_all() -> None:
    """A campaign about no topic must not reach who only ever filled in a form: known bug 7."""
    unconfirmed = Facts(Medium.EMAIL, "ada@example.com", is_unconfirmed=True)
    said_yes = Facts(Medium.EMAIL, "ada@example.com", OptIn.YES, is_unconfirmed=True)

    assert decide(unconfirmed, PLAIN, M, NOON) == Denied(
        Reason.PENDING_CONFIRMATION, "The person has not confirmed the subscription."
    )
    assert decide(said_yes, PLAIN, M, NOON) == Allowed("ada@example.com")
    # Their confirmation mail is about no topic, and must reach them.
    assert decide(unconfirmed, PLAIN, T, NOON) == Allowed("ada@example.com")


NIGHT = Rules(UTC_ZONE, quiet=QuietHours.of({Weekday.SUNDAY: [(22 * 60, 8 * 60)]}))
EVENING = NOON.replace(hour=23)
TWO_A_WEEK = Rules(UTC_ZONE, caps={Medium.EMAIL: Cap(2, 7)})
AN_HOUR = Rules(UTC_ZONE, caps={None: Cap(gap_seconds=3_600)})


def about(kind: TopicKind | None, state: SubscriptionState | None) -> Facts:
    """Make what is known of who stands so to the topic `news`."""
    return Facts(Medium.EMAIL, "ada@example.com", topic=Standing("news", kind, state))


def sent(*hours_ago: float) -> Facts:
    """Make what is known of who was mailed so many hours before noon."""
    times = [NOON - timedelta(hours=hours) for hours in hours_ago]
    return Facts(
        Medium.EMAIL, "ada@example.com", recent=tuple(Sending(Medium.EMAIL, at) for at in times)
    )


@pytest.mark.parametrize(
    ("facts", "rules", "now", "decision"),
    [
        (None, PLAIN, NOON, Denied(Reason.FORGOTTEN, "The person is not there any more.")),
        (
            Facts(Medium.SMS, None),
            PLAIN,
            NOON,
            Denied(Reason.NO_ADDRESS, "The person has no address for this medium."),
        ),
        (
            Facts(Medium.PUSH, "ada@example.com"),
            PLAIN,
            NOON,
            Denied(Reason.NO_ADDRESS, "The person has no address for this medium."),
        ),
        (
            Facts(Medium.SMS, "ada@example.com"),
            PLAIN,
            NOON,
            Denied(Reason.INVALID_ADDRESS, "The address does not have the form of one."),
        ),
        (
            ADA,
            Rules(UTC_ZONE, test_addresses=frozenset({"@test.example"})),
            NOON,
            Denied(
                Reason.TEST_MODE,
                "The brand is in test mode, and this address is not on its list.",
            ),
        ),
        (
            Facts(Medium.EMAIL, "ada@example.com", OptIn.UNDELIVERABLE),
            PLAIN,
            NOON,
            Denied(
                Reason.HARD_BOUNCED,
                "The opt-in is 2: what was sent to this address could not be delivered.",
            ),
        ),
        (
            Facts(
                Medium.EMAIL,
                "ada@example.com",
                suppressed=frozenset({SuppressionReason.COMPLAINT, SuppressionReason.UNSUBSCRIBE}),
            ),
            PLAIN,
            NOON,
            Denied(
                Reason.SUPPRESSED,
                "The address is on the suppression list (complaint, unsubscribe).",
            ),
        ),
        (
            Facts(Medium.EMAIL, "ada@example.com", OptIn.NO),
            PLAIN,
            NOON,
            Denied(Reason.OPTED_OUT, "The opt-in is 0: the person does not want this medium."),
        ),
        (
            Facts(Medium.SMS, "+4917012345678"),
            PLAIN,
            NOON,
            Denied(
                Reason.NOT_OPTED_IN,
                "The person has not opted in to this medium, where the brand wants that.",
            ),
        ),
        (
            about(TopicKind.DOUBLE_OPT_IN, PENDING),
            PLAIN,
            NOON,
            Denied(Reason.PENDING_CONFIRMATION, "The subscription to news is not confirmed."),
        ),
        (
            about(TopicKind.OPT_IN, None),
            PLAIN,
            NOON,
            Denied(Reason.NOT_SUBSCRIBED, "The person has not subscribed to news."),
        ),
        (
            about(TopicKind.OPT_OUT, SubscriptionState.UNSUBSCRIBED),
            PLAIN,
            NOON,
            Denied(Reason.NOT_SUBSCRIBED, "The person has unsubscribed from news."),
        ),
        (
            about(None, None),
            PLAIN,
            NOON,
            Denied(Reason.NOT_SUBSCRIBED, "There is no topic news."),
        ),
        (ADA, NIGHT, EVENING, Held(NOON + timedelta(hours=20), Reason.QUIET_HOURS)),
        (
            sent(30, 40),
            TWO_A_WEEK,
            NOON,
            Denied(Reason.FREQUENCY_CAPPED, "Sent by email on 7 days: 2, of 2 allowed."),
        ),
        (
            sent(0.5),
            AN_HOUR,
            NOON,
            Denied(Reason.FREQUENCY_CAPPED, "The last message is less than 3,600 s ago."),
        ),
    ],
    ids=lambda value: value.reason.value if isinstance(value, Denied | Held) else "",
)
def test_each_reason_is_given_and_told(
    facts: Facts | None, rules: Rules, now: datetime, decision: Decision
) -> None:
    """Nobody is left without a message and without a reason."""
    assert decide(facts, rules, M, now) == decision


def test_a_cap_counts_days_of_the_calendar_and_begins_anew_at_midnight() -> None:
    """Else a daily mail that is a second early today would be the second of one day."""
    once_a_day = Rules(UTC_ZONE, caps={Medium.EMAIL: Cap(1)})

    assert decide(sent(12.1), once_a_day, M, NOON) == Allowed("ada@example.com")
    assert decide(sent(12), once_a_day, M, NOON) == Denied(
        Reason.FREQUENCY_CAPPED, "Sent by email today: 1, of 1 allowed."
    )


def test_a_capped_message_is_held_all_the_same_while_it_is_quiet() -> None:
    """By the morning it may be allowed: the cap is asked when it could really be sent."""
    ruled = Rules(UTC_ZONE, quiet=NIGHT.quiet, caps={Medium.EMAIL: Cap(1)})
    evening = Facts(
        Medium.EMAIL, "ada@example.com", recent=(Sending(Medium.EMAIL, EVENING.replace(hour=9)),)
    )
    morning = NOON + timedelta(hours=20)

    assert decide(evening, ruled, M, EVENING) == Held(morning)
    assert decide(evening, ruled, M, morning) == Allowed("ada@example.com")


def test_a_gap_that_is_over_to_the_second_is_over() -> None:
    """It is the least time between two, not more than that."""
    assert decide(sent(1), AN_HOUR, M, NOON) == Allowed("ada@example.com")


def test_the_caller_is_told_how_far_back_to_look() -> None:
    """What is older does not count for any cap; without caps, nothing does."""
    caps = {None: Cap(3, 7), Medium.SMS: Cap(gap_seconds=30 * 86_400)}
    assert remembers(Rules(UTC_ZONE, caps=caps)) == timedelta(days=30)
    assert remembers(Rules(UTC_ZONE, caps={None: Cap(3, 7)})) == timedelta(days=8)
    assert remembers(PLAIN) is None
