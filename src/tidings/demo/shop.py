"""The demo's shop as a client of NotifyVisitors would send it: the same each time for one seed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tidings.base.ids import seeded_dice
from tidings.demo.countries import COUNTRIES
from tidings.demo.customers import Customer, make_customer
from tidings.demo.rhythm import Rhythm
from tidings.demo.visits import SITE, Step, Visit, visits_of


@dataclass(frozen=True, slots=True)
class History:
    """One customer as records of the wire.

    Shape:  user - for `user/create`; events - for `/api/event`, in the order they happened, each
            with an `event_id` that is the same whenever the shop is made.
    """

    user: dict[str, Any]
    events: list[dict[str, Any]]


class Shop:
    """A shop whose last moment is `ends_at`.

    A customer depends on the seed, their place and `days`, not on how many others there are; the
    seed decides everything but the times. (Python promises the same draws within one version.)
    """

    def __init__(self, *, seed: int, days: int, ends_at: datetime) -> None:
        self._seed = seed
        self._days = days
        self._ends_at = ends_at.replace(microsecond=0)
        self._rhythms = {
            country.code: Rhythm(days=days, ends_at=self._ends_at, zone=country.zone)
            for country in COUNTRIES
        }

    def history(self, index: int) -> History:
        """Return the n-th customer and everything they did."""
        dice = seeded_dice(f"{self._seed}/{index}")
        customer = make_customer(index, days=self._days, dice=dice)
        events: list[dict[str, Any]] = []
        for visit in visits_of(customer, days=self._days, dice=dice):
            # The last visit may still be going on at the end; then it began a little sooner.
            lasts = timedelta(seconds=visit.steps[-1].seconds)
            begins_at = min(self._at(customer, visit.day), self._ends_at - lasts)
            for step in visit.steps:
                event = _event(customer, visit, step)
                event["event_id"] = f"{customer.user_id}-{self._days}-{len(events) + 1}"
                event["event_time"] = _written(begins_at + timedelta(seconds=step.seconds))
                events.append(event)
        return History(self._user(customer), sorted(events, key=lambda event: event["event_time"]))

    def _user(self, customer: Customer) -> dict[str, Any]:
        signed_up_at = (
            self._at(customer, customer.joined_day)
            if customer.joined_day >= 0
            else self._ends_at + timedelta(days=customer.joined_day - self._days)
        )
        attributes = customer.attributes | {"signed_up_at": _written(signed_up_at)}
        return {"userID": customer.user_id, "user_attributes": attributes}

    def _at(self, customer: Customer, day: float) -> datetime:
        return self._rhythms[customer.country.code].at(day)


def _event(customer: Customer, visit: Visit, step: Step) -> dict[str, Any]:
    context: dict[str, Any] = {"language": customer.language, "platform": visit.platform}
    if visit.platform == "website":
        context["page"] = {"url": SITE + step.path}
        if "referrer" in visit.source:
            context["page"]["referrer"] = visit.source["referrer"]
        if "utm" in visit.source:
            context["utm"] = visit.source["utm"]
    return {
        "userID": customer.user_id,
        "event_name": step.name,
        "ltv": step.ltv,
        "attributes": step.attributes,
        "context": context,
    }


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
