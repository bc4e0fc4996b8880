"""The refusals of this wire, as whole answers."""

from typing import Any

from tests.web.server import Told

Json = dict[str, Any]


def mistake(message: str, field: str | None = None, index: int | None = None) -> Json:
    """Return one entry of `errors`."""
    where = {"index": index, "field": field}
    return {name: value for name, value in where.items() if value is not None} | {
        "message": message
    }


def bare(status: int, message: str, *mistakes: Json) -> Told:
    """Return a refusal of the User API."""
    body: Json = {"message": message, "status_code": str(status)}
    return Told(status, body | ({"errors": list(mistakes)} if mistakes else {}))


def wrapped(status: int, message: str, *mistakes: Json) -> Told:
    """Return a refusal of everything else."""
    body: Json = {"message": message, "status": "error"}
    return Told(status, {"response": body | ({"errors": list(mistakes)} if mistakes else {})})


def bare_mistake(message: str, field: str | None = None, index: int | None = 0) -> Told:
    """Return the refusal of a call of the User API with one mistake, by default in its record."""
    return bare(400, _first(message, field), mistake(message, field, index))


def wrapped_mistake(message: str, field: str | None = None, index: int | None = 0) -> Told:
    """Return the refusal of any other call with one mistake, by default in its only record."""
    return wrapped(400, _first(message, field), mistake(message, field, index))


def _first(message: str, field: str | None) -> str:
    return f"Error: {message}." if field is None else f"Error: {field} {message}."
