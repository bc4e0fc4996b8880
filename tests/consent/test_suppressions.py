"""Addresses that nothing is sent to: for each reason, in one brand, and after who had them."""

import pytest

from tests.consent.asking import decision_of, merge, suppress
from tests.shop import Shop
from tidings.base.errors import Code, Mistake, Refused
from tidings.base.media import Medium
from tidings.consent import actions
from tidings.consent.model import Allowed, Denied, Reason, SuppressionReason
from tidings.privacy import actions as privacy

MANUAL, COMPLAINT = SuppressionReason.MANUAL, SuppressionReason.COMPLAINT


async def unsuppress(shop: Shop, address: str, reason: SuppressionReason | None = None) -> None:
    """Let an address be sent to again."""
    async with shop.database.transaction() as tx:
        await actions.unsuppress(tx, shop.brand_id, address, reason=reason)


async def listed(shop: Shop) -> list[tuple[str | None, Medium | None, SuppressionReason]]:
    """Return what a brand suppresses, page by page of two."""
    found: list[tuple[str | None, Medium | None, SuppressionReason]] = []
    after = 0
    async with shop.database.transaction() as tx:
        while page := await actions.list_suppressions(tx, shop.brand_id, after=after, at_most=2):
            found += [(one.address, one.medium, one.reason) for one in page]
            after = page[-1].suppression_id
    return found


async def test_an_address_is_suppressed_once_for_each_reason_and_medium(shop: Shop) -> None:
    """However it is written, and however often it comes."""
    assert await suppress(shop, "Ada@Example.com", "ada@example.com ", "+49 (170) 123456-78") == 2
    assert await suppress(shop, "ADA@example.com", "bob@example.com") == 1
    assert await suppress(shop, "ada@example.com", reason=COMPLAINT) == 1
    assert await suppress(shop, "ada@example.com", medium=Medium.EMAIL) == 1

    found = await listed(shop)
    assert len(found) == 5
    assert set(found) == {
        ("+4917012345678", None, MANUAL),
        ("ada@example.com", None, COMPLAINT),
        ("ada@example.com", None, MANUAL),
        ("ada@example.com", Medium.EMAIL, MANUAL),
        ("bob@example.com", None, MANUAL),
    }


async def test_it_is_sent_to_again_when_no_reason_is_left(shop: Shop) -> None:
    """One reason less is not none."""
    await shop.send(shop.change("ada", {"email": "ada@example.com"}))
    for reason in (MANUAL, COMPLAINT):
        await suppress(shop, "ada@example.com", reason=reason)

    await unsuppress(shop, "Ada@Example.com", MANUAL)
    assert await decision_of(shop, "ada") == Denied(
        Reason.SUPPRESSED, "The address is on the suppression list (complaint)."
    )
    await unsuppress(shop, "ada@example.com")
    assert await decision_of(shop, "ada") == Allowed("ada@example.com")
    with pytest.raises(Refused, match=r"does not suppress this address\.$") as refused:
        await unsuppress(shop, "ada@example.com")
    assert refused.value.code is Code.NOT_FOUND


async def test_another_brand_suppresses_for_itself(shop: Shop, other_shop: Shop) -> None:
    """And cannot let go what it does not hold."""
    await suppress(shop, "ada@example.com")

    with pytest.raises(Refused, match=r"does not suppress this address for manual\."):
        await unsuppress(other_shop, "ada@example.com", MANUAL)
    assert (await listed(shop), await listed(other_shop)) == (
        [("ada@example.com", None, MANUAL)],
        [],
    )


@pytest.mark.parametrize(
    ("wrong", "medium", "words"),
    [
        ("ada@example", None, "is no address"),
        ("12345", None, "is no address"),
        ("", None, "is no address"),
        ("ada@example.com", Medium.SMS, "is no address for sms"),
        ("+4917012345678", Medium.EMAIL, "is no address for email"),
        ("+4917012345678", Medium.PUSH, "is no address for push"),
    ],
)
async def test_what_is_no_address_is_refused_with_its_place(
    shop: Shop, wrong: str, medium: Medium | None, words: str
) -> None:
    """And nothing beside it is suppressed: whoever mends the file imports all of it again."""
    right = "+4917012345678" if medium is Medium.SMS else "bob@example.com"
    with pytest.raises(Refused) as refused:
        await suppress(shop, right, wrong, medium=medium)

    assert refused.value.code is Code.INVALID
    assert refused.value.mistakes[-1] == Mistake(words, index=1)
    assert await listed(shop) == []


async def test_the_address_of_the_forgotten_stays_suppressed_and_is_not_shown(
    shop: Shop, other_shop: Shop
) -> None:
    """To be forgotten must not lead to being mailed again. Also one that came by a merge."""
    ada, mailbox = shop.user("ada"), shop.email("old@example.com")
    await shop.send(
        shop.change(ada, {"email": "Ada@example.com", "mobile": "+4917012345678"}),
        shop.event(mailbox),
    )
    await merge(shop, ada, mailbox)
    addresses = ["ada@example.com", "bob@example.com", "+4917012345678", "old@example.com"]
    for address in addresses:
        await suppress(shop, address)
        await suppress(other_shop, address)

    async with shop.database.transaction() as tx:
        await privacy.forget(tx, shop.brand_id, [ada])

    assert [address for address, _, _ in await listed(shop)] == [
        None,
        "bob@example.com",
        None,
        None,
    ]
    assert [address for address, _, _ in await listed(other_shop)] == addresses
    await shop.send(shop.change("new", {"email": "ada@Example.com"}))
    assert await decision_of(shop, "new") == Denied(
        Reason.SUPPRESSED, "The address is on the suppression list (manual)."
    )
    assert await suppress(shop, "ada@example.com") == 0
    await unsuppress(shop, "ada@example.com")
    assert await decision_of(shop, "new") == Allowed("ada@Example.com")
