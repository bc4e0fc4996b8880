"""Telling programs that look at the links of a message from the people it was sent to: pure.

Only what says of itself that it is a program is one. A scanner that comes as a browser is taken for
a person; a person is never taken for a scanner.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple


class Machine(NamedTuple):
    """Programs that are known by their user agent.

    Shape:  mark - what the user agent has in it, a pattern in small letters; reason - what it does,
            and where that is written.
    """

    name: str
    mark: str
    reason: str


MACHINES: Sequence[Machine] = (
    # --- scanners of mail, which follow links to see where they lead ---
    Machine("Barracuda", "barracuda", "Follows links of mail (Braze documentation, bot clicks)."),
    Machine("Proofpoint", "proofpoint", "The same, as far as it gives its name."),
    Machine("Mimecast", "mimecast", "The same, as far as it gives its name."),
    Machine("Outlook Safe Links", "safelinks", "The same, as far as it gives its name."),
    Machine("Outlook.com", "bingpreview", "Opens links of incoming mail (phpList/phplist3#415)."),
    Machine(
        "Gmail, links",
        "gmail-content-sampling",
        "Opens some links of incoming mail (mssola/user_agent#71).",
    ),
    Machine(
        "Gmail, pictures",
        r"edge/12\.246 mozilla/5\.0",
        "Loads pictures at delivery, as a browser that never was (mautic/mautic#10245).",
    ),
    Machine(
        "Microsoft Office",
        "microsoft office (existence|protocol) discovery",
        "Asks for a link before the browser opens it (Microsoft KB 838028).",
    ),
    # --- previews of links in chats ---
    Machine("Skype, Teams", "skypeuripreview", "Shows a preview of a link."),
    Machine("Facebook, Apple Messages", "facebookexternalhit", "The same; Apple gives this name."),
    Machine("WhatsApp", "^whatsapp/", "The same."),
    Machine("Google Messages", "googlemessages/", "The same (Braze documentation, bot clicks)."),
    # --- whatever calls itself so; a Cubot is a telephone ---
    Machine("bots", r"(?<!cu)bot\b", "Googlebot, bingbot, Slackbot, Twitterbot, TelegramBot …"),
    Machine("crawlers", "crawler|spider", "Those that say so."),
    # --- programs; okhttp and CFNetwork are not here: mail apps load pictures by them ---
    Machine("browsers without a window", "headlesschrome", "Driven by a program."),
    Machine("curl, Wget", "^(curl|wget)/", "Command lines and scripts."),
    Machine("Python", "python-requests|python-urllib|python-httpx|aiohttp", "Programs."),
    Machine("Go", "^go-http-client", "Programs."),
    Machine("Java", "^java/|apache-httpclient", "Programs."),
    Machine("Perl, PHP, Node", "libwww-perl|guzzlehttp|node-fetch|^axios/", "Programs."),
)
"""What is taken for a machine, each with the reason.

Not among them, because somebody has opened the message: `GoogleImageProxy` and `YahooMailProxy`,
through which Gmail and Yahoo show pictures, and `ms-office`, by which Outlook loads them. Apple's
Mail Privacy Protection loads them for all its users at any time, as `Mozilla/5.0` and nothing else;
so it is when they are read. The two cannot be told apart, and both count.
"""

_PATTERN = re.compile("|".join(machine.mark for machine in MACHINES))
_AHEAD = re.compile(r"prefetch|preview|prerender")


def is_machine(user_agent: str, method: str, *, purpose: str = "") -> bool:
    """Say whether a program follows a link, and not who got the message.

    Shape:  user_agent, purpose - as the headers `User-Agent` and `Sec-Purpose` (or `Purpose`) have
            them, "" for none.
    Source: `MACHINES`; RFC 9110 9.3.2: HEAD asks without wanting to see; WHATWG Fetch,
            "Sec-Purpose"; our choice: no browser and no mail program leaves its name out.
    """
    if method != "GET" or not user_agent.strip():
        return True
    return bool(_PATTERN.search(user_agent.lower()) or _AHEAD.search(purpose.lower()))
