"""What a mail looks like on the wire, read by the standard library's own parser."""

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.channels.mails import NOON, mail, part, wrong_with_mail
from tidings.channels.check import refusal_of
from tidings.channels.message import Address, Email
from tidings.channels.mime import build

LONG = "a" * 5_000
TEXTS = [
    "Plain.\n",
    "no line end",
    "Trailing spaces   \nand\ttabs\t\n",
    ".\n..\n.leading dots\n",
    "From the beginning of a line\n",
    "--=_tidings\n--=_tidings--\nlooks like a boundary\n",
    "=3D = equals =\n",
    f"{LONG}\nan unbroken line\n",
    "Grüße, señor — 10 € ✓\n",
    "नमस्ते दुनिया\n" * 30,
    "日本語のメール\n",
    "\n\nempty lines\n\n\n",
    "👩‍👩‍👧‍👦 🇮🇳\n",
]


def read(message: Email) -> tuple[bytes, EmailMessage]:
    """Build a mail and read it back; nothing may be wrong with it."""
    assert refusal_of(message) is None
    raw = build(message, at=NOON)
    parsed = message_from_bytes(raw, policy=policy.default)
    for one in parsed.walk():
        assert one.defects == []
    return raw, parsed


def assert_fits_the_wire(raw: bytes) -> None:
    """Nothing is wrong with it, no header is longer than 78, and all is ASCII."""
    assert list(wrong_with_mail(raw)) == []
    assert max(map(len, raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 78
    assert raw.isascii()


def ended(text: str) -> str:
    """Return a text as a part of a mail has it: with an end to its last line."""
    return text if text.endswith("\n") else text + "\n"


@pytest.mark.parametrize("text", TEXTS)
def test_both_parts_arrive_as_they_were_written(text: str) -> None:
    """Whatever signs they have, and however long their lines are."""
    html = f"<p>{text}</p>"
    raw, parsed = read(mail(text=text, html=html))

    assert_fits_the_wire(raw)
    assert parsed.get_content_type() == "multipart/alternative"
    assert [one.get_content_type() for one in parsed.iter_parts()] == ["text/plain", "text/html"]
    assert (part(parsed, "plain"), part(parsed, "html")) == (ended(text), ended(html))


@given(
    text=st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1),
    subject=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"])),
)
def test_any_text_and_subject_arrive(text: str, subject: str) -> None:
    """Nobody thinks of all of them."""
    raw, parsed = read(mail(text=text, subject=subject))

    assert_fits_the_wire(raw)
    assert part(parsed, "plain") == ended(text)
    assert str(parsed["Subject"]).strip() == subject.strip()


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Ihr Paket ist unterwegs. Viele Grüße aus der Werkstatt\n", "quoted-printable"),
        ("नमस्ते\n", "base64"),
        ("Hi\n" + "x" * 998, "7bit"),
        ("Hi\n" + "x" * 999, "quoted-printable"),
        ("--=_tidings\n", "quoted-printable"),
        ("Hi \nAda\n", "quoted-printable"),
    ],
)
def test_a_text_is_encoded_as_is_shorter(text: str, encoding: str) -> None:
    """Hindi would take nine signs a letter in the other one, German would be illegible.

    What needs no encoding has none: ASCII in short lines that cannot be taken for a boundary, and
    of which nothing is cut off.
    """
    _, parsed = read(mail(text=text, html=""))

    assert parsed["Content-Transfer-Encoding"] == encoding


@pytest.mark.parametrize(("name", "other"), [("html", "text"), ("text", "html")])
def test_a_mail_with_one_part_has_no_parts(name: str, other: str) -> None:
    """An alternative of one would be shown as an empty mail by some readers."""
    raw, parsed = read(mail(**{other: ""}))

    assert_fits_the_wire(raw)
    assert parsed.get_content_type() == ("text/html" if name == "html" else "text/plain")
    assert str(parsed.get_content()).strip() in {"<p>It is on its way.</p>", "It is on its way."}


def test_the_headers_are_those_of_the_mail() -> None:
    """In the words of RFC 5322, and each once."""
    raw, parsed = read(
        mail(
            reply_to=Address("help@example.com", "Help, please"),
            headers=(
                ("List-Unsubscribe", "<https://example.com/u/1>, <mailto:u@example.com>"),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ),
        )
    )

    assert_fits_the_wire(raw)
    assert {name: str(value) for name, value in parsed.items()} == {
        "From": "The Shop <shop@example.com>",
        "To": "Ada <ada@example.com>",
        "Subject": "Your order",
        "Message-ID": "<m1@example.com>",
        "Date": "Sun, 29 Mar 2026 12:00:00 +0000",
        "Reply-To": '"Help, please" <help@example.com>',
        "List-Unsubscribe": "<https://example.com/u/1>, <mailto:u@example.com>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/alternative; boundary="=_tidings"',
    }


@pytest.mark.parametrize(
    "name",
    [
        "Ada",
        "Lovelace, Ada",
        'The "Countess"',
        "back\\slash",
        "Ada (home)",
        "Jörg Müller",
        "नमस्ते",
        "=?utf-8?q?no?=",
        "x" * 300,
        "ö" * 300,
        "many words of a name " * 10,
        "a@b.example",
    ],
)
def test_a_name_is_read_as_it_was_written_and_adds_no_mailbox(name: str) -> None:
    """A name with a comma made two recipients of one."""
    raw, parsed = read(mail(recipient=Address("ada@example.com", name.strip())))

    # Python's parser of addresses puts spaces between encoded words, against RFC 2047 6.2; its
    # older one does not.
    written, _ = parseaddr(str(make_header(decode_header(message_from_bytes(raw)["To"]))))
    (address,) = parsed["To"].addresses
    assert address.addr_spec == "ada@example.com"
    assert name.strip() in {written, address.display_name}


@pytest.mark.parametrize(
    "subject",
    ["Grüße aus Köln", "=?utf-8?q?=41?= as such", "one  two   three", "word " * 60, "ß" * 500, ""],
)
def test_a_subject_is_read_as_it_was_written(subject: str) -> None:
    """Folded, encoded, or neither."""
    raw, parsed = read(mail(subject=subject))

    assert_fits_the_wire(raw)
    assert parsed["Subject"] == subject.strip()


def test_only_a_mailbox_beyond_ascii_makes_headers_beyond_ascii() -> None:
    """RFC 6532 is for those who cannot be written to otherwise."""
    raw, parsed = read(mail(recipient=Address("jörg@münchen.example", "Jörg")))

    assert "jörg@xn--mnchen-3ya.example".encode() in raw
    assert raw.replace("jörg".encode(), b"").isascii()
    assert str(parsed["Subject"]) == "Your order"


def test_a_domain_beyond_ascii_is_written_in_ascii() -> None:
    """By the rules of 2008: those of 2003 would write to another domain here."""
    raw, _ = read(mail(recipient=Address("ada@Straße.example")))

    assert b"To: ada@xn--strae-oqa.example\r\n" in raw
    assert raw.isascii()
