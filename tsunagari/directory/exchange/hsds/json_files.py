"""HSDS as JSON: an object, an array, a page of an API's answers, lines (ndjson); plain, gzip or in a ZIP."""

import codecs
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final

import ijson  # type: ignore[import-untyped]

from tsunagari.core.tables.problems import FileRefused
from tsunagari.directory.exchange.archives import is_zip, members, open_member, open_plain
from tsunagari.directory.exchange.formats import SourceFile
from tsunagari.directory.exchange.hsds.mapping import OBJECT_TYPE
from tsunagari.directory.exchange.hsds.objects import Objects
from tsunagari.directory.exchange.hsds.tabular import read_tables
from tsunagari.directory.exchange.problems import problem
from tsunagari.directory.exchange.records import Item

LONGEST_OBJECT: Final = 64 * 2**20
MOST_DEPTH: Final = 60
SUFFIXES: Final = (".json", ".ndjson", ".jsonl", ".json.gz", ".ndjson.gz", ".jsonl.gz")
_LISTS: Final = {
    "contents": "",
    "services": "service",
    "organizations": "organization",
    "locations": "location",
    "service_at_locations": "service_at_location",
    "taxonomies": "taxonomy",
    "taxonomy_terms": "taxonomy_term",
}


def read_json(source: SourceFile) -> Iterator[Item]:
    """The records of a JSON file, or of each JSON file of a ZIP."""
    objects = Objects()
    if source.path.is_dir() or is_zip(source.path):
        inside = [member for member in members(source.path) if member.name.lower().endswith(SUFFIXES)]
        if not inside:
            raise FileRefused("ZIP の中に JSON がありません。", "There is no JSON file in the ZIP.")
        for member in inside:
            with open_member(source.path, member) as stream:
                yield from _Document(stream, member.name, objects).items()
        return
    with open_plain(source.path) as stream:
        yield from _Document(stream, "", objects).items()


def kind_of(item: Any) -> str:
    """The kind of an HSDS object, told by its fields."""
    if not isinstance(item, dict):
        return "service"
    if (told := item.get(OBJECT_TYPE)) in _LISTS.values():
        return str(told)
    keys = item.keys()
    if "service" in keys and ("location" in keys or "location_id" in keys):
        return "service_at_location"
    if {
        "organization",
        "organization_id",
        "service_at_locations",
        "service_areas",
    } & keys and "status" in keys:
        return "service"
    if "location_type" in keys:
        return "location"
    if {"taxonomy_id", "taxonomy", "taxonomy_detail"} & keys:
        return "taxonomy_term"
    if {"services", "website", "organization_identifiers", "legal_status", "year_incorporated"} & keys:
        return "organization"
    if {"status", "organization_id", "organization"} & keys:
        return "service"
    if "kind" in keys and "description" in keys:
        return "organization"
    if {"uri", "version"} & keys:
        return "taxonomy"
    return "service"


