"""What can be wrong with a file, a row or a field, with a sentence in Japanese and English for each.

A problem may repeat the cell, for the person whose file it is: it goes into the run's report, never a log.
"""

from functools import partial
from typing import Final

from tsunagari.core.tables.problems import Sentences
from tsunagari.core.tables.problems import problem as problem_of

# code → (severity, Japanese, English); {value} and what else the caller gives
CATALOGUE: Final[Sentences] = {
    # the record is not imported
    "missing": ("error", "「{field}」がありません。", "“{field}” is missing."),
    "too_long": (
        "error",
        "「{field}」が長すぎます（{length} 文字。{limit} 文字まで）。",
        "“{field}” is too long ({length} characters; at most {limit}).",
    ),
    "not_text": ("error", "「{field}」は文字で書いてください。", "Write “{field}” as text."),
    "not_number": (
        "error",
        "「{field}」の「{value}」は数ではありません。",
        "“{value}” of “{field}” is no number.",
    ),
    "out_of_range": (
        "error",
        "「{field}」の「{value}」は {low} から {high} の間ではありません。",
        "“{value}” of “{field}” is not between {low} and {high}.",
    ),
    "not_date": (
        "error",
        "「{field}」の「{value}」は日付（2026-11-24 の形）ではありません。",
        "“{value}” of “{field}” is no date (like 2026-11-24).",
    ),
    "not_boolean": (
        "error",
        "「{field}」の「{value}」は、はい・いいえ（true、false）ではありません。",
        "“{value}” of “{field}” is neither true nor false.",
    ),
    "not_url": (
        "error",
        "「{field}」の「{value}」は http か https のアドレスではありません。",
        "“{value}” of “{field}” is no http or https address.",
    ),
    "not_email": (
        "error",
        "「{field}」の「{value}」はメールアドレスではありません。",
        "“{value}” of “{field}” is no email address.",
    ),
    "not_allowed": (
        "error",
        "「{field}」の「{value}」は使えません。使えるのは {allowed} です。",
        "“{value}” is not allowed for “{field}”; allowed are {allowed}.",
    ),
    "bad_postal_code": (
        "error",
        "郵便番号「{value}」は 123-4567 の形ではありません。",
        "The postal code “{value}” is not like 123-4567.",
    ),
    "bad_corporate_number": (
        "error",
        "法人番号「{value}」の検査数字が合いません。",
        "The check digit of the corporate number “{value}” is wrong.",
    ),
    "bad_schedule": ("error", "受付時間: {ja}", "Hours: {en}"),
    "ages_out_of_order": (
        "error",
        "年齢の下限が上限より大きくなっています。",
        "The minimum age is above the maximum age.",
    ),
    "half_a_point": (
        "error",
        "緯度と経度は、両方を書いてください。",
        "Give both the latitude and the longitude.",
    ),
    "unknown_reference": (
        "error",
        "「{field}」の「{value}」がファイルにも名簿にもありません。",
        "“{value}” of “{field}” is neither in the file nor in the directory.",
    ),
    "twice_in_file": (
        "error",
        "同じ番号の項目が {first} 番目にもあります。はじめのものだけを使います。",
        "An item with the same id stands at {first} already; only the first is used.",
    ),
    "not_an_object": ("error", "項目ではないものがあります。", "This is no object."),
    "confidential_address": (
        "error",
        "この場所は所在地を知らせない場所です。住所や位置は取り込めません。",
        "This place is confidential: its address or position cannot be imported.",
    ),
    "not_yours": (
        "error",
        "ほかの団体の項目です。変えられません。",
        "This item belongs to another organisation; you cannot change it.",
    ),
    # the record is imported without it
    "unknown_area": (
        "warning",
        "「{value}」という地域は分かりません。説明として残します。",
        "The area “{value}” is not known; it is kept as a description.",
    ),
    "unknown_term": (
        "warning",
        "分類「{value}」は名簿にありません。使いません。",
        "The term “{value}” is not in the directory and is left out.",
    ),
    "unreadable_hours": (
        "warning",
        "受付時間「{value}」を読み取れません。文として残します。",
        "The hours “{value}” cannot be read; they are kept as text.",
    ),
    "edited_by_person": (
        "warning",
        "「{field}」は人が直してあるので、そのまま残します（ファイルでは「{value}」）。",
        "“{field}” was edited by a person and is kept (the file says “{value}”).",
    ),
    "organization_kept": (
        "warning",
        "登録ずみの団体の「{field}」は、取り込みでは変わりません（ファイルでは「{value}」）。",
        "“{field}” of a registered organisation is not changed by an import (the file says “{value}”).",
    ),
    "differs_from_first": (
        "warning",
        "同じ番号の「{field}」が {first} 番目とちがいます。はじめのものを使います。",
        "“{field}” with the same id differs from the one at {first}; the first is used.",
    ),
    "orphan": (
        "warning",
        "「{field}」の「{value}」にあたる項目がないので、この行は使いません。",
        "Nothing has the id “{value}” that “{field}” names; this row is left out.",
    ),
    "part_twice": (
        "warning",
        "同じ番号の行が二度あります。はじめのものを使います。",
        "A row with the same id stands here twice; the first is used.",
    ),
    "id_of_another": (
        "warning",
        "番号「{value}」は別の項目のものなので、新しい番号にします。",
        "The id “{value}” belongs to another item; a new one is given.",
    ),
    "invisible_removed": (
        "warning",
        "「{field}」から、見えない文字（制御文字）を取りのぞきました。",
        "Control characters were taken out of “{field}”.",
    ),
    "cut": (
        "warning",
        "「{field}」を {limit} 文字に切りました。",
        "“{field}” was cut to {limit} characters.",
    ),
    "left_out": (
        "warning",
        "「{field}」の「{value}」は使えないので、入れません。",
        "“{value}” of “{field}” cannot be used and is left out.",
    ),
    # worth knowing
    "kept_as_foreign": (
        "note",
        "「{field}」は、この名簿にない項目です。そのまま保存し、書き出すときに戻します。",
        "“{field}” has no place in this directory; it is stored as it is and exported again.",
    ),
    "not_kept": (
        "note",
        "「{field}」は取り込みません。",
        "“{field}” is not imported.",
    ),
    "file_missing": (
        "note",
        "「{value}」はありません。なくてもかまいません。",
        "There is no “{value}”; it is not required.",
    ),
    "file_unknown": ("note", "「{value}」は使いません。", "“{value}” is not used."),
    "term_exists": (
        "note",
        "分類「{value}」は登録ずみです。取り込みでは変わりません。",
        "The term “{value}” is known already and is not changed.",
    ),
    "more_problems": (
        "note",
        "ほかにも {count} 件あります。はじめの {limit} 件だけを記録しました。",
        "There are {count} more; only the first {limit} are recorded.",
    ),
}  # fmt: skip
problem = partial(problem_of, sentences=CATALOGUE)
"""The problem of a code of the catalogue above."""
