"""Tables as cities have them, and bytes that are none: read within bounds, or refused with a sentence."""

import codecs
import io
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from tests.directory.exchange.tables import cities
from tsunagari.core.tables.answers import answer
from tsunagari.core.tables.grid import Document
from tsunagari.core.tables.headings import ASKED, Table, tables_of
from tsunagari.core.tables.problems import FileRefused
from tsunagari.core.tables.reading import read_document
from tsunagari.core.tables.remarks import remark as general_remark
from tsunagari.core.tables.text_files import decode
from tsunagari.core.tables.workbooks import OUR_SHEET
from tsunagari.directory.exchange.tables.columns import KEPT, dictionary, knows, list_kind, propose
from tsunagari.directory.exchange.tables.remarks import remark

SHEET = "xl/worksheets/sheet1.xml"
JAPANESE = "名称,住所,電話番号\r\nこども食堂ひだまり,東京都品川区北品川3-11,03-3450-2000\r\n"


def read(folder: Path, content: bytes, name: str = "a.csv") -> Document:
    return read_document(cities.in_folder(folder, name, content), name)


def tables(folder: Path, content: bytes, name: str = "a.csv") -> list[Table]:
    return tables_of(read(folder, content, name), knows=knows)[0]


def refused(folder: Path, content: bytes, name: str = "a.csv") -> str:
    with pytest.raises(FileRefused) as caught:
        tables_of(read(folder, content, name), knows=knows)
    assert caught.value.en.isascii() or "“" in caught.value.en
    return caught.value.ja


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    return cities.saved(book)


# -- encodings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (JAPANESE.encode(), "UTF-8"),
        (JAPANESE.encode("utf-8-sig"), "UTF-8"),
        (JAPANESE.encode("cp932"), "Shift_JIS (CP932)"),
        (JAPANESE.encode("euc_jp"), "EUC-JP"),
        (JAPANESE.encode("utf-16"), "UTF-16"),
        (codecs.BOM_UTF16_BE + JAPANESE.encode("utf-16-be"), "UTF-16"),
        (JAPANESE.encode("utf-16-le"), "UTF-16"),
        ("名称,住所\r\n髙﨑①㈱ﾀｶﾊｼ,〜\r\n".replace("〜", "～").encode("cp932"), "Shift_JIS (CP932)"),
        (b"name,phone\r\na,1\r\n", "UTF-8"),
    ],
)
def test_each_encoding_of_japan_is_told(content: bytes, encoding: str) -> None:
    decoded = decode(content)
    assert decoded.encoding == encoding
    assert decoded.certainty >= 0.5
    assert "�" not in decoded.text


CHANGES = [("utf-8", "cp932"), ("cp932", "utf-8"), ("utf-8-sig", "cp932")]


@pytest.mark.parametrize(("first", "second"), CHANGES)
@pytest.mark.parametrize("lines", [1, 3, 200])
def test_an_encoding_that_changes_is_refused_with_its_line(
    tmp_path: Path, first: str, second: str, lines: int
) -> None:
    head = "名称,住所\n" + "ひだまり,品川区\n" * (lines - 1)
    content = head.encode(first) + "あおぞら,大田区\n".encode(second) * 3
    assert f"{lines + 1} 行目から文字コードが変わっています" in refused(tmp_path, content)


def test_bytes_of_no_encoding_are_refused_with_their_line(tmp_path: Path) -> None:
    assert "2 行目に読めない文字" in refused(tmp_path, b"name,b\n\xff\xfe\xfd\x81\n")


# -- text files ---------------------------------------------------------------------------------------------


def test_quotes_delimiters_and_line_numbers(tmp_path: Path) -> None:
    (table,) = tables(tmp_path, cities.quoted_newlines())
    first, second = table.rows()
    assert first.cells[0] == 'よりそい"ホット"ライン'
    assert "\n24時間\n" in first.cells[1]
    assert first.cells[2] == "0120279338", "Excel's way to keep a zero"
    assert second.number == 5, "a quoted line break counts as a line"
    assert {problem.code for problem in first.problems} == {"formula_like"}
    assert second.cells[1] == "話を聞きます"


def test_a_quote_that_is_never_closed_is_refused(tmp_path: Path) -> None:
    content = "名称,電話番号\n" + 'a,"' + "x\n" * 40_000
    assert "閉じていません" in refused(tmp_path, content.encode())


