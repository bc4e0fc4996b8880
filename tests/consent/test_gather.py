"""What is known of many people at once, and of no others."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from tests.consent.asking import (
    decision_of,
    facts_of,
    make_topic,
    ref_of,
    subscribe,
    suppress,
    unsubscribe,
)
from tests.devices.registering import register
from tests.shop import Shop
from tidings.base.ids import ProfileId
from tidings.base.media import Medium
from tidings.consent import actions
from tidings.consent.model import (
    Allowed,
    Denied,
    Facts,
    OptIn,
    Purpose,
    Reason,
    Standing,
    SubscriptionState,
    SuppressionReason,
    TopicKind,
)
from tidings.profiles.model import ProfileRef
from tidings.storage.slots import Slot
from tidings.storage.tx import Row, Tx

UNSUBSCRIBED, PENDING, SUBSCRIBED = SubscriptionState


async def test_everything_that_is_known_of_a_person_is_gathered(shop: Shop) -> None:
    """For each medium by its own attributes."""
    await make_topic(shop, TopicKind.DOUBLE_OPT_IN)
    await make_topic(shop, TopicKind.OPT_OUT, key="offers")
    await shop.send(
        shop.change(
            "ada",
            {
                "email": "Ada@Example.com",
                "mobile": "+4917012345678",
                "email_opt_in": 1,
                "sms_opt_in": 0,
                "time_zone": "Asia/Kolkata",
            },
        ),
        shop.change("bob", {"time_zone": "IST"}),
    )
    await subscribe(shop, await ref_of(shop, "ada"))
    await unsubscribe(shop, await ref_of(shop, "bob"), topic="offers")
    await suppress(shop, "ada@example.COM", reason=SuppressionReason.COMPLAINT)
    await suppress(shop, "ada@example.com", reason=SuppressionReason.HARD_BOUNCE)
    await suppress(shop, "+49 170 12345678", medium=Medium.SMS)

    kolkata = ZoneInfo("Asia/Kolkata")
    assert await facts_of(shop, "ada", "bob", topic="news") == [
        Facts(
            Medium.EMAIL,
            "Ada@Example.com",
            OptIn.YES,
            kolkata,
            frozenset({SuppressionReason.COMPLAINT, SuppressionReason.HARD_BOUNCE}),
            Standing("news", TopicKind.DOUBLE_OPT_IN, PENDING),
            is_unconfirmed=True,
        ),
        Facts(Medium.EMAIL, None, topic=Standing("news", TopicKind.DOUBLE_OPT_IN, None)),
    ]
    assert await facts_of(shop, "bob", "ada", medium=Medium.SMS, topic="offers") == [
        Facts(Medium.SMS, None, topic=Standing("offers", TopicKind.OPT_OUT, UNSUBSCRIBED)),
        Facts(
            Medium.SMS,
            "+4917012345678",
            OptIn.NO,
            kolkata,
            frozenset({SuppressionReason.MANUAL}),
            Standing("offers", TopicKind.OPT_OUT, None),
            is_unconfirmed=True,
        ),
    ]
    assert await facts_of(shop, "ada", medium=Medium.WHATSAPP) == [
        Facts(Medium.WHATSAPP, "+4917012345678", None, kolkata, is_unconfirmed=True)
    ]
    phone = await register(shop, await ref_of(shop, "ada"))
    ada, bob = await facts_of(shop, "ada", "bob", medium=Medium.PUSH, topic="gone")
    assert bob == Facts(Medium.PUSH, None, topic=Standing("gone", None, None))
    assert ada == replace(bob, zone=kolkata, is_unconfirmed=True, devices=ada.devices)
    assert [device.device_id for device in ada.devices] == [phone]


async def test_nothing_of_another_brand_is_known(shop: Shop, other_shop: Shop) -> None:
    """The same address, topic and person of the same id are somebody else's there."""
    for each in (shop, other_shop):
        await make_topic(each, TopicKind.OPT_OUT)
        await each.send(each.change("ada", {"email": "ada@example.com"}))
    await suppress(shop, "ada@example.com")
    await make_topic(shop, TopicKind.DOUBLE_OPT_IN, key="offers")
    await unsubscribe(shop, await ref_of(shop, "ada"))
    await subscribe(shop, await ref_of(shop, "ada"), topic="offers")
    async with shop.database.transaction() as tx:
        await actions.change_rules(tx, shop.brand_id, {"test_mode": []})

    assert await decision_of(other_shop, "ada", topic="news") == Allowed("ada@example.com")
    theirs = await ref_of(shop, "ada")
    async with other_shop.database.transaction() as tx:
        people = [(theirs, {"email": "ada@example.com"})]
        facts = await actions.gather(
            tx, other_shop.brand_id, people, medium=Medium.EMAIL, topic="news"
        )
    standing = Standing("news", TopicKind.OPT_OUT, None)
    assert facts == {theirs: Facts(Medium.EMAIL, "ada@example.com", topic=standing)}


