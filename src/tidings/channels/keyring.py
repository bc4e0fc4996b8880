"""The keys that seal what nobody may read in the database, and where they are kept."""

import base64
import hmac
import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tidings.base import ids
from tidings.base.errors import Code, Refused

FILE_NAME = "secret.key"

_KEY_BYTES = 32
_VERSION = b"\x01"
_MARK_BYTES = 4
_NONCE_BYTES = 12  # NIST SP 800-38D: drawn anew each time, safe for 2**32 seals of one key
_HOW_TO_MAKE_ONE = "make one with: openssl rand -base64 32"


class Keyring:
    """Seals with the first key, opens with whichever fits.

    What is sealed is bound to a place, such as a brand's channel, and opens nowhere else.

    Shape:  sealed - a version, four bytes that tell the key, the nonce, then AES-256-GCM.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._by_mark = {_mark(key): AESGCM(key) for key in keys}
        self._newest = _mark(keys[0])
        self._keys = tuple(keys)

    def seal(self, plain: bytes, *, place: str) -> bytes:
        """Seal something that only `open` with the same place will return."""
        nonce = ids.draw_bytes(_NONCE_BYTES)
        closed = self._by_mark[self._newest].encrypt(nonce, plain, place.encode())
        return _VERSION + self._newest + nonce + closed

    def open(self, sealed: bytes, *, place: str) -> bytes:
        """Return what was sealed for this place.

        Errors: `conflict` when no key fits, or when it was sealed for another place or altered.
        """
        mark, rest = sealed[1 : 1 + _MARK_BYTES], sealed[1 + _MARK_BYTES :]
        key = self._by_mark.get(mark) if sealed.startswith(_VERSION) else None
        if key is None:
            raise Refused(
                Code.CONFLICT,
                f"The secrets of {place} were sealed with another key: put that one behind the new "
                "one in secret_key, or bring back secret.key of the data folder.",
            )
        try:
            return key.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], place.encode())
        except InvalidTag as error:
            raise Refused(
                Code.CONFLICT,
                f"The secrets of {place} were altered, or belong elsewhere; set them anew.",
            ) from error

    def derived(self, purpose: str) -> tuple[bytes, ...]:
        """Return a key for another purpose from each key, in their order."""
        return tuple(
            hmac.digest(key, f"tidings {purpose}".encode(), "sha256") for key in self._keys
        )

    def is_newest(self, sealed: bytes) -> bool:
        """Say whether something was sealed with the first key."""
        return sealed[1 : 1 + _MARK_BYTES] == self._newest


def open_keyring(secret_key: str, *, data_dir: Path, is_embedded: bool) -> Keyring:
    """Return the keys of this installation, and make the first if there is none.

    Shape:  secret_key - what is configured; is_embedded - whether the database is in the data
            folder, beside which a key may lie that nobody configured.
    Errors: `invalid` for what is no key, or for none with a database elsewhere.
    """
    if not secret_key:
        if not is_embedded:
            raise Refused(
                Code.INVALID,
                "secret_key is empty: the secrets of channels cannot be sealed. Set "
                f"TIDINGS_SECRET_KEY for every process, or secret_key in the file; "
                f"{_HOW_TO_MAKE_ONE}",
            )
        secret_key = _kept_key(data_dir / FILE_NAME)
    return Keyring([_read_key(text) for text in secret_key.split(",")])


def _kept_key(path: Path) -> str:
    if not path.exists():
        # Whole or not at all, and the first of several processes wins: a link is not replaced.
        making = path.with_name(f"{FILE_NAME}.{ids.draw_bytes(8).hex()}")
        file = os.open(making, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            if os.geteuid() == 0:
                # A command that root gave must not lock out the account of the server.
                folder = path.parent.stat()
                os.fchown(file, folder.st_uid, folder.st_gid)
            os.write(file, base64.b64encode(ids.draw_bytes(_KEY_BYTES)) + b"\n")
            os.fsync(file)
            os.link(making, path)
        except FileExistsError:
            pass
        finally:
            os.close(file)
            making.unlink()
    return path.read_text("ascii")


def _read_key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise Refused(Code.INVALID, f"secret_key must be 32 bytes in base 64; {_HOW_TO_MAKE_ONE}")
    return key


def _mark(key: bytes) -> bytes:
    return sha256(b"tidings keyring " + key).digest()[:_MARK_BYTES]
