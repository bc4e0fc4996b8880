"""The decision is what the page says, in the order of the page, for all that can be known."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tests.consent.naive import FORMS, Days, is_quiet, obstacles
from tests.docs.pages import DOCS, code_in, rows_of
from tidings.base.ids import ProfileId
from tidings.base.media import Medium
from tidings.consent.decide import decide
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
from tidings.devices.model import Device, DeviceId, Platform, Token
from tidings.profiles.model import ProfileRef
from tidings.storage.slots import Slot

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)  # a Sunday
PENDING = SubscriptionState.PENDING
PHONE = Device(DeviceId(1), ProfileRef(Slot(1), ProfileId(1)), Platform.IOS, Token("t"), NOON, NOON)


def page_order() -> list[Reason]:
    """Return the reasons in the order in which the page asks for them."""
    rows = rows_of(DOCS / "consent.md", "reason", "no, when", "marketing", "transactional")
    return [Reason(reason) for names, *_ in rows for reason in code_in(names)]


ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("UTC", "Asia/Kolkata", "America/St_Johns", "Europe/Berlin")]
)
MOMENTS = st.timedeltas(timedelta(days=-9), timedelta(days=6)).map(lambda away: NOON + away)
MINUTES = st.integers(0, 1439)
DAYS = st.dictionaries(
    st.sampled_from(Weekday), st.lists(st.tuples(MINUTES, MINUTES), max_size=2), max_size=6
)
CAPS = st.dictionaries(
    st.sampled_from([None, *Medium]),
    st.builds(
        Cap, st.none() | st.integers(1, 4), st.integers(1, 9), st.sampled_from([0, 3_600, 90_000])
    ),
    max_size=3,
)
TESTS = st.none() | st.sets(
    st.sampled_from(["ada@example.com", "@example.com", "+4917012345678"])
).map(frozenset)
STANDINGS = st.none() | st.builds(
    Standing,
    st.just("news"),
    st.none() | st.sampled_from(TopicKind),
    st.none() | st.sampled_from(SubscriptionState),
)


@st.composite
def facts_of(draw: st.DrawFn) -> Facts:
    """Draw what may be known of somebody."""
    topic = draw(STANDINGS)
    is_pending = topic is not None and topic.state is PENDING
    return Facts(
        medium=draw(st.sampled_from(Medium)),
        address=draw(st.none() | st.sampled_from(sorted(FORMS))),
        opt_in=draw(st.none() | st.sampled_from(OptIn)),
        zone=draw(st.none() | ZONES),
        suppressed=frozenset(draw(st.sets(st.sampled_from(SuppressionReason), max_size=2))),
        topic=topic,
        is_unconfirmed=is_pending or draw(st.booleans()),
        recent=tuple(
            draw(st.lists(st.builds(Sending, st.sampled_from(Medium), MOMENTS), max_size=6))
        ),
        devices=draw(st.sampled_from([(), (PHONE,)])),
    )


# Where nothing else is in the way, what comes last is asked, too.
WILLING = st.builds(
    Facts,
    st.sampled_from([Medium.EMAIL, Medium.PUSH]),
    st.just("ada@example.com"),
    st.sampled_from([None, OptIn.YES]),
    st.none() | ZONES,
    recent=st.lists(st.builds(Sending, st.sampled_from(Medium), MOMENTS), max_size=6).map(tuple),
    devices=st.just((PHONE,)),
)


@st.composite
def rules_and_days(draw: st.DrawFn) -> tuple[Rules, Days]:
    """Draw a brand's rules, and its quiet hours as they were written."""
    days = draw(DAYS)
    rules = Rules(
        zone=draw(ZONES),
        quiet=QuietHours.of(days),
        caps=draw(CAPS),
        test_addresses=draw(TESTS),
        opt_in_required=frozenset(draw(st.sets(st.sampled_from(list(Medium)[:3])))),
    )
    return rules, days


def reason_of(decision: Decision) -> Reason | None:
    """Return why a message is not sent now."""
    return None if isinstance(decision, Allowed) else decision.reason


@given(facts_of() | WILLING, rules_and_days(), st.sampled_from(Purpose), MOMENTS)
def test_the_first_obstacle_on_the_page_is_the_reason(
    facts: Facts, ruled: tuple[Rules, Days], purpose: Purpose, now: datetime
) -> None:
    """Against a restatement that knows all obstacles and no order, and the page, which knows it."""
    rules, days = ruled
    found = obstacles(facts, rules, days, purpose=purpose, now=now)
    expected = next((reason for reason in page_order() if reason in found), None)

    decision = decide(facts, rules, purpose, now)

    assert reason_of(decision) is expected
    if isinstance(decision, Allowed):
        assert decision.address == facts.address
    if isinstance(decision, Held):
        until = decision.until.astimezone(facts.zone or rules.zone)
        assert decision.until > now
        assert not is_quiet(days, until)
        again = decide(facts, rules, purpose, decision.until)
        assert not isinstance(again, Held)


@given(facts_of(), rules_and_days(), st.sampled_from(Purpose), MOMENTS)
def test_who_has_not_confirmed_is_never_sent_anything_about_it(
    facts: Facts, ruled: tuple[Rules, Days], purpose: Purpose, now: datetime
) -> None:
    """Known bug 7, on every medium and for every purpose, whatever else is known."""
    topic = Standing("news", TopicKind.DOUBLE_OPT_IN, PENDING)
    pending = Facts(facts.medium, facts.address, facts.opt_in, topic=topic, is_unconfirmed=True)
    assert isinstance(decide(pending, ruled[0], purpose, now), Denied)
