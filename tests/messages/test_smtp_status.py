"""Which codes of mail servers mean that a mailbox is gone, and which pass."""

import pytest

from tidings.messages.smtp_status import enhanced_in, is_lasting

GONE = [
    "5.1.1",
    "5.1.2 no such domain",
    "5.1.10 null MX",
    "5.2.1 disabled",
    "5.4.4 host not found",
    "5.0.0",
    "550 5.1.1 unknown",
    "550 no such user",
    "5.0.0 550 no such user",
    "5.0.0 host mx[198.51.100.2] said: 550 5.1.1 unknown",
]
NOT_GONE = [
    "",
    "4.2.2",
    "4.1.1 not now",
    "5.2.2 full",
    "552 5.2.2 full",
    "5.7.1 refused",
    "5.1.7 the sender is none",
    "5.1.8 the sender's domain is none",
    "550 5.7.26 unauthenticated",
    "554 no",
    "452 full",
    "5.0.0 550 blocked by a list",
    "550 rejected as spam",
    "5.0.0 our policy",
    "host 5.1.1.1 does not answer",
]


@pytest.mark.parametrize("code", GONE)
def test_a_mailbox_that_is_gone_stays_so(code: str) -> None:
    """Writing to it again harms whoever writes."""
    assert is_lasting(code)


@pytest.mark.parametrize("code", NOT_GONE)
def test_everything_else_may_pass(code: str) -> None:
    """Whoever is blocked somewhere must not lose all people there for good."""
    assert not is_lasting(code)


def test_the_line_with_the_code_is_found_in_a_text() -> None:
    """Before one with a number that could be an older code."""
    text = "Your order 450\nhost mx [203.0.113.5]\n said 552 5.2.2 full \nbye"
    assert enhanced_in(text) == "said 552 5.2.2 full"
    assert enhanced_in("hello\nsaid: 550 no\n") == "said: 550 no"
    assert enhanced_in("hello") == ""
