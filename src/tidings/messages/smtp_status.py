"""What the codes of mail servers say of a mailbox. Pure.

Source: RFC 3463 (5.1.1), RFC 5321 4.2 (550).
"""

import re

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.#-])([245]\d\d)(?![\d.])")
# No such mailbox, domain or host, moved away, disabled. All else of class 5 may be our own doing,
# such as a blocklist, or passes, such as a mailbox that is full.
_GONE = re.compile(r"5\.1\.(?:[0-36]|10)|5\.2\.1|5\.4\.4")
_NOTHING_CLOSER = ("0", "0")
_POLICY = re.compile(r"spam|block|blacklist|polic|reputation|dmarc|dkim|\bspf\b|\brbl\b", re.I)
_GONE_REPLIES = frozenset({"550", "551", "553"})  # RFC 5321 4.2.3, as when we hand a mail over


def is_lasting(code: str) -> bool:
    """Say whether a code means that the mailbox does not exist and never will.

    Shape:  code - a server's codes with its words, such as `5.0.0 550 5.1.1 no such user`: the
            closest code counts, and without one the words do.
    """
    closest = [match for match in _ENHANCED.finditer(code) if match.groups()[1:] != _NOTHING_CLOSER]
    if closest:
        return any(_GONE.fullmatch(match[0]) for match in closest)
    if _POLICY.search(code):
        return False
    reply = _REPLY.search(_ENHANCED.sub("", code))
    if reply:
        return reply[1] in _GONE_REPLIES
    return any(match[1] == "5" for match in _ENHANCED.finditer(code))


def enhanced_in(text: str) -> str:
    """Return the line of a text for people in which a server's code stands, "" when none does."""
    for line in text.splitlines():
        if _ENHANCED.search(line):
            return line.strip()
    for line in text.splitlines():
        if _REPLY.search(line):
            return line.strip()
    return ""
