"""Definitions are read strictly: every mistake has the path of its place."""

from typing import Any

import pytest

from tests.segments.world import words
from tidings.base import limits
from tidings.base.errors import Mistake
from tidings.segments.parse import parse

BOUGHT = {"name": "Bought"}
A_NODE = {"attribute": "vip", "is": True}


def event(**fields: Any) -> dict[str, Any]:
    """Return a definition about one event."""
    return {"event": {**BOUGHT, **fields}}


def about(name: str, **fields: Any) -> dict[str, Any]:
    """Return a definition about one attribute."""
    return {"attribute": name, **fields}


def mistakes(definition: object) -> list[tuple[str | None, str]]:
    """Return what is wrong with a definition."""
    read = parse(definition, words())
    assert isinstance(read, list)
    return [(mistake.field, mistake.message) for mistake in read]


KINDS = (
    "all, any, attribute, created, event, first_seen, last_seen, not, random, reachable, segment, "
    "sequence"
)
OPERATORS = (
    "after, anniversary_within_days, at_least, at_most, before, between, contains, ends_with, "
    "equals, greater_than, in, "
    "in_last_days, in_next_days, is, is_set, less_than, matches_none, not_equals, "
    "starts_with"
)
OF_NUMBERS = "at_least, at_most, between, equals, greater_than, less_than, not_equals"
OF_TEXTS = "contains, ends_with, equals, in, is_set, matches_none, not_equals, starts_with"
A_DATE = "must be a date such as 2026-03-29 or a time such as 2026-03-29T12:00:00Z"
A_DURATION = 'must be such as "30 days", "12 hours" or "90 minutes"'
OF_STEP = "name, where"
OF_WINDOW = "from, in_last, until"
BESIDE_FIRST = "cannot stand beside first"
HALF = "must not have the character NUL or half a character"

