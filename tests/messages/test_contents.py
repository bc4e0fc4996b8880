"""What was sent, kept in little room and for as long as the brand wants it."""

import zlib
from datetime import timedelta
from hashlib import sha256

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.messages.post import Post
from tests.support import wait_until
from tidings.messages import store_sent
from tidings.messages.contents import Kept, content_of, pack, unpack, words_of
from tidings.messages.model import MessageId
from tidings.storage.tx import Tx

TEXTS = st.text(st.characters(codec="utf-8"), max_size=50)
KEPT = st.builds(Kept, subject=TEXTS, html=TEXTS, text=TEXTS, title=TEXTS, url=TEXTS)
OFFERS = "".join(f"<p>{sha256(bytes([number])).hexdigest()}</p>" for number in range(50))
LONG = {
    "subject": "For {{ first_name }}",
    "html": f"<p>Dear {{{{ first_name }}}}</p>{OFFERS}",
    "languages": {"de": {"subject": "Für {{ first_name }}", "html": OFFERS}},
}


@given(kept=KEPT, other=KEPT)
def test_what_is_packed_is_unpacked(kept: Kept, other: Kept) -> None:
    """With what others say beside it, and without."""
    words = words_of(other)
    assert unpack(pack(kept, words).content, words.text) == kept
    assert unpack(pack(kept, None).content, None) == kept


def test_what_was_kept_by_earlier_versions_is_read() -> None:
    """They compressed each message by itself."""
    assert unpack(zlib.compress(msgspec.json.encode(Kept(text="Hi"))), None) == Kept(text="Hi")


async def test_the_messages_of_a_template_share_its_words(post: Post) -> None:
    """A million mails that say nearly the same take little room, and each is read whole."""
    await post.add_template("hello", LONG)
    await post.people("ada", first_name="Ada")
    await post.people("udo", first_name="Udo", language="de")
    await post.campaign()
    await post.work()
    async with post.sending():
        await wait_until(lambda: len(post.server.mails) == 2)

    async with post.shop.database.transaction() as tx:
        rows = await tx.fetch(
            "SELECT slot, message_id, length(content) AS size FROM message_contents"
        )
        ids = [MessageId(row["slot"], row["message_id"]) for row in rows]
        said = [await content_of(tx, post.brand_id, one) for one in ids]
        assert await tx.fetchval("SELECT count(*) FROM content_words") == 2
    assert sorted(one.subject for one in said if one) == ["For Ada", "Für Udo"]
    assert {one.html.count("<p>") for one in said if one} == {51, 50}
    plain = [len(zlib.compress(msgspec.json.encode(one), 1)) for one in said]
    assert all(row["size"] * 4 < size for row, size in zip(rows, plain, strict=True))


async def test_words_stay_as_long_as_what_needs_them(post: Post) -> None:
    """And are gone soon after."""
    await post.add_template("hello", LONG)
    await post.people("ada", first_name="Ada")
    await post.campaign()
    await post.work()
    async with post.sending():
        await wait_until(lambda: len(post.server.mails) == 1)

    async with post.shop.database.transaction() as tx:
        until = await tx.fetchval("SELECT kept_until FROM message_contents")
        for at, left in ((until - timedelta(seconds=1), (1, 1)), (until, (0, 1))):
            await store_sent.delete_old_contents(tx, at)
            assert await _left(tx) == left
        await store_sent.delete_old_contents(tx, until + timedelta(days=3))
        assert await _left(tx) == (0, 0)


async def _left(tx: Tx) -> tuple[int, int]:
    contents = await tx.fetchval("SELECT count(*) FROM message_contents")
    return contents, await tx.fetchval("SELECT count(*) FROM content_words")