def test_titles_empty_rows_sums_and_repeated_headings_are_left_behind(tmp_path: Path) -> None:
    (table,) = tables(tmp_path, cities.title_above_csv())
    rows = list(table.rows())
    assert [row.cells[0] for row in rows if row.cells] == ["ふれあいサロン", "つどい", "カフェ"]
    assert [problem.code for row in rows for problem in row.problems] == [
        *("repeated_heading", "more_cells", "note_row", "note_row")
    ]
    assert table.titles == ("居場所・サロン一覧（令和8年4月）",)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    rows = [["名称", "住所", "電話番号"], ["a", "品川区1,2", "03-3450-2000"]]
    (table,) = tables(tmp_path, cities.csv_bytes(rows, delimiter=delimiter))
    assert table.headings == ("名称", "住所", "電話番号")


# -- workbooks ----------------------------------------------------------------------------------------------


def test_merged_cells_two_row_headings_and_hidden_sheets(tmp_path: Path) -> None:
    found, problems = tables_of(read(tmp_path, cities.children_cafeterias(), "a.xlsx"), knows=knows)
    (table,) = found
    assert table.headings == (
        *("No.", "区", "食堂名", "運営団体", "開催日時_曜日", "開催日時_時間", "会場_名称", "会場_住所"),
        *("参加費", "連絡先", "備考"),
    )
    rows = [row for row in table.rows() if row.cells]
    assert [row.cells[1] for row in rows] == ["川崎区", "川崎区", "幸区", "中原区"], (
        "a merged cell is of all its rows"
    )
    assert {problem.code for problem in problems} == {"sheet_hidden", "sheet_without_table"}


def test_hidden_rows_and_columns_are_not_read(tmp_path: Path) -> None:
    (table,) = tables(tmp_path, cities.consultation_desks(), "a.xlsx")
    text = repr(list(table.rows()))
    assert "廃止した相談" not in "".join(cell for row in table.rows() for cell in row.cells)
    assert "内部メモ" not in table.headings
    assert "住民に見せない" not in text


def test_dates_times_formulas_and_numbers(tmp_path: Path) -> None:
    first, second = tables(tmp_path, cities.facilities_in_sheets(), "a.xlsx")
    rows = [row for row in first.rows() if row.cells]
    cells = dict(zip(first.headings, rows[0].cells, strict=True))
    assert (cells["電話"], cells["開始時間"], cells["更新日"]) == ("423643611", "9:00", "2024-04-01")
    assert [problem.code for problem in rows[1].problems] == ["formula_without_value"]
    assert second.name == "図書館"


def test_a_formula_counts_by_its_stored_value(tmp_path: Path) -> None:
    content = workbook(["名称", "電話番号"], ["=1+1", "03-3450-2000"])
    content = cities.changed_part(
        content, "xl/worksheets/sheet1.xml", "<f>1+1</f><v />", "<f>1+1</f><v>7</v>"
    )
    (table,) = tables(tmp_path, content, "a.xlsx")
    (row,) = table.rows()
    assert row.cells[0] == "7"
    assert not row.problems


def test_dates_of_the_calendar_of_1904(tmp_path: Path) -> None:
    (table,) = tables(tmp_path, cities.care_offices(), "a.xlsx")
    (row,) = table.rows()
    assert row.cells[-1] == "2026-04-01"


def test_a_huge_dimension_and_far_cells_cost_nothing(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["名称", "住所", "電話番号"])
    sheet.append(["a", "品川区", "03-3450-2000"])
    sheet["XFD3"] = "遠い"
    sheet["A1048576"] = "底"
    content = cities.changed_part(cities.saved(book), SHEET, 'ref="A1:XFD1048576"', 'ref="A1:ZZZ9999999"')
    began = time.monotonic()
    (table,) = tables(tmp_path, content, "a.xlsx")
    rows = list(table.rows())
    assert time.monotonic() - began < 2
    assert rows[0].cells == ("a", "品川区", "03-3450-2000")


def bomb() -> bytes:
    """A workbook whose sheet unpacks to more than is allowed."""
    content = workbook(["名称", "電話番号"], ["a", "1"])
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for item in source.infolist():
            if item.filename != "xl/worksheets/sheet1.xml":
                target.writestr(item.filename, source.read(item.filename))
        with target.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(310):
                part.write(b" " * 1_000_000)
    return stream.getvalue()


