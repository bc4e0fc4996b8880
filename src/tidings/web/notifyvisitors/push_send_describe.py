"""What /openapi.json says of the calls that send pushes."""

from collections.abc import Mapping
from functools import partial

from tidings.base import limits
from tidings.base.errors import Code
from tidings.devices.model import Platform
from tidings.web.notifyvisitors import push_send_examples as examples
from tidings.web.notifyvisitors.answers import WrappedRefusal
from tidings.web.notifyvisitors.campaign_answers import CampaignChanged, MessagesQueued
from tidings.web.notifyvisitors.push_send_records import (
    PushCall,
    PushRecord,
    PushToAll,
    PushToAllCall,
    PushToSegment,
    PushToSegmentCall,
)
from tidings.web.openapi import Description

_WHERE = {
    Platform.WEB: "browsers",
    Platform.ANDROID: "apps on Android",
    Platform.IOS: "apps on iOS",
}
_NEEDED = ("title", "message")
_TEXTS = "The texts are templates, so that they may have values of the user in them."
_AS_CAMPAIGN = (
    "A campaign is made, whose name says which call made it, and starts at once; `campaign/get` "
    "tells how far it is. Who has no such device is skipped."
)
_say = partial(
    Description,
    refusal=WrappedRefusal,
    messages={
        Code.INVALID: "Error: channel is needed for pushes to web: the brand has none of the kind "
        "webpush."
    },
    is_repeatable=True,
)


def _of(platform: Platform) -> dict[str, Description]:
    url, where = f"/api/v1/{platform}", _WHERE[platform]
    return {
        f"{url}/send": _say(
            summary=f"Send pushes to {where} of users",
            text=f"At once: to all {where} of a user, or to one subscriber. `nv` has 1 to "
            f"{limits.MAX_MESSAGES_PER_CALL} pushes; the body may also be one itself. A mistake in "
            f"one of them queues none. What may not be sent is skipped with its reason. {_TEXTS}",
            body=PushCall,
            answer=MessagesQueued,
            mandatory={PushRecord: _NEEDED},
            examples=examples.SEND,
            answer_example=examples.QUEUED,
        ),
        f"{url}/broadcast/all": _say(
            summary=f"Send a push to {where} of everybody",
            text=f"{_AS_CAMPAIGN} {_TEXTS}",
            body=PushToAllCall,
            answer=CampaignChanged,
            mandatory={PushToAll: _NEEDED},
            examples=examples.TO_ALL,
            answer_example=examples.CREATED,
        ),
        f"{url}/broadcast/segment": _say(
            summary=f"Send a push to {where} of everybody in a segment",
            text=f"{_AS_CAMPAIGN} {_TEXTS}",
            body=PushToSegmentCall,
            answer=CampaignChanged,
            mandatory={PushToSegment: (*_NEEDED, "segmentID")},
            examples=examples.TO_SEGMENT,
            answer_example=examples.CREATED,
        ),
    }


DESCRIPTIONS: Mapping[str, Description] = {
    path: description for platform in Platform for path, description in _of(platform).items()
}
