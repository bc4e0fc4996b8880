"""Holding records against the types of their brand: what does not fit is put aside."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from tidings.base.ids import BrandId, NameId
from tidings.events.copy import EventRow, since_epoch
from tidings.events.model import Batch, Warned
from tidings.identity.model import Identifier
from tidings.profiles.accept import trimmed
from tidings.profiles.model import CannotApply, Operations, Operator, Patch, Profile, ProfileRef
from tidings.profiles.operate import apply, changed
from tidings.profiles.reserved import wrong_with_contact
from tidings.schema.catalog import PROFILE, BrandTypes, Catalog, Sighting
from tidings.schema.check import AS_SENT, Attributes, Checked, Shape, Verdict, part, shape_of
from tidings.schema.model import PROFILE_OWNER, Mismatch

_SAYING = frozenset({Operator.SET, Operator.UNSET})
_encode = msgspec.json.Encoder().encode


class TypesChanged(Exception):
    """The types in memory are not the brand's any more: learn them again and begin anew."""


class TypesUnknown(Exception):
    """What operations made of people has attributes whose types are to be learned first."""

    def __init__(self, sightings: Mapping[BrandId, Sequence[Sighting]]) -> None:
        super().__init__(f"brands {', '.join(map(str, sightings))}")
        self.sightings = sightings


class Parting:
    """Holds every record of a group against its types, and gathers what is said of it.

    Shape:  warnings - a list for each batch; profile_mismatches - to be counted.
    """

    def __init__(self, catalog: Catalog, batches: Sequence[Batch]) -> None:
        self._catalog = catalog
        self._batches = batches
        self.warnings: list[list[Warned]] = [[] for _ in batches]
        self.profile_mismatches: Counter[tuple[BrandId, NameId, str]] = Counter()
        self._unknown: dict[BrandId, list[Sighting]] = {}

    def patches(
        self, refs: Mapping[Identifier, ProfileRef]
    ) -> dict[ProfileRef, tuple[BrandId, Patch]]:
        """Fold the profile changes of all batches into one patch a person."""
        patches: dict[ProfileRef, tuple[BrandId, Patch]] = {}
        for position, batch in enumerate(self._batches):
            for index, (identifier, change) in enumerate(batch.changes):
                checked = self._check(batch.brand_id, change.shape, change.attributes)
                kept = change.attributes if checked.kept is None else checked.kept
                _, patch = patches.setdefault(refs[identifier], (batch.brand_id, Patch()))
                patch.add(kept, checked.aside, change.removed)
                self._warn(position, index, checked.mismatches)
        return patches

    def operate(
        self, position: int, index: int, operations: Operations, person: Profile, *, at: datetime
    ) -> Profile:
        """Return a person after one record of operations.

        Shape:  position, index - of the batch in the group, and of the record in the batch.
        Errors: `CannotApply` when they do not fit the person, who is as before.
        """
        brand_id = self._batches[position].brand_id
        after = _operated(operations, person.attributes)
        # Also what is set to the value it has, or removed though it is not there: a value that was
        # put aside since is not what was said last.
        names = changed(person.attributes, after) | {
            step.path[0]
            for step in operations.steps
            if len(step.path) == 1 and step.operator in _SAYING
        }
        new = {name: value for name, value in after.items() if name in names}
        checked = self._check(brand_id, shape_of(PROFILE, new), new)
        kept = new if checked.kept is None else checked.kept
        for name in new.keys() - kept.keys():
            # What is put aside or discarded leaves the attribute as it was.
            after.pop(name)
            if name in person.attributes:
                after[name] = person.attributes[name]
        touched = (names - new.keys()) | kept.keys()
        aside = {n: value for n, value in person.mismatched.items() if n not in touched}
        self._warn(position, index, checked.mismatches)
        return replace(person, attributes=after, mismatched=aside | checked.aside, updated_at=at)

    def rows(self, refs: Mapping[Identifier, ProfileRef]) -> list[EventRow]:
        """Turn the events of all batches into rows."""
        rows: list[EventRow] = []
        for batch, warnings in zip(self._batches, self.warnings, strict=True):
            types = self._types(batch.brand_id)
            verdicts = types.verdicts
            received_at = since_epoch(batch.received_at)
            for index, event in enumerate(batch.events):
                verdict = verdicts.get(event.shape)
                if verdict is None:
                    verdict = _found(types, Sighting(event.name, event.shape, event.attributes))
                attributes, mismatched = event.attributes_json, None
                checked = AS_SENT if verdict.is_clean else part(verdict, event.attributes)
                if checked.kept is not None:
                    attributes = _encode(checked.kept)
                    mismatched = _encode(checked.aside) if checked.aside else None
                rows.append(
                    EventRow(
                        refs[event.identifier],
                        batch.brand_id,
                        verdict.owner,
                        received_at,
                        event,
                        attributes,
                        mismatched,
                        checked.mismatches,
                    )
                )
                for wrong in checked.mismatches:
                    warnings.append(Warned(index, is_profile=False, mismatch=wrong))
        return rows

    def _warn(self, position: int, index: int, mismatches: Sequence[Mismatch]) -> None:
        brand_id = self._batches[position].brand_id
        for wrong in mismatches:
            self.warnings[position].append(Warned(index, is_profile=True, mismatch=wrong))
            self.profile_mismatches[brand_id, PROFILE_OWNER, wrong.attribute] += 1

    def raise_if_unknown(self) -> None:
        """Refuse to go on before every type that operations need is learned.

        Errors: `TypesUnknown`, with all of them, in the order sent.
        """
        if self._unknown:
            raise TypesUnknown(self._unknown)

    def _types(self, brand_id: BrandId) -> BrandTypes:
        types = self._catalog.known(brand_id)
        if types is None:
            raise TypesChanged
        return types

    def _check(self, brand_id: BrandId, shape: Shape, attributes: Attributes) -> Checked:
        types = self._types(brand_id)
        verdict = types.verdicts.get(shape)
        if verdict is None:
            sighting = Sighting(PROFILE, shape, attributes)
            verdict = types.find(sighting)
            if verdict is None:
                # Learned at the end, with all others: each costs a transaction and a new beginning.
                self._unknown.setdefault(brand_id, []).append(sighting)
                return AS_SENT
        return part(verdict, attributes)


def _operated(operations: Operations, attributes: Mapping[str, Any]) -> dict[str, Any]:
    after = apply(operations.steps, attributes)
    email = after.get("email")
    if isinstance(email, str):
        after["email"] = trimmed(email)
    wrong = wrong_with_contact(after, changed(attributes, after))
    if wrong is not None:
        raise CannotApply(*wrong)
    return after


def _found(types: BrandTypes, sighting: Sighting) -> Verdict:
    verdict = types.find(sighting)
    if verdict is None:
        raise TypesChanged
    return verdict
