"""CSV and TSV in the encodings of Japan: which one it is, where it changes, what separates the cells."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from tsunagari.core.tables.grid import MOST_BYTES, MOST_COLUMNS, Document, GridRow, Sheet
from tsunagari.core.tables.problems import FileRefused, Problem
from tsunagari.core.tables.remarks import refusal, remark

UTF_8: Final = "UTF-8"
CP932: Final = "Shift_JIS (CP932)"
# A cell of more is a quotation mark that was never closed.
_LONGEST_CELL: Final = 30_000
_DELIMITERS: Final = (",", "\t", ";", "|")
_SNIFFED_ROWS: Final = 60
_JAPANESE = re.compile("[ぁ-ヿ一-鿿々〇]")
_COMMON = re.compile("[ぁ-んァ-ヶー、。・0-9A-Za-z,\t\r\n 　]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_AS_TEXT = re.compile(r'="([^"]*)"')
_FORMULA = re.compile(r"\s*(?:[=＝@＠]|[+＋－-][^(（]*[(（])")
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8", UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text with its encoding, and how sure that is (0 to 1)."""

    text: str
    encoding: str
    certainty: float


def decode(data: bytes) -> Decoded:
    """The text of a file in UTF-8, UTF-16, CP932 and its neighbours, or EUC-JP.

    Raises:
        FileRefused: it is empty, of no such encoding, or changes its encoding; with the line.
    """
    for mark, codec, name in _BOMS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], codec, name)
    if not data.strip(b"\x00 \t\r\n"):
        raise refusal("empty")
    if (codec := _utf_16_without_mark(data)) and (text := _try(data, codec)) is not None:
        return Decoded(text, "UTF-16", 0.9)
    if (text := _try(data, "utf-8")) is not None:
        return Decoded(text, UTF_8, 1.0)
    _refuse_a_change(data)
    return _legacy(data)


def _strictly(data: bytes, codec: str, name: str) -> Decoded:
    if (text := _try(data, codec)) is not None:
        if not text.strip("\x00 \t\r\n"):
            raise refusal("empty")
        return Decoded(text, name, 1.0)
    if codec == "utf-8":
        _refuse_a_change(data)
    try:
        data.decode(codec)
    except UnicodeDecodeError as error:
        raise refusal("encoding_unknown", line=_line_of(data, error.start, codec)) from error
    raise refusal("encoding_unknown", line=1)


