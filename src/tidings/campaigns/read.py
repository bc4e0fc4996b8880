"""Reading a campaign as it is asked for: JSON to a definition, or what is wrong with it: pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import cast

import msgspec

from tidings.base import limits
from tidings.base.errors import Mistake
from tidings.campaigns.model import Criterion, Definition, SplitTest
from tidings.segments.calendar import read_duration

ALL = "all"

_NUL_ESCAPE = b"\\u0000"
_MOST_CHARACTERS_SHOWN = 100
# A day beyond them has no time in other zones that the database could hold.
_YEARS = range(1_000, 9_001)
_FEWEST_TESTED = 2


def read_definition(asked: object) -> Definition | list[Mistake]:
    """Read a campaign, or return every mistake that can be seen without looking anything up.

    Shape:  asked - decoded JSON.
    """
    if not isinstance(asked, dict):
        return [Mistake("a campaign is a JSON object")]
    sent = cast("Mapping[str, object]", asked)
    mistakes = list(islice(_wrong_fields(sent), limits.MAX_MISTAKES_REPORTED))
    if mistakes:
        return mistakes
    definition = msgspec.convert(asked, Definition)
    return list(_mistakes(definition)) or definition


def _wrong_fields(sent: Mapping[str, object]) -> Iterator[Mistake]:
    """Look at field by field: the decoder stops at the first mistake."""
    known = {field.name: field for field in msgspec.structs.fields(Definition)}
    for name in sent:
        if name in known:
            continue
        shown = name[:_MOST_CHARACTERS_SHOWN]
        yield Mistake(f"is unknown here; known are {', '.join(known)}", shown)
    for name, field in known.items():
        if name not in sent:
            if field.required:
                yield Mistake("must be there", name)
            continue
        try:
            read = msgspec.convert(sent[name], field.type)
        except msgspec.ValidationError as error:
            message, _, path = str(error).partition(" - at `$")
            yield Mistake(message, f"{name}{path.rstrip('`')}")
        else:
            if _NUL_ESCAPE in msgspec.json.encode(read):
                yield Mistake("holds a NUL character, which text may not", name)


def _mistakes(asked: Definition) -> Iterator[Mistake]:
    if not asked.name.strip():
        yield Mistake("must not be blank", "name")
    if (asked.template is None) is not bool(asked.variants):
        yield Mistake("is needed, or variants; not both", "template")
    if asked.audience not in {None, ALL}:
        yield Mistake(f"must be {ALL}, or left out", "audience")
    if (asked.audience is None) is not bool(asked.segments):
        yield Mistake(f'is needed, or "audience": "{ALL}"; not both', "segments")
    if asked.local_time is not None and not _is_local(asked.local_time):
        words = "must be a time without an offset, such as 2026-12-24T09:00"
        yield Mistake(words, "local_time")
    if asked.goal is not None and not _is_at_most(asked.goal.within, limits.MAX_GOAL_DAYS):
        words = f'must be such as "7 days" or "12 hours", at most {limits.MAX_GOAL_DAYS} days'
        yield Mistake(words, "goal.within")
    if asked.test is not None:
        yield from _mistakes_of_test(asked, asked.test)


def _mistakes_of_test(asked: Definition, test: SplitTest) -> Iterator[Mistake]:
    if len(asked.variants) < _FEWEST_TESTED:
        yield Mistake("must be two or more for a test", "variants")
    seen: set[str] = set()
    for position, variant in enumerate(asked.variants):
        # What comes back of messages is counted by template, and the test is about that.
        if variant.template in seen:
            words = "is another variant's, too: a test could not tell the two apart"
            yield Mistake(words, f"variants[{position}].template")
        seen.add(variant.template)
    if test.winner is Criterion.GOAL and asked.goal is None:
        yield Mistake("is needed for a test whose winner is picked by it", "goal")
    if asked.local_time is not None:
        words = "cannot go with a test: its winner is sent to everybody else at one time"
        yield Mistake(words, "local_time")
    if not _is_at_most(test.after, limits.MAX_CAMPAIGN_TEST_DAYS):
        most = limits.MAX_CAMPAIGN_TEST_DAYS
        yield Mistake(f'must be such as "4 hours" or "1 day", at most {most} days', "test.after")


def _is_local(text: str) -> bool:
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return False
    return local.tzinfo is None and local.year in _YEARS


def _is_at_most(text: str, days: int) -> bool:
    duration = read_duration(text)
    return duration is not None and duration <= timedelta(days=days)
