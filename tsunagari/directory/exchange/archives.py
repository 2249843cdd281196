"""Files inside files, within bounds: ZIP, gzip, a folder. Nothing is unpacked by its name.

A bomb is told by what comes out, not by what its directory claims: bytes are counted while they are read.
"""

import gzip
import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from tsunagari.core.tables.problems import FileRefused, shown

MOST_MEMBERS: Final = 200
LARGEST: Final = 20 * 2**30
"""Bytes that may come out of one file on the command line."""
LARGEST_UPLOAD: Final = 1 * 2**30
"""Bytes that may come out of an upload of 50 MB."""
MOST_RATIO: Final = 200
"""Times larger than packed; text in tables packs to a thirtieth at most."""
FREE_RATIO: Final = 10 * 2**20
"""So many bytes may come out whatever the ratio."""
UPLOAD: Final = 50 * 2**20


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside: its name without folders, and how large it says that it is."""

    name: str
    path: str
    size: int


class _Bounded(io.RawIOBase):
    """A stream that refuses to give more than its bounds."""

    def __init__(self, stream: Any, *, packed: int, largest: int, name: str) -> None:
        self._stream = stream
        self._packed = max(packed, 1)
        self._largest = largest
        self._name = name
        self._given = 0

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer.

        Raises:
            FileRefused: more comes out than is allowed, or it is broken.
        """
        try:
            data = self._stream.read(len(buffer))
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as bad:
            raise FileRefused(
                f"「{shown(self._name)}」がこわれています。開けません。",
                f"“{shown(self._name)}” is damaged and cannot be opened.",
                part=self._name,
            ) from bad
        self._given += len(data)
        if self._given > self._largest or (
            self._given > FREE_RATIO and self._given > self._packed * MOST_RATIO
        ):
            raise too_large(self._name)
        buffer[: len(data)] = data
        return len(data)


def too_large(name: str) -> FileRefused:
    """The refusal of what grows without measure."""
    return FileRefused(
        f"「{shown(name)}」は、開くと大きくなりすぎます。読みません。",
        f"“{shown(name)}” grows too large when it is unpacked; it is not read.",
        part=name,
    )


def is_zip(path: Path) -> bool:
    """Whether a file begins as a ZIP does."""
    with path.open("rb") as stream:
        return stream.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def is_gzip(path: Path) -> bool:
    """Whether a file begins as gzip does."""
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def members(path: Path) -> list[Member]:
    """The files in a ZIP or a folder that could be read; folders and hidden files are left out.

    Raises:
        FileRefused: it is damaged, encrypted, has too many files, links, or names that lead outside.
    """
    if path.is_dir():
        files = sorted(entry for entry in path.iterdir() if entry.is_file() and not entry.is_symlink())
        return [Member(entry.name, entry.name, entry.stat().st_size) for entry in files[:MOST_MEMBERS]]
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as bad:
        raise FileRefused("ZIP がこわれています。", "The ZIP file is damaged.") from bad
    if len(entries) > MOST_MEMBERS:
        raise FileRefused(
            f"ZIP の中のファイルが多すぎます（{len(entries)}）。{MOST_MEMBERS} までです。",
            f"There are too many files in the ZIP ({len(entries)}); at most {MOST_MEMBERS}.",
        )
    found = []
    for entry in entries:
        name = PurePosixPath(entry.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or ":" in entry.filename or "\x00" in entry.filename:
            raise FileRefused(
                "ZIP の中に、外へ出る名前のファイルがあります。読みません。",
                "A file in the ZIP has a name that leads outside; it is not read.",
            )
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise FileRefused(
                "ZIP の中にリンクがあります。読みません。", "There is a link in the ZIP; it is not read."
            )
        if entry.flag_bits & 0x1:
            raise FileRefused(
                "ZIP にパスワードがかかっています。外してください。",
                "The ZIP has a password; please remove it.",
            )
        if entry.is_dir() or name.name.startswith(".") or "__MACOSX" in name.parts:
            continue
        found.append(Member(name.name, entry.filename, entry.file_size))
    if sum(member.size for member in found) > LARGEST:
        raise too_large(path.name)
    return found


@contextmanager
def open_member(path: Path, member: Member) -> Iterator[IO[bytes]]:
    """A file of a ZIP or folder as bytes, bounded.

    Raises:
        FileRefused: it is damaged or grows too large.
    """
    if path.is_dir():
        with (path / member.path).open("rb") as plain:
            yield plain
        return
    try:
        archive = zipfile.ZipFile(path)
        stream = archive.open(member.path)
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, OSError) as bad:
        raise FileRefused("ZIP がこわれています。", "The ZIP file is damaged.") from bad
    with archive, stream:
        packed = archive.getinfo(member.path).compress_size
        yield io.BufferedReader(
            _Bounded(
                stream, packed=min(packed, path.stat().st_size), largest=_largest(path), name=member.name
            ),
            2**17,
        )


@contextmanager
def open_plain(path: Path) -> Iterator[IO[bytes]]:
    """A file as bytes; gzip is unpacked, bounded.

    Raises:
        FileRefused: it is damaged or grows too large.
    """
    if not is_gzip(path):
        with path.open("rb") as stream:
            yield stream
        return
    with gzip.open(path) as packed:
        size = path.stat().st_size
        yield io.BufferedReader(_Bounded(packed, packed=size, largest=_largest(path), name=path.name), 2**17)


def _largest(path: Path) -> int:
    return LARGEST_UPLOAD if path.stat().st_size <= UPLOAD else LARGEST
