"""A definition is read, or every mistake in it is told: pure."""

import msgspec
import pytest

from tidings.base.errors import Mistake
from tidings.campaigns.model import Criterion, Definition, Goal, SplitTest, Variant
from tidings.campaigns.progress import Progress, progress_of
from tidings.campaigns.read import read_definition
from tidings.messages.model import What
from tidings.segments.model import SegmentId

SALE = {"name": "Sale", "channel": "mail", "template": "hello", "audience": "all"}
TWO = [{"template": "a"}, {"template": "b"}]
SPLIT = {"winner": "opens", "after": "4 hours"}


def test_a_definition_is_read_whole_and_written_the_same() -> None:
    """Every field that there is."""
    asked = {
        "name": "Sale",
        "channel": "mail",
        "variants": [{"template": "a", "share": 3}, {"template": "b"}],
        "segments": [1, 2],
        "exclude": [3],
        "local_time": "2026-12-24T09:00",
        "throttle_per_minute": 100,
        "topic": "news",
        "utm": {"utm_source": "sale"},
        "is_marketing": False,
        "goal": {"event": "Bought", "within": "7 days", "amount": "total"},
    }

    read = read_definition(asked)

    assert read == Definition(
        name="Sale",
        channel="mail",
        variants=[Variant("a", 3), Variant("b")],
        segments=[SegmentId(1), SegmentId(2)],
        exclude=[SegmentId(3)],
        local_time="2026-12-24T09:00",
        throttle_per_minute=100,
        topic="news",
        utm={"utm_source": "sale"},
        is_marketing=False,
        goal=Goal("Bought", "7 days", "total"),
    )
    assert read_definition(msgspec.to_builtins(read)) == read


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": 7, "channel": None, "segments": ["x"]}, ["name", "channel", "segments[0]"]),
        ({"variants": [{"template": "a", "share": 0}]}, ["variants[0].share"]),
        ({"goal": {"event": "", "within": "1 day"}}, ["goal.event"]),
        ({"goal": {"event": "Bought"}}, ["goal"]),
        ({"goal": {"event": "Bought", "within": "91 days"}}, ["goal.within"]),
        ({"goal": {"event": "Bought", "within": "soon"}}, ["goal.within"]),
        ({"name": "a\0"}, ["name"]),
        ({"utm": {"a": "\0"}}, ["utm"]),
        ({"name": " ", "template": None, "audience": "some"}, ["name", "template", "audience"]),
        ({"segments": [1]}, ["segments"]),
        ({"local_time": "2026-12-24T09:00+01:00"}, ["local_time"]),
        ({"local_time": "soon"}, ["local_time"]),
        ({"unknown": 1, "more": 2}, ["unknown", "more"]),
        ({"test": {"winner": "luck", "after": "1 hour"}}, ["test.winner"]),
        ({"test": {"winner": "opens"}}, ["test"]),
        ({"test": {"winner": "opens", "after": "1 hour", "share": 100}}, ["test.share"]),
        ({"test": SPLIT}, ["variants"]),
        ({"template": None, "variants": TWO[:1], "test": SPLIT}, ["variants"]),
        (
            {"template": None, "variants": [*TWO, TWO[0]], "test": SPLIT},
            ["variants[2].template"],
        ),
        (
            {"template": None, "variants": TWO, "test": SPLIT | {"winner": "goal"}},
            ["goal"],
        ),
        (
            {
                "template": None,
                "variants": TWO,
                "local_time": "2026-12-24T09:00",
                "test": SPLIT | {"after": "15 days"},
            },
            ["local_time", "test.after"],
        ),
        ({"template": None, "variants": TWO, "test": SPLIT | {"after": "soon"}}, ["test.after"]),
    ],
)
def test_every_mistake_is_told_with_its_path(changes: dict[str, object], fields: list[str]) -> None:
    """Those of single fields before those of several together."""
    read = read_definition({**SALE, **changes})

    assert isinstance(read, list)
    assert [mistake.field for mistake in read] == fields


def test_a_test_is_read_with_as_many_people_as_are_usual() -> None:
    """In the place of `local_time`, which it cannot go with."""
    asked = {**SALE, "template": None, "variants": TWO, "test": SPLIT}

    read = read_definition(asked)

    assert isinstance(read, Definition)
    assert read.test == SplitTest(Criterion.OPENS, "4 hours", 20)
    assert read_definition(msgspec.to_builtins(read)) == read
    others = {**asked, "test": {"share": 99, "winner": "clicks", "after": "14 days"}}
    read = read_definition(others)
    assert isinstance(read, Definition)
    assert read.test == SplitTest(Criterion.CLICKS, "14 days", 99)


def test_what_is_no_object_is_told() -> None:
    """Such as a list of campaigns."""
    assert read_definition([SALE]) == [Mistake("a campaign is a JSON object")]


def test_progress_is_what_was_counted_by_reason() -> None:
    """What is neither sent nor skipped nor failed waits."""
    counts = {
        (What.INTENDED, ""): 10,
        (What.SENT, ""): 4,
        (What.SKIPPED, "opted_out"): 2,
        (What.SKIPPED, "cancelled"): 1,
        (What.FAILED, "recipient"): 1,
        (What.CLICKED, "https://shop.test"): 3,
    }

    progress = progress_of(counts)

    assert progress == Progress(10, 4, {"recipient": 1}, {"cancelled": 1, "opted_out": 2})
    assert (progress.waiting, progress_of({}).waiting) == (2, 0)
