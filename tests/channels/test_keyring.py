"""The keys that seal secrets: kept, changed, and of no use in the wrong place."""

import base64
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tidings.base.errors import Code, Refused
from tidings.channels.keyring import FILE_NAME, Keyring, open_keyring

OLD, NEW = b"o" * 32, b"n" * 32


def text(key: bytes) -> str:
    """Return a key as it is configured."""
    return base64.b64encode(key).decode()


def refused(ask: Callable[[], object]) -> tuple[Code, str]:
    """Return why something was refused."""
    with pytest.raises(Refused) as refusal:
        ask()
    return refusal.value.code, refusal.value.message


def test_what_is_sealed_opens_in_its_place_and_shows_nothing() -> None:
    """Twice the same is sealed differently: equal passwords are not seen to be equal."""
    keyring = Keyring([OLD])
    first, second = (keyring.seal(b"lovelace", place="a") for _ in range(2))
    assert keyring.open(first, place="a") == keyring.open(second, place="a") == b"lovelace"
    assert first != second
    assert b"lovelace" not in first


def test_what_was_sealed_for_another_place_does_not_open() -> None:
    """A row that is copied to another brand must not send in the first one's name."""
    keyring = Keyring([OLD])
    sealed = keyring.seal(b"lovelace", place="channel main of brand 1001")
    code, message = refused(lambda: keyring.open(sealed, place="channel main of brand 1002"))
    assert code is Code.CONFLICT
    assert message == (
        "The secrets of channel main of brand 1002 were altered, or belong elsewhere; "
        "set them anew."
    )


@pytest.mark.parametrize("at", [0, 1, 6, 20, -1])
def test_what_was_altered_does_not_open(at: int) -> None:
    """In whichever of its parts."""
    sealed = bytearray(Keyring([OLD]).seal(b"lovelace", place="a"))
    sealed[at] ^= 1
    assert refused(lambda: Keyring([OLD]).open(bytes(sealed), place="a"))[0] is Code.CONFLICT


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    """So that a key can be changed while everything runs."""
    sealed = Keyring([OLD]).seal(b"lovelace", place="a")
    both = Keyring([NEW, OLD])
    assert both.open(sealed, place="a") == b"lovelace"
    assert not both.is_newest(sealed)
    anew = both.seal(b"lovelace", place="a")
    assert both.is_newest(anew)
    assert Keyring([NEW]).open(anew, place="a") == b"lovelace"
    _, message = refused(lambda: Keyring([NEW]).open(sealed, place="a"))
    assert message.startswith("The secrets of a were sealed with another key: put that one behind")


def test_the_first_need_of_a_key_makes_one_that_only_the_owner_reads(tmp_path: Path) -> None:
    """With the embedded database nobody has to think of it; the next start finds it."""
    sealed = open_keyring("", data_dir=tmp_path, is_embedded=True).seal(b"x", place="a")
    path = tmp_path / FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_uid == tmp_path.stat().st_uid
    assert os.listdir(tmp_path) == [FILE_NAME]  # noqa: PTH208 - hidden ones too
    assert open_keyring("", data_dir=tmp_path, is_embedded=True).open(sealed, place="a") == b"x"
    moved = open_keyring(path.read_text(), data_dir=tmp_path / "elsewhere", is_embedded=False)
    assert moved.open(sealed, place="a") == b"x"


def test_processes_that_need_a_key_at_one_time_make_one(tmp_path: Path) -> None:
    """Else what one seals the other could not open."""
    with ThreadPoolExecutor(8) as together:
        opening = [
            together.submit(open_keyring, "", data_dir=tmp_path, is_embedded=True)
            for _ in range(32)
        ]
        rings = [one.result() for one in opening]
    sealed = rings[0].seal(b"x", place="a")
    assert [ring.open(sealed, place="a") for ring in rings] == [b"x"] * 32


def test_a_database_elsewhere_needs_a_key_that_was_chosen(tmp_path: Path) -> None:
    """Made by itself it would be another one on each machine."""
    code, message = refused(lambda: open_keyring("", data_dir=tmp_path, is_embedded=False))
    assert code is Code.INVALID
    assert message.startswith("secret_key is empty")
    assert "TIDINGS_SECRET_KEY" in message
    assert list(tmp_path.iterdir()) == []


def test_several_keys_are_written_with_commas(tmp_path: Path) -> None:
    """The new one first; both alphabets of base 64."""
    sealed = Keyring([OLD]).seal(b"x", place="a")
    dashes = base64.urlsafe_b64encode(b"\xfb\xff" * 16).decode()
    ring = open_keyring(f"{dashes}, {text(OLD)}", data_dir=tmp_path, is_embedded=False)
    assert ring.open(sealed, place="a") == b"x"
    assert not ring.is_newest(sealed)


@pytest.mark.parametrize("wrong", ["short", text(b"x" * 31), text(OLD) + ",", "ä" * 44, "!" * 44])
def test_what_is_no_key_is_refused_without_being_shown(wrong: str, tmp_path: Path) -> None:
    """The message says how to make one."""
    code, message = refused(lambda: open_keyring(wrong, data_dir=tmp_path, is_embedded=False))
    assert code is Code.INVALID
    assert message == (
        "secret_key must be 32 bytes in base 64; make one with: openssl rand -base64 32"
    )