MISTAKES: list[tuple[object, str | None, str]] = [
    ([], None, "must be an object"),
    ({}, None, f"needs a kind: one of {KINDS}"),
    ({"every": []}, None, f"needs a kind: one of {KINDS}"),
    ({"all": [A_NODE], "any": [A_NODE]}, "any", "cannot stand beside all"),
    ({"all": [A_NODE], "name": "x"}, "name", "is unknown here; known are all"),
    ({"all": {}}, "all", "must be an array"),
    ({"all": []}, "all", "must have 1 to 100 elements"),
    ({"any": [A_NODE, 7]}, "any[1]", "must be an object"),
    ({"not": [A_NODE]}, "not", "must be an object"),
    ({"not": {"all": [A_NODE, {}]}}, "not.all[1]", f"needs a kind: one of {KINDS}"),
    # attributes
    (about("town", equals="x"), "attribute", "is unknown: profiles have no attribute 'town'"),
    (about("old", equals="x"), "attribute", "cannot be asked for: 'old' is inactive"),
    (
        about("address", is_set=True),
        "attribute",
        "cannot be asked for: 'address' is of type Object",
    ),
    (
        about("children", is_set=True),
        "attribute",
        "cannot be asked for: 'children' is of type Array of Objects",
    ),
    ({"attribute": 7, "equals": "x"}, "attribute", "must be a text"),
    ({"attribute": "", "equals": "x"}, "attribute", "must have 1 to 49 characters"),
    (about("city"), None, f"needs an operator: one of {OPERATORS}"),
    (about("city", equals="x", contains="y"), "contains", "cannot stand beside equals"),
    (
        about("city", at_least=1),
        "at_least",
        f"is no operator of type String, which has {OF_TEXTS}",
    ),
    (about("vip", equals=True), "equals", "is no operator of type Boolean, which has is, is_set"),
    (about("city", equals=7), "equals", "must be a text"),
    (about("city", equals=""), "equals", "must have 1 to 999 characters"),
    (about("city", equals="a\0b"), "equals", HALF),
    (about("city", equals="\ud800"), "equals", HALF),
    ({"in": "x", **about("city")}, "in", "must be an array"),
    ({"in": [], **about("city")}, "in", "must have 1 to 1,000 elements"),
    ({"in": ["x", 7], **about("city")}, "in[1]", "must be a text"),
    (about("city", matches_none=["x", ""]), "matches_none[1]", "must have 1 to 999 characters"),
    (about("city", is_set="yes"), "is_set", "must be true or false"),
    (about("city", equals="x", ignore_case="yes"), "ignore_case", "must be true or false"),
    (about("city", is_set=True, ignore_case=True), "ignore_case", "is only for operators of texts"),
    (about("age", equals=1, ignore_case=True), "ignore_case", "is only for operators of texts"),
    (about("age", equals="1"), "equals", "must be a number"),
    (about("age", at_least=True), "at_least", "must be a number"),
    (about("age", at_most=10**301), "at_most", "is too large"),
    (about("age", at_most=float("inf")), "at_most", "is too large"),
    (about("age", between=5), "between", "must be an array"),
    (about("age", between=[5]), "between", "must be an array of two: from, to"),
    (about("age", between=[5, "x"]), "between[1]", "must be a number"),
    (about("age", between=[5, 4]), "between", "must not be the other way round"),
    (about("age", matches_none=[1, "x"]), "matches_none[1]", "must be a number"),
    ({"is": 1, **about("vip")}, "is", "must be true or false"),
    (about("renewal", before="soon"), "before", A_DATE),
    (about("renewal", after=20260101), "after", A_DATE),
    (about("renewal", equals="2026-02-30"), "equals", A_DATE),
    (about("renewal", after="9001-01-01"), "after", A_DATE),
    (about("renewal", before="0999-12-31"), "before", A_DATE),
    (about("renewal", before="0001-01-01T00:00:00+23:59"), "before", A_DATE),
    (about("renewal", between=["2026-01-01", "x"]), "between[1]", A_DATE),
    (
        about("renewal", between=["2026-01-02", "2026-01-01"]),
        "between",
        "must not be the other way round",
    ),
    (about("renewal", in_last_days=-1), "in_last_days", "must be a whole number from 0 to 3,660"),
    (about("renewal", in_next_days=1.5), "in_next_days", "must be a whole number from 0 to 3,660"),
    (
        about("renewal", anniversary_within_days=367),
        "anniversary_within_days",
        "must be a whole number from 0 to 366",
    ),
    (about("tags", contains=None), "contains", "must be a number"),
    # events
    ({"event": []}, "event", "must be an object"),
    ({"event": {}}, "event", "needs a name"),
    ({"event": {"name": "Sold"}}, "event.name", "is unknown: the brand never had an event 'Sold'"),
    (event(performed="no"), "event.performed", "must be true or false"),
    (event(at_least=0), "event.at_least", "must be a whole number from 1 to 1,000,000"),
    (event(exactly=-1), "event.exactly", "must be a whole number from 0 to 1,000,000"),
    (event(at_least=1, at_most=2), "event.at_most", "cannot stand beside at_least"),
    (event(in_last="30 weeks"), "event.in_last", A_DURATION),
    (event(in_last="0 days"), "event.in_last", A_DURATION),
    (event(in_last=30), "event.in_last", A_DURATION),
    (event(in_last="9999999 days"), "event.in_last", "must be at most 3,660 days"),
    (event(in_last="1 day", until="2026-01-01"), "event.until", "cannot stand beside in_last"),
    ({"event": {**BOUGHT, "from": "then"}}, "event.from", A_DATE),
    (
        {"event": {**BOUGHT, "from": "2026-01-02", "until": "2026-01-02"}},
        "event.until",
        "must be later than from",
    ),
    (event(first={}), "event.first", "needs a time: in_last, from or until"),
    (
        event(first={"in_last": "1 day"}, in_last="1 day"),
        "event.in_last",
        "cannot stand beside first",
    ),
    (
        event(last={"since": 1, "in_last": "1 day"}),
        "event.last.since",
        "is unknown here; known are from, in_last, until",
    ),
    (event(where={}), "event.where", "must be an array"),
    (event(where=[]), "event.where", "must have 1 to 100 elements"),
    (event(where=[7]), "event.where[0]", "must be an object"),
    (
        event(where=[{"equals": 1}]),
        "event.where[0]",
        "needs what it is about: one of attribute, context",
    ),
    (
        event(where=[about("city", equals="x")]),
        "event.where[0].attribute",
        "is unknown: the event has no attribute 'city'",
    ),
    (event(where=[about("price", equals="x")]), "event.where[0].equals", "must be a number"),
    (
        event(where=[{"attribute": "price", "context": "url", "equals": 1}]),
        "event.where[0].context",
        "cannot stand beside attribute",
    ),
    (event(where=[{"context": "url", "equals": None}]), "event.where[0].equals", "must be a text"),
    (event(sum={"at_least": 1}), "event.sum", "needs an attribute"),
    (
        event(sum={"attribute": "price"}),
        "event.sum",
        f"needs an operator: one of {OF_NUMBERS}",
    ),
    (
        event(sum={"attribute": "sku", "at_least": 1}),
        "event.sum.attribute",
        "must be a Number; it is String",
    ),
    (
        event(distinct={"attribute": "gift", "at_least": 1}),
        "event.distinct.attribute",
        "must be a Number or a String; it is Boolean",
    ),
    (
        event(avg={"attribute": "price", "is_set": True, "equals": 1}),
        "event.avg.is_set",
        f"is unknown here; known are {OF_NUMBERS.replace('between', 'attribute, between')}",
    ),
    # the others
    ({"sequence": {"first": BOUGHT, "then": BOUGHT}}, "sequence", "needs within"),
    (
        {"sequence": {"first": BOUGHT, "then": {"name": "x"}, "within": "1 day"}},
        "sequence.then.name",
        "is unknown: the brand never had an event 'x'",
    ),
    (
        {"sequence": {"first": {**BOUGHT, "at_least": 2}, "then": BOUGHT, "within": "1 day"}},
        "sequence.first.at_least",
        f"is unknown here; known are {OF_STEP}",
    ),
    ({"reachable": "pigeon"}, "reachable", "must be one of email, sms, whatsapp, push"),
    ({"created": {}}, "created", "needs a time: in_last, from or until"),
    ({"last_seen": "today"}, "last_seen", "must be an object"),
    ({"segment": 0}, "segment", "must be a whole number from 1 to 2,147,483,647"),
    ({"random": {}}, "random", "needs percent"),
    (
        {"random": {"percent": 101}},
        "random.percent",
        "must be from 0 to 100, with at most two decimals",
    ),
    (
        {"random": {"percent": 0.001}},
        "random.percent",
        "must be from 0 to 100, with at most two decimals",
    ),
    ({"random": {"percent": 5, "salt": 7}}, "random.salt", "must be a text"),
]


