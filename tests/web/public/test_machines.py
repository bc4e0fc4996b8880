"""Programs that look at links are told from people, by what they say of themselves."""

import re

import pytest

from tests.docs.pages import DOCS, rows_of
from tidings.web.public.machines import MACHINES, is_machine

PEOPLE = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
    # Pictures through a proxy: somebody has opened the mail.
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    # Apple's Mail Privacy Protection, ahead of time or not.
    "Mozilla/5.0",
    # Outlook on a desk, and mail apps that load pictures by a library.
    "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)",
    "Outlook-iOS/711.1 CFNetwork/1490.0.4 Darwin/23.2.0",
    "okhttp/4.12.0",
    # A telephone of this make.
    "Mozilla/5.0 (Linux; Android 12; CUBOT NOTE 20) AppleWebKit/537.36 Chrome/120.0 Mobile",
]
PROGRAMS = [
    "",
    "  ",
    "Barracuda Sentinel (EE)",
    "Mozilla/5.0 (compatible; Proofpoint URL Defense)",
    "Mimecast/1.0",
    "Microsoft Office SafeLinks Protection",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b",
    "Mozilla/5.0 (Windows NT 10.0) Edge/12.246 Gmail-content-sampling",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0",
    "Microsoft Office Existence Discovery",
    "Microsoft Office Protocol Discovery",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (Macintosh) Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    "WhatsApp/2.23.20.0 A",
    "GoogleMessages/20",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "TelegramBot (like TwitterBot)",
    "Some Crawler/1.0",
    "Baiduspider/2.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0.0.0 Safari/537.36",
    "curl/8.14.1",
    "Wget/1.25.0",
    "python-requests/2.32.3",
    "Python/3.11 aiohttp/3.12.0",
    "Go-http-client/2.0",
    "Java/17.0.2",
    "Apache-HttpClient/4.5.14 (Java/11.0.2)",
    "libwww-perl/6.67",
    "GuzzleHttp/7",
    "node-fetch/1.0",
    "axios/1.7.2",
]


@pytest.mark.parametrize("user_agent", PEOPLE)
def test_people_are_people(user_agent: str) -> None:
    """Whoever is wrongly taken for a scanner is somebody who seems never to read anything."""
    assert is_machine(user_agent, "GET") is False


@pytest.mark.parametrize("user_agent", PROGRAMS)
def test_programs_are_machines(user_agent: str) -> None:
    """They follow every link of a mail before anybody reads it."""
    assert is_machine(user_agent, "GET") is True


def test_whoever_asks_without_looking_is_a_machine() -> None:
    """By the method, or by what a browser says of why it asks."""
    assert is_machine(PEOPLE[0], "HEAD") is True
    assert is_machine(PEOPLE[0], "GET", purpose="prefetch;prerender") is True
    assert is_machine(PEOPLE[0], "GET", purpose="preview") is True


def test_every_mark_knows_a_program() -> None:
    """One that none of these examples has was spelled wrongly."""
    unknown = [
        machine.name
        for machine in MACHINES
        if not any(re.search(machine.mark, one.lower()) for one in PROGRAMS)
    ]

    assert unknown == []


def test_the_page_has_the_same_list() -> None:
    """Who wonders about a number looks it up there."""
    rows = rows_of(DOCS / "links.md", "who", "why")

    assert rows == [[machine.name, machine.reason] for machine in MACHINES]
