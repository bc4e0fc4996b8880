"""From what a record says of its person to identifiers: written one way, never a placeholder."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings.base.ids import BrandId
from tidings.identity.claim import Named, claim_of, is_placeholder, normal_email, normal_mobile
from tidings.identity.model import Claim, Identifier, IdentifierKind, identifier_of

BRAND = BrandId(1001)
USER_ID, EMAIL, MOBILE, ANONYMOUS_ID = IdentifierKind
ADDRESS = "ada@example.com"


def wide(text: str) -> str:
    """Write ASCII letters and digits as East Asian keyboards can: each as wide as an ideograph."""
    return "".join(chr(ord(sign) + 0xFEE0) for sign in text)


def made(kind: IdentifierKind, value: str) -> Identifier:
    """Make an identifier of the brand."""
    return identifier_of(BRAND, kind, value)


@pytest.mark.parametrize(
    "sent",
    [
        "ada@example.com", "Ada@Example.COM", "ADA@EXAMPLE.COM",
        " ada@example.com", "ada@example.com\t", "\r\nada@example.com\n", "ada @ example.com",
        "ada@example.com\N{NO-BREAK SPACE}", "ada@\N{NO-BREAK SPACE}example.com",
        "\N{NARROW NO-BREAK SPACE}ada@example.com", "ada@example.com\N{IDEOGRAPHIC SPACE}",
        "ada@example.com\N{EM SPACE}", "ada\N{LINE SEPARATOR}@example.com", "ada\x85@example.com",
        wide("ada@example.com"), wide("ADA") + "@example.com", "ada@exampl\u212f.com",
    ],
)  # fmt: skip
def test_an_address_is_written_one_way_however_it_was_sent(sent: str) -> None:
    """Known bug 22: one that differed in case, or by a blank nobody sees, was a second person."""
    assert normal_email(sent) == ADDRESS


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("Straße@example.de", "strasse@example.de"),
        ("STRAẞE@example.de", "strasse@example.de"),
        ("STRASSE@example.de", "strasse@example.de"),
        ("ΟΔΥΣΣΕΥΣ@example.gr", "οδυσσευσ@example.gr"),
        ("οδυσσευς@example.gr", "οδυσσευσ@example.gr"),
        ("ﬁona@example.com", "fiona@example.com"),
        ("ИВАН@Пример.рф", "иван@пример.рф"),
        ("आदा@example.in", "आदा@example.in"),
        ("\u00c9va@example.com", "\u00e9va@example.com"),
        ("E\u0301va@example.com", "\u00e9va@example.com"),
        ("e \u0301va@example.com", "\u00e9va@example.com"),
        ("\u1e69@example.com", "\u1e69@example.com"),
        ("s\u0307\u0323@example.com", "\u1e69@example.com"),
        ("\u01f0@example.com", "\u01f0@example.com"),
        ("\u0391\u0345\u0301@example.gr", "\u03ac\u03b9@example.gr"),
    ],
)
def test_letters_of_every_script_are_written_one_way(sent: str, expected: str) -> None:
    """Capitals, ligatures, and a letter with its marks as one code point or as several."""
    assert normal_email(sent) == expected


def test_the_turkish_letters_i_stay_letters_of_their_own() -> None:
    """Folding them to the Latin `i` would make one mailbox of two."""
    sent = [
        "\N{LATIN SMALL LETTER DOTLESS I}",
        "I",
        "i",
        "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}",
    ]

    assert [normal_email(f"{letter}@x.tr") for letter in sent] == [
        "\N{LATIN SMALL LETTER DOTLESS I}@x.tr",
        "i@x.tr",
        "i@x.tr",
        "i\N{COMBINING DOT ABOVE}@x.tr",
    ]


letters = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.sampled_from("aI\u0130\u0131ßẞς \t\xa0\u0301\u0323\u0345ǰﬁ"),
    max_size=12,
)


@given(letters)
def test_what_is_written_so_stays_as_it_is(text: str) -> None:
    """An address is read back from what was stored; a second pass must not lead elsewhere."""
    assert normal_email(normal_email(text)) == normal_email(text)
    assert normal_mobile(normal_mobile(text)) == normal_mobile(text)


@given(letters)
def test_no_blank_is_left_and_no_second_way_of_writing(text: str) -> None:
    """Whatever was sent: what looks alike on a screen is alike in the database."""
    written = normal_email(text)

    assert written == "".join(written.split())
    assert unicodedata.is_normalized("NFKC", written)


@given(st.text(st.characters(max_codepoint=127), max_size=12))
def test_the_short_way_for_ascii_leads_where_the_long_one_does(text: str) -> None:
    """Nearly every address takes it; a letter outside ASCII forces the other."""
    assert normal_email(text + "\u00e9") == normal_email(text) + "\u00e9"


@pytest.mark.parametrize(
    "sent",
    [
        "+919820301012", "+91 98203 01012", "+91-98203-01012", "+91 (98203) 01012",
        "+91.98203.01012", " +919820301012\n", "+91\N{NO-BREAK SPACE}98203\N{NO-BREAK SPACE}01012",
        wide("+919820301012"),
    ],
)  # fmt: skip
def test_a_number_is_written_one_way_however_it_was_sent(sent: str) -> None:
    """What people write between digits says nothing."""
    assert normal_mobile(sent) == "+919820301012"


@pytest.mark.parametrize(
    "value",
    [
        "null", "NULL", "Null", " null ", "\N{NO-BREAK SPACE}null", "undefined", "None", "nil",
        "NaN", "n/a", "NA", "unknown", "Anonymous", "ANONYMOUS", "guest", "true", "False", "-1",
        "0", "00", "0000000000", "00000000-0000-0000-0000-000000000000", "[object Object]",
        "test@example.com", "Example@Example.com", "",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", IdentifierKind)
def test_what_programs_write_for_nothing_is_a_placeholder(kind: IdentifierKind, value: str) -> None:
    """Known bug 20: everybody without an id would be one person."""
    assert is_placeholder(made(kind, value))


@pytest.mark.parametrize(
    "value",
    [
        "ada", "1", "10", "0.0", "00x", "-10", "nulla", "null@example.com", "tests@example.com",
        "00000000-0000-0000-0000-000000000001", "anonymous-7", "na1", "guest house",
    ],
)  # fmt: skip
def test_what_only_resembles_one_is_none(value: str) -> None:
    """A real user may be called so."""
    assert not is_placeholder(made(USER_ID, value))


def test_a_record_of_one_kind_claims_nothing() -> None:
    """It is stored by what it names."""
    assert [claim_of(BRAND, {kind: "+91982"}, position=3) for kind in IdentifierKind] == [
        Named(made(kind, "+91982")) for kind in IdentifierKind
    ]


def test_a_record_is_stored_by_its_first_kind_and_claims_the_others() -> None:
    """In the order of the kinds, whatever the order in which the wire found them."""
    said = {
        ANONYMOUS_ID: "Visitor-7",
        MOBILE: "+91 98203 01012",
        EMAIL: "Ada@Example.com",
        USER_ID: "Ada",
    }

    named = claim_of(BRAND, said, position=3)

    own = made(USER_ID, "Ada")
    also = (made(EMAIL, ADDRESS), made(MOBILE, "+919820301012"), made(ANONYMOUS_ID, "Visitor-7"))
    assert named == Named(own, Claim(own, also, position=3))


def test_ids_identify_as_they_were_sent() -> None:
    """Only addresses and numbers have a way of writing that says nothing."""
    sent = wide("Ada") + " X"

    assert claim_of(BRAND, {USER_ID: sent, ANONYMOUS_ID: sent}, position=0) == Named(
        made(USER_ID, sent),
        Claim(made(USER_ID, sent), (made(ANONYMOUS_ID, sent),), position=0),
    )


def test_a_placeholder_is_passed_over_when_there_is_anything_better() -> None:
    """The record would else be stored for the person of everybody who has no id."""
    said = {USER_ID: "null", EMAIL: "test@example.com", ANONYMOUS_ID: "visitor-7"}

    named = claim_of(BRAND, said, position=0)

    own = made(ANONYMOUS_ID, "visitor-7")
    also = (made(USER_ID, "null"), made(EMAIL, "test@example.com"))
    assert named == Named(own, Claim(own, also, position=0))


def test_a_record_of_placeholders_is_stored_by_the_first() -> None:
    """It has to lie somewhere."""
    said = {EMAIL: "test@example.com", USER_ID: "0"}

    assert claim_of(BRAND, said, position=0) == Named(
        made(USER_ID, "0"),
        Claim(made(USER_ID, "0"), (made(EMAIL, "test@example.com"),), position=0),
    )


texts = st.sampled_from(["null", "0", "Ada@Example.com", "ada", "+91 98203 01012", "visitor-7"])


@given(st.dictionaries(st.sampled_from(IdentifierKind), texts, min_size=1), st.integers(0, 999))
def test_everything_a_record_names_is_its_own_or_claimed_once(
    said: dict[IdentifierKind, str], position: int
) -> None:
    """Nothing is lost, nothing doubled, and a placeholder is its own only if all are."""
    found = claim_of(BRAND, said, position=position)

    own, claim = found.identifier, found.claim
    named = [own] if claim is None else [own, *claim.also]
    assert sorted(one.kind for one in named) == sorted(said)
    assert [one.kind for one in named[1:]] == sorted(one.kind for one in named[1:])
    assert claim is None or (claim.identifier, claim.position) == (own, position)
    assert is_placeholder(own) == all(is_placeholder(one) for one in named)
