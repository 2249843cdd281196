"""Files that wait to be read: stored under their digest, within a bound, readable by nobody else."""

import hashlib
import os
import tempfile
import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any, Final

from django.conf import settings

from tsunagari.core.tables.problems import FileRefused
from tsunagari.directory.exchange.archives import UPLOAD
from tsunagari.directory.exchange.formats import SourceFile

_MOST_NAME: Final = 120


def folder() -> Path:
    """Where uploads wait."""
    path = Path(settings.VAR_DIR) / "imports"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def plain_name(name: str) -> str:
    """A file's name as it may be shown: without folders and what cannot be seen, and not too long."""
    last = PurePosixPath(name.replace("\\", "/")).name
    kept = "".join(
        character for character in last if unicodedata.category(character)[0] != "C" and character != "/"
    )
    return kept.strip()[-_MOST_NAME:] or "file"


def store_upload(chunks: Iterable[bytes], *, name: str, largest: int = UPLOAD) -> SourceFile:
    """Store an upload as it comes, in constant memory.

    Raises:
        FileRefused: it is larger than ``largest``, or empty; nothing is kept.
    """
    digest, size = hashlib.sha256(), 0
    handle, temporary = tempfile.mkstemp(dir=folder())
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > largest:
                    raise FileRefused(
                        f"ファイルが大きすぎます（{largest // 2**20} MB まで）。分けてください。",
                        f"The file is too large (at most {largest // 2**20} MB); please divide it.",
                    )
                digest.update(chunk)
                file.write(chunk)
        if size == 0:
            raise FileRefused("ファイルが空です。", "The file is empty.")
        path = folder() / digest.hexdigest()
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return SourceFile(path=path, name=plain_name(name), digest=digest.hexdigest(), size=size)


def stored(digest: str, *, name: str, size: int, **more: Any) -> SourceFile:
    """The upload of this digest.

    Raises:
        FileRefused: it is not here any more.
    """
    path = folder() / digest
    if not path.is_file():
        raise FileRefused(
            "ファイルが残っていません。もう一度送ってください。",
            "The file is no longer here; please send it again.",
        )
    return SourceFile(path=path, name=name, digest=digest, size=size, **more)


def forget_upload(digest: str) -> None:
    """Delete a stored upload; what was read of it stands in the run."""
    (folder() / digest).unlink(missing_ok=True)


def open_file(path: Path) -> SourceFile:
    """A file or folder where it stands, with its digest: for the command line.

    Raises:
        FileRefused: it cannot be read, or is empty.
    """
    digest, size = hashlib.sha256(), 0
    files = sorted(entry for entry in path.iterdir() if entry.is_file()) if path.is_dir() else [path]
    try:
        for file in files:
            digest.update(file.name.encode() if path.is_dir() else b"")
            with file.open("rb") as stream:
                while chunk := stream.read(2**20):
                    digest.update(chunk)
                    size += len(chunk)
    except OSError as bad:
        raise FileRefused("ファイルを開けません。", "The file cannot be opened.") from bad
    if size == 0:
        raise FileRefused("ファイルが空です。", "The file is empty.")
    return SourceFile(path=path, name=plain_name(path.name), digest=digest.hexdigest(), size=size)
