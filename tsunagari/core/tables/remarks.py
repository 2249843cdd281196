"""What can be odd in any table file, with a sentence in Japanese and English for each."""

from typing import Any, Final

from tsunagari.core.tables.problems import FileRefused, Problem, Sentences, problem, shown

CATALOGUE: Final[Sentences] = {
    "formula_without_value": (
        "warning",
        "数式の計算結果が保存されていません。Excelで開いて保存しなおすと入ります。",
        "This formula has no stored result. Open the file in Excel and save it again.",
    ),
    "formula_error": (
        "warning",
        "セルがエラー（{value}）になっています。空として読みました。",
        "The cell holds an error ({value}); it was read as empty.",
    ),
    "formula_like": (
        "warning",
        "「{value}」は数式のように始まります。計算はせず、文字として読みました。",
        "“{value}” begins like a formula; it was read as text, not computed.",
    ),
    "more_cells": (
        "warning",
        "見出しより列が多い行です。はみ出した「{value}」は使いません。",
        "This row has more cells than there are headings; “{value}” is left out.",
    ),
    "fewer_cells": (
        "warning",
        "列が足りない行です（{value} 列）。足りないところは空として読みました。",
        "This row has too few cells ({value}); what is missing was read as empty.",
    ),
    "invisible_dropped": (
        "warning",
        "見えない文字（NUL など）を取りのぞきました。",
        "Invisible characters (such as NUL) were taken out.",
    ),
    "row_hidden": (
        "note",
        "表示されていない行は取り込みません。",
        "A hidden row is not imported.",
    ),
    "column_hidden": (
        "note",
        "表示されていない列「{value}」は取り込みません。",
        "The hidden column “{value}” is not imported.",
    ),
    "note_row": (
        "note",
        "注や合計の行として、とばしました。",
        "Skipped as a note or a sum.",
    ),
    "repeated_heading": (
        "note",
        "見出しのくりかえしとして、とばしました。",
        "Skipped as a repeated heading.",
    ),
    "sheet_hidden": (
        "note",
        "シート「{value}」は表示されていないので、読みません。",
        "The sheet “{value}” is hidden and is not read.",
    ),
    "sheet_without_table": (
        "note",
        "シート「{value}」には、名称などの見出しがある表がありません。読みません。",
        "The sheet “{value}” holds no table with known headings and is not read.",
    ),
    "sheet_empty": ("note", "シート「{value}」は空です。", "The sheet “{value}” is empty."),
    "sheet_is_ours": (
        "note",
        "シート「{value}」は、前の確認結果なので読みません。",
        "The sheet “{value}” is our earlier report and is not read.",
    ),
    "macros_left": (
        "note",
        "マクロは動かしません。取り込むのは表だけです。",
        "Macros are not run; only the tables are read.",
    ),
    "encoding_guessed": (
        "note",
        "文字コードは {value} と判断しました。",
        "The encoding was taken to be {value}.",
    ),
}  # fmt: skip


def remark(
    code: str, *, number: int = 0, part: str = "", field: str = "", value: object = "", **words: Any
) -> Problem:
    """The remark of this code about a cell; ``words`` fill the sentence's other blanks."""
    return problem(code, number=number, part=part, field=field, value=value, sentences=CATALOGUE, **words)


REFUSALS: Final[dict[str, tuple[str, str]]] = {
    "empty": ("ファイルが空です。", "The file is empty."),
    "too_big": (
        "ファイルが大きすぎます（{most} MB まで）。シートや行を分けてください。",
        "The file is too big (at most {most} MB). Please divide it.",
    ),
    "old_excel": (
        "古い形式のExcel（.xls）です。Excelで開き、「名前を付けて保存」で .xlsx を選んで保存してください。",
        "This is an old Excel file (.xls). Open it in Excel and save it as .xlsx.",
    ),
    "locked": (
        "パスワードのついたファイルです。パスワードを外して保存してください。",
        "The file is protected by a password. Save it without one.",
    ),
    "binary_excel": (
        "バイナリ形式のExcel（.xlsb）です。.xlsx で保存しなおしてください。",
        "This is a binary Excel file (.xlsb). Save it as .xlsx.",
    ),
    "open_document": (
        "OpenDocument（.ods）です。.xlsx か CSV で保存しなおしてください。",
        "This is an OpenDocument file (.ods). Save it as .xlsx or CSV.",
    ),
    "pdf": (
        "PDFは読めません。もとのExcelかCSVを送ってください。",
        "A PDF cannot be read. Please send the Excel or CSV file it was made from.",
    ),
    "html": (
        "ウェブページ（HTML）です。Excelで開き、.xlsx で保存しなおしてください。",
        "This is a web page (HTML). Open it in Excel and save it as .xlsx.",
    ),
    "no_workbook": (
        "Excelのブック（.xlsx）でもCSVでもありません。",
        "This is neither an Excel workbook (.xlsx) nor CSV.",
    ),
    "broken_workbook": (
        "Excelのファイルが壊れていて読めません。Excelで開いて、保存しなおしてください。",
        "The Excel file is damaged. Open it in Excel and save it again.",
    ),
    "unpacks_too_big": (
        "ファイルを開くと大きくなりすぎます。使っていないシートや行、画像を消してください。",
        "The file becomes too big when unpacked. Remove unused sheets, rows and pictures.",
    ),
    "too_many_rows": (
        "シート「{value}」の行が多すぎます（{most} 行まで）。",
        "The sheet “{value}” has too many rows (at most {most}).",
    ),
    "encoding_changes": (
        "{line} 行目から文字コードが変わっています（{before} から {after}）。"
        "一つの文字コードで保存しなおしてください。",
        "The encoding changes in line {line} (from {before} to {after}). Save the file in one encoding.",
    ),
    "encoding_unknown": (
        "{line} 行目に読めない文字があります。UTF-8かShift_JIS（Excelの「CSV」）で保存しなおしてください。",
        "Line {line} holds bytes that cannot be read. Save the file as UTF-8 or Shift_JIS.",
    ),
    "quote_open": (
        "{line} 行目の「\"」が閉じていません。",
        "The quotation mark in line {line} is never closed.",
    ),
}  # fmt: skip


def refusal(code: str, *, line: int = 0, part: str = "", **words: Any) -> FileRefused:
    """The error that refuses a whole file."""
    ja, en = REFUSALS[code]
    words = {name: shown(value) if isinstance(value, str) else value for name, value in words.items()}
    return FileRefused(ja.format(line=line, **words), en.format(line=line, **words), number=line, part=part)