@pytest.mark.parametrize("value", [3, "1", True, 1.0, [1]])
async def test_an_opt_in_that_means_nothing_is_no_yes(shop: Shop, value: object) -> None:
    """An operator can lock the attribute to another type, and then it can be anything."""
    ref = ProfileRef(Slot(1), ProfileId(1))
    people = [(ref, {"email": "ada@example.com", "email_opt_in": value})]
    async with shop.database.transaction() as tx:
        facts = await actions.gather(tx, shop.brand_id, people, medium=Medium.EMAIL)
    assert facts == {ref: Facts(Medium.EMAIL, "ada@example.com", OptIn.NO)}


class Counting:
    """A transaction that counts its statements."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.statements = 0

    async def fetch(self, query: str, *args: object) -> list[Row]:
        """Count one more."""
        self.statements += 1
        return list(await self._tx.fetch(query, *args))


async def test_hundreds_of_people_take_two_statements(shop: Shop) -> None:
    """A campaign asks about everybody in it, twice."""
    await make_topic(shop)
    people = [
        (ProfileRef(Slot(number % 256), ProfileId(number)), {"email": f"u{number}@example.com"})
        for number in range(1, 501)
    ]
    await suppress(shop, "u7@example.com")
    async with shop.database.transaction() as tx:
        counting = Counting(tx)
        facts = await actions.gather(
            counting,  # pyright: ignore[reportArgumentType]
            shop.brand_id,
            people,
            medium=Medium.EMAIL,
            topic="news",
        )
    assert counting.statements == 2
    assert list(facts) == [ref for ref, _ in people]
    assert [ref.profile_id for ref, one in facts.items() if one.suppressed] == [7]


@pytest.mark.parametrize("medium", [Medium.SMS, Medium.WHATSAPP])
async def test_a_number_can_be_suppressed_on_one_medium(shop: Shop, medium: Medium) -> None:
    """Who is no user of WhatsApp still has a phone."""
    await shop.send(
        shop.change("ada", {"mobile": "+4917012345678", "sms_opt_in": 1, "whatsapp_opt_in": 1})
    )
    await suppress(shop, "+4917012345678", medium=Medium.WHATSAPP)

    decision = await decision_of(shop, "ada", medium=medium)

    if medium is Medium.SMS:
        assert decision == Allowed("+4917012345678")
    else:
        words = "The address is on the suppression list (manual)."
        assert decision == Denied(Reason.SUPPRESSED, words)


@pytest.mark.parametrize("reason", SuppressionReason)
async def test_only_who_unsubscribed_still_gets_what_they_asked_for(
    shop: Shop, reason: SuppressionReason
) -> None:
    """Every other reason is about the address itself."""
    await shop.send(shop.change("ada", {"email": "ada@example.com"}))
    await suppress(shop, "ada@example.com", reason=reason)

    words = f"The address is on the suppression list ({reason})."
    denied = Denied(Reason.SUPPRESSED, words)
    assert await decision_of(shop, "ada") == denied
    assert await decision_of(shop, "ada", purpose=Purpose.TRANSACTIONAL) == (
        Allowed("ada@example.com") if reason is SuppressionReason.UNSUBSCRIBE else denied
    )
