"""Describing the URLs of a wire in OpenAPI, from the types that its parsers read into: pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tidings.base import limits
from tidings.base.errors import Code, Refused
from tidings.web.gate import Endpoint

Json = dict[str, Any]
StructType = type[msgspec.Struct]

_SCHEMA = "#/components/schemas/{name}"
_KEYS: list[dict[str, list[str]]] = [{"x-brand-id": [], "x-api-key": []}, {"bearer": []}]

RATE_HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
HEADERS: Json = {
    "X-RateLimit-Limit": {
        "description": "Calls of this kind that the brand may make in a minute.",
        "schema": {"type": "integer"},
    },
    "X-RateLimit-Remaining": {
        "description": "How many of them are left in this minute.",
        "schema": {"type": "integer"},
    },
    "X-RateLimit-Reset": {
        "description": "Seconds until the minute ends.",
        "schema": {"type": "integer"},
    },
    "Retry-After": {
        "description": "Seconds after which trying again may succeed.",
        "schema": {"type": "integer"},
    },
}
PARAMETERS: Json = {
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The same key with the same call gets the first answer for "
        f"{limits.IDEMPOTENCY_HOURS} hours and stores nothing again.",
        "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": limits.MAX_IDEMPOTENCY_KEY_CHARACTERS,
        },
    },
}
# Why a call may be refused: what is said of it, and what the refusal itself may say.
_REFUSALS: Mapping[Code, tuple[str, str]] = {
    Code.INVALID: ("The call is malformed; nothing was stored.", "Error: nv can not be empty."),
    Code.UNAUTHENTICATED: (
        "The key is missing, wrong or revoked.",
        "Invalid auth: send a valid x-api-key with its x-brand-id, or a bearer token.",
    ),
    Code.FORBIDDEN: (
        "A record does not say which user it is about; nothing was stored.",
        "All records must contain userID",
    ),
    Code.NOT_FOUND: ("Nothing is known of what was asked for.", "There is no such user."),
    Code.CONFLICT: (
        "The Idempotency-Key was used for another call; nothing was stored.",
        "This Idempotency-Key was used for another request. Use a new key for each call.",
    ),
    Code.TOO_LARGE: (
        "The body is too large; nothing was stored.",
        f"The body is larger than {limits.MAX_BODY_BYTES} bytes; send fewer records a call.",
    ),
    Code.RATE_LIMITED: (
        "The brand's calls of this minute are used up.",
        "The limit of 100 user calls a minute is used up; it starts anew in 42 s.",
    ),
    Code.INTERNAL: (
        "A mistake of ours; nothing was stored.",
        "Something went wrong on our side; nothing was stored. The log has it as 3f9c1a.",
    ),
    Code.UNAVAILABLE: (
        "The server cannot store or answer now. Send again.",
        "The database cannot be reached; nothing was stored. Send again shortly.",
    ),
}
_ALWAYS_POSSIBLE = (
    Code.INVALID,
    Code.UNAUTHENTICATED,
    Code.TOO_LARGE,
    Code.RATE_LIMITED,
    Code.INTERNAL,
    Code.UNAVAILABLE,
)
_TRY_AGAIN = frozenset({Code.RATE_LIMITED, Code.UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Description:
    """What is said of one URL, whichever wire it belongs to.

    Shape:  body - the type that the body of a POST is read into, None for a URL without POST;
            query - the type whose fields other methods take from the URL; mandatory - fields
            without which the parser refuses a record, though their type lets them be missing so
            that it can do so in the wire's words; examples - bodies, by what they show;
            refused_with - reasons beside those that every call can meet; messages - what an
            example of a refusal says, and reasons - what is said of it, where the words of other
            calls would not fit; tag - the heading it stands under, the group it counts to if none
            is given; is_repeatable - whether it takes an Idempotency-Key; of_get - what is said of
            GET, where that does something else.
    """

    summary: str
    text: str
    answer: StructType
    refusal: StructType
    answer_example: Json
    body: StructType | None = None
    examples: Mapping[str, Json] = field(default_factory=dict[str, Json])
    query: StructType | None = None
    mandatory: Mapping[StructType, Sequence[str]] = field(
        default_factory=dict[StructType, Sequence[str]]
    )
    refused_with: Sequence[Code] = ()
    messages: Mapping[Code, str] = field(default_factory=dict[Code, str])
    reasons: Mapping[Code, str] = field(default_factory=dict[Code, str])
    tag: str = ""
    is_repeatable: bool = False
    of_get: "Description | None" = None

    def of(self, method: str) -> "Description":
        """Return what is said of a method."""
        return self.of_get if method == "GET" and self.of_get is not None else self


def write_paths(
    endpoints: Iterable[Endpoint], descriptions: Mapping[str, Description]
) -> tuple[Json, Json]:
    """Return the paths of these endpoints and the schemas they refer to.

    Errors: `KeyError` for an endpoint that nobody described: a bug, found at every start.
    """
    described = [(endpoint, descriptions[endpoint.path]) for endpoint in endpoints]
    schemas = _Schemas(
        [said.of(method) for endpoint, said in described for method in endpoint.methods]
    )
    paths: Json = {
        endpoint.path: {
            method.lower(): _operation(endpoint, description.of(method), schemas, method=method)
            for method in endpoint.methods
        }
        for endpoint, description in described
    }
    return paths, schemas.components


class _Schemas:
    """The JSON Schemas of all types that these descriptions name."""

    def __init__(self, descriptions: Sequence[Description]) -> None:
        named = {named: None for said in descriptions for named in _types_of(said)}
        refs, self.components = msgspec.json.schema_components(named, ref_template=_SCHEMA)
        self._refs = dict(zip(named, refs, strict=True))
        for said in descriptions:
            for struct, fields in said.mandatory.items():
                component = self._component(struct)
                component["required"] = list(fields)
                for name in fields:
                    component["properties"][name].pop("default", None)

    def ref(self, struct: StructType) -> Json:
        """Refer to the schema of a type."""
        return self._refs[struct]

    def query(self, struct: StructType) -> list[Json]:
        """Return a parameter of the URL for each field of a type."""
        component = self._component(struct)
        return [
            {
                "name": name,
                "in": "query",
                "required": name in component["required"],
                "schema": _without_null(schema),
            }
            for name, schema in component["properties"].items()
        ]

    def _component(self, struct: StructType) -> Json:
        return self.components[self._refs[struct]["$ref"].rpartition("/")[2]]


def _types_of(said: Description) -> list[StructType]:
    sent = [struct for struct in (said.body, said.query) if struct is not None]
    return [said.answer, said.refusal, *sent, *said.mandatory]


def _operation(endpoint: Endpoint, said: Description, schemas: _Schemas, *, method: str) -> Json:
    operation: Json = {
        "operationId": re.sub(r"\W+", "_", f"{method.lower()}{endpoint.path}"),
        "tags": [said.tag or endpoint.api.value],
        "summary": said.summary,
        "description": said.text,
        "security": _KEYS,
    }
    if method == "POST" and said.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": _content(schemas.ref(said.body), said.examples),
        }
        if said.is_repeatable:
            repeat = {"$ref": "#/components/parameters/Idempotency-Key"}
            operation["parameters"] = [repeat]
    elif said.query is not None:
        operation["parameters"] = schemas.query(said.query)
    operation["responses"] = _responses(endpoint, said, schemas)
    return operation


def _responses(endpoint: Endpoint, said: Description, schemas: _Schemas) -> Json:
    responses: Json = {
        "200": {
            "description": "Done.",
            "headers": _headers(RATE_HEADERS),
            "content": _content(schemas.ref(said.answer), {"Done": said.answer_example}),
        }
    }
    possible = {*_ALWAYS_POSSIBLE, *said.refused_with}
    if said.is_repeatable:
        possible.add(Code.CONFLICT)
    for code in Code:
        if code not in possible:
            continue
        description, message = _REFUSALS[code]
        # The wire itself says it, so neither its statuses nor its words stand here again.
        reply = endpoint.refuse(Refused(code, said.messages.get(code, message)))
        names = () if code is Code.UNAUTHENTICATED else RATE_HEADERS
        if code in _TRY_AGAIN:
            names = (*names, "Retry-After")
        example = {"Refused": msgspec.json.decode(reply.body)}
        responses[str(reply.status)] = {
            "description": said.reasons.get(code, description),
            "headers": _headers(names),
            "content": _content(schemas.ref(said.refusal), example),
        }
    return responses


def _headers(names: Sequence[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _content(schema: Json, examples: Mapping[str, Json]) -> Json:
    media: Json = {"schema": schema}
    media["examples"] = {
        re.sub(r"\W+", "_", name): {"summary": name, "value": example}
        for name, example in examples.items()
    }
    return {"application/json": media}


def _without_null(schema: Json) -> Json:
    # A parameter of a URL is there or not; null and its default are for bodies.
    options = [option for option in schema.get("anyOf", []) if option != {"type": "null"}]
    rest = {
        name: value
        for name, value in schema.items()
        if name != "anyOf" and not (name == "default" and value is None)
    }
    if len(options) == 1:
        return options[0] | rest
    return {"anyOf": options} | rest if options else rest