@pytest.mark.parametrize(("definition", "path", "message"), MISTAKES)
def test_a_mistake_has_its_path(definition: object, path: str | None, message: str) -> None:
    """Who wrote a hundred nodes by hand must not look for the wrong one."""
    assert mistakes(definition) == [(path, message)]


def test_every_mistake_is_told_the_first_first() -> None:
    """Who mends one at a time is told the same number of times that something is wrong."""
    definition: dict[str, Any] = {
        "all": [
            {"attribute": "city", "equals": 7, "extra": 1},
            {"event": {"in_last": "soon", "where": [about("town", equals="x")], "name": "Bought"}},
            {"any": []},
        ]
    }

    assert [path for path, _ in mistakes(definition)] == [
        "all[0].equals",
        "all[0].extra",
        "all[1].event.in_last",
        "all[1].event.where[0].attribute",
        "all[2].any",
    ]


def test_no_more_mistakes_are_told_than_somebody_reads() -> None:
    """A file of another kind has thousands."""
    nodes: list[dict[str, Any]] = [{}] * 50
    assert len(mistakes({"all": nodes})) == limits.MAX_MISTAKES_REPORTED


def nested(levels: int) -> dict[str, Any]:
    """Return a definition with so many levels."""
    definition: dict[str, Any] = A_NODE
    for _ in range(levels - 1):
        definition = {"not": definition}
    return definition


def test_a_definition_has_ten_levels_and_no_more() -> None:
    """More is not read by anybody, and could be too much for PostgreSQL."""
    assert not isinstance(parse(nested(10), words()), list)
    assert mistakes(nested(11)) == [(".".join(["not"] * 10), "is deeper than 10 levels")]
    assert len(mistakes(nested(900))) == 1


def test_a_definition_has_a_hundred_nodes_and_no_more() -> None:
    """Each filter of events is one of them."""
    where = [about("price", equals=1)]
    half = [{"all": [A_NODE] * 47}, event(where=where)]

    assert not isinstance(parse({"any": [*half, {"all": [A_NODE] * 48}]}, words()), list)
    assert mistakes({"any": [*half, {"all": [A_NODE] * 48}, A_NODE]}) == [
        ("any[3]", "is one node too many: a segment has 100")
    ]
    assert mistakes({"all": [event(where=where * 99)]}) == [
        ("all[0].event.where[98]", "is one node too many: a segment has 100")
    ]


def test_the_vendors_own_attributes_are_known_before_anybody_has_one() -> None:
    """Their types are given, so a segment can be made before the first import."""
    assert not isinstance(parse(about("birth_date", anniversary_within_days=3), words()), list)


def test_a_mistake_about_the_whole_has_no_path() -> None:
    """As a refusal has it everywhere else."""
    assert parse(None, words()) == [Mistake("must be an object")]
