"""From the decoder's words about a value to ours: pure."""

import re

_OTHER_TYPE = re.compile(r"Expected `([^`]+)`, got `[^`]+`")
_TYPES = {
    "str": "a text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "an array",
}
_OTHER = (
    (re.compile(r"Expected `str` of length <= ([0-9]+)"), "must have at most {} characters"),
    (re.compile(r"Expected `str` of length >= ([0-9]+)"), "must have at least {} characters"),
    (re.compile(r"Expected `array` of length <= ([0-9]+)"), "must have at most {} records"),
    (re.compile(r"Expected `int` <= ([0-9]+)"), "must be at most {}"),
    (re.compile(r"Expected `int` >= ([0-9]+)"), "must be at least {}"),
    (re.compile(r"Expected `str` matching regex .*"), "must be a number"),
    (re.compile(r"Object missing required field `(\w+)`"), "the body must have `{}`"),
    (re.compile(r"Number out of range"), "is beyond the range of numbers"),
)


def reword(error: str) -> str:
    """Say in words for people what the decoder says in those of its types.

    Shape:  error - of `msgspec`, without the place; words not known here stay as they are.
    """
    if (found := _OTHER_TYPE.fullmatch(error)) is not None:
        # null is left out: it stands for a field that is not sent.
        expected = {_TYPES.get(name, name) for name in found[1].split(" | ")} - {"null"}
        return "must be " + " or ".join(sorted(expected, reverse=True))
    for pattern, words in _OTHER:
        if (found := pattern.fullmatch(error)) is not None:
            return words.format(*found.groups())
    words = error.replace("JSON is malformed: ", "")
    return words[:1].lower() + words[1:]
