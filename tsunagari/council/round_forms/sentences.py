"""What can be odd in a form that came back, with a sentence in Japanese and English for each."""

from typing import Any, Final

from tsunagari.core.tables.problems import FileRefused, Problem, Severity, problem

CATALOGUE: Final[dict[str, tuple[Severity, str, str]]] = {
    "altered_code": (
        "error",
        "様式番号が書きかわっています。様式をダウンロードしなおして、意見を写してください。",
        "The number of the form was altered. Download the form again and copy your comments into it.",
    ),
    "no_code": (
        "error",
        "様式番号がありません。このページからダウンロードした様式に書いてください。",
        "The number of the form is missing. Please use the form downloaded from this page.",
    ),
    "two_codes": (
        "error",
        "ちがう様式番号が二つあります。一つのファイルには、一つの様式だけを入れてください。",
        "There are two different form numbers. Put one form only into a file.",
    ),
    "other_round": (
        "error",
        "これは別の回の様式です。この回の様式をダウンロードして、意見を写してください。",
        "This is the form of another round. Download this round’s form and copy your comments into it.",
    ),
    "other_organization": (
        "error",
        "これはほかの府省・団体の様式です。自分の様式を使ってください。",
        "This is the form of another organisation. Please use your own.",
    ),
    "no_table": (
        "error",
        "「段落番号」と「意見」の見出しがある表が見つかりません。見出しの行を消さないでください。",
        "No table with the headings 段落番号 and 意見 was found. Please keep the row of headings.",
    ),
    "unknown_paragraph": (
        "error",
        "段落番号「{value}」は、この案にありません。もとの段落番号に直してください。",
        "There is no paragraph “{value}” in this draft. Please put the original number back.",
    ),
    "no_paragraph": (
        "error",
        "どの段落への意見か分かりません。段落番号を書くか、「全体」と書いてください。",
        "It is not clear which paragraph this is about. Give its number, or write 全体 (the whole).",
    ),
    "paragraph_from_above": (
        "warning",
        "段落番号が空いているので、すぐ上の「{value}」への意見として読みました。",
        "The paragraph number is empty; this was read as a comment on “{value}” above it.",
    ),
    "merged_comment": (
        "warning",
        "結合されたセルです。同じ意見を、それぞれの段落への意見として読みました。",
        "These cells are merged; the comment was read as one on each of the paragraphs.",
    ),
    "unknown_mark": (
        "error",
        "意見番号「{value}」は、あなたの府省・団体の意見にありません。新しい意見なら、空けてください。",
        "There is no comment “{value}” of your organisation. Leave it empty for a new comment.",
    ),
    "mark_twice": (
        "warning",
        "意見番号「{value}」が二度あります。二つ目は新しい意見として読みました。",
        "The comment number “{value}” stands here twice; the second was read as a new comment.",
    ),
    "moved": (
        "warning",
        "意見番号「{value}」は別の段落への意見でした。この段落への新しい意見として読みました。",
        "“{value}” was a comment on another paragraph; it was read as a new comment on this one.",
    ),
    "text_changed": (
        "error",
        "「案の文」が書きかえられています。直したい文は「修正案」に書き、案の文は元にもどしてください。",
        "The text of the draft was altered. Write the wording you want into 修正案 and restore the text.",
    ),
    "proposal_alone": (
        "error",
        "修正案だけがあり、意見がありません。なぜ直すのかを「意見」に一言書いてください。",
        "There is a proposed wording without a comment. Please say why in 意見.",
    ),
    "too_long": (
        "error",
        "「{field}」が長すぎます（{length} 文字。{most} 文字まで）。行を分けてください。",
        "“{field}” is too long ({length} characters; at most {most}). Divide it into rows.",
    ),
    "formula": (
        "error",
        "数式やエラーのセルで、文として読めません。文字で書いてください。",
        "This cell holds a formula or an error and cannot be read as text. Please write text.",
    ),
    "said_and_none": (
        "error",
        "「意見なし」と書かれていますが、意見もあります。どちらかにしてください。",
        "The form says 意見なし (no comment), but there are comments. Please choose one.",
    ),
    "nothing_said": (
        "error",
        "意見がありません。意見がないときは、「意見の有無」に「意見なし」と書いてください。",
        "There are no comments. If you have none, write 意見なし into 意見の有無.",
    ),
    "answer_unclear": (
        "error",
        "「意見の有無」の「{value}」が分かりません。「意見あり」か「意見なし」にしてください。",
        "“{value}” in 意見の有無 is not clear. Write 意見あり or 意見なし.",
    ),
    "too_many": (
        "error",
        "意見が多すぎます（{most} 件まで）。",
        "There are too many comments (at most {most}).",
    ),
    "hidden_row": (
        "warning",
        "表示されていない行にある意見も読みました。",
        "A comment in a hidden row was read as well.",
    ),
    "none_in_row": (
        "note",
        "「{value}」は、この段落に意見がないという意味に読みました。意見には数えません。",
        "“{value}” was read as having no comment on this paragraph; it is not counted as one.",
    ),
    "tracked_changes": (
        "warning",
        "変更履歴があります。消した文は使わず、書き足した文を使いました。",
        "There are tracked changes: deleted text was left out and inserted text was used.",
    ),
}

REFUSALS: Final[dict[str, tuple[str, str]]] = {
    "too_big": (
        "ファイルが大きすぎます（{most} MB まで）。画像や使っていないシートを消してください。",
        "The file is too big (at most {most} MB). Remove pictures and unused sheets.",
    ),
    "empty": ("ファイルが空です。", "The file is empty."),
    "wrong_type": (
        "Excel（.xlsx）でも Word（.docx）でもありません。"
        "ダウンロードした様式に書いて、同じ形式で保存してください。",
        "This is neither Excel (.xlsx) nor Word (.docx). Fill in the downloaded form and save it as it is.",
    ),
    "old_word": (
        "古い形式のファイル（.doc、.xls）か、パスワードのついたファイルです。"
        "パスワードを外し、.docx か .xlsx で保存しなおしてください。",
        "This is an old file (.doc, .xls) or one with a password. "
        "Remove the password and save it as .docx or .xlsx.",
    ),
    "broken": (
        "ファイルが壊れていて読めません。開いて、保存しなおしてください。",
        "The file is damaged. Open it and save it again.",
    ),
    "unpacks_too_big": (
        "ファイルを開くと大きくなりすぎます。使っていないシートや行、画像を消してください。",
        "The file becomes too big when unpacked. Remove unused sheets, rows and pictures.",
    ),
    "too_many_rows": (
        "表の行が多すぎます（{most} 行まで）。",
        "The table has too many rows (at most {most}).",
    ),
}


def odd(
    code: str, *, number: int = 0, part: str = "", field: str = "", value: object = "", **words: Any
) -> Problem:
    """The problem of this code, about a row and a column."""
    return problem(code, number=number, part=part, field=field, value=value, sentences=CATALOGUE, **words)


def refused(code: str, **words: Any) -> FileRefused:
    """The error that refuses a whole file."""
    ja, en = REFUSALS[code]
    return FileRefused(ja.format(**words), en.format(**words))
