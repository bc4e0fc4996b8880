"""Where the demo's customers live: names, cities, and numbers that ring nowhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class MobileRange:
    """Numbers that a country keeps for fiction, in the order they are given out.

    Shape:  prefix - in E.164, what comes before the last digits; first and last - those digits.
    """

    prefix: str
    first: int
    last: int
    digits: int


@dataclass(frozen=True, slots=True)
class Country:
    """A country with what its customers are made of.

    Shape:  names - "written/latin" where the script is not Latin; languages - the first is most
            people's; mobiles - empty where no range is kept for fiction.
    """

    code: str
    languages: tuple[str, ...]
    zone: ZoneInfo
    female_names: tuple[str, ...]
    male_names: tuple[str, ...]
    family_names: tuple[str, ...]
    cities: tuple[str, ...]
    mobiles: tuple[MobileRange, ...] = ()
    is_family_name_first: bool = False


def mobile_of(country: Country, serial: int) -> str | None:
    """Return the number of a country's n-th customer, None when there are no more."""
    for numbers in country.mobiles:
        size = numbers.last - numbers.first + 1
        if serial < size:
            return f"{numbers.prefix}{numbers.first + serial:0{numbers.digits}}"
        serial -= size
    return None


def country_of(index: int) -> tuple[Country, int]:
    """Return the country of a shop's n-th customer, and which of its customers that is.

    The countries take turns, so that each customer is the same whatever the size of the shop, and
    no two share a number.
    """
    turns, place = divmod(index, len(_TURNS))
    country = _TURNS[place]
    return country, turns * _TURNS.count(country) + _TURNS[:place].count(country)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in text.split())


