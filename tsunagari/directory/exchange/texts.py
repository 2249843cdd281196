"""Lines of one encoding: UTF-8 with or without BOM, or CP932; where it changes, the line is named."""

import codecs
import csv
from collections.abc import Iterator
from typing import IO, Final

from tsunagari.core.tables.problems import FileRefused

LOOK: Final = 2**20
LONGEST_LINE: Final = 2**20
LONGEST_CELL: Final = 200_000
MOST_COLUMNS: Final = 500
_NAMES: Final = {"utf-8": "UTF-8", "cp932": "Shift_JIS (CP932)"}


def encoding_of(head: bytes) -> str:
    """The encoding that the beginning of a file is in: ``utf-8`` or ``cp932``.

    Raises:
        FileRefused: it is UTF-16, or neither.
    """
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileRefused(
            "UTF-16 のファイルは読めません。UTF-8 で保存しなおしてください。",
            "Files in UTF-16 cannot be read; please save it as UTF-8.",
        )
    for encoding in ("utf-8", "cp932"):
        # a character may be cut at the end of what was read
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            decoder.decode(head, final=len(head) < LOOK)
        except UnicodeDecodeError as bad:
            # one that changes later is told with its line
            if encoding == "utf-8" and any(byte >= 0x80 for byte in head[: bad.start]):
                return encoding
            continue
        return encoding
    return "cp932"


def decoded_lines(stream: IO[bytes], *, part: str = "", longest: int = LONGEST_LINE) -> Iterator[str]:
    """The lines of a text file with their ends, decoded.

    Raises:
        FileRefused: the encoding changes (the line is named), a line has no end, or there is a NUL.
    """
    head = stream.read(LOOK)
    encoding = encoding_of(head)
    head = head.removeprefix(codecs.BOM_UTF8)
    number, rest = 0, head
    while True:
        *lines, rest = rest.split(b"\n")
        for line in lines:
            number += 1
            yield _decoded(line + b"\n", encoding, number, part)
        if len(rest) > longest:
            raise FileRefused(
                f"{number + 1} 行目が長すぎます。",
                f"Line {number + 1} is too long.",
                number=number + 1,
                part=part,
            )
        more = stream.read(2**17)
        if not more:
            break
        rest += more
    if rest:
        yield _decoded(rest, encoding, number + 1, part)


def _decoded(line: bytes, encoding: str, number: int, part: str) -> str:
    if b"\x00" in line:
        raise FileRefused(
            f"{number} 行目に、文字ではないもの（NUL）があります。表のファイルではないようです。",
            f"Line {number} holds a NUL byte: this does not seem to be a text file.",
            number=number,
            part=part,
        )
    try:
        return line.decode(encoding)
    except UnicodeDecodeError as bad:
        name = _NAMES[encoding]
        raise FileRefused(
            f"{number} 行目から文字コードが変わっています（{name} として読めません）。何も取り込みません。",
            f"The encoding changes at line {number} (it cannot be read as {name}). Nothing is imported.",
            number=number,
            part=part,
        ) from bad


def table(stream: IO[bytes], *, part: str = "") -> Iterator[tuple[int, list[str]]]:
    """(line where it begins, cells) of each row of a CSV.

    Raises:
        FileRefused: as ``decoded_lines``, or a cell or row without measure.
    """
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(decoded_lines(stream, part=part), strict=False)
    begins = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as bad:
            line = max(reader.line_num, 1)
            raise FileRefused(
                f"{line} 行目を表として読めません（セルが大きすぎるか、引用符が閉じていません）。",
                f"Line {line} cannot be read as a table (a cell is too large, or a quote is not closed).",
                number=line,
                part=part,
            ) from bad
        if len(cells) > MOST_COLUMNS:
            raise FileRefused(
                f"{begins} 行目の列が多すぎます（{MOST_COLUMNS} まで）。",
                f"Line {begins} has too many columns (at most {MOST_COLUMNS}).",
                number=begins,
                part=part,
            )
        yield begins, cells
        begins = reader.line_num + 1
