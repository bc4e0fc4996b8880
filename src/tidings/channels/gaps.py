"""Templates of requests: an operator's own, with gaps for what each message brings."""

from collections.abc import Mapping

from minijinja import Environment, TemplateError

_FUEL = 100_000  # our choice: more than any request needs, and no loop without end


class Gaps:
    """Templates by name; those that end in `.json` are escaped as JSON, others not at all.

    Errors: ValueError for what is no template.
    """

    def __init__(self, templates: Mapping[str, str]) -> None:
        # Not debugged: its errors would show what is in the gaps, a secret among them.
        self._environment = Environment(debug=False, fuel=_FUEL, undefined_behavior="strict")
        try:
            for name, text in templates.items():
                self._environment.add_template(name, text)
        except TemplateError as error:
            raise ValueError(str(error)) from error

    def fill(self, name: str, values: Mapping[str, object]) -> str:
        """Fill the gaps of one template.

        Errors: ValueError for a gap that nothing fills, or a template that goes on for ever.
        """
        try:
            return self._environment.render_template(name, **values)
        except TemplateError as error:
            raise ValueError(str(error)) from error