BILLION_LAUGHS = '<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;&b;">]>'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空"),
        (b"\n \n", "空"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "古い形式"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "パスワード"),
        (b"PK\x03\x04" + bytes(40), "壊れて"),
        (b"%PDF-1.7\n", "PDF"),
        (b"<html><table><tr><td>x</td></tr></table>", "ウェブページ"),
        (workbook(["名称", "電話番号"], ["a", "1"])[:2000], "壊れて"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in refused(tmp_path, content)


def test_bombs_entities_and_other_office_files_are_refused(tmp_path: Path) -> None:
    began = time.monotonic()
    assert "大きくなりすぎます" in refused(tmp_path, bomb(), "a.xlsx")
    assert time.monotonic() - began < 5
    good = workbook(["名称", "電話番号"], ["a", "1"])
    evil = cities.changed_part(good, "xl/workbook.xml", "<workbook", BILLION_LAUGHS + "<workbook")
    assert "壊れて" in refused(tmp_path, evil, "a.xlsx")
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("xl/workbook.bin", b"")
        assert "xlsb" in refused(tmp_path, stream.getvalue(), "a.xlsb")
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("mimetype", b"x")
            archive.writestr("content.xml", b"")
        assert "ods" in refused(tmp_path, stream.getvalue(), "a.ods")


def test_a_file_over_fifty_megabytes_is_refused(tmp_path: Path) -> None:
    assert "50 MB" in refused(tmp_path, b"a" * 50_000_001)


# -- columns ------------------------------------------------------------------------------------------------


def test_the_standards_headings_are_known_for_certain() -> None:
    assert {heading: knows(heading) for heading in cities.STANDARD if knows(heading) < 0.9} == {}
    assert sum(knows(heading) == 1.0 for heading in cities.STANDARD) >= 33


def test_no_heading_stands_for_two_fields() -> None:
    known = dictionary()
    twice = {name for name, key in known.synonyms.items() if known.standard.get(name, key) != key}
    assert twice == set()


@pytest.mark.parametrize(
    ("heading", "values", "field", "reason"),
    [
        ("名称", ["a", "b"], "name", "standard"),
        ("ﾒｰﾙｱﾄﾞﾚｽ", ["a@b.jp", "c@d.jp"], "email", "synonym"),
        ("※電話番号（必須）", ["03-1-1", "03-2-2"], "phone", "part"),
        ("受付電話番号など", ["03-3450-2000", "03-3450-2001"], "phone", "values"),
        ("相談受付じかん", ["月 9:00〜17:00", "火 9:00〜17:00"], "hours", "values"),
        ("謎", ["東京都品川区北品川3-11", "東京都大田区蒲田5-1"], "address", "values"),
        ("謎", ["x", "y"], "", "unknown"),
        ("画像", ["https://a.jp/1.jpg", ""], KEPT, "kept"),
    ],
)
def test_a_column_is_proposed_with_a_reason(heading: str, values: list[str], field: str, reason: str) -> None:
    (found,) = propose([heading], [values])
    assert (found.field, found.reason) == (field, reason)


def test_what_was_chosen_before_comes_first_and_nonsense_does_not() -> None:
    found = propose(
        ["名称", "電話"], [["a"], ["b"]], remembered={"名称": "description", "電話": "no-such-field"}
    )
    assert [(one.field, one.reason) for one in found][0] == ("description", "remembered")
    assert found[1].field == "phone"


def test_two_columns_of_one_meaning_do_not_fight() -> None:
    found = propose(["名称", "食堂名"], [["a"], ["b"]])
    assert [one.field for one in found] == ["name", KEPT]


@pytest.mark.parametrize(
    ("texts", "key"),
    [
        (["R6こども食堂一覧.xlsx"], "kodomo-shokudo"),
        (["市の相談窓口.csv"], "consultation"),
        (["公共施設一覧"], "facilities"),
        (["介護サービス事業所"], "care"),
        (["x"], "facilities"),
    ],
)
def test_the_kind_of_list_is_told_by_its_words(texts: list[str], key: str) -> None:
    assert list_kind(texts).key == key


# -- answers ------------------------------------------------------------------------------------------------


def answered(document: Document, found: list[Table]) -> bytes:
    name = found[0].name
    problems = [
        remark("not_phone", number=7, part=name, field=found[0].headings[1], value="=cmd|' /C calc'!A0"),
        remark("name_missing", number=8, part=name, field=found[0].headings[0]),
        general_remark("note_row", number=9, part=name),
    ]
    return answer(document, found, problems, ["結果", "=1+1"])


def test_an_answered_csv_keeps_its_encoding_and_can_be_sent_again(tmp_path: Path) -> None:
    document = read(tmp_path, cities.title_above_csv())
    found, _ = tables_of(document, knows=knows)
    content = answered(document, found)
    text = content.decode("cp932")
    assert text.splitlines()[2].endswith(f",{ASKED}")
    again = tables(tmp_path, content, "b.csv")
    assert again[0].headings == found[0].headings
    assert [row.cells for row in again[0].rows()][0] == [row.cells for row in found[0].rows()][0]
    twice = answer(read(tmp_path, content, "c.csv"), again, [], [])
    assert twice.decode("cp932").count(ASKED) == 1


def test_an_answered_workbook_has_words_not_only_colours_and_computes_nothing(tmp_path: Path) -> None:
    document = read(tmp_path, cities.facilities_in_sheets(), "a.xlsx")
    found, _ = tables_of(document, knows=knows)
    problems = [remark("not_phone", number=2, part="公民館", field="電話", value="=cmd|' /C calc'!A0")]
    content = answer(document, found, problems, ["結果", "=1+1"])
    book = load_workbook(io.BytesIO(content))
    assert book.sheetnames == [OUR_SHEET, "公民館", "図書館", "集計"]
    cell = book["公民館"]["D2"]
    assert cell.comment is not None
    assert cell.comment.text.startswith("【確かめてください】")
    assert {cell.data_type for row in book[OUR_SHEET].iter_rows() for cell in row} <= {"s", "n"}
    assert book["公民館"]["B3"].value == '="西部"&"公民館"', "a formula stays one"


def test_stored_values_of_formulas_survive_the_answer(tmp_path: Path) -> None:
    content = workbook(["名称", "電話番号"], ["=1+1", "03-3450-2000"])
    content = cities.changed_part(
        content, "xl/worksheets/sheet1.xml", "<f>1+1</f><v />", "<f>1+1</f><v>7</v>"
    )
    document = read(tmp_path, content, "a.xlsx")
    found, _ = tables_of(document, knows=knows)
    again = tables(tmp_path, answer(document, found, [], ["結果"]), "b.xlsx")
    assert [row.cells[0] for row in again[0].rows()] == ["7"]


# -- anything -----------------------------------------------------------------------------------------------


def reads_or_refuses(folder: Path, content: bytes) -> None:
    try:
        found, problems = tables_of(read(folder, content, "x"), knows=knows)
        for table in found:
            for row in table.rows():
                assert not row.cells or len(row.cells) == len(table.headings)
        assert all(problem.ja and problem.en for problem in problems)
    except FileRefused as refusal:
        sentences = refusal.ja, refusal.en
        if not all(sentences):
            pytest.fail("a refusal without words")


FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FUZZ
@given(content=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    reads_or_refuses(tmp_path, content)


PIECES = [
    *(
        "名称",
        "住所",
        "電話番号",
        "開始時間",
        ",",
        "\t",
        ";",
        '"',
        "\n",
        "\r\n",
        "a",
        "9:00",
        "=",
        "\x00",
        "計",
        "※",
    ),
    *("03-3450-2000", "令和6年4月1日", "　", "）", "ASKED", ASKED),
]


@FUZZ
@given(
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.sampled_from(["utf-8", "cp932", "utf-16"])
)
def test_any_mixture_of_cells_is_read_or_refused(tmp_path: Path, text: str, encoding: str) -> None:
    reads_or_refuses(tmp_path, text.encode(encoding, "ignore"))


WHOLE = {name: make() for name, make in cities.TYPICAL.items()}


@FUZZ
@given(st.sampled_from(sorted(WHOLE)), st.integers(0, 20_000), st.binary(max_size=4), st.integers(0, 50))
def test_damaged_files_are_read_or_refused(tmp_path: Path, name: str, at: int, junk: bytes, cut: int) -> None:
    content = WHOLE[name]
    at %= len(content)
    reads_or_refuses(tmp_path, content[:at] + junk + content[at + cut :])


PARTS = ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml"]


@FUZZ
@given(st.sampled_from(PARTS), st.integers(0, 3_000), st.text(max_size=6), st.integers(0, 20))
def test_workbooks_with_damaged_parts_are_read_or_refused(
    tmp_path: Path, part: str, at: int, junk: str, cut: int
) -> None:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(WHOLE["こども食堂一覧.xlsx"])) as source,
        zipfile.ZipFile(stream, "w") as target,
    ):
        for item in source.infolist():
            data = source.read(item.filename)
            if item.filename == part:
                place = at % len(data)
                data = data[:place] + junk.encode("utf-8", "ignore") + data[place + cut :]
            target.writestr(item.filename, data)
    reads_or_refuses(tmp_path, stream.getvalue())


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_every_typical_file_gives_its_names(tmp_path: Path, name: str) -> None:
    found = tables(tmp_path, WHOLE[name], name)
    for table in found:
        rows = [row.cells for row in table.rows() if row.cells]
        proposals = propose(table.headings, list(zip(*rows, strict=True)))
        assert any(one.field == "name" and one.certainty >= 0.9 for one in proposals)
        assert rows
