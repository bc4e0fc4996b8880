"""A definition is read, or every mistake in it is told: pure."""

import msgspec
import pytest

from tidings.base.errors import Mistake
from tidings.campaigns.model import Definition, Goal, Variant
from tidings.campaigns.progress import Progress, progress_of
from tidings.campaigns.read import read_definition
from tidings.messages.model import What
from tidings.segments.model import SegmentId

SALE = {"name": "Sale", "channel": "mail", "template": "hello", "audience": "all"}


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
    ],
)
def test_every_mistake_is_told_with_its_path(changes: dict[str, object], fields: list[str]) -> None:
    """Those of single fields before those of several together."""
    read = read_definition({**SALE, **changes})

    assert isinstance(read, list)
    assert [mistake.field for mistake in read] == fields


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
