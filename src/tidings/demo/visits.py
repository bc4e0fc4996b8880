"""What a customer does in the demo's shop: from a page to an order, and what comes after."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tidings.base.ids import Dice
from tidings.demo.catalogue import CATEGORIES, CURRENCY, POPULARITY, PRODUCTS, Product
from tidings.demo.customers import Customer

SITE = "https://shop.example.com"

_NOTHING = 0.0  # what a customer is worth to us for looking; the wire's own default is 10
_SHIPPING = 4.90
_FREE_SHIPPING_FROM = 60.0
_WELCOME_COUPON = "WELCOME10"
_SHELF_SHARE = 0.5
_SEARCH_SHARE = 0.28
_FAVOURITE_SHARE = 0.45
_MAIN_PLATFORM_SHARE = 0.75
_GIFT_SHARE = 0.08
_REVIEW_SHARE = 0.16
_RETURN_SHARE = 0.07
_REASONS = ("too small", "not as described", "arrived damaged", "changed my mind", "arrived late")
_PAYMENTS = (("card", 52), ("paypal", 28), ("invoice", 12), ("apple_pay", 8))

# Where visits to the website come from, how often, and the coupon that comes along.
_CAMPAIGNS: tuple[tuple[int, dict[str, Any], str | None], ...] = (
    (42, {}, None),
    (20, {"referrer": "https://www.google.com"}, None),
    (
        13,
        {
            "referrer": "https://www.google.com",
            "utm": {"source": "google", "medium": "cpc", "campaign": "brand_search"},
        },
        None,
    ),
    (14, {"utm": {"source": "newsletter", "medium": "email", "campaign": "weekly"}}, "NEWS10"),
    (
        8,
        {
            "referrer": "https://www.instagram.com",
            "utm": {"source": "instagram", "medium": "paid_social", "campaign": "new_arrivals"},
        },
        None,
    ),
    (3, {"utm": {"source": "partner", "medium": "affiliate", "campaign": "gift_guide"}}, "GIFT15"),
)
_DISCOUNTS = {_WELCOME_COUPON: 0.10, "NEWS10": 0.10, "GIFT15": 0.15}


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a visit.

    Units:  seconds - since the visit began.
    """

    seconds: int
    name: str
    attributes: dict[str, Any]
    path: str
    ltv: float


@dataclass(frozen=True, slots=True)
class Visit:
    """What a customer does in one go; `day` is its beginning, in shop time."""

    day: float
    platform: str
    source: dict[str, Any]
    steps: list[Step]


def visits_of(customer: Customer, *, days: int, dice: Dice) -> list[Visit]:
    """Return everything a customer does from the shop's day 0 to its last, in order."""
    shopper = _Shopper(customer, days, dice)
    for day in _visit_days(customer, days, dice):
        shopper.visit(day)
    return sorted([*shopper.visits, *shopper.later], key=lambda visit: visit.day)


def _visit_days(customer: Customer, days: int, dice: Dice) -> Iterator[float]:
    habit = customer.habit
    last_day = days * dice.uniform(*habit.leaves)
    day = customer.joined_day
    if day < 0:
        # Who comes for one thing comes on any day; the others came regularly, and still do.
        pause = dice.expovariate(1 / habit.days_between_visits)
        day = pause if habit.most_visits is None else days * dice.random()
    else:
        last_day = max(last_day, day)  # even those who leave soon come once, to join
    count = 0
    while day <= last_day and day < days and count != habit.most_visits:
        yield day
        count += 1
        day += dice.expovariate(1 / habit.days_between_visits)


