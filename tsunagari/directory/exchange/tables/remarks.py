"""What can be odd in a city's table, with a sentence in Japanese and English for each."""

from typing import Any, Final

from tsunagari.core.tables.problems import FileRefused, Problem, Sentences, problem

CATALOGUE: Final[Sentences] = {
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
    "column_unused": (
        "note",
        "列「{field}」は使いません。",
        "The column “{field}” is not used.",
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
    "no_table": (
        "名称などの見出しがある表が見つかりません。見出しの行があるか、確かめてください。",
        "No table with known headings was found. Please check that there is a row of headings.",
    ),
    "no_name_column": (
        "「名称」にあたる列がありません。列の対応を選んでください。",
        "No column gives the name. Please choose what the columns mean.",
    ),
}  # fmt: skip


def refusal(code: str) -> FileRefused:
    """The error that refuses a whole file."""
    return FileRefused(*REFUSALS[code])
