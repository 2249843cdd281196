"""Files that are broken, huge, or made to do harm: the answer is a sentence, never an error."""

import contextlib
import gzip
import io
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.directory.exchange.conftest import a_service
from tsunagari.core.tables.problems import FileRefused, Problem
from tsunagari.directory.exchange import uploads
from tsunagari.directory.exchange.exporting import _cell
from tsunagari.directory.exchange.filter import SeenIds
from tsunagari.directory.exchange.formats import SourceFile, recognise
from tsunagari.directory.exchange.hsds.json_files import read_json
from tsunagari.directory.exchange.hsds.mapping import words
from tsunagari.directory.exchange.hsds.tabular import read_tabular, revealed
from tsunagari.directory.exchange.records import Item
from tsunagari.directory.exchange.rows import Rows
from tsunagari.directory.exchange.staged import Terms

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("areas")]
ORGANIZATIONS = "id,name,description\no1,ひだまり,説明\n"
SERVICES = "id,organization_id,name,status\ns1,o1,相談室,active\n"


def source(path: Path, content: bytes, name: str = "file") -> SourceFile:
    file = path / name
    file.write_bytes(content)
    return SourceFile(path=file, name=name, digest="0", size=len(content))


def packed(**files: str | bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return buffer.getvalue()


def refusal(items: Any) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        list(items)
    assert refused.value.ja
    assert refused.value.en
    return refused.value


def told_or_read(read: Any, file: SourceFile) -> None:
    """Read a file to its end; that it is refused is an answer, too."""
    with contextlib.suppress(FileRefused):
        checked(list(read(file)))


def checked(items: list[Item]) -> Rows:
    """Turn every record into rows, as a run does."""
    rows = Rows(source="test", terms=Terms())
    for item in items:
        if not isinstance(item, Problem):
            for staged in rows.staged(item):
                json.dumps(getattr(staged, "payload", {})).encode()
    return rows


# -- archives -------------------------------------------------------------------------------------------


def test_a_bomb_is_refused_by_what_comes_out(tmp_path: Path):
    bomb = packed(
        services__csv=b"id,name\n" + (b"0" * 2_000 + b",x\n") * 30_000, organizations__csv=ORGANIZATIONS
    )
    assert len(bomb) < 200_000
    assert "large" in refusal(read_tabular(source(tmp_path, bomb))).en


def test_a_gzip_bomb_is_refused(tmp_path: Path):
    bomb = gzip.compress(b"[" + b" " * 60_000_000)
    assert "large" in refusal(read_json(source(tmp_path, bomb, "x.json.gz"))).en


def test_a_zip_that_lies_about_its_sizes_is_bounded_all_the_same(tmp_path: Path):
    content = bytearray(packed(services__csv=b"0" * 30_000_000, organizations__csv=ORGANIZATIONS))
    # the directory says one byte
    place = content.index(b"PK\x01\x02")
    content[place + 24 : place + 28] = (1).to_bytes(4, "little")
    refusal(read_tabular(source(tmp_path, bytes(content))))


@pytest.mark.parametrize(
    "name", ["../../services.csv", "/etc/services.csv", "a\\..\\..\\services.csv", "c:/x.csv"]
)
def test_names_that_lead_outside_are_refused(tmp_path: Path, name: str):
    assert "outside" in refusal(read_tabular(source(tmp_path, packed(**{name: SERVICES})))).en


def test_nothing_is_unpacked_and_archives_inside_are_not_opened(tmp_path: Path):
    inner = packed(services__csv=SERVICES)
    items = read_tabular(source(tmp_path, packed(inner__zip=inner, services__csv=SERVICES)))
    assert "organizations.csv" in refusal(items).en
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_links_passwords_and_too_many_files_are_refused(tmp_path: Path):
    link = zipfile.ZipInfo("services.csv")
    link.external_attr = 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "link" in refusal(read_tabular(source(tmp_path, buffer.getvalue()))).en
    locked = bytearray(packed(services__csv=SERVICES))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert "password" in refusal(read_tabular(source(tmp_path, bytes(locked)))).en
    many = packed(**{f"f{number}.csv": "" for number in range(300)})
    assert "too many" in refusal(read_tabular(source(tmp_path, many))).en


def test_an_upload_is_bounded_while_it_comes(tmp_path: Path, settings: Any):
    settings.VAR_DIR = tmp_path
    given_out = 0

    def chunks() -> Any:
        nonlocal given_out
        for _number in range(100):
            given_out += 1
            yield bytes(2**20)

    with pytest.raises(FileRefused):
        uploads.store_upload(chunks(), name="big.csv")
    assert given_out == 51
    assert list((tmp_path / "imports").iterdir()) == []
    kept = uploads.store_upload([b"[]"], name="../../x\u202e.json")
    assert kept.name == "x.json"
    assert kept.path.parent == tmp_path / "imports"


# -- texts ----------------------------------------------------------------------------------------------


def tables(tmp_path: Path, services: bytes, **more: bytes) -> list[Item]:
    content = packed(organizations__csv=ORGANIZATIONS, services__csv=services, **more)
    return list(read_tabular(source(tmp_path, content)))


def test_an_encoding_that_changes_is_told_with_its_line(tmp_path: Path):
    lines = [f"s{number},o1,相談室{number},active" for number in range(1, 50_000)]
    text = "id,organization_id,name,status\n" + "\n".join(lines[:40_000]) + "\n"
    mixed = text.encode() + "\n".join(lines[40_000:]).encode("cp932")
    refused = refusal(iter(lambda: tables(tmp_path, mixed), None))
    assert refused.number == 40_002
    assert "40002" in refused.en
    assert refused.part == "services.csv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_encodings_of_japanese_tables_are_read(tmp_path: Path, encoding: str):
    (record,) = [item for item in tables(tmp_path, SERVICES.encode(encoding)) if hasattr(item, "areas")]
    assert record.fields["name"] == "相談室"


def test_utf_16_nul_and_endless_cells_are_refused(tmp_path: Path):
    assert "UTF-16" in refusal(iter(lambda: tables(tmp_path, SERVICES.encode("utf-16")), None)).en
    nul = SERVICES.encode().replace(b"active", b"act\x00ive")
    assert refusal(iter(lambda: tables(tmp_path, nul), None)).number == 2
    endless = SERVICES.encode() + b's2,o1,"' + random.Random(1).randbytes(300_000).hex().encode()
    refusal(iter(lambda: tables(tmp_path, endless), None))
    wide = b"id" + b",x" * 600 + b"\n" + b"1\n"
    refusal(iter(lambda: tables(tmp_path, wide), None))


def test_orphans_double_rows_unknown_files_and_columns_are_told(tmp_path: Path):
    items = tables(
        tmp_path,
        (SERVICES + "s1,o1,二度目,active\n,o1,番号なし,active\n").encode(),
        phones__csv=b"id,service_id,number,colour\np1,s1,03-1,red\np2,gone,03-2,blue\n",
        notes__txt=b"x",
    )
    told = {(item.code, item.part, item.number) for item in items if isinstance(item, Problem)}
    assert {
        ("twice_in_file", "services.csv", 3),
        ("missing", "services.csv", 4),
        ("orphan", "phones.csv", 3),
        ("file_unknown", "notes.txt", 0),
        ("kept_as_foreign", "services.csv", 2),
    } <= told
    (record,) = [item for item in items if hasattr(item, "areas")]
    assert record.channels[0].foreign == {"colour": "red"}
    rows = checked(items)
    assert all(problem.severity != "error" for problem in rows.problems)


def test_what_a_spreadsheet_would_run_is_harmless_and_comes_back():
    for text in ("=1+1", "+81", "-5", "@SUM(A1)", "\tx", "'=1", "''-", "'", "plain", "it's", "'quoted'", ""):
        cell = _cell(text)
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
        assert revealed(cell) == text


@given(st.text())
def test_any_cell_is_harmless_and_comes_back(text: str):
    cell = _cell(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert revealed(cell) == text


# -- JSON -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'[{"id":"1","x":' + b"[" * 200 + b"]" * 200 + b"}]",
        b'[{"id": 1e999999}, {"id": ' + b"9" * 10_000 + b"}]",
        b'[{"name": "\\ud800"}',
        b"\xff\xfe[\x00]\x00",
        b"[1, 2, 3",
        b"nonsense",
        b'{"id": "1"}\n{"id": ',
    ],
)
def test_broken_json_is_refused_or_told(tmp_path: Path, content: bytes):
    told_or_read(read_json, source(tmp_path, content, "x.json"))


