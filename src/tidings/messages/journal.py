"""What this process was told to be sent, written down before it is noted in the database.

A message that its provider took is noted together with others, a moment later. If the process is
killed in that moment, this file remembers, so that nobody is sent the same again: a file that was
written to outlives the process, though not a power cut.
"""

import os
from collections.abc import Collection, Iterable
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from tidings.base.ids import BrandId
from tidings.messages.model import Ended

_FOLDER = "sent"
_MAX_FILE_BYTES = 1_000_000


class Entry(msgspec.Struct, array_like=True):
    """A line of the file."""

    brand_id: BrandId
    ended: Ended


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Entry).decode


class _File:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        self.size_bytes = 0
        self.unnoted = 0

    def write(self, line: bytes) -> None:
        self.size_bytes += os.write(self._descriptor, line)
        self.unnoted += 1

    def remove(self) -> None:
        os.close(self._descriptor)
        self._path.unlink(missing_ok=True)


class Journal:
    """The files of one process; a full one gives way to a new one, and goes when all is noted.

    Shape:  name - of the process, which is how its files are found when it is no more.
    """

    def __init__(self, data_dir: Path, name: str) -> None:
        self.name = name
        self._folder = data_dir / _FOLDER
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._number = 0
        self._files: list[_File] = []

    def write(self, brand_id: BrandId, ended: Ended) -> None:
        """Remember that a provider took a message."""
        if not self._files or self._files[-1].size_bytes >= _MAX_FILE_BYTES:
            self._number += 1
            self._files.append(_File(self._folder / f"{_stem(self.name)}.{self._number}"))
        self._files[-1].write(_encode(Entry(brand_id, ended)) + b"\n")

    def noted(self, count: int) -> None:
        """Forget about so many messages, which were noted in the order in which they were sent."""
        for file in list(self._files):
            done = min(count, file.unnoted)
            file.unnoted -= done
            count -= done
            if file.unnoted == 0 and file is not self._files[-1]:
                file.remove()
                self._files.remove(file)

    def close(self) -> None:
        """Remove the files, when all is noted."""
        if all(file.unnoted == 0 for file in self._files):
            for file in self._files:
                file.remove()
            self._files.clear()


def read_journal(data_dir: Path, name: str) -> dict[BrandId, list[Ended]]:
    """Return what a process that is no more had sent, whether it was noted or not.

    Shape:  nothing for a process of another machine.
    """
    entries: dict[BrandId, list[Ended]] = {}
    for path in _files_of(data_dir, name):
        for line in path.read_bytes().splitlines():
            try:
                entry = _decode(line)
            except msgspec.DecodeError:
                continue  # cut off in the middle of the last line
            entries.setdefault(entry.brand_id, []).append(entry.ended)
    return entries


def remove_journals(data_dir: Path, *, but: Collection[str], older_than: datetime) -> None:
    """Remove the files of processes that are no more.

    Shape:  but - the names of those whose files stay; older_than - files that were written to
            later stay, too: their process may not have said yet that it is there.
    """
    kept = {_stem(name) for name in but}
    for path in (data_dir / _FOLDER).glob("*.*"):
        if path.stem not in kept and path.stat().st_mtime < older_than.timestamp():
            path.unlink(missing_ok=True)


def _files_of(data_dir: Path, name: str) -> Iterable[Path]:
    return sorted((data_dir / _FOLDER).glob(f"{_stem(name)}.*"))


def _stem(name: str) -> str:
    # A process is named by its host and its start, with signs that no file can have.
    return sha256(name.encode()).hexdigest()[:24]
