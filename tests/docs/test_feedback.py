"""The tables of docs/feedback.md list what the code has, no more and no less."""

import re
from pathlib import Path

from tests.docs.pages import DOCS, code_in, rows_of
from tidings.base import limits
from tidings.channels.kinds import KINDS
from tidings.messages.smtp_status import is_lasting
from tidings.web.hooks import postmark, sendgrid, twilio
from tidings.web.hooks.routes import STATUS_OF_CODE

PAGE = DOCS / "feedback.md"


def test_every_limit_is_on_the_page() -> None:
    """As it is in the code."""
    rows = rows_of(PAGE, "name", "limit", "of")
    printed = {code_in(name)[0]: int(number.replace(",", "")) for name, number, _ in rows}
    source = Path(limits.__file__).read_text("utf-8")
    own = source.partition("# --- what comes back of messages ---")[2].partition("\n# ---")[0]
    names = re.findall(r"^([A-Z_]+) = ", own, re.M)
    assert printed == {name: getattr(limits, name) for name in names}


def test_the_codes_of_mail_servers_are_as_printed() -> None:
    """Whoever looks one up wants to know whether somebody is lost."""
    rows = rows_of(PAGE, "code", "bounce")
    hard = re.findall(r"\d\.\d\.\d+", rows[0][0])
    between = ["5.1.1", "5.1.2"]
    assert all(is_lasting(code) for code in [*hard, *between, "5.0.0 550 x", "5.0.0"])
    assert not any(is_lasting(code) for code in ["5.2.2", "5.7.1", "4.4.7", "5.0.0 550 spam"])


def test_every_status_of_a_hook_is_on_the_page() -> None:
    """But those that come from a bug, a rate that hooks do not have, or a key that is lost."""
    printed = {int(status) for status, _ in rows_of(PAGE, "status", "meaning") if len(status) == 3}
    assert printed == {200, *STATUS_OF_CODE.values()} - {409, 429, 500}


def test_every_code_of_twilio_is_on_the_page() -> None:
    """In the row of what follows from it."""
    rows = rows_of(PAGE, "status, code", "is")[2:5]
    codes = [set(re.findall(r"\b\d{5}\b", row[0])) for row in rows]
    assert codes == [set(twilio.GONE), set(twilio.NOT_NOW), {twilio.STOP}]


def test_every_event_of_sendgrid_and_kind_of_postmark_that_counts_is_on_the_page() -> None:
    """What is not printed says nothing."""
    text = PAGE.read_text("utf-8")
    known = {*sendgrid.WHAT, *postmark.WHAT, *postmark.WHAT_OF_BOUNCE}
    assert [name for name in sorted(known) if name not in text] == []


def test_every_provider_with_a_hook_has_a_chapter() -> None:
    """Under the name by which a channel is added."""
    chapters = set(re.findall(r"^## (\w+)$", PAGE.read_text("utf-8"), re.M)) & set(KINDS)
    assert chapters == {"ses", "sendgrid", "postmark", "mailgun", "twilio", "whatsapp_cloud"}
