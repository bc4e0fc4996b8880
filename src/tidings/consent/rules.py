"""The rules of a brand as an operator writes them: JSON to rules, or mistakes. Pure."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec

from tidings.base import limits
from tidings.base.errors import Mistake
from tidings.base.media import OPT_IN_ATTRIBUTES, Medium
from tidings.consent.address import normal_address, suppressible
from tidings.consent.model import Cap, Rules
from tidings.consent.quiet import QuietHours, Weekday, read_span

_OVERALL = "overall"

_Spans = Annotated[list[str], msgspec.Meta(max_length=limits.MAX_QUIET_SPANS_PER_DAY)]
_Scope = Literal["overall", "email", "sms", "whatsapp", "push", "webhook"]


class CapForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A cap as it is written."""

    messages: Annotated[int, msgspec.Meta(ge=1, le=limits.MAX_CAP_MESSAGES)] | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=limits.MAX_CAP_DAYS)] = 1
    gap_seconds: Annotated[int, msgspec.Meta(ge=0, le=limits.MAX_CAP_GAP_SECONDS)] = 0


class RulesForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All rules as they are written; what is left out is as it is for a brand without any."""

    quiet_hours: dict[Weekday, _Spans] = {}
    caps: dict[_Scope, CapForm] = {}
    test_mode: Annotated[list[str], msgspec.Meta(max_length=limits.MAX_TEST_ADDRESSES)] | None = (
        None
    )
    opt_in_required: tuple[Medium, ...] = (Medium.SMS, Medium.WHATSAPP)


def read_form(written: object) -> RulesForm | list[Mistake]:
    """Read what an operator wrote, or say what is wrong with it.

    Shape:  written - decoded JSON.
    """
    try:
        form = msgspec.convert(written, RulesForm)
    except msgspec.ValidationError as error:
        return [Mistake(str(error))]
    mistakes = [*_wrong_with_quiet_hours(form), *_wrong_with_others(form)]
    return mistakes or form


def rules_of_form(form: RulesForm, zone: ZoneInfo) -> Rules:
    """Make rules of what was read.

    Shape:  zone - the brand's.
    """
    return Rules(
        zone=zone,
        quiet=QuietHours.of(_spans(form)),
        caps={
            None if scope == _OVERALL else Medium(scope): Cap(
                cap.messages, cap.days, cap.gap_seconds
            )
            for scope, cap in form.caps.items()
        },
        test_addresses=None
        if form.test_mode is None
        else frozenset(map(_normal_test_address, form.test_mode)),
        opt_in_required=frozenset(form.opt_in_required),
    )


def _spans(form: RulesForm) -> Mapping[Weekday, Sequence[tuple[int, int]]]:
    read = {day: map(read_span, texts) for day, texts in form.quiet_hours.items()}
    return {day: [span for span in spans if span is not None] for day, spans in read.items()}


def _wrong_with_quiet_hours(form: RulesForm) -> list[Mistake]:
    mistakes = [
        Mistake("must be a part of a day, such as 22:00-08:00", f"quiet_hours.{day}[{position}]")
        for day, texts in form.quiet_hours.items()
        for position, text in enumerate(texts)
        if read_span(text) is None
    ]
    try:
        QuietHours.of(_spans(form))
    except ValueError as error:
        # Nothing would ever be sent: what is held would wait for ever.
        mistakes.append(Mistake(f"{error}; to stop everything, make test_mode []", "quiet_hours"))
    return mistakes


def _wrong_with_others(form: RulesForm) -> list[Mistake]:
    mistakes = [
        Mistake("must be an address, or a domain such as @example.com", f"test_mode[{position}]")
        for position, text in enumerate(form.test_mode or ())
        if not _is_test_address(text)
    ]
    mistakes += [
        Mistake("must have messages, gap_seconds or both", f"caps.{scope}")
        for scope, cap in form.caps.items()
        if cap.messages is None and not cap.gap_seconds
    ]
    mistakes += [
        Mistake("has no opt-in", f"opt_in_required[{position}]")
        for position, medium in enumerate(form.opt_in_required)
        if medium not in OPT_IN_ATTRIBUTES
    ]
    return mistakes


def _is_test_address(text: str) -> bool:
    # A domain is one that a mailbox may have.
    return suppressible(_any_of_domain(text), None) is not None


def _normal_test_address(text: str) -> str:
    normal = normal_address(_any_of_domain(text))
    return normal[1:] if text.startswith("@") else normal


def _any_of_domain(text: str) -> str:
    return f"x{text}" if text.startswith("@") else text
