"""Word, Excel and PowerPoint files, known by their bytes and never by their names. Nothing in them is run."""

import io
import zipfile
from enum import StrEnum
from typing import Final

MOST_PARTS: Final = 10_000
MOST_UNPACKED: Final = 400_000_000
"""What a file may say that it unpacks to; the numbers in its list of parts are read, nothing is unpacked."""
_TYPES: Final = "application/vnd.openxmlformats-officedocument"
DOCX: Final = f"{_TYPES}.wordprocessingml.document"
XLSX: Final = f"{_TYPES}.spreadsheetml.sheet"
PPTX: Final = f"{_TYPES}.presentationml.presentation"
MEDIA_TYPES: Final = {"docx": DOCX, "xlsx": XLSX, "pptx": PPTX}
_FOLDERS: Final = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}


class Refusal(StrEnum):
    """Why a file is none that may be kept."""

    OTHER = "other"
    BROKEN = "broken"
    TOO_LARGE = "too large"
    MACROS = "macros"


class NotOffice(ValueError):
    """No file of Office, or none that may be kept; ``refusal`` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


def office_kind(content: bytes) -> str:
    """The extension that belongs to these bytes: ``docx``, ``xlsx`` or ``pptx``.

    Raises:
        NotOffice: it is none of them, is damaged, would unpack to too much, or holds a program.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise NotOffice(Refusal.BROKEN if content.startswith(b"PK") else Refusal.OTHER) from None
    names = [entry.filename for entry in entries]
    if len(entries) > MOST_PARTS or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise NotOffice(Refusal.TOO_LARGE)
    if any(name.endswith("vbaProject.bin") for name in names):
        raise NotOffice(Refusal.MACROS)
    if "[Content_Types].xml" in names:
        for folder, extension in _FOLDERS.items():
            if any(name.startswith(folder) for name in names):
                return extension
    raise NotOffice(Refusal.OTHER)