def _try(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def _line_of(data: bytes, at: int, codec: str) -> int:
    return data[:at].decode(codec, "replace").count("\n") + 1


def _utf_16_without_mark(data: bytes) -> str:
    """UTF-16 shows by zeros in every second place."""
    head = data[:4000]
    if len(head) < 4 or len(data) % 2:
        return ""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < len(head) / 20 or min(even, odd) > max(even, odd) / 4:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _refuse_a_change(data: bytes) -> None:
    """Refuse a file of which some lines are UTF-8 and others only CP932, and name the line of the change.

    Japanese in CP932 is hardly ever valid UTF-8, so a line that is both valid and Japanese decides.
    """
    before = ""
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.isascii():
            continue
        text = _try(line, "utf-8")
        if text is not None and _JAPANESE.search(text):
            encoding = UTF_8
        elif text is None and _try(line, "cp932") is not None:
            encoding = CP932
        else:
            continue
        if before and encoding != before:
            raise refusal("encoding_changes", line=number, before=before, after=encoding)
        before = encoding


def _legacy(data: bytes) -> Decoded:
    """CP932, its newer neighbours, or EUC-JP: the one that reads and gives the most ordinary Japanese."""
    found = [
        (text, name)
        for codec, name in (
            ("cp932", CP932),
            ("shift_jis_2004", "Shift_JIS-2004"),
            ("euc_jp", "EUC-JP"),
            ("iso2022_jp", "ISO-2022-JP"),
        )
        if (text := _try(data, codec)) is not None
    ]
    rated = sorted(((_plausibility(text), name, text) for text, name in found), key=lambda it: -it[0])
    if not rated or rated[0][0] < 0.3:
        raise refusal("encoding_unknown", line=_first_bad_line(data))
    best = rated[0]
    second = rated[1][0] if len(rated) > 1 and not rated[1][1].startswith("Shift_JIS") else 0.0
    return Decoded(best[2], best[1], round(max(0.5, min(1.0, 0.6 + best[0] - second)), 2))


def _plausibility(text: str) -> float:
    """The share of what stands in Japanese lists; half-width kana and private signs are what mojibake has."""
    sample = [character for character in text[:20_000] if not character.isascii()]
    if not sample:
        return 1.0
    good = sum(
        1.0 if _COMMON.match(c) else 0.8 if _JAPANESE.match(c) or "！" <= c <= "～" else 0.0 for c in sample
    )
    strange = sum(1 for c in sample if "\ue000" <= c <= "\uf8ff" or "\x80" <= c <= "\x9f")
    return max(0.0, (good - 2 * strange) / len(sample))


def _first_bad_line(data: bytes) -> int:
    for number, line in enumerate(data.split(b"\n"), start=1):
        if _try(line, "utf-8") is None and _try(line, "cp932") is None:
            return number
    return 1


# -- cells ----------------------------------------------------------------------------------------------


def read_text_file(path: Path, name: str) -> Document:
    """A CSV or TSV file as a document of one sheet.

    Raises:
        FileRefused: see `decode`; or a quotation mark is never closed.
    """
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise refusal("too_big", most=MOST_BYTES // 1_000_000)
    _refuse_other_kinds(data)
    decoded = decode(data)
    text = decoded.text.removeprefix("\ufeff")
    delimiter = sniff_delimiter(text)

    def rows() -> Iterator[GridRow]:
        return _rows(text, delimiter)

    document = Document(
        kind="tsv" if delimiter == "\t" else "csv",
        path=path,
        sheets=[Sheet("", rows)],
        encoding=decoded.encoding,
        delimiter=delimiter,
    )
    if decoded.certainty < 0.9:
        document.problems.append(remark("encoding_guessed", value=decoded.encoding))
    return document


def _refuse_other_kinds(data: bytes) -> None:
    head = data[:2000].lstrip()
    if head.startswith(b"%PDF"):
        raise refusal("pdf")
    if re.match(rb"(?:\xef\xbb\xbf)?<(?:!doctype html|html|table|\?xml)", head, re.IGNORECASE):
        raise refusal("html")


def sniff_delimiter(text: str) -> str:
    """The sign that divides most of the first rows into the same number of cells."""
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        try:
            counts = Counter(
                len(row.cells) for row in islice(_rows(text[:200_000], delimiter), _SNIFFED_ROWS) if row.cells
            )
        except FileRefused:
            continue
        total = sum(counts.values())
        if not total:
            continue
        width = max(counts, key=lambda n: (counts[n], n))
        score = counts[width] / total * min(width, 20) if width > 1 else 0.0
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _rows(text: str, delimiter: str) -> Iterator[GridRow]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise refusal("quote_open", line=number) from error
        if any(len(cell) > _LONGEST_CELL for cell in cells):
            raise refusal("quote_open", line=number)
        yield _row(number, cells)
        number = reader.line_num + 1


def _row(number: int, cells: list[str]) -> GridRow:
    problems: list[Problem] = []
    for column, cell in enumerate(cells):
        if not cell.isprintable() and _CONTROLS.search(cell):
            cells[column] = cell = _CONTROLS.sub("", cell)
            problems.append(replace(remark("invisible_dropped", number=number), field=str(column)))
        if cell[:1] in "=＝@＠+＋－-" and _FORMULA.match(cell):
            if as_text := _AS_TEXT.fullmatch(cell.strip()):
                cells[column] = as_text[1]
            else:
                problems.append(replace(remark("formula_like", number=number, value=cell), field=str(column)))
    while cells and not cells[-1].strip():
        cells.pop()
    if len(cells) > MOST_COLUMNS:
        extra = cells[MOST_COLUMNS]
        problems.append(replace(remark("more_cells", number=number, value=extra), field=str(MOST_COLUMNS)))
        del cells[MOST_COLUMNS:]
    return GridRow(number, tuple(cells), tuple(problems))
