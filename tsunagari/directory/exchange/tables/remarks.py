"""What can be odd in a table, with a sentence in Japanese and English for each."""

from typing import Any, Final

from tsunagari.directory.exchange.problems import FileRefused, Problem, Severity, problem, shown

# code → (severity, Japanese, English)
CATALOGUE: Final[dict[str, tuple[Severity, str, str]]] = {
    # one value is left out or was read with doubt
    "unreadable_hours": (
        "warning",
        "受付時間「{value}」を、曜日と時間に読み取れません。文として載せます。{why_ja}",
        "The hours “{value}” cannot be read as days and times; they are shown as text. {why_en}",
    ),
    "hours_in_part": (
        "warning",
        "「{value}」のうち、日程に表せない決まり（祝日の翌日など）は文として載せます。",
        "Part of “{value}” is a rule that a schedule cannot express; it is also shown as text.",
    ),
    "year_end_assumed": (
        "note",
        "「年末年始」は12月29日から1月3日として読みました。",
        "年末年始 (the turn of the year) was read as 29 December to 3 January.",
    ),
    "not_phone": (
        "warning",
        "「{value}」は電話番号として読めません。入れません。",
        "“{value}” cannot be read as a telephone number and is left out.",
    ),
    "zero_restored": (
        "warning",
        "電話番号「{value}」の先頭の 0 が消えています。「{now}」として読みました。",
        "The telephone number “{value}” has lost its leading 0; it was read as “{now}”.",
    ),
    "code_zero_restored": (
        "note",
        "コード「{value}」の先頭の 0 が消えています。「{now}」として読みました。",
        "The code “{value}” has lost its leading 0; it was read as “{now}”.",
    ),
    "fax_left_out": (
        "note",
        "FAX番号「{value}」は、電話番号とは別に残します。",
        "The fax number “{value}” is kept apart from the telephone numbers.",
    ),
    "not_date_here": (
        "warning",
        "「{field}」の「{value}」を日付として読めません。入れません。",
        "“{value}” of “{field}” cannot be read as a date and is left out.",
    ),
    "era_ended": (
        "warning",
        "「{value}」は元号の終わったあとの年です。{now} として読みました。",
        "“{value}” lies after the end of its era; it was read as {now}.",
    ),
    "point_swapped": (
        "warning",
        "緯度と経度が入れかわっています。直して読みました。",
        "The latitude and the longitude are swapped; they were read the right way round.",
    ),
    "not_point": (
        "warning",
        "緯度・経度「{value}」は日本の中の場所ではありません。入れません。",
        "The point “{value}” is no place in Japan and is left out.",
    ),
    "unknown_place": (
        "warning",
        "「{value}」がどの市区町村か分かりません。",
        "It is not clear which municipality “{value}” is in.",
    ),
    "place_differs": (
        "warning",
        "住所は{now}ですが、コードは「{value}」です。住所のほうを使いました。",
        "The address is in {now} but the code is “{value}”; the address was used.",
    ),
    "not_flag": (
        "warning",
        "「{field}」の「{value}」は、はい・いいえのどちらか分かりません。",
        "“{value}” of “{field}” is neither yes nor no.",
    ),
    "not_link": (
        "warning",
        "「{field}」の「{value}」はアドレスとして読めません。入れません。",
        "“{value}” of “{field}” cannot be read as an address of the web and is left out.",
    ),
    "link_completed": (
        "note",
        "「{value}」の先頭に https:// を補いました。",
        "https:// was put before “{value}”.",
    ),
    "not_mail": (
        "warning",
        "「{field}」の「{value}」はメールアドレスとして読めません。入れません。",
        "“{value}” of “{field}” cannot be read as an email address and is left out.",
    ),
    "name_missing": (
        "error",
        "名称がありません。この行は取り込めません。",
        "There is no name: this row cannot be imported.",
    ),
    "key_twice": (
        "error",
        "同じ名称・所在地（または同じ番号）が {first} 行目にもあります。はじめのものだけを使います。",
        "The same name and place (or the same ID) stand in row {first}; only the first is used.",
    ),
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
    "column_unused": (
        "note",
        "列「{field}」は使いません。",
        "The column “{field}” is not used.",
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
    "column_twice": (
        "note",
        "「{field}」は、ほかの列と同じ意味です。値があれば、はじめの列を使います。",
        "“{field}” means the same as another column; the first that has a value counts.",
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
    "no_table": (
        "名称などの見出しがある表が見つかりません。見出しの行があるか、確かめてください。",
        "No table with known headings was found. Please check that there is a row of headings.",
    ),
    "no_name_column": (
        "「名称」にあたる列がありません。列の対応を選んでください。",
        "No column gives the name. Please choose what the columns mean.",
    ),
}  # fmt: skip


def refusal(code: str, *, line: int = 0, part: str = "", **words: Any) -> FileRefused:
    """The error that refuses a whole file."""
    ja, en = REFUSALS[code]
    words = {name: shown(value) if isinstance(value, str) else value for name, value in words.items()}
    return FileRefused(ja.format(line=line, **words), en.format(line=line, **words), number=line, part=part)
