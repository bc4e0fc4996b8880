"""What providers of one sort are all told: with a server, for mails, with mails that come back."""

from typing import Annotated, Literal, NamedTuple

import msgspec

from tidings.base import limits
from tidings.base.errors import Mistake
from tidings.channels.message import Address
from tidings.channels.settings import Secret, Settings

Seconds = Annotated[float, msgspec.Meta(gt=0, le=limits.MAX_PROVIDER_SECONDS)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]

# ASCII, so that servers without SMTPUTF8 take it; what is added needs the rest of the local part.
_BOUNCE_ADDRESS = (
    rf"^([A-Za-z0-9._-]{{1,{limits.MAX_BOUNCE_MAILBOX_CHARACTERS}}}@[A-Za-z0-9.-]{{1,180}})?$"
)


class Origin(NamedTuple):
    """From whom the mails of a channel are, and where answers go.

    Shape:  bounce_address - of which each mail has one of its own to come back to; empty where
            the channel sees to that.
    """

    sender: Address
    reply_to: Address | None
    bounce_address: str = ""


class Hosted(Settings, frozen=True, kw_only=True):
    """Somebody's server, whose answers are waited for so long."""

    timeout_seconds: Seconds = limits.PROVIDER_SECONDS


class Mailing(Hosted, frozen=True, kw_only=True):
    """What every channel for mails may be told.

    Shape:  from_address - needed for messages of campaigns and calls; from_name - shown beside it;
            reply_to - empty for answers to `from_address`.
    """

    from_address: str = ""
    from_name: str = ""
    reply_to: str = ""


class Returning(Mailing, frozen=True, kw_only=True):
    """A channel whose mails come back as mails.

    Shape:  return_path - where they come back to, empty for the sender; bounce_address - in the
            place of that, an address of which each mail has one of its own, made with a `+`;
            imap_* - the mailbox in which they lie, read over IMAP, empty for none; imap_moved_to -
            the folder into which a mail is moved that was read, empty to leave it where it is.
    """

    return_path: str = ""
    bounce_address: Annotated[str, msgspec.Meta(pattern=_BOUNCE_ADDRESS)] = ""
    imap_host: str = ""
    imap_port: Port = 993
    imap_security: Literal["none", "starttls", "tls"] = "tls"
    imap_username: str = ""
    imap_password: Secret = ""
    imap_folder: str = "INBOX"
    imap_moved_to: str = ""

    def mistakes(self) -> list[Mistake]:
        """Say what is missing of what goes together, and what would give the password away."""
        found: list[Mistake] = []
        if len({bool(self.imap_host), bool(self.imap_username), bool(self.imap_password)}) > 1:
            words = "imap_host, imap_username and imap_password go together"
            found.append(Mistake(words, "imap_host"))
        is_here = self.imap_host in _LOOPBACK
        if self.imap_host and self.imap_security == "none" and not is_here:
            found.append(Mistake("a password is not sent without TLS", "imap_security"))
        if self.return_path and self.bounce_address:
            words = "takes the place of return_path: set one of them"
            found.append(Mistake(words, "bounce_address"))
        folders = {"imap_folder": self.imap_folder, "imap_moved_to": self.imap_moved_to}
        wrong = [name for name, folder in folders.items() if not _is_folder(folder)]
        return found + [Mistake("has letters that no folder has", name) for name in wrong]


# What never leaves the machine cannot be read on its way.
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def _is_folder(name: str) -> bool:
    # RFC 3501 5.1.3 writes other letters in ASCII; that is the operator's to do.
    return name.isascii() and name.isprintable()


def origin_of(settings: Settings) -> Origin | None:
    """Return from whom the mails of a channel are, None when it does not say."""
    if not isinstance(settings, Mailing) or not settings.from_address:
        return None
    reply_to = Address(settings.reply_to) if settings.reply_to else None
    bounce_address = settings.bounce_address if isinstance(settings, Returning) else ""
    return Origin(Address(settings.from_address, settings.from_name), reply_to, bounce_address)
