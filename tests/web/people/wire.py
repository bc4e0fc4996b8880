"""Both wires: what is sent, what an answer tells, and what is shown of people."""

import json
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import Any, cast
from urllib.parse import quote, urlsplit

from tests.web.people.calls import ATTRIBUTES, RISKY
from tests.web.people.model import Call, Held, Kind, Name, Person, Record, Told, Wire
from tests.web.server import Caller

Json = dict[str, Any]

CONTACT_INFO = "/v2/contacts.info?contact="
USER_DATA = "/api/v1/user/userData"
_FIELD_OF = {
    Kind.USER_ID: "userID",
    Kind.EMAIL: "email",
    Kind.MOBILE: "mobile",
    Kind.ANONYMOUS_ID: "anonymousID",
}
_NAMES_OF_CONTACTS = {"email": "email", "mobile": "mobileNumber"}
_KIND_OF = {field: kind for kind, field in _FIELD_OF.items()} | {"mobileNumber": Kind.MOBILE}
_REASONS = {
    "already identifies another contact; it is kept here, and identifies that": "two_users",
    "stands for having none, so it identifies nobody": "placeholder",
}


class Line:
    """A connection to one web process that is kept: tens of thousands of calls go over a few."""

    def __init__(self, caller: Caller) -> None:
        address = urlsplit(str(caller.client.base_url))
        self._connection = HTTPConnection(address.hostname or "", address.port, timeout=30)
        self._headers = {"authorization": f"Bearer {caller.key.secret}"}

    def post(self, path: str, body: Json) -> tuple[int, Json]:
        """Post a body, and return the status and the JSON of the answer."""
        return self._ask("POST", path, json.dumps(body))

    def get(self, path: str) -> tuple[int, Json]:
        """Ask, and return the status and the JSON of the answer."""
        return self._ask("GET", path, None)

    def close(self) -> None:
        """Close it."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, Json]:
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        return answer.status, json.loads(answer.read())


def send(line: Line, call: Call) -> Told:
    """Send a call and return what its answer told, having held all that depends on no order."""
    if call.wire is Wire.DELETION:
        return _delete(line, call)
    if call.wire is Wire.CONTACTS:
        return _upsert(line, call)
    status, answer = line.post(
        call.wire.value, {"nv": [_record(call.wire, record) for record in call.records]}
    )
    assert status == 200, answer
    warnings: list[Json] = answer.get("response", answer).pop("warnings", [])
    assert answer == _plain_answer(call)
    under = "user_attributes." if call.wire is Wire.USERS else "user_params."
    refused = [said for said in warnings if "reason" in said]
    aside = [said for said in warnings if "locked_type" in said]
    return Told(
        refused=tuple((said["index"], _KIND_OF[said["field"]], said["reason"]) for said in refused),
        aside=tuple((said["index"], said["field"].removeprefix(under)) for said in aside),
    )


def hold_user(line: Line, name: Name, person: Person | None) -> None:
    """Hold what the first wire shows of whom an identifier leads to; None stands for nobody."""
    status, answer = line.post(USER_DATA, {_FIELD_OF[name.kind]: name.value})
    if person is None:
        assert (status, answer["response"]["message"]) == (404, "There is no such user.")
        return
    assert status == 200, answer
    data = answer["response"]["data"]
    assert _named(data) == _ids_of(person)
    assert held_of(data["user_attributes"], data.get("mismatched")) == person.attributes
    count = len(person.events)
    assert (data["events"]["count"], data["events"]["ltv"]) == (count, count * 10.0)


def hold_contact(line: Line, user_id: str, person: Person | None) -> None:
    """Hold what the second wire shows of a contact; None stands for nobody."""
    status, answer = line.get(CONTACT_INFO + quote(user_id))
    if person is None:
        assert (status, answer["message"]) == (404, "There is no such contact.")
        return
    assert status == 200, answer
    shown = {name: _frozen(value) for name, value in answer["contact"]["profile"].items()}
    expected = {
        _NAMES_OF_CONTACTS.get(attribute, attribute): held.value
        for attribute, held in person.attributes
        if held.value is not None
    }
    assert shown == expected | {"id": user_id}


def held_of(
    attributes: Mapping[str, Any], mismatched: Mapping[str, Any] | None
) -> frozenset[tuple[str, Held]]:
    """Return the attributes of a profile as the model has them."""
    aside = mismatched or {}
    return frozenset(
        (name, Held(_frozen(attributes.get(name)), aside.get(name)))
        for name in attributes.keys() | aside.keys()
    )


def _frozen(value: Any) -> Any:
    return tuple(cast("list[Any]", value)) if isinstance(value, list) else value


def _named(data: Json) -> Json:
    return {name: data[name] for name in ("userID", "anonymousID", "identifiers") if name in data}


def _ids_of(person: Person) -> Json:
    names = sorted(person.names)
    named: Json = {
        "identifiers": [{"kind": one.kind.name.lower(), "value": one.value} for one in names]
    }
    users = [one.value for one in names if one.kind is Kind.USER_ID]
    visitors = [one.value for one in names if one.kind is Kind.ANONYMOUS_ID]
    if users:
        return named | {"userID": users[0]}
    return named | {"userID": None} | ({"anonymousID": visitors[0]} if visitors else {})


def _record(wire: Wire, record: Record) -> Json:
    said = {_FIELD_OF[kind]: text for kind, text in record.said}
    attributes = {step.attribute: step.value for step in record.steps}
    if wire is not Wire.EVENTS:
        # As spelled, with the blanks around it.
        attributes |= {name: said.pop(name) for name in ATTRIBUTES.values() if name in said}
    if record.event is None:
        return {**said, "user_attributes": attributes}
    event: Json = {**said, "event_name": "Done", "attributes": {"mark": record.event.mark}}
    if record.event.event_id is not None:
        event["event_id"] = record.event.event_id
    return event | ({"user_params": attributes} if wire is Wire.USER_EVENT else {})


def _plain_answer(call: Call) -> Json:
    named = [dict(one.said).get(Kind.USER_ID, one.own.value) for one in call.records]
    if call.wire is Wire.USERS:
        return {"userIDs": named, "status_code": "200", "processed": len(named)}
    if call.wire is Wire.EVENTS:
        return {"response": {"status": "queued"}}
    return {"response": {"data": {"userID": named[0]}, "message": "success", "status": "success"}}


def _delete(line: Line, call: Call) -> Told:
    references = [{_FIELD_OF[kind]: text for kind, text in one.said} for one in call.records]
    status, answer = line.post(call.wire.value, {"nv": references})
    if status == 404:
        assert answer == {"message": "None of these users exists.", "status_code": "404"}
        return Told()
    assert status == 200, answer
    ids: list[str] = answer["userIDs"]
    assert answer == {"userIDs": ids, "status_code": "200", "processed": len(ids)}
    found = tuple(one.own for one in call.records if one.own.value in ids)
    assert [name.value for name in found] == ids
    return Told(found=found)


def _upsert(line: Line, call: Call) -> Told:
    status, answer = line.post(
        call.wire.value, {"contacts": [_contact(record) for record in call.records]}
    )
    assert status == 200, answer
    failed: list[str] = answer["failed"]
    ids = sorted({record.own.value for record in call.records})
    assert sorted([*answer["inserted"], *answer["updated"], *failed]) == ids
    assert answer["success"] == (not failed)
    wrong = {"path": "word", "message": "is a text, not a number"}
    assert answer.get("errors", []) == [{"id": user_id, **wrong} for user_id in failed]
    warnings: list[Json] = answer.get("warnings", [])
    refused = [said for said in warnings if "message" in said]
    aside = [said for said in warnings if "locked_type" in said]
    return Told(
        refused=tuple(
            (said["id"], _KIND_OF[said["field"]], _REASONS[said["message"]]) for said in refused
        ),
        aside=tuple((said["id"], said["field"]) for said in aside),
        inserted=tuple(answer["inserted"]),
        failed=frozenset(
            position
            for position, record in enumerate(call.records)
            if record.own.value in failed and RISKY in record.steps
        ),
    )


def _contact(record: Record) -> Json:
    profile: dict[str, Json] = {}
    for operator, attribute, value in record.steps:
        name = _NAMES_OF_CONTACTS.get(attribute, attribute)
        profile.setdefault(f"${operator}", {})[name] = "" if operator == "unset" else value
    for kind, text in record.said:
        if kind in ATTRIBUTES:
            profile["$set"][_NAMES_OF_CONTACTS[ATTRIBUTES[kind]]] = text
    contact: Json = {"id": record.own.value, "profile": profile}
    if record.created_at is not None:
        contact["createdAt"] = record.created_at.isoformat()
    return contact
