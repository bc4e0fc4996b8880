"""Holding answers against /openapi.json."""

from typing import Any

import httpx
from jsonschema_rs import Draft202012Validator, validator_for


class Contract:
    """What a server says of itself, as a judge of what it does."""

    def __init__(self, openapi: dict[str, Any]) -> None:
        self.paths: dict[str, dict[str, Any]] = openapi["paths"]
        self._components = openapi["components"]
        self._validators: dict[str, Draft202012Validator] = {}

    def posts(self) -> list[str]:
        """Return the paths that take a body."""
        return [path for path, methods in self.paths.items() if "post" in methods]

    def examples(self, path: str) -> list[Any]:
        """Return the documented bodies of a path."""
        content = self.paths[path]["post"]["requestBody"]["content"]["application/json"]
        return [example["value"] for example in content["examples"].values()]

    def fields(self, path: str) -> set[str]:
        """Return the names that the body of a path and its records may have."""
        content = self.paths[path]["post"]["requestBody"]["content"]["application/json"]
        body: dict[str, Any] = self._component(content["schema"]["$ref"])
        names = set(body["properties"])
        for schema in body["properties"].values():
            for way in schema.get("anyOf", [schema]):
                record = way.get("items", way)
                if "$ref" in record:
                    # An enumeration has none.
                    names |= set(self._component(record["$ref"]).get("properties", ()))
        return names

    def list_of(self, path: str) -> bytes | None:
        """Return the name under which a body of this path holds its records, None without one."""
        names: dict[str, Any] = self.examples(path)[0]
        lists = ("nv", "contacts", "messages")
        return next((name.encode() for name in lists if name in names), None)

    def _component(self, reference: str) -> dict[str, Any]:
        return self._components["schemas"][reference.rpartition("/")[2]]

    def hold(self, answer: httpx.Response, method: str, path: str) -> None:
        """Assert that an answer is a documented one, and that the server made no mistake."""
        said = f"{method} {path} -> {answer.status_code} {answer.text[:500]}"
        assert answer.status_code < 500, said
        responses: dict[str, Any] = self.paths[path][method]["responses"]
        assert str(answer.status_code) in responses, said
        assert answer.headers["content-type"] == "application/json", said
        schema = responses[str(answer.status_code)]["content"]["application/json"]["schema"]
        errors = [error.message for error in self._validator(schema).iter_errors(answer.json())]
        assert errors == [], said

    def _validator(self, schema: dict[str, Any]) -> Draft202012Validator:
        name = schema["$ref"]
        if name not in self._validators:
            made = validator_for(schema | {"components": self._components})
            assert isinstance(made, Draft202012Validator)
            self._validators[name] = made
        return self._validators[name]