class _Shopper:
    """One customer in the shop, with what they have done so far."""

    def __init__(self, customer: Customer, days: int, dice: Dice) -> None:
        self.visits: list[Visit] = []
        self.later: list[Visit] = []
        self._customer = customer
        self._days = days
        self._dice = dice
        self._orders = 0
        self._seconds = 0
        self._coupon: str | None = None

    def visit(self, day: float) -> None:
        """Come to the shop, look around, and perhaps buy."""
        self._enter(day)
        if day == self._customer.joined_day:
            methods = ("email", "google", "apple")
            self._do("Signed Up", {"method": self._dice.choices(methods, (6, 3, 1))[0]}, "/join")
            self._coupon = _WELCOME_COUPON
        cart = self._look_around()
        if cart and self._dice.random() < self._customer.habit.checkout_share:
            self._check_out(day, cart)

    def _enter(self, day: float) -> None:
        platforms = self._customer.platforms
        is_main = self._dice.random() < _MAIN_PLATFORM_SHARE
        platform = platforms[0] if is_main else self._dice.choice(platforms)
        weights = [weight for weight, _, _ in _CAMPAIGNS]
        _, source, coupon = self._dice.choices(_CAMPAIGNS, weights)[0]
        is_website = platform == "website"
        self.visits.append(Visit(day, platform, source if is_website else {}, []))
        self._coupon = coupon if is_website else None
        self._seconds = 0
        self._view_page("Home", "home", "/")

    def _look_around(self) -> list[tuple[Product, int]]:
        """Look at products; return those in the cart afterwards, with how many of each."""
        customer = self._customer
        if self._dice.random() < _SHELF_SHARE:
            path = f"/shelves/{CATEGORIES.index(customer.favourite) + 1}"
            self._view_page(customer.favourite, "category", path)
        cart: list[tuple[Product, int]] = []
        count = 1 + int(self._dice.expovariate(1 / customer.habit.products_per_visit))
        for _ in range(count):
            product = self._choose_product()
            self._look_at(product)
            is_wanted = self._dice.random() < customer.habit.cart_share
            if is_wanted and product not in [chosen for chosen, _ in cart]:
                quantity = self._dice.choices((1, 2, 3), (82, 13, 5))[0]
                cart.append((product, quantity))
                now = {"quantity": quantity, "cart_total": _sum_of(cart)}
                self._do("Added To Cart", product.described() | now, product.path)
        return cart

    def _look_at(self, product: Product) -> None:
        if self._dice.random() < _SEARCH_SHARE:
            term = product.name.split(",")[0].lower()
            found = {"search_term": term, "results": self._dice.randint(1, 14)}
            self._do("Product Searched", found, "/search")
        self._do("Product Viewed", product.described(), product.path)

    def _choose_product(self) -> Product:
        if self._dice.random() < _FAVOURITE_SHARE:
            shelf = [item for item in PRODUCTS if item.category == self._customer.favourite]
            return self._dice.choice(shelf)
        return self._dice.choices(PRODUCTS, POPULARITY)[0]

    def _check_out(self, day: float, cart: list[tuple[Product, int]]) -> None:
        total = _sum_of(cart)
        count = sum(quantity for _, quantity in cart)
        self._do(
            "Checkout Started",
            {"total_amount": total, "item_count": count, "currency": CURRENCY},
            "/checkout",
        )
        if self._dice.random() < self._customer.habit.order_share:
            self._order(day, cart, total)

    def _order(self, day: float, cart: list[tuple[Product, int]], total: float) -> None:
        self._orders += 1
        discount = round(total * _DISCOUNTS.get(self._coupon or "", 0), 2)
        shipping = 0.0 if total >= _FREE_SHIPPING_FROM else _SHIPPING
        payments = [payment for payment, _ in _PAYMENTS]
        weights = [weight for _, weight in _PAYMENTS]
        items = [product.described() | {"quantity": quantity} for product, quantity in cart]
        order: dict[str, Any] = {
            "order_id": f"{self._customer.user_id.removeprefix('cus_').upper()}-{self._orders}",
            "total_amount": round(total - discount + shipping, 2),
            "discount": discount,
            "shipping": shipping,
            "currency": CURRENCY,
            "payment_method": self._dice.choices(payments, weights)[0],
            "is_gift": self._dice.random() < _GIFT_SHARE,
            "items": items,
        }
        if discount:
            order["coupon"] = self._coupon
        self._do("Order Placed", order, "/checkout/thanks", ltv=order["total_amount"])
        self._come_back(day, order, cart)

    def _come_back(
        self, day: float, order: dict[str, Any], cart: list[tuple[Product, int]]
    ) -> None:
        """Review what was bought, or send it back, days later and if they come to pass."""
        product, quantity = self._dice.choice(cart)
        if self._dice.random() < _REVIEW_SHARE:
            review: dict[str, Any] = product.described() | {
                "order_id": order["order_id"],
                "rating": self._dice.choices((1, 2, 3, 4, 5), (4, 5, 11, 32, 48))[0],
            }
            self._do_later(day + self._dice.uniform(4, 16), "Product Reviewed", review)
        if self._dice.random() < _RETURN_SHARE:
            refund = round(product.price * quantity, 2)
            sent_back: dict[str, Any] = {
                "order_id": order["order_id"],
                "reason": self._dice.choice(_REASONS),
                "refund_amount": refund,
                "items": [product.described() | {"quantity": quantity}],
            }
            later = day + self._dice.uniform(5, 20)
            self._do_later(later, "Order Returned", sent_back, ltv=-refund)

    def _do_later(
        self, day: float, name: str, attributes: dict[str, Any], *, ltv: float = _NOTHING
    ) -> None:
        if day < self._days:
            path = f"/orders/{attributes['order_id'].lower()}"
            step = Step(0, name, attributes, path, ltv)
            self.later.append(Visit(day, self.visits[-1].platform, {}, [step]))

    def _view_page(self, title: str, page_type: str, path: str) -> None:
        self._do("Page Viewed", {"page_title": title, "page_type": page_type}, path)

    def _do(
        self, name: str, attributes: dict[str, Any], path: str, *, ltv: float = _NOTHING
    ) -> None:
        self.visits[-1].steps.append(Step(self._seconds, name, attributes, path, ltv))
        self._seconds += 5 + int(self._dice.expovariate(1 / 40))


def _sum_of(cart: list[tuple[Product, int]]) -> float:
    return round(sum(product.price * quantity for product, quantity in cart), 2)
