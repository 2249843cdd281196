"""Any table file as a document."""

from pathlib import Path

from tsunagari.core.tables.grid import Document
from tsunagari.core.tables.text_files import read_text_file
from tsunagari.core.tables.workbooks import is_workbook, read_workbook


def read_document(path: Path, name: str) -> Document:
    """Read a CSV, TSV or Excel file; its content decides, not its name.

    Raises:
        FileRefused: it is none of these, is damaged or too large; with a sentence on what to do.
    """
    if is_workbook(path):
        return read_workbook(path)
    return read_text_file(path, name)
