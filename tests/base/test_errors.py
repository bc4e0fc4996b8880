"""A refusal carries what a door needs to answer, and nothing else."""

from tidings.base.errors import Code, Mistake, Refused, unavailable


def test_there_are_nine_codes() -> None:
    """Every door has a table of them; a tenth would have no status there."""
    assert [code.value for code in Code] == [
        "invalid",
        "unauthenticated",
        "forbidden",
        "not_found",
        "conflict",
        "too_large",
        "rate_limited",
        "unavailable",
        "internal",
    ]


def test_a_refusal_keeps_its_mistakes_as_they_were() -> None:
    """They are shown later, when the list they were gathered in may have grown."""
    mistakes = [Mistake("must be a number", field="ltv", index=3)]

    refused = Refused(Code.INVALID, "This cannot be stored.", mistakes=mistakes)
    mistakes.clear()

    assert (refused.code, refused.message, refused.mistakes, refused.retry_after_seconds) == (
        Code.INVALID,
        "This cannot be stored.",
        (Mistake("must be a number", field="ltv", index=3),),
        None,
    )


def test_a_refusal_reads_as_its_message() -> None:
    """The command line prints it."""
    assert str(Refused(Code.CONFLICT, "Use a new key.")) == "Use a new key."


def test_what_is_unavailable_says_when_to_come_back() -> None:
    """A 503 without Retry-After makes clients hammer."""
    refused = unavailable("The database is away.", retry_after_seconds=2)

    assert (refused.code, refused.message, refused.retry_after_seconds) == (
        Code.UNAVAILABLE,
        "The database is away.",
        2,
    )