class _Document:
    """One JSON document, or the lines of one."""

    def __init__(self, stream: IO[bytes], part: str, objects: Objects) -> None:
        self.part = part
        self.objects = objects
        self.stream: Any = (
            stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(_Chained(b"", stream))
        )
        self.number = 0

    def items(self) -> Iterator[Item]:
        """The records in it."""
        head = self._head()
        if head[:1] == b"[":
            yield from self._elements("item", "")
        elif head[:1] == b"{":
            if self._is_lines(head):
                yield from self._lines()
            else:
                yield from self._single()
        else:
            raise FileRefused("JSON として読めません。", "This cannot be read as JSON.", part=self.part)

    def _head(self) -> bytes:
        head: bytes = self.stream.peek(2**16)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or head[1:2] == b"\x00":
            raise FileRefused(
                "UTF-16 の JSON は読めません。UTF-8 で保存しなおしてください。",
                "JSON in UTF-16 cannot be read; please save it as UTF-8.",
                part=self.part,
            )
        if head.startswith(codecs.BOM_UTF8):
            self.stream.read(3)
            head = head[3:]
        while head and head[:1].isspace():
            blank = len(head) - len(head.lstrip())
            self.stream.read(blank)
            head = self.stream.peek(2**16)
        return head

    def _is_lines(self, head: bytes) -> bool:
        """Whether the first line is an object of its own and another begins after it."""
        line, newline, rest = head.partition(b"\n")
        if not newline:
            # one object, or lines whose first is very long: `_single` sees
            return False
        try:
            whole = isinstance(json.loads(line), dict)
        except (ValueError, RecursionError):
            return False
        return whole and (rest.strip() == b"" or rest.lstrip()[:1] == b"{")

    def _lines(self) -> Iterator[Item]:
        for number, line in enumerate(_bounded_lines(self.stream, self.part), 1):
            if line.strip():
                item = _loads(line, number, self.part)
                yield from self.objects.items(kind_of(item), item, number=number, part=self.part)

    def _elements(self, prefix: str, kind: str) -> Iterator[Item]:
        with _as_refusal(self):
            for item in ijson.items(_Depth(self.stream, self.part), prefix, use_float=True):
                self.number += 1
                yield from self.objects.items(kind or kind_of(item), item, number=self.number, part=self.part)

    def _single(self) -> Iterator[Item]:
        """One object: a service or organisation, a page or collection of them, or tables by name."""
        text = self.stream.read(LONGEST_OBJECT + 1)
        if len(text) > LONGEST_OBJECT:
            # too large to hold: only a collection can be
            chained = io.BufferedReader(_Chained(text, self.stream))
            name = next((name for name in _LISTS if f'"{name}"'.encode() in text[:4096]), "contents")
            self.stream = chained
            yield from self._elements(f"{name}.item", _LISTS[name])
            return
        try:
            item = _loads(text, 1, self.part)
        except FileRefused:
            if not text.lstrip().startswith(b"{") or b"\n" not in text or not _loads_first(text):
                raise
            self.stream = io.BufferedReader(_Chained(text, self.stream))
            yield from self._lines()
            return
        tables = {name: item[name] for name in item if name.endswith(".csv") and isinstance(item[name], list)}
        if tables:
            yield from read_tables(tables)
            return
        lists = [name for name in _LISTS if isinstance(item.get(name), list)]
        if "id" not in item and lists:
            for name in lists:
                for entry in item[name]:
                    self.number += 1
                    kind = _LISTS[name] or kind_of(entry)
                    yield from self.objects.items(kind, entry, number=self.number, part=self.part)
            return
        if "id" not in item and "name" not in item:
            yield problem("not_an_object", number=1, part=self.part)
            return
        yield from self.objects.items(kind_of(item), item, number=1, part=self.part)


@contextmanager
def _as_refusal(document: _Document) -> Iterator[None]:
    try:
        yield
    except (ijson.JSONError, UnicodeDecodeError, ValueError, OverflowError, RecursionError) as bad:
        raise _broken(document.number + 1, document.part) from bad


def _broken(number: int, part: str) -> FileRefused:
    return FileRefused(
        f"{number} 番目の項目のところで、JSON として読めなくなりました。何も取り込みません。",
        f"At item {number} the file can no longer be read as JSON. Nothing is imported.",
        number=number,
        part=part,
    )


def _loads(text: bytes, number: int, part: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as bad:
        raise _broken(number, part) from bad


def _loads_first(text: bytes) -> bool:
    """Whether the first line is an object of its own."""
    try:
        return isinstance(json.loads(text.partition(b"\n")[0]), dict)
    except (ValueError, RecursionError):
        return False


def _bounded_lines(stream: IO[bytes], part: str) -> Iterator[bytes]:
    while line := stream.readline(LONGEST_OBJECT + 1):
        if len(line) > LONGEST_OBJECT:
            raise FileRefused("一行が長すぎます。", "A line is too long.", part=part)
        yield line


class _Chained(io.RawIOBase):
    """What was read already, then the rest."""

    def __init__(self, first: bytes, rest: IO[bytes]) -> None:
        self._first = io.BytesIO(first)
        self._rest = rest

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer."""
        data = self._first.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Depth:
    """A stream that refuses JSON nested deeper than any HSDS object, before it is built."""

    def __init__(self, stream: IO[bytes], part: str) -> None:
        self._stream = stream
        self._part = part
        self._depth = 0
        self._in_text = False
        self._cut = False
        """An escape began at the end of what was read."""

    def read(self, size: int = -1) -> bytes:
        """Read and count brackets outside of texts."""
        data: bytes = self._stream.read(min(size, 2**16) if size >= 0 else 2**16)
        for token in _TOKENS.finditer(data, 1 if self._cut else 0):
            self._count(token[0])
        backslashes = len(data) - len(data.rstrip(b"\\"))
        self._cut = bool(data) and (backslashes - (self._cut and backslashes == len(data))) % 2 == 1
        return data

    def _count(self, token: bytes) -> None:
        if token == b'"':
            self._in_text = not self._in_text
        elif not self._in_text and token in (b"{", b"["):
            self._depth += 1
            if self._depth > MOST_DEPTH:
                raise FileRefused(
                    "JSON の入れ子が深すぎます。", "The JSON is nested too deeply.", part=self._part
                )
        elif not self._in_text and token in (b"}", b"]"):
            self._depth -= 1


_TOKENS: Final = re.compile(rb'\\.|["{}\[\]]', re.DOTALL)
