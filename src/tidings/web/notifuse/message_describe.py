"""What /openapi.json says of the calls about messages."""

from collections.abc import Mapping

from tidings.base import limits
from tidings.base.errors import Code
from tidings.web.notifuse import examples
from tidings.web.notifuse.answers import MessageFound, MessagesSent, RefusedCall
from tidings.web.notifuse.message_parse import NO_MESSAGE
from tidings.web.notifuse.message_records import MessageQuery, MessageRecord, SendCall
from tidings.web.notifuse.routes import PREFIXES
from tidings.web.openapi import Description

_INFO = Description(
    summary="Read one message",
    text="What was sent, to whom, and what became of it.",
    query=MessageQuery,
    answer=MessageFound,
    refusal=RefusedCall,
    mandatory={MessageQuery: ("message",)},
    answer_example=examples.MESSAGE_FOUND,
    refused_with=(Code.NOT_FOUND,),
    messages={Code.INVALID: "message is required", Code.NOT_FOUND: NO_MESSAGE},
)
_SEND = Description(
    summary="Send messages to contacts",
    text=f"1 to {limits.MAX_NOTIFUSE_MESSAGES_PER_CALL} messages a call, now or at a time of the "
    f"next {limits.MAX_SEND_AHEAD_DAYS} days. The contacts are created and changed first. One "
    "that cannot be sent stands in `failed` with its error; its neighbours are queued all the "
    "same.",
    body=SendCall,
    answer=MessagesSent,
    refusal=RefusedCall,
    mandatory={MessageRecord: ("contact", "channel", "template")},
    examples=examples.MESSAGES,
    answer_example=examples.MESSAGES_SENT,
    messages={Code.INVALID: "messages[0].contact can not be empty"},
    is_repeatable=True,
    of_get=_INFO,
)

DESCRIPTIONS: Mapping[str, Description] = {
    prefix + name: said
    for prefix in PREFIXES
    for name, said in (("messages.send", _SEND), ("messages.info", _INFO))
}
