"""Files that show where a figure comes from: looked at before they are kept, within a bound."""

import codecs
import hashlib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.utils.translation import gettext_lazy as _

from tsunagari.core.errors import RuleBroken
from tsunagari.core.office_files import DOCX, XLSX, NotOffice, office_kind

MOST_BYTES = 10_000_000
MOST_FILES = 5
MOST_NAME = 120


class EvidenceRefused(RuleBroken):
    """A file is empty, too large, or not what its name says."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that was handed in."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that may be kept."""

    name: str
    media_type: str
    content: bytes
    digest: str


def _begins(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(signatures)


def _office(extension: str) -> Callable[[bytes], bool]:
    """An Office document without macros."""

    def is_office(content: bytes) -> bool:
        try:
            return office_kind(content) == extension
        except NotOffice:
            return False

    return is_office


def _text(content: bytes) -> bool:
    if b"\0" in content:
        return False
    for encoding in ("utf-8-sig", "cp932"):
        try:
            codecs.decode(content, encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


KINDS: dict[str, tuple[str, Callable[[bytes], bool]]] = {
    ".pdf": ("application/pdf", _begins(b"%PDF-")),
    ".png": ("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    ".jpg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    ".jpeg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    ".xlsx": (XLSX, _office("xlsx")),
    ".docx": (DOCX, _office("docx")),
    ".csv": ("text/csv", _text),
    ".txt": ("text/plain", _text),
}
"""What may be handed in, by the end of its name: media type, and whether the bytes are that."""


def check_evidence(files: list[File]) -> list[Checked]:
    """Return the files as they may be kept.

    Raises:
        EvidenceRefused: one is empty, too large, of another kind, or not what it says; or there are too many.
    """
    if len(files) > MOST_FILES:
        raise EvidenceRefused(_("根拠のファイルは5つまでです。"))
    return [_checked(file) for file in files]


def _checked(file: File) -> Checked:
    name = _plain_name(file.name)
    if not file.content:
        raise EvidenceRefused(_("「%(name)s」は空のファイルです。") % {"name": name})
    if len(file.content) > MOST_BYTES:
        raise EvidenceRefused(_("「%(name)s」は大きすぎます。10 MB までにしてください。") % {"name": name})
    media_type, is_it = KINDS.get(PurePosixPath(name).suffix.lower(), ("", None))
    if is_it is None:
        raise EvidenceRefused(
            _("「%(name)s」は受け取れない種類です。PDF・Excel・Word・CSV・テキスト・画像をお使いください。")
            % {"name": name}
        )
    if not is_it(file.content):
        raise EvidenceRefused(
            _("「%(name)s」の中身が、名前の種類とちがいます。ファイルを開いて確かめてください。")
            % {"name": name}
        )
    return Checked(name, media_type, file.content, hashlib.sha256(file.content).hexdigest())


def _plain_name(name: str) -> str:
    """A file's name without folders and what cannot be seen."""
    last = PurePosixPath(name.replace("\\", "/")).name
    kept = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C")
    return kept.strip()[-MOST_NAME:] or "file"
