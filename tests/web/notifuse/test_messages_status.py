"""What a message is called on this wire, by what became of it: pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.web.notifuse.brands import BRAND, NOON
from tidings.base.ids import ProfileId
from tidings.base.media import Medium
from tidings.channels.model import ChannelId
from tidings.messages.contents import Kept
from tidings.messages.model import (
    UNRELEASED,
    Heard,
    Lane,
    LaneId,
    LaneOptions,
    Message,
    MessageId,
    MessageOptions,
    Source,
    Status,
)
from tidings.profiles.model import ProfileRef
from tidings.storage.slots import Slot
from tidings.templates.model import TemplateId
from tidings.web.notifuse.message_reply import Around, WireStatus, message_object, status_of

LATER = NOON + timedelta(hours=1)
LANE = Lane(
    LaneId(1),
    BRAND.brand_id,
    ChannelId(3),
    Source.CALL,
    1,
    LaneOptions(is_marketing=False),
    None,
    Medium.EMAIL,
)
MESSAGE = Message(
    message_id=MessageId(Slot(7), 1),
    person=ProfileRef(Slot(7), ProfileId(70)),
    lane=LANE,
    template_id=TemplateId(2),
    data={},
    options=MessageOptions(),
    status=Status.QUEUED,
    reason=None,
    code=None,
    provider_message_id=None,
    created_at=NOON,
    due_at=NOON,
    ended_at=None,
    heard=Heard(),
)
SENT = replace(MESSAGE, status=Status.SENT, ended_at=NOON)
NOTHING = Around(None, None, None)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (replace(MESSAGE, due_at=LATER), WireStatus.SCHEDULED),
        (MESSAGE, WireStatus.QUEUED),
        (replace(MESSAGE, status=Status.SENDING), WireStatus.QUEUED),
        (replace(MESSAGE, status=Status.FAILED), WireStatus.FAILED),
        (replace(MESSAGE, status=Status.SKIPPED), WireStatus.DROPPED),
        (SENT, WireStatus.SENT),
    ],
)
def test_what_became_of_a_message_has_a_word(message: Message, expected: WireStatus) -> None:
    """Ours are fewer."""
    assert status_of(message, NOON) is expected


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ({"delivered_at"}, WireStatus.DELIVERED),
        ({"delivered_at", "opened_at"}, WireStatus.OPENED),
        ({"clicked_at"}, WireStatus.CLICKED),
        ({"delivered_at", "opened_at", "clicked_at"}, WireStatus.CLICKED),
        ({"delivered_at", "bounced_at"}, WireStatus.BOUNCED),
        ({"opened_at", "clicked_at", "unsubscribed_at"}, WireStatus.UNSUBSCRIBED),
        ({"opened_at", "clicked_at", "unsubscribed_at", "spam_at"}, WireStatus.SPAM),
    ],
)
def test_of_what_came_back_what_weighs_most_is_told(heard: set[str], expected: WireStatus) -> None:
    """Each with its own time beside it."""
    message = replace(SENT, heard=Heard(**dict.fromkeys(heard, LATER)))

    shown = message_object(BRAND, message, NOTHING, now=NOON)

    assert (status_of(message, NOON), shown["status"]) == (expected, expected.value)
    names = ("delivered", "bounced", "spam", "opened", "clicked", "unsubscribed")
    told = {name for name in names if shown[f"{name}At"] is not None}
    assert told == {name.removesuffix("_at") for name in heard}
    assert shown["sentAt"] == "2026-03-29T12:00:00.000Z"


def test_why_a_message_was_dropped_or_failed_is_told_with_the_time() -> None:
    """With the provider's own word, if it had one."""
    dropped = replace(MESSAGE, status=Status.SKIPPED, reason="opted_out", ended_at=LATER)
    failed = replace(MESSAGE, status=Status.FAILED, reason="recipient", code="550", ended_at=LATER)
    waiting = replace(MESSAGE, reason="quiet_hours", due_at=LATER)

    shown = [message_object(BRAND, one, NOTHING, now=NOON) for one in (dropped, failed, waiting)]

    assert [one["error"] for one in shown] == ["opted_out", "recipient: 550", None]
    assert [one["droppedAt"] for one in shown] == ["2026-03-29T13:00:00.000Z", None, None]
    assert [one["sentAt"] for one in shown] == [None, None, None]
    assert [one["queuedAt"] is None for one in shown] == [False, False, True]


def test_what_is_gone_is_null() -> None:
    """A channel or template that was deleted since."""
    shown = message_object(BRAND, MESSAGE, NOTHING, now=NOON)

    assert shown["channel"] == {"id": "3", "kind": None, "key": None, "data": {}}
    assert shown["template"] == {"id": "2", "key": None}
    of_content = replace(MESSAGE, template_id=None)
    assert message_object(BRAND, of_content, NOTHING, now=NOON)["template"] is None


def test_a_message_of_a_campaign_says_so() -> None:
    """It is read by the same call."""
    lane = replace(LANE, source=Source.CAMPAIGN, source_id=5, options=LaneOptions())
    shown = message_object(BRAND, replace(MESSAGE, lane=lane), NOTHING, now=NOON)

    assert (shown["campaign"], shown["channel"]["data"]) == ({"id": "5"}, {"marketing": True})


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"a": 1}, {"subject": "s", "text": "t", "html": "h"}),
        ({"a": 1, "_b": 2}, None),
        ({"_": None}, None),
    ],
)
def test_texts_that_a_secret_went_into_are_not_shown(
    data: dict[str, int | None], expected: dict[str, str] | None
) -> None:
    """Whoever could read them could read it."""
    around = replace(NOTHING, kept=Kept(subject="s", text="t", html="h"))

    shown = message_object(BRAND, replace(SENT, data=data), around, now=datetime.now(UTC))

    assert shown["compiledTemplates"] == expected
    assert shown["templateData"] == {n: v for n, v in data.items() if not n.startswith("_")}


def test_what_waits_for_the_winner_of_a_test_has_no_time_yet() -> None:
    """Nor has it when it is cancelled before there is one."""
    waiting = replace(MESSAGE, template_id=None, due_at=UNRELEASED)
    cancelled = replace(waiting, status=Status.SKIPPED, reason="cancelled", ended_at=LATER)

    shown = [message_object(BRAND, one, NOTHING, now=NOON) for one in (waiting, cancelled)]

    assert [one["status"] for one in shown] == ["scheduled", "dropped"]
    assert [(one["sendAt"], one["queuedAt"]) for one in shown] == [(None, None)] * 2
