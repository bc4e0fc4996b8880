"""What the demo's shop sells."""

from dataclasses import dataclass
from typing import Any

CURRENCY = "EUR"


@dataclass(frozen=True, slots=True)
class Product:
    """One thing to buy.

    Units:  price - in `CURRENCY`.
    """

    product_id: str
    name: str
    category: str
    price: float

    @property
    def path(self) -> str:
        """Return where the shop's website shows it."""
        return f"/products/{self.product_id.lower()}"

    def described(self) -> dict[str, Any]:
        """Return the attributes that events name a product by."""
        return {
            "product_id": self.product_id,
            "product_name": self.name,
            "category": self.category,
            "price": self.price,
        }


_SHELVES: dict[str, tuple[tuple[str, float], ...]] = {
    "Coffee & Tea": (
        ("French Press 1 l", 29.90),
        ("Hand Grinder", 59.00),
        ("Espresso Beans 1 kg", 21.50),
        ("Filter Beans 500 g", 13.90),
        ("Assam Tea 250 g", 9.90),
        ("Sencha 100 g", 12.50),
        ("Gooseneck Kettle", 74.00),
        ("Pour-over Set", 34.90),
        ("Paper Filters 100 Pieces", 4.90),
        ("Travel Mug", 24.90),
    ),
    "Kitchen": (
        ("Chef's Knife 20 cm", 89.00),
        ("Bread Knife", 39.00),
        ("Cast-iron Pan 26 cm", 64.90),
        ("Saucepan 2 l", 54.00),
        ("Walnut Cutting Board", 46.50),
        ("Mixing Bowls, Set of 3", 32.00),
        ("Stoneware Plates, Set of 4", 58.00),
        ("Linen Tea Towels", 18.90),
        ("Pepper Mill", 36.00),
        ("Storage Jars, Set of 5", 27.50),
    ),
    "Garden": (
        ("Secateurs", 34.50),
        ("Watering Can 9 l", 28.90),
        ("Herb Seeds Collection", 14.90),
        ("Tomato Seeds Collection", 11.90),
        ("Terracotta Pot 30 cm", 22.00),
        ("Raised Bed", 149.00),
        ("Garden Gloves", 12.90),
        ("Bird Feeder", 31.00),
        ("Solar Lantern", 26.50),
        ("Hori Hori Knife", 42.00),
    ),
    "Outdoor": (
        ("Two-person Tent", 289.00),
        ("Down Sleeping Bag", 219.00),
        ("Trekking Poles", 79.00),
        ("Rain Jacket", 129.00),
        ("Merino Socks", 19.90),
        ("Head Torch", 44.90),
        ("Camping Stove", 69.00),
        ("Water Filter", 49.50),
        ("Daypack 22 l", 89.00),
        ("Folding Chair", 54.90),
    ),
    "Bed & Bath": (
        ("Linen Duvet Cover", 139.00),
        ("Percale Pillowcase", 24.00),
        ("Wool Blanket", 119.00),
        ("Feather Pillow", 59.00),
        ("Bath Towel", 29.00),
        ("Waffle Bathrobe", 79.00),
        ("Soap, Set of 3", 15.90),
        ("Bath Mat", 34.00),
        ("Lavender Sachets", 9.50),
        ("Reading Lamp", 68.00),
    ),
    "Children": (
        ("Wooden Blocks", 39.90),
        ("Picture Book", 16.50),
        ("Watercolours", 18.00),
        ("Knitted Rabbit", 27.90),
        ("Balance Bike", 98.00),
        ("Jigsaw 100 Pieces", 14.50),
        ("Rain Boots", 32.90),
        ("Lunch Box", 21.00),
        ("Kite", 25.50),
        ("Marble Run", 64.00),
    ),
}

CATEGORIES = tuple(_SHELVES)
PRODUCTS = tuple(
    Product(f"P-{shelf}{place:02}", name, category, price)
    for shelf, category in enumerate(_SHELVES, start=1)
    for place, (name, price) in enumerate(_SHELVES[category], start=1)
)
POPULARITY = tuple(1 / (3 + place % 10) for place in range(len(PRODUCTS)))
"""How often each product is looked at, beside the others: a shelf's first ones sell best."""
