"""Who shops in the demo: people, and the habits that make them worth telling apart."""

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tidings.base.ids import Dice
from tidings.demo.catalogue import CATEGORIES
from tidings.demo.countries import Country, country_of, mobile_of


@dataclass(frozen=True, slots=True)
class Habit:
    """How a kind of customer shops.

    Shape:  weight - how many there are, beside the others; products_per_visit - looked at, after
            the first; cart_share, checkout_share and order_share - how much of one stage of a
            purchase reaches the next; leaves - the part of the time after which the customer is
            not seen any more, at the earliest and at the latest; most_visits - None for any
            number.
    """

    weight: int
    days_between_visits: float
    products_per_visit: float
    cart_share: float
    checkout_share: float
    order_share: float
    tiers: tuple[str, ...]
    leaves: tuple[float, float] = (1.0, 1.0)
    most_visits: int | None = None


HABITS = (
    # Loyal, regular, lapsed, looking only, and those who came for one thing.
    Habit(9, 7.0, 2.0, 0.42, 0.88, 0.86, ("gold", "gold", "silver")),
    Habit(31, 22.0, 1.7, 0.32, 0.74, 0.76, ("silver", "bronze", "bronze")),
    Habit(25, 15.0, 1.6, 0.32, 0.74, 0.76, ("silver", "bronze"), leaves=(0.15, 0.66)),
    Habit(20, 21.0, 2.0, 0.09, 0.35, 0.40, ("bronze",)),
    Habit(15, 6.0, 1.1, 0.62, 0.90, 0.85, ("bronze",), most_visits=2),
)

_LONGEST_AGO_DAYS = 730  # the shop is two years older than its events
_NEW_SHARE = 0.38  # joined while we look on
_DOMAINS = ("example.com", "example.org", "example.net")
_USER_ID_CHARACTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_BORN_AFTER = date(1948, 1, 1)
_BORN_WITHIN_DAYS = 365 * 58
_LETTERS_WITHOUT_MARKS = str.maketrans({"ß": "ss", "ø": "o", "'": "", " ": ""})


@dataclass(frozen=True, slots=True)
class Customer:
    """One person, apart from the calendar.

    Shape:  attributes - as `user/create` takes them; joined_day - in shop time, below 0 for who
            was there before; platforms - those the customer uses, the first mostly.
    """

    user_id: str
    habit: Habit
    country: Country
    language: str
    favourite: str
    platforms: tuple[str, ...]
    joined_day: float
    attributes: dict[str, Any]


def make_customer(index: int, *, days: int, dice: Dice) -> Customer:
    """Make a shop's n-th customer.

    Shape:  dice - the customer's own, so that each is the same whoever else there is.
    """
    user_id = "cus_" + "".join(dice.choices(_USER_ID_CHARACTERS, k=10))
    country, serial = country_of(index)
    habit = dice.choices(HABITS, [habit.weight for habit in HABITS])[0]
    is_new = dice.random() < _NEW_SHARE
    joined_day = days * dice.random() if is_new else -_LONGEST_AGO_DAYS * dice.random()
    language = country.languages[0] if dice.random() < 0.8 else dice.choice(country.languages)
    favourite = dice.choice(CATEGORIES)
    return Customer(
        user_id=user_id,
        habit=habit,
        country=country,
        language=language,
        favourite=favourite,
        platforms=_platforms(dice),
        joined_day=joined_day,
        attributes={
            **_person(country, index, dice),
            **_reach(mobile_of(country, serial), dice),
            "country": country.code,
            "city": dice.choice(country.cities),
            "language": language,
            "plan": "plus" if dice.random() < (0.5 if "gold" in habit.tiers else 0.08) else "basic",
            "loyalty_tier": "bronze" if is_new else dice.choice(habit.tiers),
            "loyalty_points": int(dice.expovariate(1 / 40)) * 10,
            "favourite_category": favourite,
            "interests": sorted({favourite, *dice.sample(CATEGORIES, dice.randint(0, 2))}),
        },
    )


def _person(country: Country, index: int, dice: Dice) -> dict[str, Any]:
    is_woman = dice.random() < 0.54
    first, first_latin = _spelt(
        dice.choice(country.female_names if is_woman else country.male_names)
    )
    last, last_latin = _spelt(dice.choice(country.family_names))
    person: dict[str, Any] = {
        "name": f"{last} {first}" if country.is_family_name_first else f"{first} {last}",
        "first_name": first,
        "last_name": last,
        "email": f"{first_latin}.{last_latin}{index}@{dice.choice(_DOMAINS)}",
    }
    if dice.random() < 0.78:
        person["gender"] = "other" if dice.random() < 0.02 else "female" if is_woman else "male"
    if dice.random() < 0.71:
        born_on = _BORN_AFTER + timedelta(days=int(_BORN_WITHIN_DAYS * dice.betavariate(2.6, 1.8)))
        person["birth_date"] = born_on.isoformat()
    return person


def _reach(mobile: str | None, dice: Dice) -> dict[str, Any]:
    # 1 reachable, 0 not, 2 bounced or invalid.
    reach: dict[str, Any] = {"email_opt_in": dice.choices((1, 0, 2), (70, 26, 4))[0]}
    has_mobile = dice.random() < 0.64
    sms, whatsapp = dice.choices((1, 0, 2), (46, 51, 3)), dice.choices((1, 0), (38, 62))
    if mobile is not None and has_mobile:
        reach |= {"mobile": mobile, "sms_opt_in": sms[0], "whatsapp_opt_in": whatsapp[0]}
    return reach


def _platforms(dice: Dice) -> tuple[str, ...]:
    return dice.choices(
        (("website",), ("website", "android"), ("android", "website"), ("ios", "website")),
        (55, 10, 20, 15),
    )[0]


def _spelt(name: str) -> tuple[str, str]:
    """Return a name as written, and as it stands in an e-mail address."""
    written, _, latin = name.partition("/")
    parted = unicodedata.normalize("NFKD", (latin or written).lower())
    bare = "".join(letter for letter in parted if not unicodedata.combining(letter))
    return written, bare.translate(_LETTERS_WITHOUT_MARKS)