def test_wrong_types_everywhere_are_told(tmp_path: Path):
    wrong: list[Any] = [None, 5, True, [], {}, "x" * 30_000, "\x00", float("nan"), 10**400, [[1]], {"a": {}}]
    service = a_service()
    for name in [*service, "channels", "closures", "texts", "foreign_fields"]:
        for value in wrong:
            text = json.dumps([{**service, name: value}])
            told_or_read(read_json, source(tmp_path, text.encode(), "x.json"))


NAMES = words(
    "id name status phones number schedules opens_at freq byday organization service_areas languages"
    " attributes taxonomy_term taxonomy_id channels type value location addresses closures contents"
    " services description minimum_age closed_from reachability texts contacts url amount"
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(ANYTHING, max_size=3) | ANYTHING)
def test_any_json_gives_records_and_problems(tmp_path_factory: pytest.TempPathFactory, content: Any):
    path = tmp_path_factory.mktemp("json")
    text = json.dumps(content).encode("utf-8", "replace")
    told_or_read(read_json, source(path, text, "x.json"))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_refused_or_read(tmp_path_factory: pytest.TempPathFactory, content: bytes):
    path = tmp_path_factory.mktemp("bytes")
    for made in (content, packed(services__csv=content, organizations__csv=ORGANIZATIONS)):
        file = source(path, made)
        with contextlib.suppress(FileRefused):
            recognise(file)
        told_or_read(read_json, file)
        if made is not content:
            told_or_read(read_tabular, file)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.text(max_size=20), max_size=8), max_size=6))
def test_any_table_is_refused_or_read(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]):
    text = "id,service_id,number,opens_at\n" + "\n".join(",".join(row) for row in rows)
    content = packed(
        organizations__csv=ORGANIZATIONS, services__csv=SERVICES, phones__csv=text.encode("utf-8", "replace")
    )
    told_or_read(read_tabular, source(tmp_path_factory.mktemp("table"), content))


def test_seen_ids_are_never_forgotten_and_hardly_ever_mistaken():
    chance = random.Random(7)
    ids = [f"{chance.getrandbits(128):032x}" for _number in range(20_000)]
    seen = SeenIds(20_000 * 300)
    assert sum(seen.add(key) for key in ids) == 0
    assert all(seen.add(key) for key in ids)
