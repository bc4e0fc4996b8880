"""Who is in a test, and which variant wins it: pure."""

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings.base.ids import ProfileId
from tidings.campaigns.choose import is_tested, variant_of
from tidings.campaigns.model import CampaignId, Criterion, How, Trial, Winner
from tidings.campaigns.winner import trials_of, winner_of
from tidings.messages.model import TemplateAt, What
from tidings.templates.model import TemplateId, TemplateVersion

MANY = 4_000

campaign_ids = st.integers(1, 2**62).map(CampaignId)
profile_ids = st.integers(1, 2**62).map(ProfileId)
trials = st.builds(
    Trial,
    sent=st.integers(0, 50),
    opened=st.integers(0, 50),
    clicked=st.integers(0, 50),
    converted=st.integers(0, 50),
)


def people(first: ProfileId) -> Sequence[ProfileId]:
    """Return many people, as they are numbered one after another."""
    return [ProfileId(first + number) for number in range(MANY)]


@given(campaign_ids, profile_ids, st.integers(1, 99))
def test_about_as_many_are_in_a_test_as_its_share_says(
    campaign: CampaignId, first: ProfileId, percent: int
) -> None:
    """Of four thousand, off by at most one in twenty-five: six times what is usual."""
    tested = sum(is_tested(campaign, one, percent) for one in people(first))

    assert abs(tested / MANY - percent / 100) < 0.05


@given(campaign_ids, profile_ids, st.integers(1, 98))
def test_who_is_in_a_test_is_in_every_larger_one_and_always(
    campaign: CampaignId, person: ProfileId, percent: int
) -> None:
    """It hangs on nothing but the campaign, the person and the share."""
    assert is_tested(campaign, person, percent) is is_tested(campaign, person, percent)
    if is_tested(campaign, person, percent):
        assert is_tested(campaign, person, percent + 1)


@given(campaign_ids, profile_ids)
def test_who_is_in_a_test_says_nothing_about_the_variant(
    campaign: CampaignId, first: ProfileId
) -> None:
    """With the hash of the variant, a test of half the people would be of one variant."""
    tested = [one for one in people(first) if is_tested(campaign, one, 50)]

    firsts = sum(variant_of(campaign, one, [50, 50]) == 0 for one in tested)
    assert abs(firsts / len(tested) - 0.5) < 0.08


@pytest.mark.parametrize(
    ("criterion", "of_each", "position", "how"),
    [
        (Criterion.OPENS, [Trial(10, 5, 9, 9), Trial(10, 6)], 1, How.BEST),
        (Criterion.CLICKS, [Trial(10, 5, 4), Trial(10, 9, 5), Trial(10, 0, 3)], 1, How.BEST),
        (Criterion.GOAL, [Trial(10, 9, 9, 12), Trial(10, 9, 9, 11)], 0, How.BEST),
        # A rate, not a number.
        (Criterion.OPENS, [Trial(100, 20), Trial(10, 3)], 1, How.BEST),
        # The same rate, which floats would tell apart.
        (Criterion.OPENS, [Trial(49, 7), Trial(7, 1)], 0, How.TIE),
        (Criterion.OPENS, [Trial(10, 1), Trial(10, 2), Trial(5, 1)], 1, How.TIE),
        (Criterion.OPENS, [Trial(10), Trial(10)], 0, How.TIE),
        (Criterion.OPENS, [Trial(), Trial()], 0, How.TIE),
        # Its template may be broken.
        (Criterion.OPENS, [Trial(), Trial(10)], 1, How.BEST),
    ],
)
def test_the_best_rate_wins(
    criterion: Criterion, of_each: list[Trial], position: int, how: How
) -> None:
    """The earlier of two that are as good, and the result says so."""
    assert winner_of(of_each, criterion) == Winner(position, how, of_each)


@given(st.lists(trials, min_size=1, max_size=10), st.sampled_from(Criterion))
def test_no_variant_is_better_than_the_winner(of_each: list[Trial], criterion: Criterion) -> None:
    """Whatever came of them."""
    names = {Criterion.OPENS: "opened", Criterion.CLICKS: "clicked", Criterion.GOAL: "converted"}
    rates = [
        Fraction(getattr(one, names[criterion]), one.sent) if one.sent else Fraction(-1)
        for one in of_each
    ]

    winner = winner_of(of_each, criterion)

    assert rates[winner.position] == max(rates)
    assert max(rates, default=None) not in rates[: winner.position]
    assert (winner.how is How.TIE) is (rates.count(max(rates)) > 1)


def test_the_counts_of_each_variant_are_those_of_its_template() -> None:
    """Those who wait for the winner are of none."""
    one, two = (TemplateAt(TemplateId(number), TemplateVersion(1)) for number in (1, 2))
    counted = {
        None: {What.INTENDED: 100},
        one.template_id: {
            What.SENT: 9,
            What.OPENED: 30,
            What.UNIQUE_OPENED: 5,
            What.CLICKED: 20,
            What.UNIQUE_CLICKED: 4,
            What.CONVERTED: 2,
        },
    }

    assert trials_of([two, one], counted) == [Trial(), Trial(9, 5, 4, 2)]