_UNITED_STATES = Country(
    code="US",
    languages=("en-US", "es-US"),
    zone=ZoneInfo("America/New_York"),
    female_names=_words(
        "Emma Olivia Ava Sophia Isabella Mia Charlotte Amelia Harper Evelyn Abigail Camila Luna "
        "Madison Grace Zoe Naomi Jasmine"
    ),
    male_names=_words(
        "Liam Noah Oliver Elijah James William Benjamin Lucas Mason Ethan Logan Mateo Carlos "
        "Jackson Aiden Isaiah Marcus Diego"
    ),
    family_names=_words(
        "Smith Johnson Williams Brown Jones García Miller Davis Rodríguez Martínez Hernández "
        "Wilson Anderson Thomas Taylor Moore Jackson Lee Thompson White Harris Clark Ramírez Nguyen"
    ),
    cities=_words("New_York Chicago Boston Atlanta Miami Philadelphia Austin Seattle Denver"),
    # 555-0100 to 555-0199 in every area code.
    mobiles=tuple(
        MobileRange(f"+1{area}55501", 0, 99, 2)
        for area in _words("212 312 617 404 305 215 512 206 303 415 602 702 713 813 919 503")
    ),
)
_BRITAIN = Country(
    code="GB",
    languages=("en-GB",),
    zone=ZoneInfo("Europe/London"),
    female_names=_words(
        "Olivia Amelia Isla Ava Mia Ivy Lily Freya Florence Poppy Aisha Priya Charlotte Elsie "
        "Matilda Sienna"
    ),
    male_names=_words(
        "Oliver George Harry Noah Jack Leo Arthur Muhammad Oscar Archie Theo Freddie Arjun Alfie "
        "Callum Rhys"
    ),
    family_names=_words(
        "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson "
        "Evans Walker White Roberts Green Hall Khan Hughes Campbell MacDonald"
    ),
    cities=_words("London Manchester Birmingham Leeds Glasgow Bristol Cardiff Edinburgh Belfast"),
    mobiles=(MobileRange("+447700900", 0, 999, 3),),  # Ofcom, "Numbers for use in TV and radio"
)
_FRANCE = Country(
    code="FR",
    languages=("fr-FR",),
    zone=ZoneInfo("Europe/Paris"),
    female_names=_words(
        "Léa Manon Camille Chloé Emma Inès Jade Louise Zoé Juliette Élodie Margaux Anaïs Amina "
        "Clémence Noémie"
    ),
    male_names=_words(
        "Lucas Hugo Louis Gabriel Jules Raphaël Théo Nathan Maël Antoine Clément Mehdi Rémi "
        "Baptiste François Loïc"
    ),
    family_names=_words(
        "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent "
        "Lefèvre Michel Garcia Benali Fournier Girard Bonnet Dupont Lambert Gauthier"
    ),
    cities=_words("Paris Lyon Marseille Toulouse Bordeaux Lille Nantes Strasbourg Rennes"),
    mobiles=(MobileRange("+3363998", 0, 9_999, 4),),  # ARCEP, decision 2018-0881
)
_GERMANY = Country(
    code="DE",
    languages=("de-DE",),
    zone=ZoneInfo("Europe/Berlin"),
    female_names=_words(
        "Anna Marie Lea Sophie Hannah Lena Mia Emilia Käthe Johanna Leonie Zeynep Frieda Jana "
        "Greta Svenja"
    ),
    male_names=_words(
        "Leon Paul Jonas Lukas Felix Maximilian Jürgen Björn Finn Emil Moritz Emre Anton Tim "
        "Matthias Günther"
    ),
    family_names=_words(
        "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch "
        "Bauer Richter Klein Wolf Schröder Neumann Öztürk Krüger Groß Weiß"
    ),
    cities=_words("Berlin Hamburg München Köln Frankfurt Stuttgart Leipzig Dresden Münster"),
    mobiles=(  # Bundesnetzagentur, Mitteilung 148/2021
        MobileRange("+4917139200", 0, 99, 2),
        MobileRange("+49176040690", 0, 99, 2),
    ),
)
_INDIA = Country(
    code="IN",
    languages=("en-IN", "hi-IN"),
    zone=ZoneInfo("Asia/Kolkata"),
    female_names=_words(
        "Aanya Diya Ananya Priya Kavya Meera Ishita Neha Pooja Saanvi Lakshmi Fatima Riya Sneha"
    ),
    male_names=_words(
        "Aarav Vihaan Arjun Rohan Aditya Sai Karthik Rahul Vikram Imran Siddharth Kabir Dev Manish"
    ),
    family_names=_words(
        "Sharma Patel Singh Kumar Gupta Reddy Iyer Nair Khan Das Mehta Joshi Chopra Banerjee "
        "Kulkarni Rao Pillai Desai"
    ),
    cities=_words("Mumbai Delhi Bengaluru Hyderabad Chennai Pune Kolkata Ahmedabad Jaipur"),
)
_IRELAND = Country(
    code="IE",
    languages=("en-IE",),
    zone=ZoneInfo("Europe/Dublin"),
    female_names=_words("Aoife Saoirse Ciara Niamh Sinéad Róisín Emily Grace Fiadh Sadhbh Éabha"),
    male_names=_words("Conor Seán Oisín Cian Patrick Jack Fionn Darragh Tadhg Liam Rían"),
    family_names=_words(
        "Murphy Kelly O'Sullivan Walsh O'Brien Byrne Ryan O'Connor O'Neill Doyle McCarthy Nolan "
        "Gallagher Kavanagh Ó_Súilleabháin"
    ),
    cities=_words("Dublin Cork Galway Limerick Waterford Sligo Kilkenny"),
    mobiles=(MobileRange("+3532091", 0, 99_999, 5),),  # ComReg, numbering conditions of use
)
_SWEDEN = Country(
    code="SE",
    languages=("sv-SE",),
    zone=ZoneInfo("Europe/Stockholm"),
    female_names=_words("Alice Maja Vera Alma Astrid Freja Åsa Elsa Saga Linnéa Märta Ebba"),
    male_names=_words("William Lucas Liam Oscar Hugo Åke Axel Nils Göran Elias Malte Sixten"),
    family_names=_words(
        "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Lindström "
        "Bergström Sjöberg Åkesson Öberg"
    ),
    cities=_words("Stockholm Göteborg Malmö Uppsala Västerås Örebro Umeå"),
    mobiles=(MobileRange("+467017406", 5, 99, 2),),  # PTS, "Telefonnummer för film och böcker"
)
_JAPAN = Country(
    code="JP",
    languages=("ja-JP",),
    zone=ZoneInfo("Asia/Tokyo"),
    female_names=_words(
        "陽葵/himari 葵/aoi 凛/rin 結衣/yui 美咲/misaki さくら/sakura 花/hana 優奈/yuna 芽依/mei"
    ),
    male_names=_words(
        "蓮/ren 陽翔/haruto 湊/minato 大翔/hiroto 颯太/sota 悠真/yuma 健太/kenta 直樹/naoki 翔/sho"
    ),
    family_names=_words(
        "佐藤/sato 鈴木/suzuki 高橋/takahashi 田中/tanaka 伊藤/ito 渡辺/watanabe 山本/yamamoto "
        "中村/nakamura 小林/kobayashi 加藤/kato 吉田/yoshida 山田/yamada"
    ),
    cities=_words("東京 大阪 名古屋 札幌 福岡 京都 横浜"),
    is_family_name_first=True,
)

# How many of twenty customers live where. In India and Japan no numbers are kept for fiction.
_TURNS: Sequence[Country] = (
    *[_UNITED_STATES] * 5,
    *[_BRITAIN] * 4,
    *[_FRANCE] * 4,
    *[_GERMANY] * 2,
    *[_INDIA] * 2,
    _IRELAND,
    _SWEDEN,
    _JAPAN,
)
COUNTRIES = tuple(dict.fromkeys(_TURNS))
