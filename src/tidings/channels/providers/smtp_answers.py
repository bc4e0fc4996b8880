"""What a mail server's answers and silences mean."""

import re
import socket
import ssl

import aiosmtplib
from aiosmtplib import SMTPResponseException

from tidings.channels.outcome import Broken, Deferred, Outcome, Reason, Rejected, Sent
from tidings.channels.providers.conversation import Answer, Stage

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})\b")
_NO_SUCH_MAILBOX = re.compile(r"5\.1\.(?:[0-36]|10)|5\.2\.1")
_QUEUED_AS = re.compile(r"queued as ['\"<]?([\w.+@-]+)", re.I)
# RFC 4954 6: authentication is required, failed, too weak or needs TLS.
_CREDENTIALS = frozenset({530, 534, 535, 538})
_NO_SUCH_MAILBOX_CODES = frozenset({550, 551, 553})  # RFC 5321 4.2.3, when nothing closer is said
_CLOSING = 421
_MAX_SAID = 500


def outcome_of_answer(answer: Answer, *, stage: Stage) -> Outcome:
    """Say what an answer means.

    Source: RFC 5321 4.2, RFC 3463.
    """
    code, said = answer
    if answer.is_good:
        match = _QUEUED_AS.search(said)
        return Sent(match[1] if match else "")
    match = _ENHANCED.match(said)
    enhanced = match[1] if match else ""
    told = f"{code} {enhanced}".strip(), said.removeprefix(enhanced).strip()[:_MAX_SAID]
    if code in _CREDENTIALS:
        return Broken(Reason.CREDENTIALS, *told)
    if code < 500:
        # Greylisting and full mailboxes are about this one recipient, however many there are.
        is_mailbox = code != _CLOSING and (stage is Stage.RCPT or enhanced.startswith("4.2"))
        return Deferred(Reason.MAILBOX_BUSY if is_mailbox else Reason.BUSY, *told)
    if stage is Stage.CONNECT:
        return Broken(Reason.HOST, *told)
    if enhanced:
        is_recipient = _NO_SUCH_MAILBOX.fullmatch(enhanced) is not None
    else:
        is_recipient = stage is Stage.RCPT and code in _NO_SUCH_MAILBOX_CODES
    return Rejected(Reason.RECIPIENT if is_recipient else Reason.MESSAGE, *told)


def outcome_of_error(error: Exception, *, stage: Stage) -> Outcome:
    """Say what it means that there was no answer, or none that can be read."""
    if isinstance(error, SMTPResponseException) and error.code >= 400:
        return outcome_of_answer(Answer(error.code, error.message), stage=stage)
    if stage is Stage.FINAL:
        # The server had the whole mail and may have kept it: only its answer is missing.
        return Deferred(Reason.UNKNOWN, said=_words(error))
    cause = (isinstance(error, aiosmtplib.SMTPConnectError) and error.__cause__) or error
    is_unknown = isinstance(cause, socket.gaierror) and cause.errno != socket.EAI_AGAIN
    if is_unknown or isinstance(cause, ssl.SSLError):
        return Broken(Reason.HOST, said=_words(cause))
    if isinstance(error, ConnectionError | TimeoutError | OSError):
        return Deferred(Reason.UNREACHABLE, said=_words(error))
    # What is left are extensions that the server lacks: STARTTLS, AUTH.
    return Broken(Reason.SETTINGS, said=_words(error))


def _words(error: BaseException) -> str:
    return (str(error) or type(error).__name__)[:_MAX_SAID]
