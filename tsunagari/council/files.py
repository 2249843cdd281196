"""What may be handed in as a paper of a meeting: recognised by its bytes, never by its name. No database."""

import io
import re
from dataclasses import dataclass
from pathlib import PurePath

from django.utils.translation import gettext_lazy as _
from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import PdfObject

from tsunagari.core.errors import RuleBroken
from tsunagari.core.office_files import MEDIA_TYPES, NotOffice, Refusal, office_kind

MOST_BYTES = 20_000_000
MOST_PAGES = 1_000
PDF = "application/pdf"
_REFUSALS = {
    Refusal.OTHER: _("PDF、Word（docx）、Excel（xlsx）、PowerPoint（pptx）のファイルを選んでください。"),
    Refusal.BROKEN: _("ファイルが壊れているようです。"),
    Refusal.TOO_LARGE: _("ファイルが大きすぎます（20MBまで）。分けるか、画像を小さくしてください。"),
    Refusal.MACROS: _("マクロの入ったファイルは受け取れません。"),
}


class BadFile(RuleBroken):
    """It is no file that can be a paper; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that may be kept: a safe name with the extension of what it is, and its kind."""

    name: str
    content_type: str
    content: bytes
    pages: int | None = None


def check_file(name: str, content: bytes) -> CheckedFile:
    """Look at what was handed in.

    Raises:
        BadFile: empty, too large, of another kind, encrypted, broken, or with a program in it.
    """
    if not content:
        raise BadFile(_("ファイルが空です。"))
    if len(content) > MOST_BYTES:
        raise BadFile(_REFUSALS[Refusal.TOO_LARGE])
    if content.startswith(b"%PDF-"):
        return CheckedFile(_safe_name(name, "pdf"), PDF, content, _pages_of(content))
    if content.startswith(b"PK\x03\x04"):
        try:
            extension = office_kind(content)
        except NotOffice as refused:
            raise BadFile(_REFUSALS[refused.refusal]) from None
        return CheckedFile(_safe_name(name, extension), MEDIA_TYPES[extension], content)
    raise BadFile(_REFUSALS[Refusal.OTHER])


def _pages_of(content: bytes) -> int:
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            raise BadFile(_("パスワードのかかったPDFは受け取れません。外してから選んでください。"))
        pages = len(reader.pages)
        active = _has_program(reader)
    except BadFile:
        raise
    # pypdf meets broken files with errors of many kinds
    except (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        raise BadFile(_("PDFが壊れているようです。作りなおしてから選んでください。")) from None
    if active:
        raise BadFile(_("プログラムや添付ファイルの入ったPDFは受け取れません。印刷用のPDFにしてください。"))
    if not 0 < pages <= MOST_PAGES:
        raise BadFile(_("PDFのページ数を確かめてください（1,000ページまで）。"))
    return pages


def _has_program(reader: PdfReader) -> bool:
    """Whether it would run or unpack something: names of actions and embedded files in its objects."""
    root = _dictionary(reader.trailer["/Root"])
    names = _dictionary(root.get("/Names"))
    if "/JavaScript" in names or "/EmbeddedFiles" in names or "/AA" in root:
        return True
    return _dictionary(root.get("/OpenAction")).get("/S") in {"/JavaScript", "/Launch"}


def _dictionary(entry: object) -> dict[str, object]:
    """What an entry of the file points at, if it is a dictionary."""
    found = entry.get_object() if isinstance(entry, PdfObject) else entry
    return dict(found) if isinstance(found, dict) else {}


def _safe_name(name: str, extension: str) -> str:
    """The name without folders, control letters and what a header or a disk would trip over."""
    stem = PurePath(name.replace("\\", "/")).name.rsplit(".", 1)[0]
    stem = re.sub(r'[\x00-\x1f\x7f"<>|:*?;%\u202a-\u202e\u2066-\u2069]', "", stem).strip(" .")
    return f"{stem[:100] or 'shiryo'}.{extension}"
