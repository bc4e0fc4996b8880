"""A contact's `stats`: how many messages they got in each month of the brand's calendar."""

from datetime import UTC, datetime
from pathlib import Path

from tests.messages.post import HELLO
from tests.web.conftest import MakeCaller
from tests.web.mailing import give_channel, give_template, give_user, send_all
from tests.web.notifuse.calls import info
from tests.web.notifyvisitors.campaign_calls import message, sent
from tests.web.server import Caller
from tidings.messages.feedback import Feedback, hear
from tidings.messages.model import MessageId, What
from tidings.storage.slots import Slot
from tidings.storage.tx import Tx

MOVE = "UPDATE messages SET ended_at = $3 WHERE slot = $1 AND message_id = $2"


def sent_at(caller: Caller, *times: datetime) -> list[MessageId]:
    """Let the messages of a brand have been sent at these times."""
    rows = caller.rows(
        "SELECT slot, message_id FROM messages WHERE brand_id = $1 ORDER BY message_id",
        caller.brand_id,
    )
    ids = [MessageId(Slot(row["slot"]), row["message_id"]) for row in rows]

    async def move(tx: Tx) -> None:
        for message_id, at in zip(ids, times, strict=True):
            await tx.execute(MOVE, *message_id, at)

    caller.backstage.do(move)
    return ids


def test_messages_are_counted_by_year_and_month_as_the_brand_has_them(
    make_caller: MakeCaller, shared_database_url: str, tmp_path: Path
) -> None:
    """Late in the evening of UTC it is the next month in Kolkata; what bounced was not got."""
    caller = make_caller(time_zone="Asia/Kolkata")
    give_channel(caller)
    give_template(caller, content=HELLO)
    give_user(caller, "ada")
    give_user(caller, "bob")
    sent(caller, *(message("ada") for _ in range(4)))
    send_all(caller, shared_database_url, tmp_path)
    sent(caller, message("ada"))  # which is still to be sent
    ids = sent_at(
        caller,
        datetime(2016, 10, 1, tzinfo=UTC),
        datetime(2016, 10, 31, 18, 29, tzinfo=UTC),
        datetime(2016, 10, 31, 18, 31, tzinfo=UTC),
        datetime(2016, 12, 31, 23, tzinfo=UTC),
        datetime(2016, 10, 2, tzinfo=UTC),
    )

    assert info(caller, "ada")["stats"] == {"2016": {"10": 2, "11": 1}, "2017": {"1": 1}}
    assert info(caller, "bob")["stats"] == {}

    async def bounce(tx: Tx) -> None:
        assert await hear(
            tx, caller.brand_id, ids[0], Feedback(What.BOUNCED, datetime(2016, 10, 1, tzinfo=UTC))
        )

    caller.backstage.do(bounce)
    assert info(caller, "ada")["stats"] == {"2016": {"10": 1, "11": 1}, "2017": {"1": 1}}
